//! `qmdestroy`: flock, the checks again, then volumes, configuration, pool membership and ACL entries.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::{
        Vmid,
        firewall::Place,
        storage::VolumeKey,
        vm::{Snapshot, Vm},
    },
    world::{Mode, Next, World, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct DestroyWork {
    pub(crate) vmid: Vmid,
    pub(crate) purge: bool,
    /// Also volumes of this number that no configuration names.
    pub(crate) unreferenced: bool,
    pub(crate) skiplock: bool,
}

/// Why a VM may not be removed, whatever its locks say; `cared_for`: the HA stack knows it and it is not purged there.
pub(crate) fn removal_refusal(vmid: Vmid, vm: &Vm, cared_for: bool) -> Result<(), String> {
    if vm.config.flag("protection") {
        return Err(format!("can't remove VM {vmid} - protection mode enabled"));
    }
    if cared_for {
        return Err(format!("unable to remove VM {vmid} - used in HA resources and purge parameter not set."));
    }
    if vm.running() {
        return Err(format!("VM {vmid} is running - destroy failed"));
    }
    Ok(())
}

impl DestroyWork {
    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>, warnings: &mut u32) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 },
            1 => match self.check(world, me) {
                Ok(volumes) => {
                    if self.purge {
                        world.log(me.task, format!("purging VM {} from related configurations..", self.vmid));
                    }
                    if let Some(vm) = world.vm_mut(self.vmid) {
                        vm.config.set("lock", "destroyed");
                    }
                    Next::Sleep(durations::destroy(volumes))
                }
                Err(text) => Next::fail(text),
            },
            _ => {
                if self.purge && world.ha.resources.remove(&self.vmid).is_some() {
                    let line = format!("NOTE: removed VM {} from HA resource configuration.", self.vmid);
                    world.log(me.task, line);
                }
                for line in lost(world, self.vmid) {
                    world.log(me.task, line);
                    *warnings += 1;
                }
                self.remove(world, me.node);
                Next::ok()
            }
        }
    }

    fn check(&self, world: &World, me: &Me<'_>) -> Result<u64, String> {
        let vm = world.vm_on(me.node, self.vmid)?;
        if let Some(lock) = vm.config.lock().filter(|lock| *lock != "suspended" && !self.skiplock) {
            return Err(format!("VM is locked ({lock})"));
        }
        let cared_for = world.ha.resources.contains_key(&self.vmid) && !self.purge;
        removal_refusal(self.vmid, vm, cared_for)?;
        let volumes = owned(world, self.vmid, vm);
        for key in &volumes {
            if world.base_in_use(key) {
                return Err(format!("base volume '{}' is still in use by linked cloned", key.volid()));
            }
        }
        Ok(volumes.len() as u64)
    }

    pub(crate) fn remove(&self, world: &mut World, node: &str) {
        let Some(vm) = world.remove_vm(self.vmid) else { return };
        for key in owned(world, self.vmid, &vm) {
            world.free(&key);
        }
        if self.unreferenced {
            world
                .volumes
                .retain(|key, volume| !volume.is_disk_of(self.vmid) || !(key.node == node || key.node.is_empty()));
        }
        world.firewalls.remove(&Place::Guest(self.vmid));
        for pool in world.pools.values_mut() {
            pool.vms.remove(&self.vmid);
        }
        let path = format!("/vms/{}", self.vmid);
        if world.access.acl.iter().any(|entry| entry.path == path) {
            std::sync::Arc::make_mut(&mut world.access).forget_path(&path);
        }
    }
}

/// What is said of disks whose storage is no more.
fn lost(world: &World, vmid: Vmid) -> Vec<String> {
    let Some(vm) = world.vms.get(&vmid) else { return Vec::new() };
    let drives = vm.config.drives().map(|(_, drive)| drive.file);
    drives
        .chain(vm.config.unused().map(|(_, volid)| volid.to_owned()))
        .filter_map(|volid| {
            let (storage, _) = volid.split_once(':')?;
            let reason = world.storage(storage).err()?;
            Some(format!("WARN: failed to get path and owner of volume '{volid}': {reason}"))
        })
        .collect()
}

/// The volumes a configuration names and that are this VM's own.
fn owned(world: &World, vmid: Vmid, vm: &Vm) -> Vec<VolumeKey> {
    let drives = vm.config.drives().map(|(_, drive)| drive.file);
    let unused = vm.config.unused().map(|(_, volid)| volid.to_owned());
    let state = vm.config.get("vmstate").map(str::to_owned);
    let snapshots = vm.snapshots.values().flat_map(Snapshot::volumes);
    let named: BTreeSet<String> = drives.chain(unused).chain(state).chain(snapshots).collect();
    named
        .into_iter()
        .filter_map(|volid| world.volume(&vm.node, &volid))
        .filter(|(_, volume)| volume.owner == Some(vmid))
        .map(|(key, _)| key.clone())
        .collect()
}
