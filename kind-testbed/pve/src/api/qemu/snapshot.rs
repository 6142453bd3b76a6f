//! Snapshots. Whether the VM, the snapshot or its storage can do it is found in the task.

use serde_json::{Map, Value, json};

use super::{Call, Handled, Reply, upid, vm};
use crate::{
    error::{ApiError, die},
    model::config::plain,
    world::{
        World,
        work::{RollbackWork, SnapshotJob, SnapshotWork, Work, has_feature},
    },
};

/// The snapshots by name, then the present state as `current`.
pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let mut rows = Vec::new();
    for (name, snapshot) in &vm.snapshots {
        let section = &snapshot.config;
        let mut row = json!({
            "name": name, "snaptime": section.number("snaptime", 0),
            "description": section.get("description").unwrap_or_default(),
            "vmstate": u8::from(section.contains("vmstate")),
        });
        for key in ["parent", "snapstate"] {
            if let Some(value) = section.get(key) {
                row[key] = json!(value);
            }
        }
        rows.push(row);
    }
    let mut current = json!({
        "name": "current", "digest": vm.digest(), "running": u8::from(vm.running()), "description": "You are here!",
    });
    if let Some(parent) = vm.config.get("parent") {
        current["parent"] = json!(parent);
    }
    rows.push(current);
    Ok(Reply::Data(Value::Array(rows)))
}

pub(super) fn create(world: &mut World, call: &Call) -> Handled {
    let name = call.required("snapname");
    if matches!(name, "current" | "pending") {
        die!("unable to use snapshot name '{name}' (reserved name)");
    }
    let job = SnapshotJob::Create { description: call.owned("description"), ram: call.flag("vmstate") };
    begin(world, call, "qmsnapshot", Work::Snapshot(work(call, job)))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Handled {
    begin(world, call, "qmdelsnapshot", Work::Snapshot(work(call, SnapshotJob::Delete)))
}

pub(super) fn rollback(world: &mut World, call: &Call) -> Handled {
    let name = call.required("snapname").to_owned();
    begin(world, call, "qmrollback", Work::Rollback(RollbackWork::new(call.vmid(), name, call.flag("start"))))
}

/// Synchronous, but under the flock.
pub(super) fn describe(world: &mut World, call: &Call) -> Handled {
    let job = SnapshotJob::Describe(call.owned("description"));
    world.start_call(&call.node, &call.who, Work::Snapshot(work(call, job)), call.id);
    Ok(Reply::Later)
}

/// Even of a snapshot that does not exist.
pub(super) fn commands(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!([{ "cmd": "rollback" }, { "cmd": "config" }])))
}

/// The section as it stands in the file, password hash and all.
pub(super) fn read(world: &mut World, call: &Call) -> Handled {
    let snapshot = vm(world, call)?.snapshot(call.required("snapname")).map_err(ApiError::Die)?;
    let section: Map<String, Value> =
        snapshot.config.iter().map(|(key, value)| (key.to_owned(), plain(key, value))).collect();
    Ok(Reply::Data(Value::Object(section)))
}

/// Whether the disks can be cloned by link, copied or snapshotted, and the nodes that could do it.
pub(super) fn feature(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let name = call.get("snapname");
    let config = match name {
        Some(name) => &vm.snapshot(name).map_err(ApiError::Die)?.config,
        None => &vm.config,
    };
    let has = has_feature(world, &call.node, config, call.required("feature"), name.is_some());
    let reaches = |node: &str| {
        config.drives().filter_map(|(_, drive)| world.storage(drive.volume()?.0).ok().cloned()).all(|storage| {
            let limited = !storage.nodes.is_empty() || storage.shared;
            if limited { storage.on(node) } else { node == call.node }
        })
    };
    let nodes: Vec<&String> = world.nodes.keys().filter(|node| reaches(node)).collect();
    Ok(Reply::Data(json!({ "hasFeature": u8::from(has), "nodes": nodes })))
}

fn work(call: &Call, job: SnapshotJob) -> SnapshotWork {
    SnapshotWork { vmid: call.vmid(), name: call.required("snapname").to_owned(), job, force: call.flag("force") }
}

fn begin(world: &mut World, call: &Call, kind: &str, work: Work) -> Handled {
    upid(world.start_task(&call.node, &call.who, kind, &call.vmid().to_string(), work))
}
