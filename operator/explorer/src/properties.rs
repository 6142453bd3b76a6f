//! The promises, as sentences that are false when one is broken.

use std::collections::{BTreeMap, BTreeSet};

use proxmox_client::ProxmoxRequest;
use pve_testbed::{Guest, World, request::Method};
use serde_json::Value;
use slipway_crds::names::ROOT_DISK;
use slipway_operator::mark::{self, Mark, MarkState};

use crate::{
    clock, drill,
    gate::Write,
    kubernetes::{Call, Key, Store},
    proxmox::by_root,
    state::{Past, State},
};

/// In every state.
pub fn hold(state: &State) -> Result<(), String> {
    for (vmid, before) in &state.past.strangers {
        match state.world.guest(*vmid) {
            None => return Err(format!("VM {vmid}, which is not ours, was destroyed")),
            Some(guest) if guest.fingerprint() != *before => {
                return Err(format!("VM {vmid}, which is not ours, was changed"));
            }
            Some(_) => {}
        }
    }
    if let Some(vmid) = state.past.precious.iter().find(|vmid| state.world.guest(**vmid).is_none()) {
        return Err(format!("VM {vmid} had to be kept and is gone"));
    }
    let runs = |vmid: u32| state.world.guest(vmid).is_some_and(|guest| guest.is_running());
    if let Some(vmid) = state.past.running.iter().find(|vmid| !runs(**vmid)) {
        return Err(format!("VM {vmid} had to run on and was stopped"));
    }
    let mut startable: BTreeMap<String, u32> = BTreeMap::new();
    let mut addresses: BTreeMap<&str, (u32, bool)> = BTreeMap::new();
    for (guest, mark) in marked(state) {
        if mark.state == MarkState::Owned || guest.is_running() {
            let owner = format!("{}/{} (uid {})", mark.identity.namespace, mark.identity.name, mark.identity.uid);
            if let Some(other) = startable.insert(owner.clone(), guest.vmid) {
                return Err(format!("{owner} has two VMs that can be started: {other} and {}", guest.vmid));
            }
        }
        for address in configured(&guest) {
            let before = addresses.insert(address, (guest.vmid, guest.is_running()));
            let in_use = before.filter(|(_, runs)| *runs || guest.is_running());
            if let Some((other, _)) = in_use.filter(|(other, _)| *other != guest.vmid) {
                return Err(format!("{address} is used by VM {other} and VM {}", guest.vmid));
            }
            // A control plane that was put back knows of no later claim.
            if mark.state == MarkState::Owned
                && state.past.planes_made == 0
                && !is_claimed(state, address, &mark.identity.uid)
            {
                return Err(format!("{address} of VM {} is nobody's", guest.vmid));
            }
        }
        keeps_its_disks(state, &guest)?;
    }
    Ok(())
}

/// Every volume beside the root disk stays, plugged in or not, and there are no more than were wished for.
fn keeps_its_disks(state: &State, guest: &Guest<'_>) -> Result<(), String> {
    let Some(known) = state.past.volumes.get(&guest.vmid) else { return Ok(()) };
    let now = data_volumes(guest);
    if let Some(lost) = known.iter().find(|volume| !now.contains(volume.as_str())) {
        return Err(format!("VM {} has lost disk {lost}", guest.vmid));
    }
    if known.len() > usize::from(state.past.disks_asked) {
        return Err(format!(
            "VM {} has {} disks, and {} were wished for",
            guest.vmid,
            known.len(),
            state.past.disks_asked
        ));
    }
    Ok(())
}

/// What later states are measured by.
pub fn remember(state: &mut State) {
    let seen: Vec<(u32, Vec<String>)> = marked(state)
        .map(|(guest, _)| (guest.vmid, data_volumes(&guest).into_iter().map(str::to_owned).collect()))
        .collect();
    for (vmid, volumes) in seen.into_iter().filter(|(_, volumes)| !volumes.is_empty()) {
        state.past.volumes.entry(vmid).or_default().extend(volumes);
    }
}

/// Disks beside the root disk, and those that are plugged in nowhere.
fn data_volumes<'a>(guest: &Guest<'a>) -> BTreeSet<&'a str> {
    let slots = (1..4).map(|n| format!("scsi{n}")).chain((0..4).map(|n| format!("unused{n}")));
    slots.filter_map(|slot| guest.option(&slot)).filter_map(|value| value.split(',').next()).collect()
}

/// The addresses that a guest is told of.
fn configured<'a>(guest: &Guest<'a>) -> Vec<&'a str> {
    let options = (0..4).filter_map(|n| guest.option(&format!("ipconfig{n}")));
    let parts = options.flat_map(|text| text.split(','));
    parts.filter_map(|part| part.strip_prefix("ip=").or_else(|| part.strip_prefix("ip6="))).collect()
}

/// A claim of this very server that was not released.
fn is_claimed(state: &State, address: &str, uid: &str) -> bool {
    let address: Option<std::net::IpAddr> = address.split('/').next().and_then(|a| a.parse().ok());
    state.planes[0].list("addressclaims").any(|(_, claim)| {
        let spec = &claim["spec"];
        spec["owner"]["uid"] == uid
            && spec["releasedAt"].is_null()
            && spec["address"].as_str().and_then(|a| a.parse().ok()) == address
    })
}

/// Every address that a guest is told of passes its filter, and nothing else does, before it starts.
fn may_start(world: &World, vmid: u32) -> Result<(), String> {
    // Whatever is broken now, root on the node would see the filters.
    let mut world = world.clone();
    drill::mend(&mut world);
    let Some(guest) = world.guest(vmid) else { return Ok(()) };
    let place = format!("/nodes/{}/qemu/{vmid}/firewall", guest.node());
    let slots =
        (0..4).filter(|n| guest.option(&format!("net{n}")).is_some()).map(|n| format!("net{n}")).collect::<Vec<_>>();
    let mut told: Vec<String> =
        configured(&guest).into_iter().filter_map(|a| a.split('/').next().map(str::to_owned)).collect();
    let mut passes = Vec::new();
    for slot in slots {
        let set = by_root(&mut world, Method::Get, &format!("{place}/ipset/ipfilter-{slot}"), &[]);
        passes
            .extend(set.data().as_array().into_iter().flatten().filter_map(|m| m["cidr"].as_str().map(str::to_owned)));
    }
    told.sort();
    passes.sort();
    let options = by_root(&mut world, Method::Get, &format!("{place}/options"), &[]).data().clone();
    let on = ["enable", "macfilter", "ipfilter"].iter().all(|option| options[*option] == 1);
    if on && told == passes { Ok(()) } else { Err(format!("VM {vmid} is started unfiltered: {told:?} of {passes:?}")) }
}

/// Of a write that is about to take effect.
pub fn allow(world: &World, store: &Store, past: &Past, write: &Write) -> Result<(), String> {
    let request = match write {
        Write::Proxmox(request) => request,
        Write::Kubernetes(call) => return may_give_up(world, store, call),
    };
    match &**request {
        ProxmoxRequest::Clone { newid, description, .. } => {
            let mark = mark::find(description).ok_or("a clone without a mark")?;
            let another = past.cloned.get(&newid.get()).is_some_and(|uid| *uid != mark.identity.uid);
            if another || past.destroyed.contains(&newid.get()) {
                return Err(format!("VMID {newid} is used a second time"));
            }
            let server = store.get(&Key::namespaced("virtualservers", &mark.identity.namespace, &mark.identity.name));
            // One whose status was lost meanwhile had written it down.
            let same = server.filter(|s| s["metadata"]["uid"] == mark.identity.uid.as_str() && !s["status"].is_null());
            if same.is_some_and(|s| s["status"]["vmid"] != newid.get()) {
                return Err(format!("VM {newid} is made before its number is written down"));
            }
        }
        ProxmoxRequest::Start { vmid, .. } => may_start(world, vmid.get())?,
        ProxmoxRequest::Destroy { vmid, .. } => may_destroy(world, store, vmid.get())?,
        ProxmoxRequest::Reboot { vmid, .. } => {
            if past.reboots >= past.restarts_asked {
                return Err(format!("VM {vmid} is rebooted once more than anybody asked for"));
            }
            may_act(world, store, "Restart")?;
        }
        _ => {}
    }
    Ok(())
}

/// A number is given up only when what is on it is somebody else's, or was set aside.
fn may_give_up(world: &World, store: &Store, call: &Call) -> Result<(), String> {
    let (true, Some(namespace), Some(name)) = (call.status, &call.namespace, &call.name) else { return Ok(()) };
    let Some(server) = store.get(&Key::namespaced("virtualservers", namespace, name)) else { return Ok(()) };
    // What rests on an older version is a conflict, and changes nothing.
    let rests_on = &call.body["metadata"]["resourceVersion"];
    if !rests_on.is_null() && *rests_on != server["metadata"]["resourceVersion"] {
        return Ok(());
    }
    let number = server["status"]["vmid"].as_u64().and_then(|n| u32::try_from(n).ok());
    let kept = call.plural != "virtualservers" || call.body["status"]["vmid"] == server["status"]["vmid"];
    let Some(vmid) = number.filter(|n| !kept && !is_quarantined(store, *n)) else { return Ok(()) };
    let unfinished = world.guest(vmid).is_some_and(|g| g.option("lock") == Some("clone"));
    if unfinished { Err(format!("number {vmid} is given up while a clone to it is under way")) } else { Ok(()) }
}

/// Only what a record in its last phase owes is destroyed, and only once its time has come; and blanks that nobody owns.
fn may_destroy(world: &World, store: &Store, vmid: u32) -> Result<(), String> {
    let record = store.list("retainedservers").find(|(_, r)| r["spec"]["vmid"] == vmid).map(|(_, r)| r);
    let Some(record) = record else { return may_sweep(world, store, vmid) };
    if record["status"]["phase"] != "Purging" {
        return Err(format!("VM {vmid} is destroyed while its record is {}", record["status"]["phase"]));
    }
    let until = time(&record["spec"]["until"]);
    if until.is_none_or(|until| until > clock::now(world)) {
        return Err(format!("VM {vmid} is destroyed before its time"));
    }
    let named = store.list("virtualservers").find(|(_, s)| s["status"]["vmid"] == vmid);
    match named.filter(|(_, s)| s["metadata"]["deletionTimestamp"].is_null()) {
        Some((key, _)) => Err(format!("VM {vmid} is destroyed, and {} owns it", key.name)),
        None => Ok(()),
    }
}

/// Without a record only a clone that was never configured is destroyed, and only when no server can be without a VM by it.
fn may_sweep(world: &World, store: &Store, vmid: u32) -> Result<(), String> {
    let mark_on = |number: u32| {
        let mark = world.guest(number).and_then(|g| mark::find(g.option("description").unwrap_or_default()));
        mark.filter(|m| m.vmid.get() == number)
    };
    let blank = mark_on(vmid).filter(|m| m.state == MarkState::Provisional);
    let mark = blank.ok_or_else(|| format!("VM {vmid} is destroyed without a RetainedServer"))?;
    if world.guest(vmid).is_some_and(|g| g.is_running()) {
        return Err(format!("VM {vmid} is swept, and it runs"));
    }
    for (key, server) in store.list("virtualservers") {
        let named = server["status"]["vmid"].as_u64().and_then(|n| u32::try_from(n).ok());
        if named == Some(vmid) {
            return Err(format!("VM {vmid} is swept, and it is that of {}", key.name));
        }
        let is_its = server["metadata"]["uid"] == mark.identity.uid.as_str();
        let has_another = named.and_then(mark_on).is_some_and(|m| m.state == MarkState::Owned);
        if is_its && !has_another {
            return Err(format!("VM {vmid} is swept, and {} has no other", key.name));
        }
    }
    Ok(())
}

/// Whether a look at what nothing accounts for could find anything.
pub fn is_something_to_sweep(state: &State, plane: usize) -> bool {
    let told = |site: &Value| site["status"]["orphans"].as_array().is_some_and(|all| !all.is_empty());
    marked(state).any(|(_, mark)| mark.state == MarkState::Provisional)
        || state.planes[plane].list("proxmoxsites").any(|(_, site)| told(site))
}

fn may_act(world: &World, store: &Store, verb: &str) -> Result<(), String> {
    let now = clock::now(world);
    let open = store.list("virtualserveractions").any(|(_, a)| {
        a["spec"]["verb"] == verb
            && a["status"]["finishedAt"].is_null()
            && time(&a["spec"]["notAfter"]).is_some_and(|t| now <= t)
    });
    if open { Ok(()) } else { Err(format!("{verb} is carried out after its notAfter, or after its end")) }
}

/// When nothing is left to do and nothing goes wrong any more.
pub fn at_rest(state: &State) -> Result<(), String> {
    let store = &state.planes[0];
    for (key, server) in store.list("virtualservers") {
        let ready = condition(server, "Ready");
        if ready["status"] != "True" && !needs_a_person(state, &key.name, ready) {
            return Err(format!(
                "server {} is not Ready in the end: {} ({})",
                key.name, ready["reason"], ready["message"]
            ));
        }
    }
    for (guest, mark) in marked(state).filter(|(_, mark)| mark.state == MarkState::Owned) {
        let key = Key::namespaced("virtualservers", &mark.identity.namespace, &mark.identity.name);
        let Some(server) = store.get(&key).filter(|s| condition(s, "Ready")["status"] == "True") else { continue };
        let wished = |list: &str| {
            let all = server["spec"][list].as_array().into_iter().flatten();
            all.filter(|wish| wish["name"] != ROOT_DISK).count()
        };
        let there = |kind: &str, from: u8| (from..4).filter(|n| guest.option(&format!("{kind}{n}")).is_some()).count();
        let (disks, interfaces) = (there("scsi", 1), there("net", 0));
        if (disks, interfaces) != (wished("disks"), wished("networks").max(1)) {
            return Err(format!("VM {} has {disks} disks and {interfaces} interfaces in the end", guest.vmid));
        }
    }
    for (key, action) in store.list("virtualserveractions") {
        if action["status"]["finishedAt"].is_null() {
            return Err(format!("action {} never ends", key.name));
        }
    }
    all_is_accounted_for(state)
}

/// No VM of ours is without an owner, a record or a quarantine entry.
pub fn all_is_accounted_for(state: &State) -> Result<(), String> {
    let store = &state.planes[0];
    // A control plane that was put back to an older time knows nothing of what was made since, and touches none of it.
    let frozen = store.list("proxmoxsites").any(|(_, site)| condition(site, "Stalled")["status"] == "True");
    for (guest, mark) in marked(state).filter(|_| !frozen) {
        let owned = store
            .list("virtualservers")
            .any(|(_, s)| s["metadata"]["uid"] == mark.identity.uid.as_str() && s["status"]["vmid"] == guest.vmid);
        if !owned && !is_recorded(store, guest.vmid) && !is_quarantined(store, guest.vmid) {
            return Err(format!("VM {} ({mark}) has no owner in the end", guest.vmid));
        }
    }
    Ok(())
}

/// A server may come to rest so that only a person can go on.
fn needs_a_person(state: &State, name: &str, ready: &Value) -> bool {
    match ready["reason"].as_str() {
        // A new server of an old one's name, until somebody decides about the old one's VM.
        Some("PreviousVM") => state.planes[0].list("retainedservers").any(|(_, r)| r["spec"]["name"] == name),
        // Kubernetes was put back to a time before the VM was destroyed as it should be.
        Some("VMLost") => state.past.planes_made > 0,
        _ => false,
    }
}

/// Guests that carry a mark with their own number.
pub fn marked(state: &State) -> impl Iterator<Item = (Guest<'_>, Mark)> {
    state.world.guests().filter(|guest| !guest.is_template()).filter_map(|guest| {
        let mark = mark::find(guest.option("description").unwrap_or_default())?;
        (mark.vmid.get() == guest.vmid).then_some((guest, mark))
    })
}

fn is_recorded(store: &Store, vmid: u32) -> bool {
    store.list("retainedservers").any(|(_, r)| r["spec"]["vmid"] == vmid)
}

pub fn is_quarantined(store: &Store, vmid: u32) -> bool {
    let sites = store.list("proxmoxsites");
    sites.filter_map(|(_, s)| s["status"]["quarantine"].as_array()).flatten().any(|q| q["vmid"] == vmid)
}

pub fn condition<'a>(object: &'a Value, type_: &str) -> &'a Value {
    let all = object["status"]["conditions"].as_array();
    all.and_then(|all| all.iter().find(|c| c["type"] == type_)).unwrap_or(&Value::Null)
}

fn time(value: &Value) -> Option<jiff::Timestamp> {
    value.as_str()?.parse().ok()
}
