//! What holds at every moment, whatever was asked and whatever broke. Property tests and explorers ask after each step.

use std::collections::{BTreeMap, BTreeSet};

use super::World;

impl World {
    /// Sentences about what does not hold; empty in a sound world.
    pub fn broken_invariants(&self) -> Vec<String> {
        let mut broken = Vec::new();
        self.check_volumes(&mut broken);
        self.check_processes(&mut broken);
        self.check_members(&mut broken);
        broken
    }

    /// A volume that a configuration names as its own exists and is named once.
    fn check_volumes(&self, broken: &mut Vec<String>) {
        let mut named = BTreeMap::new();
        for (vmid, vm) in &self.vms {
            let drives = vm.config.drives().map(|(key, drive)| (key.to_owned(), drive.file));
            let unused = vm.config.unused().map(|(key, volid)| (key.to_owned(), volid.to_owned()));
            let states = vm.snapshots.iter().filter_map(|(name, snapshot)| {
                Some((format!("vmstate of snapshot {name}"), snapshot.config.get("vmstate")?.to_owned()))
            });
            for (name, snapshot) in &vm.snapshots {
                for volid in snapshot.volumes().filter(|volid| self.volume(&vm.node, volid).is_none()) {
                    broken.push(format!("snapshot {name} of VM {vmid} names {volid}, which does not exist"));
                }
            }
            for (slot, volid) in drives.chain(unused).chain(states).filter(|(_, volid)| volid.contains(':')) {
                let Some((key, volume)) = self.volume(&vm.node, &volid) else {
                    broken.push(format!("{slot} of VM {vmid} names {volid}, which does not exist"));
                    continue;
                };
                let own = volume.owner.is_none_or(|owner| owner == *vmid);
                if !own {
                    broken.push(format!("{slot} of VM {vmid} names {volid}, which is another VM's"));
                }
                if let Some(other) = named.insert(key.clone(), (*vmid, slot.clone())) {
                    broken.push(format!("{volid} is named by {other:?} and by {slot} of VM {vmid}"));
                }
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
