//! Everything that people ask of a server, each as data: what must be there before, and what is asked.

use jiff::SignedDuration;
use pve_testbed::{Fault, request::Method};
use serde_json::{Value, json};
use slipway_crds::Verb;

use crate::{
    clock,
    kubernetes::Key,
    moves,
    proxmox::by_root,
    runner::SITE,
    scenario::{self, BY_HAND, NAMESPACE, NODE, SERVER},
    state::State,
};

/// One thing that a person does.
type Deed = fn(&mut State);

pub struct Operation {
    pub name: &'static str,
    /// Done one after the other, each to its end, before anything goes wrong.
    pub before: &'static [Deed],
    pub deed: Deed,
}

const fn op(name: &'static str, before: &'static [Deed], deed: Deed) -> Operation {
    Operation { name, before, deed }
}

/// All of them.
pub fn operations() -> &'static [Operation] {
    static ALL: [Operation; 34] = [
        op("create", &[], create),
        op("change the plan", &[create], |s| edit(s, &json!({ "planRef": "large" }))),
        op("rename", &[create], |s| edit(s, &json!({ "hostname": "renamed" }))),
        op("attach a disk", &[create], |s| disks(s, Some(2))),
        op("grow a disk", &[create, |s| disks(s, Some(2))], |s| disks(s, Some(3))),
        op("detach a disk", &[create, |s| disks(s, Some(2))], |s| disks(s, None)),
        op("add a network", &[create], |s| networks(s, &["public", "backend"])),
        op("remove a network", &[create, |s| networks(s, &["public", "backend"])], |s| networks(s, &["public"])),
        op("runPolicy: Stopped", &[create], |s| edit(s, &json!({ "runPolicy": "Stopped" }))),
        op("runPolicy: Running", &[create, |s| edit(s, &json!({ "runPolicy": "Stopped" }))], |s| {
            edit(s, &json!({ "runPolicy": "Running" }));
        }),
        op("suspend", &[create], |s| edit(s, &json!({ "suspended": { "reason": "unpaid" } }))),
        op("resume", &[create, |s| edit(s, &json!({ "suspended": { "reason": "unpaid" } }))], |s| {
            edit(s, &json!({ "suspended": null }));
        }),
        op("Start", &[create, |s| verb(s, Verb::Stop)], |s| verb(s, Verb::Start)),
        op("Shutdown", &[create], |s| verb(s, Verb::Shutdown)),
        op("Stop", &[create], |s| verb(s, Verb::Stop)),
        op("Restart", &[create], |s| verb(s, Verb::Restart)),
        op("Reset", &[create], |s| verb(s, Verb::Reset)),
        op("Snapshot", &[create], snapshot),
        op("DeleteSnapshot", &[create, snapshot], |s| ask(s, Verb::DeleteSnapshot, &json!({ "snapshot": "before" }))),
        op("Rollback", &[create, snapshot, |s| edit(s, &json!({ "planRef": "large" }))], |s| {
            ask(s, Verb::Rollback, &json!({ "snapshot": "before" }));
        }),
        op("Backup", &[create], |s| verb(s, Verb::Backup)),
        op("Restore", &[create, |s| verb(s, Verb::Backup)], |s| of_backup(s, Verb::Restore)),
        op("Restore of a lost VM", &[create, |s| verb(s, Verb::Backup), destroy_by_hand], |s| {
            of_backup(s, Verb::Restore);
        }),
        op("DeleteBackup", &[create, |s| verb(s, Verb::Backup)], |s| of_backup(s, Verb::DeleteBackup)),
        op("Rebuild", &[create], rebuild),
        op("undo of a Rebuild", &[create, rebuild, |s| forget(s, Verb::Rebuild)], |s| {
            let disk = detached(s);
            ask(s, Verb::Rebuild, &json!({ "imageRef": "debian-13", "disk": disk }));
        }),
        op("DestroyDisk", &[create, |s| disks(s, Some(2)), |s| disks(s, None)], |s| {
            let disk = detached(s);
            ask(s, Verb::DestroyDisk, &json!({ "disk": disk }));
        }),
        op("Migrate", &[create], |s| {
            let there = server(s)["status"]["node"] == NODE;
            ask(s, Verb::Migrate, &json!({ "node": if there { "pve2" } else { NODE } }));
        }),
        op("delete and purge", &[create], delete),
        op("delete and retain", &[create, protect], delete),
        op("purge a retained server", &[create, protect, delete], |s| {
            let now = clock::now(&s.world).to_string();
            let records: Vec<Key> = s.planes[0].list("retainedservers").map(|(key, _)| key.clone()).collect();
            for key in &records {
                s.planes[0].edit(key, |record| record["spec"]["until"] = json!(now));
            }
        }),
        op("undelete", &[create, protect, delete], |s| {
            let uid = s.planes[0].list("retainedservers").next().map(|(_, record)| record["spec"]["uid"].clone());
            create_with(s, &json!({ "undelete": { "uid": uid } }));
        }),
        op("adopt", &[scenario_by_hand], adopt),
        op(
            "give back",
            &[scenario_by_hand, adopt, |s| adopts(s, &json!({ "vmid": BY_HAND, "giveBack": true }))],
            delete,
        ),
    ];
    &ALL
}

fn web() -> Key {
    Key::namespaced("virtualservers", NAMESPACE, SERVER)
}

pub(super) fn server(state: &State) -> &Value {
    state.planes[0].get(&web()).map_or(&Value::Null, AsRef::as_ref)
}

fn create(state: &mut State) {
    create_with(state, &json!({}));
}

pub(super) fn create_with(state: &mut State, more: &Value) {
    let mut made = scenario::server();
    merge(&mut made["spec"], more);
    let now = clock::now(&state.world);
    let _ = state.planes[0].create(web(), made, now);
}

fn edit(state: &mut State, change: &Value) {
    state.planes[0].edit(&web(), |server| merge(&mut server["spec"], change));
}

/// Another spec in the place of the one that is there.
pub(super) fn replace(state: &mut State, spec: &Value) {
    let mut made = scenario::server();
    merge(&mut made["spec"], spec);
    state.planes[0].edit(&web(), |server| server["spec"] = made["spec"].clone());
}

fn disks(state: &mut State, data: Option<u32>) {
    let all: Vec<Value> = data.into_iter().map(|size| json!({ "name": "data", "sizeGiB": size })).collect();
    edit(state, &json!({ "disks": all }));
}

fn networks(state: &mut State, names: &[&str]) {
    let all: Vec<Value> = names.iter().map(|name| json!({ "name": name, "networkRef": name })).collect();
    edit(state, &json!({ "networks": all }));
}

fn protect(state: &mut State) {
    edit(state, &json!({ "deletionProtection": true }));
}

fn delete(state: &mut State) {
    let now = clock::now(&state.world);
    let _ = state.planes[0].delete(&web(), &Value::Null, now);
}

fn destroy_by_hand(state: &mut State) {
    let vmid = server(state)["status"]["vmid"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    let _ = state.world.arm(Fault::HandDestroy { vmid });
    // With the VM went our rights on it; without this one its backups are not shown to us.
    let path = format!("/vms/{vmid}");
    let grant = [("path", path.as_str()), ("users", "slipway@pve"), ("roles", "PVEVMAdmin")];
    by_root(&mut state.world, Method::Put, "/access/acl", &grant);
}

fn scenario_by_hand(state: &mut State) {
    scenario::make_by_hand(&mut state.world);
    state.past.precious.insert(BY_HAND);
}

fn adopt(state: &mut State) {
    create_with(state, &json!({ "adopt": { "vmid": BY_HAND }, "driftPolicy": "Report" }));
}

fn adopts(state: &mut State, how: &Value) {
    edit(state, &json!({ "adopt": how }));
}

fn verb(state: &mut State, verb: Verb) {
    ask(state, verb, &json!({}));
}

/// Longer than any recovery takes, so that none of them ends by its `notAfter`.
pub(super) fn ask(state: &mut State, verb: Verb, takes: &Value) {
    moves::ask(state, verb, takes, SignedDuration::from_hours(23));
}

fn snapshot(state: &mut State) {
    ask(state, Verb::Snapshot, &json!({ "snapshot": "before" }));
}

fn rebuild(state: &mut State) {
    ask(state, Verb::Rebuild, &json!({ "imageRef": "debian-13" }));
}

/// An action that has ended makes room for another of its name.
pub(super) fn forget(state: &mut State, verb: Verb) {
    let name = format!("{SERVER}-{verb:?}").to_lowercase();
    let key = Key::namespaced("virtualserveractions", NAMESPACE, &name);
    let now = clock::now(&state.world);
    let _ = state.planes[0].delete(&key, &Value::Null, now);
}

fn of_backup(state: &mut State, verb: Verb) {
    let backup = server(state)["status"]["backups"][0]["volid"].clone();
    ask(state, verb, &json!({ "backup": backup }));
}

fn detached(state: &State) -> Value {
    server(state)["status"]["detached"][0]["name"].clone()
}

fn merge(into: &mut Value, more: &Value) {
    for (field, value) in more.as_object().into_iter().flatten() {
        into[field] = value.clone();
    }
}

/// What the site must have for all of it: a second node's template, and room for backups.
pub(super) fn furnish(state: &mut State) {
    state.planes[0].edit(&Key::cluster("osimages", "debian-13"), |image| {
        image["spec"]["templates"] = json!([
            { "siteRef": SITE, "node": NODE, "vmid": 9003 }, { "siteRef": SITE, "node": "pve2", "vmid": 9013 }
        ]);
    });
    state.planes[0].edit(&Key::cluster("proxmoxsites", SITE), |site| site["spec"]["backupStorage"] = json!("local"));
}
