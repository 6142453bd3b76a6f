//! Faults that tests switch on. Some happen at once (a node goes down), some wait for their moment (the next answer is
//! lost), some last until [`World::heal`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Event, Process, World, durations};
use crate::{
    error::ApiError,
    model::{Vmid, access::Principal, config::Config, vm::Vm},
    request::{Answer, Body, Method, Millis, Request, RequestId},
};

/// On which side of the effect a call is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// Nothing happened: 595.
    Before,
    /// It happened, but the caller gets 596.
    After,
}

/// One fault. In JSON: `{"fault":"storage-full","storage":"local-lvm"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The next `times` calls whose path contains `path` lose their answer.
    AnswerLost {
        method: Option<Method>,
        path: String,
        loss: Loss,
        #[serde(default = "once")]
        times: u32,
    },
    /// The next worker of this task type is killed when it has done so many steps: locks and volumes stay behind.
    WorkerDeath { kind: String, step: u32 },
    /// No volume can be made there any more.
    StorageFull { storage: String, node: Option<String> },
    /// Every ACL entry of this `user@realm[!token]` is removed, at once.
    AclLost { authid: String },
    /// Somebody else makes a VM with this number, at once; nothing happens when it exists.
    ForeignVm { node: String, vmid: Vmid },
    /// The node loses power, at once: its guests and workers die.
    NodeDown { node: String },
    /// The node is back, at once; guests with `onboot` start.
    NodeUp { node: String },
    /// The cluster has no quorum: nothing can be written.
    QuorumLost,
    /// Nobody answers: connections are closed without an answer.
    Unreachable,
    /// The running guest ignores ACPI from now on.
    GuestDeaf { vmid: Vmid },
    /// The guest powers itself off, at once.
    GuestOff { vmid: Vmid },
}

const fn once() -> u32 {
    1
}

impl Answer {
    /// No answer at all: the connection is closed.
    pub fn nothing() -> Self {
        Self { status: 0, reason: "connection closed".to_owned(), body: Body::Empty, proxied: false }
    }
}

impl World {
    pub(super) fn apply_fault(&mut self, fault: Fault) {
        match fault {
            Fault::AclLost { authid } => Arc::make_mut(&mut self.access).acl.retain(|entry| entry.subject != authid),
            Fault::ForeignVm { node, vmid } => self.make_foreign_vm(&node, vmid),
            Fault::NodeDown { node } => self.node_down(&node),
            Fault::NodeUp { node } => self.node_up(&node),
            Fault::GuestDeaf { vmid } => {
                if let Some(run) = self.vm_mut(vmid).and_then(|vm| vm.run.as_mut()) {
                    run.deaf = true;
                }
            }
            Fault::GuestOff { vmid } => self.power_off(vmid),
            lasting => self.faults.push(lasting),
        }
    }

    /// The node that takes calls which name none.
    pub(crate) fn first_online(&self) -> Option<String> {
        self.nodes.iter().find(|(_, node)| node.online).map(|(name, _)| name.clone())
    }

    /// A majority of the votes is there. A cluster with an even number of nodes has a `QDevice` with one more vote.
    pub(crate) fn quorate(&self) -> bool {
        let online = self.nodes.values().filter(|node| node.online).count();
        let device = usize::from(self.nodes.len().is_multiple_of(2));
        (online + device) * 2 > self.nodes.len() + device && !self.faults.contains(&Fault::QuorumLost)
    }

    /// A call that never arrives.
    pub(super) fn fault_before(&mut self, request: &Request) -> Option<(Answer, Millis)> {
        let asked = request.via.clone().or_else(|| self.first_online());
        let on = asked.and_then(|name| self.nodes.get(&name)).is_some_and(|node| node.online);
        if !on || self.faults.contains(&Fault::Unreachable) {
            return Some((Answer::nothing(), 0));
        }
        let lost = self.take_loss(request, Loss::Before);
        lost.then(|| (ApiError::Proxy(595, "Connection refused".to_owned()).answer(false), 0))
    }

    /// Marks a call whose answer will not arrive.
    pub(super) fn loses_answer(&mut self, request: &Request) -> bool {
        self.take_loss(request, Loss::After)
    }

    /// What the caller gets instead of a lost answer: the proxy waits half a minute for it.
    pub(super) fn lost_answer() -> (Answer, Millis) {
        let answer = ApiError::Proxy(596, "Connection timed out".to_owned()).answer(true);
        (answer, durations::PROXY_TIMEOUT)
    }

    fn take_loss(&mut self, request: &Request, side: Loss) -> bool {
        let hit = self.faults.iter().position(|fault| {
            matches!(fault, Fault::AnswerLost { method, path, loss, .. }
                if *loss == side && method.is_none_or(|method| method == request.method) && request.path.contains(path.as_str()))
        });
        let Some(at) = hit else { return false };
        if let Fault::AnswerLost { times, .. } = &mut self.faults[at] {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.faults.remove(at);
            }
        }
        true
    }

    /// True when a waiting fault kills this worker now.
    pub(super) fn take_worker_death(&mut self, process: &Process) -> bool {
        let Some(kind) = process.task.and_then(|task| self.tasks.get(&task)).map(|task| task.upid.kind.clone()) else {
            return false;
        };
        let hit = self.faults.iter().position(|fault| {
            matches!(fault, Fault::WorkerDeath { kind: wanted, step } if *wanted == kind && process.step >= *step)
        });
        hit.map(|at| self.faults.remove(at)).is_some()
    }

    /// Puts the world's `lost` note into effect for one answer.
    pub(super) fn deliver(&mut self, at: Millis, id: RequestId, answer: Answer) {
        let (answer, at) = if self.lost.remove(&id) {
            let (answer, wait) = Self::lost_answer();
            (answer, at + wait)
        } else {
            (answer, at)
        };
        self.outbox.insert((at, id), answer);
    }

    fn make_foreign_vm(&mut self, node: &str, vmid: Vmid) {
        if self.vms.contains_key(&vmid) || !self.nodes.contains_key(node) {
            return;
        }
        let mac = self.random_mac();
        let config = Config::from_pairs([
            ("cores", "1"),
            ("memory", "512"),
            ("name", "somebody-elses"),
            ("net0", &format!("virtio={mac},bridge=vmbr0")),
            ("ostype", "l26"),
        ]);
        self.vms.insert(vmid, Arc::new(Vm::new(node, config)));
    }

    fn node_down(&mut self, name: &str) {
        let Some(node) = self.node_mut(name) else { return };
        node.online = false;
        self.unschedule(&Event::Measure(name.to_owned()));
        let workers: Vec<_> =
            self.processes.iter().filter(|(_, process)| process.node == name).map(|(id, _)| *id).collect();
        for worker in workers {
            self.kill(worker);
        }
        for vm in self.vms.values_mut().filter(|vm| vm.node == name && vm.run.is_some()) {
            Arc::make_mut(vm).run = None;
        }
    }

    fn node_up(&mut self, name: &str) {
        let now = self.now;
        let Some(node) = self.node_mut(name).filter(|node| !node.online) else { return };
        node.online = true;
        node.booted = now;
        self.schedule(now, Event::Measure(name.to_owned()));
        let starting: Vec<Vmid> = self
            .vms
            .iter()
            .filter(|(_, vm)| vm.node == name && vm.config.flag("onboot") && !vm.config.is_template())
            .map(|(vmid, _)| *vmid)
            .collect();
        for vmid in starting {
            self.start_by(&Principal::user(crate::model::access::ROOT), vmid);
        }
    }
}
