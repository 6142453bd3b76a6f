//! `POST move_disk`: a disk to another storage, or to another VM.

use std::collections::BTreeMap;

use super::{Call, Handled, options, upid, vm_path};
use crate::{
    error::ApiError,
    model::Vmid,
    world::{
        World,
        work::{MoveDiskWork, ReassignWork, Work},
    },
};

pub(super) fn move_disk(world: &mut World, call: &Call) -> Handled {
    match (call.get("storage"), call.get("target-vmid")) {
        (Some(_), Some(_)) => Err(both("either set 'storage' or 'target-vmid', but not both")),
        (None, None) => Err(both("both 'storage' and 'target-vmid' missing, either needs to be set")),
        (Some(storage), None) => to_storage(world, call, storage),
        (None, Some(target)) => to_vm(world, call, target.parse().unwrap_or_default()),
    }
}

fn both(text: &str) -> ApiError {
    ApiError::Param(BTreeMap::from(["storage", "target-vmid"].map(|name| (name.to_owned(), text.to_owned()))))
}

fn to_storage(world: &mut World, call: &Call, storage: &str) -> Handled {
    world.require(&call.who, &format!("/storage/{storage}"), "Datastore.AllocateSpace")?;
    let vmid = call.vmid();
    let work = MoveDiskWork {
        vmid,
        disk: call.required("disk").to_owned(),
        storage: storage.to_owned(),
        format: call.owned("format"),
        delete: call.flag("delete"),
        digest: call.owned("digest"),
        limit: call.number("bwlimit"),
        copying: None,
    };
    work.refusal(world, &call.node).map_err(ApiError::Die)?;
    options::check_images(world, &call.node, storage)?;
    let work = Work::MoveDisk(Box::new(work));
    upid(world.start_task(&call.node, &call.who, "qmmove", &vmid.to_string(), work))
}

fn to_vm(world: &mut World, call: &Call, target: Vmid) -> Handled {
    let vmid = call.vmid();
    world.require(&call.who, &vm_path(target), "VM.Config.Disk")?;
    if vmid == target {
        let text = "must be different than source VMID to reassign disk";
        return Err(ApiError::param("target-vmid", text));
    }
    let disk = call.required("disk");
    let work = ReassignWork {
        vmid,
        disk: disk.to_owned(),
        target,
        target_disk: call.get("target-disk").unwrap_or(disk).to_owned(),
        digest: call.owned("digest"),
        target_digest: call.owned("target-digest"),
    };
    work.refusal(world, &call.node).map_err(ApiError::Die)?;
    let id = format!("{vmid}-{target}");
    upid(world.start_task(&call.node, &call.who, "qmmove", &id, Work::Reassign(Box::new(work))))
}
