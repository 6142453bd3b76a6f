//! What the cluster as a whole is set to: its options, its nodes, its log, and the lists that are empty in a lab
//! (backup jobs, replication, software-defined networks beyond the bridges).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

use super::{Call, Handled, Reply};
use crate::{
    error::{ApiError, die},
    schema::split_list,
    world::World,
};

/// Options whose value is a property string; reads take it apart.
const COMPOSED: [&str; 10] = [
    "crs",
    "ha",
    "location",
    "migration",
    "next-id",
    "notify",
    "replication",
    "tag-style",
    "user-tag-access",
    "webauthn",
];

/// The options that were set. Without registered tags, those in use are the ones on offer.
pub(super) fn options(world: &mut World, call: &Call) -> Handled {
    let used = world.vms.values().filter_map(|vm| vm.config.get("tags")).flat_map(|tags| tags.split(';'));
    let registered = world.datacenter.get("registered-tags").map(String::as_str).unwrap_or_default();
    let tags: BTreeSet<&str> = used.chain(split_list(registered)).collect();
    let mut out = json!({ "mac_prefix": world.mac_prefix(), "description": "", "allowed-tags": tags });
    if world.allowed(&call.who, "/", "Sys.Audit") {
        for (name, value) in &world.datacenter {
            out[name] = match name.as_str() {
                name if COMPOSED.contains(&name) => take_apart(value),
                "registered-tags" => json!(split_list(value).collect::<Vec<_>>()),
                "max_workers" => value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number)),
                _ => json!(value),
            };
        }
    }
    Ok(Reply::Data(out))
}

fn take_apart(value: &str) -> Value {
    let pairs = value.split(',').filter_map(|part| part.split_once('='));
    Value::Object(pairs.map(|(key, value)| (key.to_owned(), json!(value))).collect::<Map<_, _>>())
}

pub(super) fn update_options(world: &mut World, call: &Call) -> Handled {
    for name in split_list(call.get("delete").unwrap_or_default()) {
        if call.params.contains_key(name) {
            let text = format!("cannot set and delete property '{name}' at the same time!\n");
            return Err(ApiError::param("delete", text));
        }
        world.datacenter.remove(name);
    }
    for name in call.params.keys().filter(|name| *name != "delete") {
        if let Some(value) = call.get(name) {
            world.datacenter.insert(name.clone(), value.to_owned());
        }
    }
    Ok(Reply::NULL)
}

/// Nothing of the kind is set up.
pub(super) fn nothing(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!([])))
}

pub(super) fn corosync_nodes(world: &mut World, _: &Call) -> Handled {
    if world.nodes.len() == 1 {
        return Ok(Reply::Data(json!([])));
    }
    let rows = world.nodes.iter().map(|(name, node)| {
        json!({
            "node": name, "name": name, "nodeid": node.id.to_string(), "quorum_votes": "1", "ring0_addr": node.ip,
        })
    });
    Ok(Reply::Data(rows.collect()))
}

/// The version of the protocol by which nodes join.
pub(super) fn join_version(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!(1)))
}

/// Guests without a backup job: all of them.
pub(super) fn not_backed_up(world: &mut World, _: &Call) -> Handled {
    let rows =
        world.vms.iter().map(|(vmid, vm)| json!({ "vmid": vmid, "type": "qemu", "name": vm.display_name(*vmid) }));
    Ok(Reply::Data(rows.collect()))
}

/// Tasks as they begin, newest first: all with `Sys.Syslog`, else one's own.
pub(super) fn log(world: &mut World, call: &Call) -> Handled {
    let all = world.allowed(&call.who, "/", "Sys.Syslog");
    let most = usize::try_from(call.number("max").unwrap_or(50)).unwrap_or(usize::MAX);
    let mine = call.who.authid();
    let rows = world.tasks.iter().rev().filter(|(_, task)| all || task.upid.owner.authid() == mine).take(most).map(
        |(id, task)| {
            let upid = &task.upid;
            json!({
                "uid": id, "id": format!("{id}:{}", upid.node), "node": upid.node, "pid": upid.pid, "pri": 6,
                "tag": "pvedaemon", "time": upid.starttime, "user": upid.owner.authid(),
                "msg": format!("starting task {}", upid.print()),
            })
        },
    );
    Ok(Reply::Data(rows.collect()))
}

/// The built-in address management.
pub(super) fn ipams(world: &mut World, call: &Call) -> Handled {
    let may_see = world.allowed_any(&call.who, "/sdn/ipams/pve", &["SDN.Audit", "SDN.Allocate"]);
    let wanted = call.get("type").is_none_or(|kind| kind == "pve");
    let rows = if may_see && wanted { json!([{ "ipam": "pve", "type": "pve", "digest": empty() }]) } else { json!([]) };
    Ok(Reply::Data(rows))
}

fn empty() -> String {
    hex::encode(Sha1::digest(b""))
}

/// A zone, a virtual network or a controller that nobody made.
pub(super) fn unknown_network(_: &mut World, call: &Call) -> Handled {
    let given = ["vnet", "zone", "controller", "dns", "ipam", "subnet"].iter().find_map(|name| call.get(name));
    die!("sdn '{}' does not exist", given.unwrap_or_default())
}

/// The zone that every node's own bridges are in.
pub(super) fn zones_of_node(world: &mut World, call: &Call) -> Handled {
    let may_see = world.allowed_any(&call.who, "/sdn/zones/localnetwork", &["SDN.Audit", "SDN.Allocate"]);
    let rows = if may_see { json!([{ "zone": "localnetwork", "status": "available" }]) } else { json!([]) };
    Ok(Reply::Data(rows))
}

pub(super) fn zone_content(world: &mut World, call: &Call) -> Handled {
    if call.get("zone") != Some("localnetwork") {
        return unknown_network(world, call);
    }
    let bridges = world.nodes.get(&call.node).map(|node| node.bridges.clone()).unwrap_or_default();
    let visible = bridges.iter().filter(|bridge| {
        let path = format!("/sdn/zones/localnetwork/{bridge}");
        world.allowed_any(&call.who, &path, &["SDN.Audit", "SDN.Use"])
    });
    Ok(Reply::Data(visible.map(|bridge| json!({ "vnet": bridge, "status": "available" })).collect()))
}
