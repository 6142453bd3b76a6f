//! Storages as configured and as a node sees them.

use serde_json::{Value, json};

use super::{Call, Handled, Reply};
use crate::{
    error::ApiError,
    model::{
        config::digest_of,
        storage::{Storage, StorageKind},
    },
    schema::split_list,
    world::World,
};

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
            let reached = call.get("target").filter(|target| *target != call.node);
            storage.on(&call.node)
                && reached.is_none_or(|target| storage.shared && storage.on(target))
                && fits(storage)
                && call.get("storage").is_none_or(|wanted| wanted == *id)
                && world.allowed_any(&call.who, &format!("/storage/{id}"), &VISIBLE)
        })
        .map(|(id, storage)| {
            let mut row = usage(world, &call.node, id, storage);
            row["storage"] = json!(id);
            let fraction = row["used"].as_f64().unwrap_or(0.0) / row["total"].as_f64().unwrap_or(1.0);
            row["used_fraction"] = json!(fraction);
            if call.flag("format") {
                let capabilities = storage.kind.capabilities();
                row["formats"] = json!({ "default": capabilities.default_format, "supported": capabilities.formats });
            }
            row
        });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn status(world: &mut World, call: &Call) -> Handled {
    let id = call.required("storage");
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    Ok(Reply::Data(usage(world, &call.node, id, storage)))
}

/// The digest of the whole `storage.cfg`.
fn digest(world: &World) -> String {
    let sections = world.storages.iter().map(|(id, storage)| (storage.kind.capabilities().name, id));
    digest_of(&sections.map(|(kind, id)| kind.to_owned() + ": " + id).collect::<Vec<_>>().join("\n"))
}

fn section(id: &str, storage: &Storage, digest: &str) -> Value {
    let mut row = json!({
        "storage": id, "type": storage.kind.capabilities().name, "content": storage.content_list(), "digest": digest,
    });
    match storage.kind {
        StorageKind::Dir => row["path"] = json!(storage.path),
        StorageKind::Nfs => {
            row["path"] = json!(storage.path);
            row["server"] = json!("nas.testbed");
            row["export"] = json!(format!("/export/{id}"));
        }
        StorageKind::Lvm => row["vgname"] = json!(storage.group()),
        StorageKind::LvmThin => {
            row["vgname"] = json!(storage.group());
            row["thinpool"] = json!(storage.path.split_once('/').map_or("", |(_, pool)| pool));
        }
        StorageKind::ZfsPool | StorageKind::Rbd => row["pool"] = json!(storage.path),
    }
    row
}

/// `GET /storage`: the cluster's configuration, each row with the digest of the whole file.
pub(super) fn configured(world: &mut World, call: &Call) -> Handled {
    let digest = digest(world);
    let rows = world.storages.iter().filter(|(id, storage)| {
        call.get("type").is_none_or(|kind| storage.kind.capabilities().name == kind)
            && world.allowed_any(&call.who, &format!("/storage/{id}"), &VISIBLE)
    });
    Ok(Reply::Data(rows.map(|(id, storage)| section(id, storage, &digest)).collect()))
}

/// `GET /storage/{storage}`.
pub(super) fn section_of(world: &mut World, call: &Call) -> Handled {
    let id = call.required("storage");
    let storage = world.storage(id).map_err(ApiError::Die)?;
    Ok(Reply::Data(section(id, storage, &digest(world))))
}
