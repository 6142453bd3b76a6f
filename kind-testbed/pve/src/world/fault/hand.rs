//! What somebody does by hand, or HA by itself: no task, no question asked.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        Vmid,
        access::{Principal, ROOT},
        config::Config,
        device::is_drive_key,
        storage::{Volume, VolumeKey},
        vm::Vm,
    },
    world::{World, work::DestroyWork},
};

impl World {
    /// Somebody else's VM; nothing happens when the number is taken.
    pub(super) fn make_foreign_vm(&mut self, node: &str, vmid: Vmid) {
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
        self.insert_vm(vmid, Vm::new(node, config));
    }

    pub(super) fn edit_by_hand(
        &mut self,
        vmid: Vmid,
        set: BTreeMap<String, String>,
        delete: &BTreeSet<String>,
    ) -> Result<(), String> {
        if let Some(key) = set.keys().find(|key| is_drive_key(key) || key.starts_with("unused")) {
            return Err(format!("a hand edit sets no drive ({key}): it would name a volume that does not exist"));
        }
        let Some(vm) = self.vm_mut(vmid) else { return Ok(()) };
        for key in delete {
            vm.config.remove(key);
        }
        let lock = set.get("lock").cloned();
        for (key, value) in set {
            vm.config.set(&key, value);
        }
        if let Some(lock) = lock {
            self.note_lock(vmid, &lock);
        }
        Ok(())
    }

    /// Hands and HA wait for tasks, as `qm` does: a fault that would have to is refused.
    fn at_rest(&self, vmid: Vmid) -> Result<(), String> {
        let id = vmid.to_string();
        let task = self.tasks.values().find(|task| task.running() && task.upid.id == id);
        match task {
            Some(task) => Err(format!("VM {vmid} is busy: {} runs", task.upid.kind)),
            None if self.flocks.contains_key(&vmid) => Err(format!("VM {vmid} is busy: its lock is held")),
            None => Ok(()),
        }
    }

    pub(super) fn destroy_by_hand(&mut self, vmid: Vmid) -> Result<(), String> {
        self.at_rest(vmid)?;
        let bases = self.volumes.iter().filter(|(_, volume)| volume.owner == Some(vmid)).map(|(key, _)| key);
        if let Some(key) = bases.into_iter().find(|key| self.base_in_use(key)) {
            return Err(format!("base volume '{}' is still in use by linked clones", key.volid()));
        }
        let Some(vm) = self.vm_mut(vmid) else { return Ok(()) };
        vm.run = None;
        let node = vm.node.clone();
        DestroyWork { vmid, purge: true, unreferenced: true, skiplock: true }.remove(self, &node);
        Ok(())
    }

    /// The guest's file and its local volumes go to another node. A guest that is not kept running starts again there.
    pub(super) fn relocate(&mut self, vmid: Vmid, to: &str, keep_running: bool) -> Result<(), String> {
        let Some(from) = self.vms.get(&vmid).map(|vm| vm.node.clone()).filter(|from| from != to) else {
            return Err(format!("VM {vmid} is on {to} already"));
        };
        self.at_rest(vmid)?;
        if !self.nodes.get(to).is_some_and(|node| node.online) {
            return Err(format!("node {to} is off"));
        }
        let moving = self.local_volumes(vmid, &from, to)?;
        for (old, new) in moving {
            if let Some(volume) = self.volumes.remove(&old) {
                self.volumes.insert(new, volume);
            }
        }
        let Some(vm) = self.vm_mut(vmid) else { return Ok(()) };
        to.clone_into(&mut vm.node);
        let ran = vm.run.is_some();
        if ran && keep_running {
            let pid = self.node_mut(to).map_or(1, |node| node.fork(3));
            if let Some(run) = self.vm_mut(vmid).and_then(|vm| vm.run.as_mut()) {
                run.pid = pid;
            }
        } else if ran {
            if let Some(vm) = self.vm_mut(vmid) {
                vm.run = None;
            }
            self.start_by(&Principal::user(ROOT), vmid);
        }
        Ok(())
    }

    /// The guest's volumes on local storages, with the keys they get on the other node.
    fn local_volumes(&self, vmid: Vmid, from: &str, to: &str) -> Result<Vec<(VolumeKey, VolumeKey)>, String> {
        let mut moving = Vec::new();
        let its = |key: &VolumeKey, volume: &Volume| volume.is_disk_of(vmid) && key.node == from;
        for (old, _) in self.volumes.iter().filter(|(key, volume)| its(key, volume)) {
            let new = VolumeKey { node: to.to_owned(), ..old.clone() };
            if self.base_in_use(old) {
                return Err(format!("linked clones stand on '{}'", old.volid()));
            }
            if self.volumes.contains_key(&new) {
                return Err(format!("volume '{}' exists on {to} already", new.volid()));
            }
            self.storage_on(&old.storage, to)?;
            moving.push((old.clone(), new));
        }
        Ok(moving)
    }
}
