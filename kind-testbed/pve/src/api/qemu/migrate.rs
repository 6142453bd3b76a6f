//! Migration: what stands in its way, and the task that does it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Call, Handled, Reply, only_root, upid, vm};
use crate::{
    error::{ApiError, die},
    model::vm::Vm,
    schema::split_list,
    world::{
        World,
        work::{HaRequest, HaWork, MigrateWork, Work, local_devices, lock_text},
    },
};

/// Storages that a guest's volumes are on.
fn storages<'a>(vm: &'a Vm) -> BTreeSet<String> {
    let drives = vm.config.drives().filter_map(|(_, drive)| drive.volume().map(|(storage, _)| storage.to_owned()));
    let of = |volid: &'a str| volid.split_once(':').map(|(storage, _)| storage.to_owned());
    drives.chain(vm.config.unused().filter_map(|(_, volid)| of(volid))).collect()
}

pub(super) fn preconditions(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let mut allowed = Vec::new();
    let mut refused = Map::new();
    for name in world.nodes.keys().filter(|name| **name != call.node) {
        let used = storages(vm);
        let missing: Vec<&String> = used.iter().filter(|id| world.storage_on(id, name).is_err()).collect();
        if missing.is_empty() {
            allowed.push(name);
        } else {
            refused.insert(name.clone(), json!({ "unavailable_storages": missing }));
        }
    }
    let mut out = json!({
        "running": u8::from(vm.running()), "allowed_nodes": allowed, "not_allowed_nodes": refused,
        "local_disks": local_disks(world, call, vm), "local_resources": local_devices(vm), "mapped-resources": [],
        "mapped-resource-info": {}, "has-dbus-vmstate": 1,
    });
    if world.ha.manages(call.vmid()) {
        out["dependent-ha-resources"] = json!([]);
    }
    Ok(Reply::Data(out))
}

/// Volumes on storages that are not shared.
fn local_disks(world: &World, call: &Call, vm: &Vm) -> Vec<Value> {
    let local = |volid: &str| {
        let (storage, _) = volid.split_once(':')?;
        let (_, volume) = world.volume(&call.node, volid)?;
        (!world.storage(storage).ok()?.shared).then_some(volume.size)
    };
    let drives = vm.config.drives().filter_map(|(slot, drive)| {
        let size = local(&drive.file)?;
        let row = json!({
            "drivename": slot, "volid": drive.file, "size": size, "cdrom": u8::from(drive.is_cdrom()),
            "is_cloudinit": u8::from(drive.is_cloudinit()), "is_attached": 1, "is_unused": 0, "is_vmstate": 0,
            "is_tpmstate": u8::from(slot.starts_with("tpmstate")), "shared": 0,
            "replicate": u8::from(drive.options.get("replicate").is_none_or(|value| value != "0")),
        });
        Some(row)
    });
    let unused = vm.config.unused().filter_map(|(slot, volid)| {
        let size = local(volid)?;
        let row = json!({
            "drivename": slot, "volid": volid, "size": size, "cdrom": 0, "is_cloudinit": 0, "is_attached": 0,
            "is_unused": 1, "is_vmstate": 0, "is_tpmstate": 0, "shared": 0, "replicate": 1,
        });
        Some(row)
    });
    drives.chain(unused).collect()
}

pub(super) fn migrate(world: &mut World, call: &Call) -> Handled {
    let vmid = call.vmid();
    let target = call.required("target");
    if target == call.node {
        return Err(ApiError::param("target", "target is local node."));
    }
    if !world.nodes.contains_key(target) {
        die!("no such cluster node '{target}'");
    }
    for name in ["force", "migration_type", "migration_network"] {
        only_root_value(call, name)?;
    }
    let vm = vm(world, call)?;
    lock_text(vm.config.lock()).map_err(ApiError::Die)?;
    if vm.running() && !call.flag("online") {
        die!("can't migrate running VM without --online");
    }
    let storages = storage_map(world, call, target)?;
    if storages.is_empty() {
        for id in self::storages(vm) {
            world.storage_on(&id, target).map_err(ApiError::Die)?;
        }
    }
    let id = vmid.to_string();
    if world.ha.manages(vmid) {
        let work = HaWork { vmid, request: HaRequest::Migrate { target: target.to_owned() } };
        return upid(world.start_task(&call.node, &call.who, "hamigrate", &id, Work::Ha(work)));
    }
    let work = MigrateWork {
        online: vm.running(),
        with_local_disks: call.flag("with-local-disks"),
        storages,
        ..MigrateWork::new(vmid, target)
    };
    upid(world.start_task(&call.node, &call.who, "qmigrate", &id, Work::Migrate(Box::new(work))))
}

/// Options that are no booleans but for root alone.
fn only_root_value(call: &Call, name: &str) -> Result<(), ApiError> {
    if name == "force" {
        return only_root(call, name).map(drop);
    }
    if call.get(name).is_some() && !call.who.is_root() {
        return Err(ApiError::param(name, "Only root may use this option."));
    }
    Ok(())
}

/// `targetstorage`: `1` maps each storage to itself, one name all storages to it, `a:b` one to another.
fn storage_map(world: &World, call: &Call, target: &str) -> Result<BTreeMap<String, String>, ApiError> {
    let mut map = BTreeMap::new();
    for part in split_list(call.get("targetstorage").unwrap_or_default()).filter(|part| *part != "1") {
        let (from, to) = part.split_once(':').unwrap_or(("*", part));
        world.require(&call.who, &format!("/storage/{to}"), "Datastore.AllocateSpace")?;
        let storage = world.storage_on(to, target).map_err(ApiError::Die)?;
        if !storage.holds("images") {
            die!("storage '{to}' does not support vm images");
        }
        map.insert(from.to_owned(), to.to_owned());
    }
    Ok(map)
}
