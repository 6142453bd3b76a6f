//! One state of the whole: Proxmox, control planes, controllers in the middle of their work, and what may still go wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use proxmox_client::ProxmoxRequest;
use pve_testbed::World;
use slipway_operator::{mark, site::Knowledge};

use crate::{
    gate::{Entry, Write},
    kubernetes::Store,
    moves::Kind,
};

/// What a run of a controller is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    Server {
        namespace: String,
        name: String,
    },
    Record {
        name: String,
    },
    /// The site itself: identity, inventory, epoch.
    Site,
    /// Actions whose server is gone.
    Actions,
    /// VMs that nothing accounts for.
    Sweep,
}

impl Subject {
    /// The servers and records of a control plane.
    pub fn all(store: &Store) -> Vec<Self> {
        let servers = store.list("virtualservers").map(|(key, _)| Self::Server {
            namespace: key.namespace.clone().unwrap_or_default(),
            name: key.name.clone(),
        });
        let records = store.list("retainedservers").map(|(key, _)| Self::Record { name: key.name.clone() });
        servers.chain(records).collect()
    }
}

#[derive(Debug, Clone)]
pub struct State {
    pub world: World,
    /// The first is the one in charge; others are copies of it.
    pub planes: Vec<Store>,
    pub controllers: Vec<Controller>,
    /// How often each kind of trouble may still happen.
    pub budget: BTreeMap<Kind, u8>,
    pub past: Past,
    /// What the control plane was in the beginning.
    pub backup: Store,
}

/// One operator process.
#[derive(Debug, Clone)]
pub struct Controller {
    /// Which control plane it talks to.
    pub plane: usize,
    /// Forgotten in a crash.
    pub knowledge: Knowledge,
    /// What its watches have shown it.
    pub cache: Store,
    pub flight: Option<Flight>,
}

impl Controller {
    /// A process that has just started.
    pub fn new(plane: usize) -> Self {
        Self { plane, knowledge: Knowledge::default(), cache: Store::default(), flight: None }
    }

    /// It is killed, and starts again.
    pub fn crash(&mut self) {
        *self = Self::new(self.plane);
    }
}

/// A run that stands before a write.
#[derive(Debug, Clone)]
pub struct Flight {
    pub subject: Subject,
    pub fresh: bool,
    /// As they were when it began.
    pub knowledge: Knowledge,
    pub cache: Store,
    /// Everything that it was told.
    pub log: Arc<Vec<Entry>>,
    pub write: Write,
}

/// What the properties need to know of the past.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Past {
    /// For which server a clone was made to a number.
    pub cloned: BTreeMap<u32, String>,
    /// Numbers whose VM was destroyed.
    pub destroyed: BTreeSet<u32>,
    /// Restarts that somebody asked for, and reboots that were called.
    pub restarts_asked: u8,
    pub reboots: u8,
    /// VMs that are not ours: what they were when they came.
    pub strangers: BTreeMap<u32, u64>,
    /// VMs that must outlive everything in this scenario.
    pub precious: BTreeSet<u32>,
    /// VMs that run, and that nothing in this scenario may stop.
    pub running: BTreeSet<u32>,
    /// VM → volumes of disks beside its root disk that it has ever had.
    pub volumes: BTreeMap<u32, BTreeSet<String>>,
    /// How often somebody wished for a disk.
    pub disks_asked: u8,
    /// How often a control plane was put back or copied.
    pub planes_made: u8,
}

impl Past {
    /// A call that took effect.
    pub fn remember(&mut self, request: &ProxmoxRequest) {
        match request {
            ProxmoxRequest::Clone { newid, description, .. } => {
                let uid = mark::find(description).map(|mark| mark.identity.uid).unwrap_or_default();
                self.cloned.insert(newid.get(), uid);
            }
            ProxmoxRequest::Destroy { vmid, .. } => {
                self.destroyed.insert(vmid.get());
            }
            ProxmoxRequest::Reboot { .. } => self.reboots += 1,
            _ => {}
        }
    }
}
