//! Snapshots: what they keep, what a rollback gives back, what stands meanwhile.

use pve_testbed::{Fault, Tasks, request::Method};
use serde_json::{Value, json};

use crate::lab::{Lab, TEMPLATE, bad_parameter, refused};

/// A stopped VM whose disk is a file of this format.
fn on_files(lab: &mut Lab, vmid: u32, format: &str) {
    let newid = vmid.to_string();
    let params = [("newid", newid.as_str()), ("full", "1"), ("storage", "data"), ("format", format)];
    let answer = lab.post(&Lab::vm(TEMPLATE, "/clone"), &params);
    assert_eq!(lab.wait(&answer), "OK");
}

fn start(lab: &mut Lab, vmid: u32) {
    let answer = lab.post(&Lab::vm(vmid, "/status/start"), &[]);
    assert_eq!(lab.wait(&answer), "OK");
    lab.pass(11_000);
}

fn take(lab: &mut Lab, vmid: u32, params: &[(&str, &str)]) -> (String, Vec<String>) {
    let answer = lab.post(&Lab::vm(vmid, "/snapshot"), params);
    ended(lab, answer.data())
}

fn roll_back(lab: &mut Lab, vmid: u32, name: &str, params: &[(&str, &str)]) -> (String, Vec<String>) {
    let answer = lab.post(&Lab::vm(vmid, &format!("/snapshot/{name}/rollback")), params);
    ended(lab, answer.data())
}

fn remove(lab: &mut Lab, vmid: u32, name: &str) -> (String, Vec<String>) {
    let answer = lab.delete(&Lab::vm(vmid, &format!("/snapshot/{name}")), &[]);
    ended(lab, answer.data())
}

fn ended(lab: &mut Lab, upid: &Value) -> (String, Vec<String>) {
    let upid = upid.as_str().unwrap();
    let exit = lab.wait_upid(upid);
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
    (exit, lab.task_log(upid))
}

fn list(lab: &mut Lab, vmid: u32) -> Vec<Value> {
    lab.get(&Lab::vm(vmid, "/snapshot")).data().as_array().unwrap().clone()
}

fn status(lab: &mut Lab, vmid: u32) -> Value {
    lab.get(&Lab::vm(vmid, "/status/current")).data().clone()
}

#[test]
fn a_snapshot_of_a_running_vm_is_made_by_qemu() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    start(&mut lab, 101);
    let (exit, log) = take(&mut lab, 101, &[("snapname", "s1"), ("description", "first")]);
    assert_eq!(exit, "OK");
    let lines = ["snapshotting 'drive-scsi0' (data:101/vm-101-disk-0.qcow2)", "internal qemu snapshot", "TASK OK"];
    assert_eq!(log, lines);
    let rows = list(&mut lab, 101);
    assert_eq!(
        (&rows[0]["name"], &rows[0]["vmstate"], &rows[0]["description"]),
        (&json!("s1"), &json!(0), &json!("first"))
    );
    let current = &rows[1];
    assert_eq!(
        (&current["name"], &current["parent"], &current["running"]),
        (&json!("current"), &json!("s1"), &json!(1))
    );
    assert_eq!(current["digest"], lab.config(101)["digest"]);
}

#[test]
fn a_snapshot_with_memory_keeps_it_on_a_volume_of_its_own() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    lab.put(&Lab::vm(101, "/config"), &[("memory", "224")]);
    start(&mut lab, 101);
    let (exit, log) = take(&mut lab, 101, &[("snapname", "ram"), ("vmstate", "1")]);
    assert_eq!(exit, "OK");
    let formatting = "Formatting '/srv/data/images/101/vm-101-state-ram.raw', fmt=raw size=994050048 preallocation=off";
    assert_eq!(log[0], formatting);
    assert_eq!(log[1], "saving VM state and RAM using storage 'data'");
    assert_eq!(log[3], "completed saving the VM state in 0s, saved 93.75 MiB");
    assert_eq!(list(&mut lab, 101)[0]["vmstate"], 1);
    let (exit, log) = remove(&mut lab, 101, "ram");
    assert_eq!((exit.as_str(), log), ("OK", vec!["TASK OK".to_owned()]));
    assert!(!lab.get("/nodes/pve1/storage/data/content").data().to_string().contains("vm-101-state"));
}

#[test]
fn a_snapshot_without_a_running_guest_has_no_memory() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    assert_eq!(take(&mut lab, 101, &[("snapname", "off1"), ("vmstate", "1")]).0, "OK");
    assert_eq!(list(&mut lab, 101)[0]["vmstate"], 0);
}

#[test]
fn a_name_is_checked_in_the_call_and_used_once() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let path = Lab::vm(101, "/snapshot");
    let reserved = lab.post(&path, &[("snapname", "current")]);
    refused(&reserved, 500, "unable to use snapshot name 'current' (reserved name)");
    let short = lab.post(&path, &[("snapname", "s")]);
    bad_parameter(&short, "snapname", "invalid format - invalid configuration ID 's'\n");
    assert_eq!(take(&mut lab, 101, &[("snapname", "s1")]).0, "OK");
    assert_eq!(take(&mut lab, 101, &[("snapname", "s1")]).0, "snapshot name 's1' already used");
}

#[test]
fn a_raw_file_cannot_be_snapshotted_but_a_thin_volume_can() {
    let mut lab = Lab::new();
    on_files(&mut lab, 102, "raw");
    lab.clone_vm(101);
    let feature = |lab: &mut Lab, vmid| {
        lab.call(Method::Get, &Lab::vm(vmid, "/feature"), &[("feature", "snapshot")]).data().clone()
    };
    assert_eq!(feature(&mut lab, 102), json!({ "hasFeature": 0, "nodes": ["pve1"] }));
    assert_eq!(feature(&mut lab, 101)["hasFeature"], 1);
    let (exit, log) = take(&mut lab, 102, &[("snapname", "snap1")]);
    assert_eq!(exit, "snapshot feature is not available");
    assert_eq!(log, ["TASK ERROR: snapshot feature is not available"]);
    assert_eq!(lab.config(102)["lock"], Value::Null);
    assert_eq!(take(&mut lab, 101, &[("snapname", "snap1")]).0, "OK");
}

#[test]
fn a_snapshot_config_shows_the_password_hash_and_takes_a_description() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("cipassword", "secret"), ("description", "of the vm")]);
    take(&mut lab, 101, &[("snapname", "s1")]);
    let path = Lab::vm(101, "/snapshot/s1/config");
    let section = lab.get(&path).data().clone();
    assert!(section["cipassword"].as_str().unwrap().starts_with("$5$"), "{section}");
    assert_eq!((&section["description"], &section["digest"]), (&Value::Null, &Value::Null));
    assert!(section["snaptime"].is_u64());
    let before = lab.config(101)["digest"].clone();
    assert_eq!(lab.put(&path, &[("description", "changed")]).data(), &Value::Null);
    assert_eq!(lab.get(&path).data()["description"], "changed");
    assert_ne!(lab.config(101)["digest"], before, "snapshots are part of the file");
    let unknown = lab.get(&Lab::vm(101, "/snapshot/nosuch/config"));
    refused(&unknown, 500, "snapshot 'nosuch' does not exist");
    let unknown = lab.put(&Lab::vm(101, "/snapshot/nosuch/config"), &[("description", "x")]);
    refused(&unknown, 500, "snapshot 'nosuch' does not exist");
    let old = lab.call(Method::Get, &Lab::vm(101, "/config"), &[("snapshot", "s1")]);
    assert_eq!(old.data()["cipassword"], "**********");
}

#[test]
fn a_rollback_restores_all_but_description_and_unused_disks() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    let config = Lab::vm(101, "/config");
    lab.put(&config, &[("name", "old-name"), ("description", "then"), ("cores", "2")]);
    let before = lab.config(101);
    take(&mut lab, 101, &[("snapname", "before")]);
    let later = [
        ("protection", "1"),
        ("tags", "slipway"),
        ("name", "new-name"),
        ("cores", "3"),
        ("description", "later"),
        ("scsi1", "data:1"),
    ];
    assert!(lab.put(&config, &later).is_ok());
    let grown = lab.put(&Lab::vm(101, "/resize"), &[("disk", "scsi0"), ("size", "+1G")]);
    assert_eq!(lab.wait(&grown), "OK");
    let (exit, log) = roll_back(&mut lab, 101, "before", &[]);
    assert_eq!((exit.as_str(), log), ("OK", vec!["TASK OK".to_owned()]));
    let after = lab.config(101);
    for key in ["name", "cores", "smbios1", "scsi0", "net0", "protection", "tags", "scsi1", "lock"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!((&after["description"], &after["parent"]), (&json!("later"), &json!("before")));
    assert_eq!(after["unused0"], "data:101/vm-101-disk-1.raw");
    assert_ne!(after["vmgenid"], before["vmgenid"]);
}

#[test]
fn a_disk_that_was_detached_is_back_in_its_slot_and_unused_no_more() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    take(&mut lab, 101, &[("snapname", "s1")]);
    let config = Lab::vm(101, "/config");
    assert!(lab.put(&config, &[("delete", "scsi0")]).is_ok());
    let volid = lab.config(101)["unused0"].as_str().unwrap().to_owned();
    let reason = format!("unable to delete '{volid}' - volume is still in use (snapshot?)");
    refused(&lab.put(&config, &[("delete", "unused0")]), 500, &reason);
    assert_eq!(roll_back(&mut lab, 101, "s1", &[]).0, "OK");
    let after = lab.config(101);
    assert!(after["scsi0"].as_str().unwrap().starts_with(&volid));
    assert_eq!(after["unused0"], Value::Null);
}

#[test]
fn without_memory_a_rollback_stops_the_guest_unless_asked_to_start_it() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    take(&mut lab, 101, &[("snapname", "off1")]);
    start(&mut lab, 101);
    assert_eq!(roll_back(&mut lab, 101, "off1", &[]).0, "OK");
    assert_eq!(status(&mut lab, 101)["status"], "stopped");
    lab.pass(1_000);
    let (exit, log) = roll_back(&mut lab, 101, "off1", &[("start", "1")]);
    assert_eq!((exit.as_str(), log.len()), ("OK", 1), "the start is a task of its own");
    lab.pass(5_000);
    assert_eq!(status(&mut lab, 101)["status"], "running");
}

#[test]
fn with_memory_the_guest_goes_on_and_the_old_cleanup_blocks_for_half_a_minute() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    start(&mut lab, 101);
    take(&mut lab, 101, &[("snapname", "ram"), ("vmstate", "1")]);
    let (exit, log) = roll_back(&mut lab, 101, "ram", &[]);
    assert_eq!(exit, "OK");
    let lines = ["generating cloud-init ISO", "netdev net0: using 'host_mtu=1500' for migration compat", "TASK OK"];
    assert_eq!(log, lines);
    assert_eq!(status(&mut lab, 101)["status"], "running");
    assert!(lab.post(&Lab::vm(101, "/agent/ping"), &[]).is_ok(), "it had booted when it was saved");
    let timeout = "can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout";
    assert_eq!(roll_back(&mut lab, 101, "ram", &[]).0, timeout);
    assert_eq!(roll_back(&mut lab, 101, "nosuch", &[]).0, timeout);
    let (_, log) = remove(&mut lab, 101, "nosuch");
    assert_eq!(log, ["trying to acquire lock...", " OK", "TASK ERROR: snapshot 'nosuch' does not exist"]);
}

#[test]
fn a_removed_snapshot_leaves_its_children_to_its_parent() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    for name in ["s1", "s2", "s3"] {
        assert_eq!(take(&mut lab, 101, &[("snapname", name)]).0, "OK");
    }
    assert_eq!(remove(&mut lab, 101, "s2").0, "OK");
    assert_eq!(list(&mut lab, 101)[1]["parent"], "s1");
    assert_eq!(remove(&mut lab, 101, "s3").0, "OK");
    assert_eq!(lab.config(101)["parent"], "s1");
}

#[test]
fn the_lock_stands_while_the_task_runs_and_stays_when_its_worker_is_killed() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let kinds = [
        ("qmsnapshot", "snapshot", ""),
        ("qmrollback", "rollback", "/s1/rollback"),
        ("qmdelsnapshot", "snapshot-delete", "/s1"),
    ];
    for (kind, lock, path) in kinds {
        let mut lab = Lab { world: lab.world.clone(), token: lab.token.clone() };
        if !path.is_empty() {
            take(&mut lab, 101, &[("snapname", "s1")]);
        }
        let method = if lock == "snapshot-delete" { Method::Delete } else { Method::Post };
        let name: &[(&str, &str)] = if path.is_empty() { &[("snapname", "s1")] } else { &[] };
        let answer = lab.call(method, &Lab::vm(101, &format!("/snapshot{path}")), name);
        lab.pass(100);
        assert_eq!(lab.config(101)["lock"], lock);
        let text = format!("VM is locked ({lock})");
        refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 500, &text);
        let started = lab.post(&Lab::vm(101, "/status/start"), &[]);
        assert_eq!(lab.wait(&started), text, "the flock is free");
        let mut killed = Lab { world: lab.world.clone(), token: lab.token.clone() };
        killed.world.inject(Fault::WorkerDeath { on: Tasks::of(kind, 2) });
        killed.pass(1_000);
        assert_eq!(killed.config(101)["lock"], lock);
        assert_eq!(killed.world.broken_invariants(), Vec::<String>::new());
        assert_eq!(lab.wait(&answer), "OK");
        assert_eq!(lab.config(101)["lock"], Value::Null);
    }
}

#[test]
fn an_aborted_snapshot_is_taken_back() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    start(&mut lab, 101);
    let answer = lab.post(&Lab::vm(101, "/snapshot"), &[("snapname", "ram"), ("vmstate", "1")]);
    lab.pass(500);
    let upid = answer.data().as_str().unwrap().to_owned();
    assert!(lab.delete(&format!("/nodes/pve1/tasks/{upid}"), &[]).is_ok());
    assert_eq!(lab.wait_upid(&upid), "received interrupt");
    assert_eq!(list(&mut lab, 101).len(), 1);
    assert_eq!(lab.config(101)["lock"], Value::Null);
    assert!(!lab.get("/nodes/pve1/storage/data/content").data().to_string().contains("vm-101-state"));
}

#[test]
fn a_vm_with_snapshots_becomes_no_template() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    take(&mut lab, 101, &[("snapname", "s1")]);
    let answer = lab.post(&Lab::vm(101, "/template"), &[]);
    refused(&answer, 500, "unable to create template, because VM contains snapshots");
}

#[test]
fn a_clone_of_a_snapshot_has_that_snapshots_options() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let old = lab.config(101);
    take(&mut lab, 101, &[("snapname", "s1"), ("description", "of the snapshot")]);
    lab.put(&Lab::vm(101, "/config"), &[("cores", "4"), ("tags", "later")]);
    let unknown = lab.post(&Lab::vm(101, "/clone"), &[("newid", "102"), ("snapname", "nosuch")]);
    refused(&unknown, 500, "snapshot 'nosuch' does not exist");
    let answer = lab.post(&Lab::vm(101, "/clone"), &[("newid", "102"), ("snapname", "s1"), ("full", "1")]);
    assert_eq!(lab.wait(&answer), "OK");
    let copy = lab.config(102);
    assert_ne!(copy["cores"], 4);
    assert_eq!(copy["tags"], old["tags"]);
    for key in ["parent", "snaptime", "vmstate"] {
        assert_eq!(copy[key], Value::Null, "{key}");
    }
    assert_eq!(list(&mut lab, 102).len(), 1);
}

#[test]
fn destroying_a_vm_takes_its_saved_memories_along() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    start(&mut lab, 101);
    take(&mut lab, 101, &[("snapname", "ram"), ("vmstate", "1")]);
    let stopped = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    assert_eq!(lab.wait(&stopped), "OK");
    let gone = lab.delete(&Lab::vm(101, ""), &[]);
    assert_eq!(lab.wait(&gone), "OK");
    assert!(!lab.get("/nodes/pve1/storage/data/content").data().to_string().contains("vm-101-"));
}

#[test]
fn hibernation_names_its_volume_after_the_day() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    lab.put(&Lab::vm(101, "/config"), &[("memory", "128")]);
    start(&mut lab, 101);
    let answer = lab.post(&Lab::vm(101, "/status/suspend"), &[("todisk", "1")]);
    let (exit, log) = ended(&mut lab, answer.data());
    assert_eq!(exit, "OK");
    let state = lab.config(101)["vmstate"].as_str().unwrap().to_owned();
    let name = state.strip_prefix("data:101/vm-101-state-suspend-").unwrap().strip_suffix(".raw").unwrap();
    assert_eq!(name.len(), "2026-11-23".len(), "{name}");
    let file = format!("/srv/data/images/{}", state.trim_start_matches("data:"));
    assert_eq!(log[0], format!("Formatting '{file}', fmt=raw size=792723456 preallocation=off"));
    start(&mut lab, 101);
    let config = lab.config(101);
    for key in ["lock", "vmstate", "runningmachine", "runningcpu", "running-nets-host-mtu"] {
        assert_eq!(config[key], Value::Null, "{key}");
    }
}

#[test]
fn a_snapshot_of_a_lost_disk_is_removed_only_by_force() {
    let mut lab = Lab::new();
    on_files(&mut lab, 101, "qcow2");
    assert_eq!(take(&mut lab, 101, &[("snapname", "s1")]).0, "OK");
    let gone = lab.delete("/nodes/pve1/storage/data/content/data:101/vm-101-disk-0.qcow2", &[]);
    assert_eq!(lab.wait(&gone), "OK");
    let text =
        "command '/usr/bin/qemu-img snapshot -d s1 /srv/data/images/101/vm-101-disk-0.qcow2' failed: exit code 1";
    let (exit, _) = remove(&mut lab, 101, "s1");
    assert!(exit.starts_with("command '/usr/bin/qemu-img snapshot -d s1 /"), "{exit} instead of {text}");
    assert_eq!((&lab.config(101)["lock"], list(&mut lab, 101).len()), (&json!("snapshot-delete"), 2));
    lab.world.inject(Fault::HandEdit { vmid: 101, set: [].into(), delete: ["lock".to_owned()].into() });
    let answer = lab.delete(&Lab::vm(101, "/snapshot/s1"), &[("force", "1")]);
    assert_eq!(ended(&mut lab, answer.data()).0, "OK");
    assert_eq!((&lab.config(101)["lock"], list(&mut lab, 101).len()), (&Value::Null, 1));
}
