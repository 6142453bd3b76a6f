//! What holds at every moment, whatever was asked and whatever broke. Property tests and explorers ask after each step.

use std::collections::{BTreeMap, BTreeSet};

use super::{Process, World};
use crate::model::{Vmid, storage::own_name};

impl World {
    /// Sentences about what does not hold; empty in a sound world.
    pub fn broken_invariants(&self) -> Vec<String> {
        let mut broken = Vec::new();
        self.check_volumes(&mut broken);
        self.check_bases(&mut broken);
        self.check_locks(&mut broken);
        self.check_processes(&mut broken);
        self.check_members(&mut broken);
        broken
    }

    /// A volume that a guest names, in whatever slot or snapshot, exists, is its own, and is in one slot. One that was
    /// taken away on its storage is known to be lost.
    fn check_volumes(&self, broken: &mut Vec<String>) {
        let mut named = BTreeMap::new();
        for (vmid, vm) in &self.vms {
            let drives = vm.config.drives().map(|(key, drive)| (key.to_owned(), drive.file));
            let kept = vm.config.iter().filter(|(key, _)| key.starts_with("unused") || *key == "vmstate");
            let states = vm.snapshots.iter().filter_map(|(name, snapshot)| {
                Some((format!("vmstate of snapshot {name}"), snapshot.config.get("vmstate")?.to_owned()))
            });
            let slots = drives.chain(kept.map(|(key, volid)| (key.to_owned(), volid.to_owned()))).chain(states);
            for (slot, volid) in slots.filter(|(_, volid)| volid.contains(':')) {
                self.check_volume(*vmid, &slot, &volid, broken);
                // The name of a lost volume is free again: a new one takes it, and the old slot means the new one.
                let free = self.lost.contains(&volid)
                    || self.volume(&vm.node, &volid).is_none_or(|(_, volume)| volume.owner.is_none());
                let key = self.volume_key(&vm.node, &volid).filter(|_| !free);
                let other = key.and_then(|key| named.insert(key, (*vmid, slot.clone())));
                if let Some(other) = other {
                    broken.push(format!("{volid} is named by {other:?} and by {slot} of VM {vmid}"));
                }
            }
            for (name, snapshot) in &vm.snapshots {
                for volid in snapshot.volumes() {
                    self.check_volume(*vmid, &format!("snapshot {name}"), volid.as_ref(), broken);
                }
            }
        }
    }

    /// What a linked clone's name says it stands on is there.
    fn check_bases(&self, broken: &mut Vec<String>) {
        for (key, volume) in &self.volumes {
            let named = self.storages.get(&key.storage).is_some_and(|s| s.kind.capabilities().linked_names_base);
            let Some(base) = volume.base.as_ref().filter(|_| named) else { continue };
            let kind = self.storages.get(&key.storage).map(|storage| storage.kind);
            let stands = self.volumes.keys().any(|other| {
                let own = kind.map(|kind| own_name(kind, &other.name));
                other.storage == key.storage && other.node == key.node && own == Some(base)
            });
            if !stands {
                broken.push(format!("{} stands on {base}, which does not exist", key.volid()));
            }
        }
    }

    fn check_volume(&self, vmid: Vmid, slot: &str, volid: &str, broken: &mut Vec<String>) {
        let node = self.vms.get(&vmid).map_or("", |vm| &vm.node);
        match self.volume(node, volid) {
            None if self.lost.contains(volid) => {}
            None => broken.push(format!("{slot} of VM {vmid} names {volid}, which does not exist")),
            Some((_, volume)) if volume.owner.is_some_and(|owner| owner != vmid) => {
                broken.push(format!("{slot} of VM {vmid} names {volid}, which is another VM's"));
            }
            Some(_) => {}
        }
    }

    /// A lock in a configuration is that of a running task on this VM, or known to have been left by one, or by hand.
    fn check_locks(&self, broken: &mut Vec<String>) {
        for (vmid, vm) in &self.vms {
            let Some(lock) = vm.config.lock().filter(|lock| *lock != "suspended") else { continue };
            let taken = |process: &Process| process.task.is_some() && process.work.lock() == Some((*vmid, lock));
            if !self.abandoned.contains(vmid) && !self.processes.values().any(taken) {
                broken.push(format!("VM {vmid} is locked ({lock}) by nobody"));
            }
        }
    }

    /// A flock is held and waited for by living processes only; a running task has a process and the reverse.
    fn check_processes(&self, broken: &mut Vec<String>) {
        for (vmid, flock) in &self.flocks {
            for process in flock.processes().filter(|process| !self.processes.contains_key(process)) {
                broken.push(format!("the flock of VM {vmid} knows process {process}, which is gone"));
            }
            if !flock.is_consistent() {
                broken.push(format!("the flock of VM {vmid} is held exclusively by one of several"));
            }
        }
        let of_processes: BTreeSet<_> = self.processes.values().filter_map(|process| process.task).collect();
        let running: BTreeSet<_> = self.tasks.iter().filter(|(_, task)| task.running()).map(|(id, _)| *id).collect();
        if of_processes != running {
            broken.push(format!("tasks {running:?} run, but processes work on {of_processes:?}"));
        }
    }

    /// A guest runs on a node that is on, is no template, and is in one pool at most.
    fn check_members(&self, broken: &mut Vec<String>) {
        for (vmid, vm) in &self.vms {
            let on = self.nodes.get(&vm.node).is_some_and(|node| node.online);
            if vm.running() && (!on || vm.config.is_template()) {
                broken.push(format!("VM {vmid} runs where it cannot"));
            }
            if self.pools.values().filter(|pool| pool.vms.contains(vmid)).count() > 1 {
                broken.push(format!("VM {vmid} is in two pools"));
            }
        }
    }
}
