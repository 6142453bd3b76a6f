//! `/cluster`: resources as the statistics have them, status, the next free VMID.

use serde_json::{Value, json};

use super::{
    Call, Handled, Reply,
    guest_row::{GuestRow, Row},
    written,
};
use crate::{
    error::{ApiError, die},
    model::{Vmid, node::Node, storage::Storage},
    world::World,
};

/// The range `nextid` takes from.
const RANGE: std::ops::Range<Vmid> = 100..1_000_000;

pub(super) fn resources(world: &mut World, call: &Call) -> Handled {
    let wanted = call.get("type");
    let shows = |kind: &str| wanted.is_none_or(|wanted| wanted == kind);
    let mut pools = Vec::new();
    if wanted.is_none() {
        let visible =
            world.pools.keys().filter(|pool| world.allowed(&call.who, &format!("/pool/{pool}"), "Pool.Audit"));
        pools.extend(visible.map(|pool| json!({ "id": format!("/pool/{pool}"), "pool": pool, "type": "pool" })));
    }
    let guests = shows("vm").then(|| world.visible_guests(&call.who)).into_iter().flatten();
    let guests = guests.map(|(vmid, vm, pool)| Row::Guest(GuestRow::new(world, vmid, vm, pool)));
    let mut others = Vec::new();
    if shows("node") {
        for (name, node) in &world.nodes {
            let full = world.allowed(&call.who, &format!("/nodes/{name}"), "Sys.Audit");
            others.push(node_row(world, name, node, full));
        }
    }
    if shows("storage") {
        for node in world.nodes.keys() {
            for (id, storage) in world.storages.iter().filter(|(_, storage)| storage.on(node)) {
                if world.allowed_any(&call.who, &format!("/storage/{id}"), &["Datastore.Audit"]) {
                    others.push(storage_row(world, node, id, storage));
                }
            }
        }
    }
    if wanted.is_none() && world.allowed_any(&call.who, "/sdn/zones/localnetwork", &["SDN.Audit", "SDN.Allocate"]) {
        others.extend(world.nodes.iter().map(|(name, node)| {
            json!({
                "id": format!("network/{name}/zone/localnetwork"), "network": "localnetwork", "network-type": "zone",
                "node": name, "status": if node.online { "ok" } else { "unknown" }, "type": "network",
            })
        }));
    }
    written(pools.into_iter().map(Row::Other).chain(guests).chain(others.into_iter().map(Row::Other)))
}

fn node_row(world: &World, name: &str, node: &Node, full: bool) -> Value {
    let mut row = json!({
        "id": format!("node/{name}"), "node": name, "type": "node", "level": "", "cgroup-mode": 2,
        "status": if node.online { "online" } else { "offline" },
    });
    if full && node.online {
        row["maxcpu"] = json!(node.cpus);
        row["cpu"] = json!(0.03);
        row["maxmem"] = json!(node.memory);
        row["mem"] = json!(world.memory_used(name));
        row["maxdisk"] = json!(100u64 << 30);
        row["disk"] = json!(9u64 << 30);
        row["uptime"] = json!(world.uptime(node));
    }
    row
}

/// A storage as one node sees it.
pub(super) fn storage_row(world: &World, node: &str, id: &str, storage: &Storage) -> Value {
    let online = world.nodes.get(node).is_some_and(|node| node.online);
    let mut row = json!({
        "id": format!("storage/{node}/{id}"), "storage": id, "node": node, "type": "storage",
        "plugintype": storage.kind.capabilities().name, "content": storage.content_list(),
        "shared": u8::from(storage.shared), "status": if online { "available" } else { "unknown" },
    });
    if online {
        row["maxdisk"] = json!(storage.total);
        row["disk"] = json!(world.storage_used(id, node));
    }
    row
}

pub(super) fn status(world: &mut World, call: &Call) -> Handled {
    let alone = world.nodes.len() == 1;
    let mut rows = Vec::new();
    if !alone {
        rows.push(json!({
            "id": "cluster", "name": world.settings.cluster, "type": "cluster", "nodes": world.nodes.len(),
            "quorate": u8::from(world.quorate()), "version": world.nodes.len(),
        }));
    }
    rows.extend(world.nodes.iter().map(|(name, node)| {
        json!({
            "id": format!("node/{name}"), "name": name, "type": "node", "ip": node.ip, "level": "",
            "nodeid": if alone { 0 } else { node.id }, "online": u8::from(node.online),
            "local": u8::from(*name == call.node),
        })
    }));
    Ok(Reply::Data(Value::Array(rows)))
}

/// Tells the truth without any privilege. The answer is text.
pub(super) fn next_id(world: &mut World, call: &Call) -> Handled {
    if let Some(vmid) = call.get("vmid") {
        if vmid.parse().is_ok_and(|vmid: Vmid| world.vms.contains_key(&vmid)) {
            return Err(ApiError::param("vmid", format!("VM {vmid} already exists")));
        }
        return Ok(Reply::Data(json!(vmid)));
    }
    let range = range(world);
    match range.clone().find(|vmid| !world.vms.contains_key(vmid)) {
        Some(vmid) => Ok(Reply::Data(json!(vmid.to_string()))),
        None => die!("unable to get any free VMID in range [{}, {}]", range.start, range.end),
    }
}

/// The datacenter's `next-id` may narrow the range; its upper bound is not part of it.
fn range(world: &World) -> std::ops::Range<Vmid> {
    let set = world.datacenter.get("next-id").map(String::as_str).unwrap_or_default();
    let bound = |name: &str| {
        let (_, value) = set.split(',').filter_map(|part| part.split_once('=')).find(|(key, _)| *key == name)?;
        value.parse().ok()
    };
    bound("lower").unwrap_or(RANGE.start)..bound("upper").unwrap_or(RANGE.end)
}

impl World {
    /// Bytes of memory in use on a node.
    pub(crate) fn memory_used(&self, node: &str) -> u64 {
        let guests: u64 =
            self.vms.values().filter(|vm| vm.node == node && vm.running()).map(|vm| vm.config.memory_mib() << 20).sum();
        (3 << 30) + guests / 2
    }

    /// Seconds since a node booted; all had been up for an hour when the world began.
    pub(crate) fn uptime(&self, node: &Node) -> u64 {
        let before = if node.booted == 0 { 3_600 } else { 0 };
        before + self.now().saturating_sub(node.booted) / 1000
    }
}
