//! Creating a VM from a backup. What is in the archive is looked at in the call, protection and power in the task.

use std::collections::{BTreeMap, VecDeque};

use super::{Call, Handled, options, upid};
use crate::{
    api::content,
    error::{ApiError, die},
    model::{config::Config, device::is_drive_key, vm::Vm},
    world::{
        World,
        work::{RestoreWork, Work, lock_text},
    },
};

pub(super) fn restore(world: &mut World, call: &Call, archive: &str) -> Handled {
    let vmid = call.vmid();
    if let Some(name) = call.params.keys().find(|name| is_drive_key(name)) {
        return Err(ApiError::param(name, "option conflicts with option 'archive'"));
    }
    if let Some(storage) = call.get("storage") {
        world.require(&call.who, &format!("/storage/{storage}"), "Datastore.AllocateSpace")?;
        options::check_images(world, &call.node, storage)?;
    }
    let Some((key, volume)) = world.volume(&call.node, archive) else { die!("volume '{archive}' does not exist") };
    content::may_read(world, &call.who, key, volume)?;
    let Some(backup) = volume.backup.clone() else { die!("volume '{archive}' is not a backup") };
    let path = world.storage(&key.storage).map_err(ApiError::Die)?.volume_path(&key.name);
    if call.get("storage").is_none() {
        for disk in &backup.disks {
            world.require(&call.who, &format!("/storage/{}", disk.storage), "Datastore.AllocateSpace")?;
        }
    }
    let given: BTreeMap<String, String> = options::collect(world, call)?;
    let named = given.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
    options::check_permissions(world, call, vmid, call.get("pool"), named)?;
    match world.vms.get(&vmid) {
        Some(other) if other.node != call.node || !call.flag("force") => {
            die!("unable to restore VM {vmid} - VM {vmid} already exists on node '{}'", other.node);
        }
        Some(vm) => lock_text(vm.config.lock())
            .map_err(|text| ApiError::Die(format!("unable to restore VM {vmid} - {text}")))?,
        None => {
            world.insert_vm(vmid, Vm::new(&call.node, Config::default()));
        }
    }
    if let Some(vm) = world.vm_mut(vmid) {
        vm.config.set("lock", "create");
    }
    let work = RestoreWork {
        vmid,
        path,
        backup,
        storage: call.owned("storage"),
        unique: call.flag("unique"),
        options: Config::from_pairs(given.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
        pool: call.owned("pool"),
        start: call.flag("start"),
        todo: VecDeque::new(),
        made: Vec::new(),
        old: Config::default(),
    };
    upid(world.start_task(&call.node, &call.who, "qmrestore", &vmid.to_string(), Work::Restore(Box::new(work))))
}
