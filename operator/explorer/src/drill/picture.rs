//! What a server has become, without what is another each time: numbers, MACs, identities, times, names of volumes.

use std::collections::{BTreeMap, BTreeSet};

use pve_testbed::{Guest, World, request::Method};
use serde_json::Value;
use slipway_operator::mark::{self, pool_name};

use crate::{
    properties::{condition, marked},
    proxmox::by_root,
    scenario::ID,
    state::State,
};

/// A line for each thing that is to be the same, however it came about.
pub type Picture = BTreeMap<String, String>;

/// Options that say when and which, not what.
const OF_ITS_OWN: [&str; 7] = ["meta", "vmgenid", "smbios1", "digest", "lock", "parent", "vmstate"];

/// All VMs of ours, and what their servers say of themselves.
pub fn picture(state: &State) -> Picture {
    let mut seen = Picture::new();
    for (guest, mark) in marked(state) {
        let name = &mark.identity.name;
        let mut put = |what: &str, value: String| seen.insert(format!("VM of {name}: {what}"), value);
        put("node", guest.node().to_owned());
        put("runs", guest.is_running().to_string());
        put("mark", format!("{:?}", mark.state).split(' ').next().unwrap_or_default().to_owned());
        for (option, value) in options(&state.world, &guest) {
            put(&option, value);
        }
    }
    // Made by hand and not ours, or not any more.
    for guest in state.world.guests().filter(|guest| state.past.precious.contains(&guest.vmid)) {
        let description = guest.option("description").unwrap_or_default();
        if mark::is_marked(description) {
            continue;
        }
        let mut put = |what: &str, value: String| seen.insert(format!("VM {}: {what}", guest.vmid), value);
        put("runs", guest.is_running().to_string());
        put("description", description.to_owned());
        put("is ours to change", is_pooled(&state.world, guest.vmid).to_string());
        for (option, value) in options(&state.world, &guest) {
            put(&option, value);
        }
    }
    for (key, server) in state.planes[0].list("virtualservers") {
        let status = &server["status"];
        let mut put = |what: &str, value: String| seen.insert(format!("server {}: {what}", key.name), value);
        for type_ in ["Ready", "Stalled", "Provisioned", "RestartRequired", "DriftDetected", "Suspended"] {
            put(type_, condition(server, type_)["status"].as_str().unwrap_or("-").to_owned());
        }
        put("power", status["powerState"].to_string());
        put("addresses", status["addresses"].to_string());
        put("applied", without(&status["applied"], &["sshKeysHash"]).to_string());
        for (disk, is) in status["disks"].as_object().into_iter().flatten() {
            put(&format!("disk {disk}"), is["sizeGiB"].to_string());
        }
        let count = |list: &str| status[list].as_array().map_or(0, Vec::len).to_string();
        for list in ["snapshots", "backups", "detached", "drift"] {
            put(list, count(list));
        }
    }
    for (_, record) in state.planes[0].list("retainedservers") {
        seen.insert("record".into(), record["status"]["phase"].to_string());
    }
    seen
}

fn is_pooled(world: &World, vmid: u32) -> bool {
    let pool = pool_name(ID);
    let pools = by_root(&mut world.clone(), Method::Get, "/pools", &[("poolid", &pool)]).data().clone();
    pools[0]["members"].as_array().into_iter().flatten().any(|member| member["vmid"] == vmid)
}

fn options(world: &World, guest: &Guest<'_>) -> BTreeMap<String, String> {
    let mut world = world.clone();
    let path = format!("/nodes/{}/qemu/{}/config", guest.node(), guest.vmid);
    let config = by_root(&mut world, Method::Get, &path, &[]).data().clone();
    let mut kept = BTreeMap::new();
    let mut unused = 0;
    for (option, value) in config.as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match option.as_str() {
            option if OF_ITS_OWN.contains(&option) => {}
            // The mark is told apart above; the map's slots show in the options.
            "description" => {}
            option if option.starts_with("unused") => unused += 1,
            option if option.starts_with("net") => {
                kept.insert(option.to_owned(), without_mac(&value));
            }
            option if is_drive(option) => {
                kept.insert(option.to_owned(), without_file(&value));
            }
            option => {
                kept.insert(option.to_owned(), value);
            }
        }
    }
    kept.insert("unused".into(), unused.to_string());
    kept
}

/// An interface's options without its MAC.
pub(super) fn without_mac(value: &str) -> String {
    value.split(',').filter(|part| !part.contains(':')).collect::<Vec<_>>().join(",")
}

/// A drive's options without the volume.
pub(super) fn without_file(value: &str) -> String {
    value.split(',').skip(1).collect::<BTreeSet<&str>>().into_iter().collect::<Vec<_>>().join(",")
}

fn is_drive(option: &str) -> bool {
    ["scsi", "virtio", "sata", "ide"]
        .iter()
        .any(|bus| option.strip_prefix(bus).is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit())))
}

fn without(value: &Value, fields: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        for field in fields {
            object.remove(*field);
        }
    }
    value
}

/// What differs, in a sentence; the first few lines of it. `ignored`: ends of lines that may.
pub fn difference(wanted: &Picture, found: &Picture, ignored: &[&str]) -> Option<String> {
    let counts = |key: &&String| !ignored.iter().any(|end| key.ends_with(end));
    let keys: BTreeSet<&String> = wanted.keys().chain(found.keys()).filter(counts).collect();
    let lines: Vec<String> = keys
        .into_iter()
        .filter(|key| wanted.get(*key) != found.get(*key))
        .map(|key| {
            let of = |seen: &Picture| seen.get(key).cloned().unwrap_or_else(|| "nothing".into());
            format!("{key}: {} instead of {}", of(found), of(wanted))
        })
        .take(4)
        .collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// Volumes of guests that no guest names.
pub(super) fn orphan_volumes(state: &State) -> Vec<String> {
    let mut world = state.world.clone();
    let mut orphans = Vec::new();
    for node in world.node_names() {
        for storage in ["local-lvm", "data"] {
            let path = format!("/nodes/{node}/storage/{storage}/content");
            let rows = by_root(&mut world, Method::Get, &path, &[]).data().clone();
            for row in rows.as_array().into_iter().flatten() {
                let (Some(volid), Some(owner)) = (row["volid"].as_str(), row["vmid"].as_u64()) else { continue };
                let owner = u32::try_from(owner).unwrap_or_default();
                if !is_named(&mut world, owner, &node, volid) {
                    orphans.push(format!("{node}/{volid}"));
                }
            }
        }
    }
    orphans
}

fn is_named(world: &mut World, owner: u32, node: &str, volid: &str) -> bool {
    let Some(place) = world.guest(owner).map(|guest| guest.node().to_owned()).filter(|place| place == node) else {
        return false;
    };
    // A snapshot's memory is named by the snapshot.
    if volid.contains("-state-") {
        return true;
    }
    let config = by_root(world, Method::Get, &format!("/nodes/{place}/qemu/{owner}/config"), &[]).data().clone();
    let values = config.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
    values.filter_map(|value| value.split(',').next()).any(|file| file == volid)
}
