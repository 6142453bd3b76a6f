//! The cluster as a pure state machine: requests go in with [`World::submit`], time goes in with [`World::advance`],
//! answers come out. No clock, no I/O, no randomness but the seeded generator inside: the same calls give the same
//! world, and two equal worlds stay equal.

mod durations;
mod fault;
mod fingerprint;
mod flock;
pub(crate) mod guest;
mod ha;
pub(crate) mod images;
mod invariants;
mod process;
mod real_time;
mod rng;
mod seed;
mod shell;
mod stats;
mod tasks;
mod transfer;
mod vms;
mod volumes;
pub(crate) mod work;
mod workers;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(crate) use durations::{AGENT_PROBE, LOGIN_DELAY, NO_ROUTE, PORT_WAIT};
use fault::Fate;
pub use fault::{
    Armed, Calls, Crash, Entry as FaultEntry, Fault, FaultId, Loss, Moment, Order, Plan, ProxyStatus, Tasks, Theft,
    Times, catalogue as faults, parse_duration,
};
pub use fingerprint::Guest;
pub(crate) use flock::{Flock, Mode, timeout_text};

pub(crate) use process::{Next, Process, ProcessId};
use real_time::RealTime;
use rng::Rng;
pub(crate) use seed::Member;
pub use seed::{Builder, LeastPrivilege};
use serde::{Deserialize, Serialize};
use stats::Samples;
pub(crate) use tasks::TaskId;

use crate::{
    model::{
        Vmid,
        access::Access,
        firewall::{Firewall, Place},
        ha::Ha,
        node::Node,
        storage::Storage,
        storage::Volume,
        storage::VolumeKey,
        task::Task,
        vm::Vm,
    },
    request::{Answer, Millis, Request, RequestId},
};

/// What never changes while a world runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Settings {
    pub cluster: String,
    /// Unix seconds at virtual time zero, unless the clocks keep real time.
    pub epoch: u64,
    /// Signs tickets.
    pub secret: u64,
    pub mac_prefix: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pool {
    pub comment: Option<String>,
    pub vms: BTreeSet<Vmid>,
    pub storages: BTreeSet<String>,
}

/// Something that happens by itself at its time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Event {
    /// A process goes on.
    Wake(ProcessId),
    /// A process gives up on a flock.
    LockTimeout(ProcessId),
    /// `background_delay` is over: the caller gets the UPID.
    Detach(ProcessId),
    /// `pvestatd` of a node measures.
    Measure(String),
    /// The guest of this run has shut down by itself.
    GuestEnds(Vmid, Millis),
    /// The HA manager looks at what was asked of it.
    HaRound,
    /// The old process is gone and the guest comes up again.
    Restart(Vmid),
    /// A call that was slow on its way arrives.
    Arrive(RequestId),
    /// The worker of a call whose answer took its time is free again.
    WorkerFree(RequestId),
    /// The proxy has waited half a minute for a call.
    ProxyTimeout(RequestId),
    /// A planned fault is switched on.
    Strike(u64),
    /// A fault is over.
    Lift(FaultId),
    /// A node that lost power is back.
    PowerOn(String),
}

/// A Proxmox VE cluster at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct World {
    pub(crate) now: Millis,
    pub(crate) settings: Arc<Settings>,
    #[serde(skip)]
    real_time: Option<RealTime>,
    rng: Rng,
    pub(crate) access: Arc<Access>,
    pub(crate) nodes: BTreeMap<String, Arc<Node>>,
    pub(crate) storages: Arc<BTreeMap<String, Storage>>,
    #[serde(with = "pairs")]
    pub(crate) volumes: BTreeMap<VolumeKey, Arc<Volume>>,
    /// Ids of volumes that were removed on their storage, whoever used them.
    #[serde(default)]
    pub(crate) lost: BTreeSet<String>,
    pub(crate) vms: BTreeMap<Vmid, Arc<Vm>>,
    pub(crate) pools: BTreeMap<String, Pool>,
    pub(crate) tasks: BTreeMap<TaskId, Arc<Task>>,
    pub(crate) processes: BTreeMap<ProcessId, Process>,
    pub(crate) flocks: BTreeMap<Vmid, Flock>,
    /// VMs whose `lock` nobody will take off: its worker died or failed, or somebody wrote it by hand.
    #[serde(default)]
    abandoned: BTreeSet<Vmid>,
    #[serde(default)]
    pub(crate) ha: Ha,
    #[serde(default, with = "pairs")]
    pub(crate) firewalls: BTreeMap<Place, Arc<Firewall>>,
    /// The datacenter's options that were set.
    #[serde(default)]
    pub(crate) datacenter: BTreeMap<String, String>,
    #[serde(default)]
    samples: Samples,
    faults: Vec<Armed>,
    #[serde(default)]
    plans: Vec<Plan>,
    #[serde(default)]
    next_fault: FaultId,
    agenda: BTreeSet<(Millis, u64, Event)>,
    /// Copies under way; those that ended are forgotten when the next begins.
    #[serde(default)]
    transfers: Vec<transfer::Transfer>,
    /// By node; absent when no worker is busy.
    #[serde(skip)]
    pvedaemons: BTreeMap<String, workers::Pvedaemon>,
    /// Calls that go on although their proxy has answered for them.
    #[serde(skip)]
    given_up: BTreeSet<RequestId>,
    /// Calls that are slow on their way.
    #[serde(skip)]
    late: BTreeMap<RequestId, Request>,
    /// What faults do to answers to come.
    #[serde(skip)]
    fates: BTreeMap<RequestId, Fate>,
    #[serde(skip)]
    outbox: BTreeMap<(Millis, RequestId), Answer>,
    next_request: RequestId,
    next_process: ProcessId,
    next_task: TaskId,
    next_event: u64,
}

impl World {
    /// The seed world: cluster `slipway-lab`, nodes `pve1` and `pve2`, templates on each.
    pub fn seeded(seed: u64) -> Self {
        Builder::new(seed).build()
    }

    /// A world to order.
    pub fn builder(seed: u64) -> Builder {
        Builder::new(seed)
    }

    /// Virtual time, in milliseconds since the world began.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Takes one request at the present moment. Its effects begin now; its answer comes out of [`Self::advance`],
    /// exactly once, at the time Proxmox VE would give it: at once, after a lock, or after the 3 s of a refused login.
    pub fn submit(&mut self, request: Request) -> RequestId {
        let id = self.next_request;
        self.next_request += 1;
        self.take_in(id, request);
        id
    }

    /// Lets time pass up to `to` (an earlier `to` changes nothing) and returns the answers that became due, oldest
    /// first.
    pub fn advance(&mut self, to: Millis) -> Vec<(RequestId, Answer)> {
        let to = to.max(self.now);
        while self.agenda.first().is_some_and(|(at, _, _)| *at <= to) {
            if let Some((at, _, event)) = self.agenda.pop_first() {
                self.now = self.now.max(at);
                self.happen(event);
            }
        }
        self.now = to;
        let later = self.outbox.split_off(&(to + 1, 0));
        std::mem::replace(&mut self.outbox, later).into_iter().map(|((_, id), answer)| (id, answer)).collect()
    }

    /// The next moment at which something happens by itself or an answer is due.
    pub fn next_event(&self) -> Option<Millis> {
        let event = self.agenda.first().map(|(at, _, _)| *at);
        let answer = self.outbox.first_key_value().map(|((at, _), _)| *at);
        event.into_iter().chain(answer).min()
    }

    /// Submits a request and lets time pass until its answer comes. Answers to other requests that come out on the
    /// way are dropped: for tests that make one call at a time.
    pub fn call(&mut self, request: Request) -> Answer {
        let id = self.submit(request);
        let mut to = self.now;
        loop {
            if let Some((_, answer)) = self.advance(to).into_iter().find(|(answered, _)| *answered == id) {
                return answer;
            }
            to = self.next_event().unwrap_or(to + 1000);
        }
    }

    /// Switches a fault on; one that cannot be (its guest is gone) does nothing. See [`Self::arm`].
    pub fn inject(&mut self, fault: impl Into<Order>) {
        let _ = self.arm(fault);
    }

    /// The faults that wait or last.
    pub fn faults(&self) -> &[Armed] {
        &self.faults
    }

    /// What the nodes' certificates are pinned by, as `/nodes` shows it.
    pub fn set_fingerprint(&mut self, fingerprint: &str) {
        for node in self.nodes.values_mut() {
            fingerprint.clone_into(&mut Arc::make_mut(node).fingerprint);
        }
    }

    /// The nodes' names.
    pub fn node_names(&self) -> Vec<String> {
        self.nodes.keys().cloned().collect()
    }

    /// Unix seconds now.
    pub fn unix_now(&self) -> u64 {
        self.unix_at(self.now)
    }

    pub(crate) fn random(&mut self) -> u64 {
        self.rng.next()
    }

    pub(crate) fn random_uuid(&mut self) -> String {
        self.rng.uuid()
    }

    /// A MAC address with the data centre's prefix that no configuration uses.
    pub(crate) fn random_mac(&mut self) -> String {
        let bits = self.rng.next();
        let [a, b, c, ..] = bits.to_le_bytes();
        format!("{}:{a:02X}:{b:02X}:{c:02X}", self.mac_prefix())
    }

    /// What new MAC addresses begin with.
    pub(crate) fn mac_prefix(&self) -> &str {
        self.datacenter.get("mac_prefix").unwrap_or(&self.settings.mac_prefix)
    }

    pub(crate) fn schedule(&mut self, at: Millis, event: Event) {
        self.next_event += 1;
        self.agenda.insert((at, self.next_event, event));
    }

    fn planned(&self, event: &Event) -> bool {
        self.agenda.iter().any(|(_, _, planned)| planned == event)
    }

    pub(crate) fn unschedule(&mut self, event: &Event) {
        self.agenda.retain(|(_, _, planned)| planned != event);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Wake(process) => self.run(process),
            Event::LockTimeout(process) => self.give_up_lock(process),
            Event::Detach(process) => self.detach(process),
            Event::Measure(node) => self.measure(&node),
            Event::GuestEnds(vmid, since) => self.guest_ends(vmid, since),
            Event::HaRound => self.ha_round(),
            Event::Restart(vmid) => self.restart(vmid),
            Event::Arrive(call) => self.arrive_late(call),
            Event::WorkerFree(call) => self.worker_free(call),
            Event::ProxyTimeout(call) => self.proxy_gives_up(call),
            Event::Strike(plan) => self.carry_out(plan),
            Event::Lift(fault) => {
                self.disarm(fault);
            }
            Event::PowerOn(node) => self.node_up(&node),
        }
    }

    pub(crate) fn node_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.nodes.get_mut(name).map(Arc::make_mut)
    }
}

/// Maps whose keys are no strings, as JSON.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter())
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
