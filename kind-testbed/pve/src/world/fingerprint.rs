//! What makes two worlds the same to somebody who looks at them later: for explorers that meet one world by many paths.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{Event, ProcessId, World};
use crate::model::{Vmid, config::Config, vm::Vm};

/// Options that say when a guest was made, not what it is.
const OF_ITS_TIME: [&str; 2] = ["meta", "vmgenid"];

/// A guest as somebody at the console of its node sees it.
#[derive(Debug, Clone, Copy)]
pub struct Guest<'a> {
    pub vmid: Vmid,
    vm: &'a Vm,
}

impl<'a> Guest<'a> {
    pub fn node(&self) -> &'a str {
        &self.vm.node
    }

    /// An option of its configuration file.
    pub fn option(&self, key: &str) -> Option<&'a str> {
        self.vm.config.get(key)
    }

    pub fn is_running(&self) -> bool {
        self.vm.running()
    }

    pub fn is_template(&self) -> bool {
        self.vm.config.is_template()
    }

    /// Changes when anything about the guest does, but for what it does inside.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        hash_vm(self.vm, &mut hasher);
        hasher.finish()
    }
}

impl World {
    /// All guests, templates included.
    pub fn guests(&self) -> impl Iterator<Item = Guest<'_>> {
        self.vms.iter().map(|(vmid, vm)| Guest { vmid: *vmid, vm })
    }

    pub fn guest(&self, vmid: Vmid) -> Option<Guest<'_>> {
        self.vms.get(&vmid).map(|vm| Guest { vmid, vm })
    }

    /// Whether anything will happen by itself, statistics aside.
    pub fn is_busy(&self) -> bool {
        !self.processes.is_empty() || self.agenda.iter().any(|(_, _, event)| !matches!(event, Event::Measure(_)))
    }

    /// Lets time pass until something has happened, statistics aside.
    pub fn get_on(&mut self) {
        while self.is_busy() {
            let Some((at, _, event)) = self.agenda.first().cloned() else { return };
            self.advance(at);
            if !matches!(event, Event::Measure(_)) {
                return;
            }
        }
    }

    /// The same for two worlds that differ only in the time of day, statistics, the history and names of tasks, and
    /// chance to come.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.access.hash(&mut hasher);
        self.storages.hash(&mut hasher);
        self.volumes.hash(&mut hasher);
        self.lost.hash(&mut hasher);
        for (vmid, vm) in &self.vms {
            vmid.hash(&mut hasher);
            hash_vm(vm, &mut hasher);
            self.samples.contains_key(vmid).hash(&mut hasher);
        }
        self.pools.hash(&mut hasher);
        self.ha.hash(&mut hasher);
        self.firewalls.hash(&mut hasher);
        for armed in &self.faults {
            armed.fault.hash(&mut hasher);
        }
        self.hash_processes(&mut hasher);
        (self.given_up.len(), self.late.len(), self.outbox.len()).hash(&mut hasher);
        hasher.finish()
    }

    /// Processes by their order, for their ids tell how many there were before.
    fn hash_processes(&self, hasher: &mut DefaultHasher) {
        let rank: BTreeMap<ProcessId, usize> =
            self.processes.keys().enumerate().map(|(rank, id)| (*id, rank)).collect();
        for process in self.processes.values() {
            (&process.node, &process.who, &process.work, process.step).hash(hasher);
            (&process.holds, process.waits, process.warnings).hash(hasher);
            (process.task.is_some(), process.request.is_some()).hash(hasher);
        }
        for (vmid, flock) in &self.flocks {
            vmid.hash(hasher);
            flock.processes().for_each(|id| rank.get(&id).hash(hasher));
        }
        for (at, _, event) in &self.agenda {
            let (kind, about) = match event {
                Event::Measure(_) => continue,
                Event::Wake(id) => (1, rank.get(id).copied()),
                Event::LockTimeout(id) => (2, rank.get(id).copied()),
                Event::Detach(id) => (3, rank.get(id).copied()),
                Event::GuestEnds(vmid, _) | Event::Restart(vmid) => (4, usize::try_from(*vmid).ok()),
                _ => (5, None),
            };
            (at.saturating_sub(self.now), kind, about).hash(hasher);
        }
    }
}

fn hash_vm(vm: &Vm, hasher: &mut DefaultHasher) {
    vm.node.hash(hasher);
    hash_config(&vm.config, hasher);
    vm.pending.hash(hasher);
    hash_config(&vm.cloudinit, hasher);
    vm.run.as_ref().map(|run| (run.paused, run.prelaunch, run.deaf, run.io_error)).hash(hasher);
    for (name, snapshot) in &vm.snapshots {
        (name, snapshot.run.is_some()).hash(hasher);
        hash_config(&snapshot.config, hasher);
    }
}

fn hash_config(config: &Config, hasher: &mut DefaultHasher) {
    for (key, value) in config.iter().filter(|(key, _)| !OF_ITS_TIME.contains(key) && *key != "snaptime") {
        (key, value).hash(hasher);
    }
}
