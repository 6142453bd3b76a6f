//! Pools: membership of guests and storages. `/pools?poolid=` and the older `/pools/{poolid}`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Handled, Reply, cluster, guest_row::GuestRow, permission};
use crate::{
    error::{ApiError, die},
    model::Vmid,
    schema::{is_pool_id, is_vmid, split_list},
    world::{Pool, World},
};

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    if let Some(poolid) = call.get("poolid") {
        world.require(&call.who, &format!("/pool/{poolid}"), "Pool.Audit")?;
        let mut row = members(world, poolid)?;
        row["poolid"] = json!(poolid);
        return Ok(Reply::Data(json!([row])));
    }
    let rows = world
        .pools
        .iter()
        .filter(|(poolid, _)| {
            world.allowed_any(&call.who, &format!("/pool/{poolid}"), &["Pool.Allocate", "Pool.Audit"])
        })
        .map(|(poolid, pool)| {
            let mut row = json!({ "poolid": poolid });
            if let Some(comment) = &pool.comment {
                row["comment"] = json!(comment);
            }
            row
        });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn read(world: &mut World, call: &Call) -> Handled {
    Ok(Reply::Data(members(world, call.required("poolid"))?))
}

fn members(world: &World, poolid: &str) -> Result<Value, ApiError> {
    let Some(pool) = world.pools.get(poolid) else { die!("pool '{poolid}' does not exist") };
    // A number may be a member before or after there is such a guest.
    let guests = pool.vms.iter().filter_map(|vmid| {
        let row = GuestRow::new(world, *vmid, world.vms.get(vmid)?, None).into_member();
        Some(json!(row))
    });
    let storages = world.nodes.keys().flat_map(|node| {
        pool.storages.iter().filter_map(move |id| Some(cluster::storage_row(world, node, id, world.storages.get(id)?)))
    });
    let mut out = json!({ "members": guests.chain(storages).collect::<Vec<_>>() });
    if let Some(comment) = &pool.comment {
        out["comment"] = json!(comment);
    }
    Ok(out)
}

pub(super) fn create(world: &mut World, call: &Call) -> Handled {
    let poolid = call.required("poolid").to_owned();
    if !is_pool_id(&poolid) {
        return Err(ApiError::forbidden("", "Pool.Allocate"));
    }
    if world.pools.contains_key(&poolid) {
        die!("create pool failed: pool '{poolid}' already exists");
    }
    if let Some((parent, _)) = poolid.rsplit_once('/')
        && !world.pools.contains_key(parent)
    {
        die!("create pool failed: parent '{parent}' of pool '{poolid}' does not exist");
    }
    world.pools.insert(poolid, Pool { comment: call.owned("comment"), ..Pool::default() });
    Ok(Reply::NULL)
}

pub(super) fn update(world: &mut World, call: &Call) -> Handled {
    let poolid = call.required("poolid").to_owned();
    let remove = call.flag("delete");
    let Some(mut pool) = world.pools.get(&poolid).cloned() else {
        die!("update pools failed: pool '{poolid}' does not exist");
    };
    if let Some(comment) = call.owned("comment") {
        pool.comment = Some(comment);
    }
    let mut leave = Vec::new();
    for text in split_list(call.get("vms").unwrap_or_default()) {
        if !is_vmid(text) {
            return Err(ApiError::param("vms", "invalid format - value does not look like a valid VM ID\n"));
        }
        let vmid: Vmid = text.parse().unwrap_or_default();
        permission::check_modify(world, &call.who, &format!("/vms/{vmid}"))?;
        if remove {
            if !pool.vms.remove(&vmid) {
                die!("update pools failed: VM {vmid} is not a pool member");
            }
            continue;
        }
        match world.pool_of(vmid) {
            Some(other) if other == poolid => die!("update pools failed: VM {vmid} is already a pool member"),
            Some(other) if !call.flag("allow-move") => {
                die!("update pools failed: VM {vmid} belongs already to pool '{other}' and 'allow-move' is not set")
            }
            Some(other) => {
                permission::check_modify(world, &call.who, &format!("/pool/{other}"))?;
                leave.push((other.to_owned(), vmid));
            }
            None => {}
        }
        pool.vms.insert(vmid);
    }
    for storage in split_list(call.get("storage").unwrap_or_default()) {
        permission::check_modify(world, &call.who, &format!("/storage/{storage}"))?;
        let changed = if remove { pool.storages.remove(storage) } else { pool.storages.insert(storage.to_owned()) };
        if !changed {
            let state = if remove { "not" } else { "already" };
            die!("update pools failed: Storage '{storage}' is {state} a pool member");
        }
    }
    // Nothing is written before everything was checked.
    for (other, vmid) in leave {
        if let Some(other) = world.pools.get_mut(&other) {
            other.vms.remove(&vmid);
        }
    }
    world.pools.insert(poolid, pool);
    Ok(Reply::NULL)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Handled {
    let poolid = call.required("poolid").to_owned();
    let Some(pool) = world.pools.get(&poolid) else {
        die!("delete pool failed: pool '{poolid}' does not exist");
    };
    let prefix = format!("{poolid}/");
    let inside = pool
        .vms
        .iter()
        .next()
        .map(|vmid| format!("VM {vmid}"))
        .or_else(|| pool.storages.iter().next().map(|id| format!("storage '{id}'")))
        .or_else(|| world.pools.keys().find(|id| id.starts_with(&prefix)).map(|id| format!("pool '{id}'")));
    if let Some(inside) = inside {
        die!("delete pool failed: pool '{poolid}' is not empty (contains {inside})");
    }
    world.pools.remove(&poolid);
    Arc::make_mut(&mut world.access).forget_path(&format!("/pool/{poolid}"));
    Ok(Reply::NULL)
}
