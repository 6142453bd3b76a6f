//! `prunebackups`: what would stay and go, and removing it.

use serde_json::json;

use super::{Call, Handled, Reply};
use crate::{
    error::ApiError,
    model::{Vmid, retention::Retention},
    world::{
        World,
        work::{PruneWork, Work},
    },
};

/// What the call asks to keep; a storage's own setting keeps everything.
fn asked(world: &World, call: &Call) -> Result<(Retention, Option<Vmid>), ApiError> {
    world.storage_on(call.required("storage"), &call.node).map_err(ApiError::Die)?;
    let keep = call.get("prune-backups").map_or_else(Retention::everything, Retention::parse);
    Ok((keep, call.get("vmid").and_then(|vmid| vmid.parse().ok())))
}

/// Backups of containers, which a testbed has none of.
fn other_kind(call: &Call) -> bool {
    call.get("type").is_some_and(|kind| kind != "qemu")
}

pub(super) fn preview(world: &mut World, call: &Call) -> Handled {
    let (keep, vmid) = asked(world, call)?;
    if other_kind(call) {
        return Ok(Reply::Data(json!([])));
    }
    let marked = world.marked_backups(&call.node, call.required("storage"), vmid, &keep);
    let rows = marked.iter().filter_map(|(key, mark)| {
        let volume = world.volumes.get(key)?;
        let mut row = json!({ "volid": key.volid(), "ctime": volume.ctime, "type": "qemu", "mark": mark.name() });
        if let Some(owner) = volume.owner {
            row["vmid"] = json!(owner);
        }
        Some(row)
    });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn prune(world: &mut World, call: &Call) -> Handled {
    let storage = call.required("storage").to_owned();
    let path = format!("/storage/{storage}");
    let (keep, vmid) = asked(world, call)?;
    match vmid {
        Some(vmid) => {
            world.require(&call.who, &path, "Datastore.AllocateSpace")?;
            world.require(&call.who, &format!("/vms/{vmid}"), "VM.Backup")?;
        }
        None => world.require(&call.who, &path, "Datastore.Allocate")?,
    }
    let id = vmid.map_or_else(|| storage.clone(), |vmid| format!("{vmid}@{storage}"));
    let keep = if other_kind(call) { Retention::everything() } else { keep };
    let work = Work::Prune(PruneWork { storage, vmid, keep });
    Ok(Reply::Data(world.start_task(&call.node, &call.who, "prunebackups", &id, work).into()))
}
