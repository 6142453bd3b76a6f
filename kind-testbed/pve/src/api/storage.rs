//! Storages as configured and as a node sees them.

use serde_json::{Value, json};

use super::{Call, Handled, Reply};
use crate::{error::ApiError, model::storage::Storage, schema::split_list, world::World};

const VISIBLE: [&str; 2] = ["Datastore.Audit", "Datastore.AllocateSpace"];

fn usage(world: &World, node: &str, id: &str, storage: &Storage) -> Value {
    let used = world.storage_used(id, node);
    json!({
        "type": storage.kind.capabilities().name, "content": storage.content_list(), "enabled": 1, "active": 1,
        "shared": u8::from(storage.shared), "total": storage.total, "used": used, "avail": storage.total - used,
    })
}

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let fits = |storage: &Storage| {
        call.get("content").is_none_or(|list| split_list(list).any(|content| storage.holds(content)))
    };
    let rows = world
        .storages
        .iter()
        .filter(|(id, storage)| {
            storage.on(&call.node)
                && fits(storage)
                && call.get("storage").is_none_or(|wanted| wanted == *id)
                && world.allowed_any(&call.who, &format!("/storage/{id}"), &VISIBLE)
        })
        .map(|(id, storage)| {
            let mut row = usage(world, &call.node, id, storage);
            row["storage"] = json!(id);
            let fraction = row["used"].as_f64().unwrap_or(0.0) / row["total"].as_f64().unwrap_or(1.0);
            row["used_fraction"] = json!(fraction);
            row
        });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn status(world: &mut World, call: &Call) -> Handled {
    let id = call.required("storage");
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    Ok(Reply::Data(usage(world, &call.node, id, storage)))
}

pub(super) fn content(world: &mut World, call: &Call) -> Handled {
    let id = call.required("storage");
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    let place = if storage.shared { "" } else { call.node.as_str() };
    let all = world.allowed_any(&call.who, &format!("/storage/{id}"), &["Datastore.Allocate"]);
    let rows = world
        .volumes
        .iter()
        .filter(|(key, volume)| {
            key.storage == id
                && key.node == place
                && call.get("content").is_none_or(|content| volume.content == content)
                && call.get("vmid").is_none_or(|vmid| volume.owner.is_some_and(|owner| owner.to_string() == vmid))
        })
        .filter(|(_, volume)| match volume.owner {
            // A guest's volumes show to who may change its disks.
            Some(vmid) => all || world.allowed(&call.who, &format!("/vms/{vmid}"), "VM.Config.Disk"),
            None => true,
        })
        .map(|(key, volume)| {
            let mut row = json!({
                "volid": key.volid(), "content": volume.content, "format": volume.format, "size": volume.size,
                "ctime": volume.ctime,
            });
            if let Some(vmid) = volume.owner {
                row["vmid"] = json!(vmid);
            }
            if storage.kind.capabilities().files && volume.owner.is_some() {
                row["used"] = json!(volume.used());
                row["parent"] = volume.base.as_ref().map_or(Value::Null, |base| json!(format!("../{base}")));
            }
            row
        });
    Ok(Reply::Data(rows.collect()))
}

/// `GET /storage`: the cluster's configuration, each row with the digest of the whole file.
pub(super) fn configured(world: &mut World, call: &Call) -> Handled {
    let sections = world.storages.iter().map(|(id, storage)| (storage.kind.capabilities().name, id));
    let file = sections.map(|(kind, id)| kind.to_owned() + ": " + id).collect::<Vec<_>>().join("\n");
    let digest = crate::model::config::digest_of(&file);
    let rows = world
        .storages
        .iter()
        .filter(|(id, storage)| {
            call.get("type").is_none_or(|kind| storage.kind.capabilities().name == kind)
                && world.allowed_any(&call.who, &format!("/storage/{id}"), &VISIBLE)
        })
        .map(|(id, storage)| {
            let mut row = json!({
                "storage": id, "type": storage.kind.capabilities().name, "content": storage.content_list(),
                "digest": digest,
            });
            match storage.path.split_once('/').filter(|_| !storage.kind.capabilities().files) {
                Some((group, pool)) => {
                    row["vgname"] = json!(group);
                    row["thinpool"] = json!(pool);
                }
                None => row["path"] = json!(storage.path),
            }
            row
        });
    Ok(Reply::Data(rows.collect()))
}
