//! Clone and template: what is refused at once, in the order Proxmox VE checks it.

use super::{Call, Handled, options, upid, vm};
use crate::{
    error::{ApiError, die},
    model::{
        Vmid,
        config::Config,
        device::{Drive, is_net_key},
    },
    world::{
        World,
        work::{CloneWork, TemplateWork, Work, lock_text, template_refusal},
    },
};

pub(super) fn clone(world: &mut World, call: &Call) -> Handled {
    let vmid = call.vmid();
    let newid: Vmid = call.required("newid").parse().unwrap_or_default();
    if let Some(pool) = call.get("pool").filter(|pool| !world.pools.contains_key(*pool)) {
        return Err(ApiError::Forbidden(Some(format!("pool '{pool}' does not exist"))));
    }
    let target = call.get("target").filter(|target| *target != call.node && *target != "localhost");
    if let Some(target) = target.filter(|target| !world.nodes.contains_key(*target)) {
        die!("no such cluster node '{target}'");
    }
    if let Some(storage) = call.get("storage") {
        options::check_images(world, &call.node, storage)?;
        if let Some(target) = target {
            options::check_images(world, target, storage)?;
            if !world.storage(storage).is_ok_and(|storage| storage.shared) {
                die!("can't clone to non-shared storage '{storage}'");
            }
        }
    }
    let source = world.found_on(&call.node, vmid).map_err(ApiError::Die)?;
    lock_text(source.config.lock()).map_err(ApiError::Die)?;
    let full = call.get("full").map_or(!source.config.is_template(), |full| full == "1");
    let config = match call.get("snapname") {
        Some(name) => &source.snapshot(name).map_err(ApiError::Die)?.config,
        None => &source.config,
    };
    for name in ["storage", "format"] {
        if !full && call.get(name).is_some() {
            die!("parameter '{name}' not allowed for linked clones");
        }
    }
    if let Some(target) = target {
        check_target(world, call, config, target)?;
    }
    check_use(world, call, config, full)?;
    if world.vms.get(&newid).is_some_and(|other| other.node == call.node) {
        die!("unable to create VM {newid}: config file already exists");
    }
    if !full {
        check_linked(world, call, config)?;
    }
    let mut work = CloneWork::new(vmid, newid, full);
    work.name = call.owned("name");
    work.description = call.owned("description");
    work.pool = call.owned("pool");
    work.storage = call.owned("storage");
    work.format = call.owned("format");
    work.snapshot = call.owned("snapname");
    work.limit = call.number("bwlimit");
    work.to_node = target.map(str::to_owned);
    upid(world.start_task(&call.node, &call.who, "qmclone", &vmid.to_string(), Work::Clone(Box::new(work))))
}

/// Another node can take the result only when every volume is on shared storage.
fn check_target(world: &World, call: &Call, source: &Config, target: &str) -> Result<(), ApiError> {
    if call.get("storage").is_some() {
        return Ok(());
    }
    let local = source.drives().any(|(_, drive)| {
        drive.volume().is_some_and(|(storage, _)| !world.storage(storage).is_ok_and(|storage| storage.shared))
    });
    if local {
        die!("can't clone VM to node '{target}' (VM uses local storage)");
    }
    Ok(())
}

/// Room on each storage and use of each bridge must be the caller's.
fn check_use(world: &World, call: &Call, source: &Config, full: bool) -> Result<(), ApiError> {
    for (_, drive) in source.drives() {
        let Some((own, _)) = drive.volume() else { continue };
        let made = !drive.is_cdrom() || drive.is_cloudinit();
        if made {
            let storage = call.get("storage").filter(|_| full).unwrap_or(own);
            world.require(&call.who, &format!("/storage/{storage}"), "Datastore.AllocateSpace")?;
        }
    }
    for (_, value) in source.iter().filter(|(key, _)| is_net_key(key)) {
        options::check_bridge(world, call, value)?;
    }
    Ok(())
}

/// Every disk of a linked clone must stand on a base volume.
fn check_linked(world: &World, call: &Call, source: &Config) -> Result<(), ApiError> {
    let is_base = |drive: &Drive| {
        let name = drive.volume().map_or("", |(_, name)| name);
        name.rsplit('/').next().is_some_and(|file| file.starts_with("base-"))
    };
    for (key, drive) in source.drives().filter(|(_, drive)| !drive.is_cdrom()) {
        let storage = drive.volume().and_then(|(storage, _)| world.storage(storage).ok());
        let able = storage.map(|storage| storage.kind.capabilities()).is_some_and(|kind| {
            // From a snapshot any disk will do, where the storage can.
            if call.get("snapname").is_some() {
                kind.clones_of_snapshots
            } else {
                kind.linked_clones && is_base(&drive)
            }
        });
        if !able || world.volume(&call.node, &drive.file).is_none() {
            die!("Linked clone feature is not supported for '{}' ({key})", drive.file);
        }
    }
    Ok(())
}

pub(super) fn template(world: &mut World, call: &Call) -> Handled {
    let vmid = call.vmid();
    template_refusal(vm(world, call)?).map_err(ApiError::Die)?;
    let work = Work::Template(TemplateWork { vmid });
    upid(world.start_task(&call.node, &call.who, "qmtemplate", &vmid.to_string(), work))
}
