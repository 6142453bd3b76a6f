//! One node's own settings: network, DNS, time, hosts, configuration, subscription.

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::{Call, Handled, Reply};
use crate::{
    error::ApiError,
    model::{device::is_net_key, node::Node},
    world::World,
};

/// The physical card that `vmbr0` stands on.
const CARD: &str = "eno1";

fn node<'a>(world: &'a World, call: &Call) -> Result<&'a Node, ApiError> {
    world
        .nodes
        .get(&call.node)
        .map(AsRef::as_ref)
        .ok_or_else(|| ApiError::Die(format!("no such cluster node '{}'", call.node)))
}

fn card() -> Value {
    json!({
        "type": "eth", "active": 1, "exists": 1, "method": "manual", "method6": "manual", "families": ["inet"],
        "priority": 2,
    })
}

fn bridge(node: &Node, index: usize) -> Value {
    let first = index == 0;
    let mut row = json!({
        "type": "bridge", "active": 1, "autostart": 1, "bridge_fd": "0", "bridge_stp": "off",
        "bridge_ports": if first { CARD } else { "" }, "families": ["inet"],
        "method": if first { "static" } else { "manual" }, "method6": "manual", "priority": 3 + index,
    });
    if first {
        row["address"] = json!(node.ip);
        row["netmask"] = json!("24");
        row["cidr"] = json!(format!("{}/24", node.ip));
    }
    row
}

/// All interfaces, or those of a type. Bridges are shown to who may use them.
pub(super) fn network(world: &mut World, call: &Call) -> Handled {
    let wanted = call.get("type").filter(|wanted| *wanted != "include_sdn");
    let shows = |kinds: &[&str]| wanted.is_none_or(|wanted| kinds.contains(&wanted));
    let node = node(world, call)?;
    let mut rows = Vec::new();
    if shows(&["eth"]) {
        let mut row = card();
        row["iface"] = json!(CARD);
        rows.push(row);
    }
    if shows(&["bridge", "any_bridge", "any_local_bridge"]) {
        for (index, name) in node.bridges.iter().enumerate() {
            let path = format!("/sdn/zones/localnetwork/{name}");
            if world.allowed_any(&call.who, &path, &["SDN.Audit", "SDN.Use"]) {
                let mut row = bridge(node, index);
                row["iface"] = json!(name);
                rows.push(row);
            }
        }
    }
    Ok(Reply::Data(Value::Array(rows)))
}

pub(super) fn interface(world: &mut World, call: &Call) -> Handled {
    let node = node(world, call)?;
    let name = call.required("iface");
    if name == CARD {
        return Ok(Reply::Data(card()));
    }
    match node.bridges.iter().position(|known| known == name) {
        Some(index) => Ok(Reply::Data(bridge(node, index))),
        None => Err(ApiError::param("iface", "interface does not exist")),
    }
}

pub(super) fn dns(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!({ "search": "lab.example", "dns1": "10.98.76.254" })))
}

/// The node's clock; it runs in UTC.
pub(super) fn time(world: &mut World, call: &Call) -> Handled {
    let now = world.unix_now_on(&call.node);
    Ok(Reply::Data(json!({ "timezone": "UTC", "time": now, "localtime": now })))
}

pub(super) fn hosts(world: &mut World, call: &Call) -> Handled {
    let node = node(world, call)?;
    let text = format!("127.0.0.1 localhost.localdomain localhost\n{} {1}.lab.example {1}\n", node.ip, call.node);
    let digest = hex::encode(Sha1::digest(text.as_bytes()));
    Ok(Reply::Data(json!({ "data": text, "digest": digest })))
}

/// Nothing is configured.
pub(super) fn config(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!({ "digest": hex::encode(Sha1::digest(b"")) })))
}

pub(super) fn subscription(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!({
        "status": "notfound", "message": "There is no subscription key",
        "url": "https://www.proxmox.com/en/proxmox-virtual-environment/pricing",
    })))
}

/// Counters of the running guests' cards.
pub(super) fn netstat(world: &mut World, call: &Call) -> Handled {
    let mut rows = Vec::new();
    for (vmid, vm) in world.vms.iter().filter(|(_, vm)| vm.node == call.node) {
        let Some(run) = &vm.run else { continue };
        let seconds = world.now().saturating_sub(run.since) / 1000;
        rows.extend(vm.config.iter().filter(|(key, _)| is_net_key(key)).map(|(key, _)| {
            json!({
                "vmid": vmid.to_string(), "dev": key, "in": (seconds * 310).to_string(), "out": (seconds * 120).to_string(),
            })
        }));
    }
    Ok(Reply::Data(Value::Array(rows)))
}
