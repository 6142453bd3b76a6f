//! Backups: making them, looking into them.

use pve_testbed::{Fault, Tasks, request::Method};
use rstest::rstest;
use serde_json::{Value, json};

use crate::lab::{Lab, bad_parameter, refused};

const DUMP: &str = "/nodes/pve1/vzdump";

/// The archives of a guest on `local`.
fn archives(lab: &mut Lab, vmid: u32) -> Vec<Value> {
    let path = "/nodes/pve1/storage/local/content";
    let answer = lab.call(Method::Get, path, &[("content", "backup"), ("vmid", &vmid.to_string())]);
    answer.data().as_array().unwrap().clone()
}

/// Backs a guest up; the archive's volume id.
fn dump(lab: &mut Lab, vmid: u32) -> String {
    let answer = lab.post(DUMP, &[("vmid", &vmid.to_string()), ("storage", "local"), ("mode", "stop")]);
    assert_eq!(lab.wait(&answer), "OK");
    archives(lab, vmid)[0]["volid"].as_str().unwrap().to_owned()
}

#[test]
fn a_backup_locks_the_guest_and_leaves_an_archive() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let answer = lab.post(DUMP, &[("vmid", "101"), ("storage", "local"), ("mode", "stop")]);
    let upid = answer.data().as_str().unwrap().to_owned();
    lab.pass(200);
    assert_eq!(lab.config(101)["lock"], "backup");
    refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 500, "VM is locked (backup)");
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.config(101)["lock"], Value::Null);
    let rows = archives(&mut lab, 101);
    let volid = rows[0]["volid"].as_str().unwrap().to_owned();
    assert!(volid.starts_with("local:backup/vzdump-qemu-101-20"), "{volid}");
    assert_eq!(
        (&rows[0]["format"], &rows[0]["subtype"], &rows[0]["vmid"]),
        (&json!("vma"), &json!("qemu"), &json!(101))
    );
    let log = lab.task_log(&upid);
    assert_eq!(log[0], "INFO: starting new backup job: vzdump 101 --node pve1 --storage local --mode stop");
    assert!(log.contains(&"INFO: Backup job finished successfully".to_owned()), "{log:?}");
    let text = lab.call(Method::Get, "/nodes/pve1/vzdump/extractconfig", &[("volume", &volid)]);
    assert!(text.data().as_str().unwrap().contains("#qmdump#map:scsi0:drive-scsi0:local-lvm:raw:\n"), "{text:?}");
}

#[test]
fn a_killed_backup_leaves_its_lock_and_no_archive() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.world.inject(Fault::WorkerDeath { on: Tasks::of("vzdump", 2) });
    let upid = lab.post(DUMP, &[("vmid", "101")]).data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "unexpected status");
    assert_eq!(lab.config(101)["lock"], "backup");
    assert!(archives(&mut lab, 101).is_empty());
    let answer = lab.post(DUMP, &[("vmid", "101")]);
    assert_eq!(lab.wait(&answer), "job errors");
}

#[test]
fn a_locked_or_missing_guest_fails_and_the_others_are_backed_up() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.clone_vm(102);
    assert!(lab.post(&Lab::vm(101, "/clone"), &[("newid", "105"), ("full", "1")]).is_ok());
    lab.pass(300);
    let options = [("storage", "local"), ("compress", "zstd"), ("notes-template", "{{guestname}}")];
    let answer = lab.post(DUMP, &[&[("vmid", "102,105,4711")][..], &options].concat());
    let upid = answer.data().as_str().unwrap().to_owned();
    assert!(upid.contains(":vzdump::"), "{upid}");
    assert_eq!(lab.wait(&answer), "job errors");
    let log = lab.task_log(&upid);
    assert!(log.contains(&"ERROR: Backup of VM 4711 failed - unable to find VM '4711'".to_owned()), "{log:?}");
    let rows = archives(&mut lab, 102);
    assert_eq!((&rows[0]["format"], &rows[0]["notes"]), (&json!("vma.zst"), &json!("web")));
}

#[test]
fn a_protected_archive_stays() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let volid = dump(&mut lab, 101);
    let path = format!("/nodes/pve1/storage/local/content/{volid}");
    assert!(lab.put(&path, &[("protected", "1"), ("notes", "keep me")]).is_ok());
    let row = lab.get(&path);
    assert_eq!((&row.data()["protected"], &row.data()["notes"]), (&json!(1), &json!("keep me")));
    let name = volid.strip_prefix("local:").unwrap();
    let answer = lab.delete(&path, &[]);
    assert_eq!(lab.wait(&answer), format!("cannot remove protected volume '{name}' on 'local'"));
    lab.put(&path, &[("protected", "0")]);
    let answer = lab.delete(&path, &[]);
    assert_eq!(lab.wait(&answer), "OK");
    assert!(archives(&mut lab, 101).is_empty());
}

#[test]
fn what_cannot_be_backed_up_is_refused() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    bad_parameter(&lab.post(DUMP, &[]), "vmid", "property is missing");
    refused(&lab.post(DUMP, &[("vmid", "101"), ("storage", "nosuch")]), 500, "storage 'nosuch' does not exist");
    let answer = lab.post(DUMP, &[("vmid", "101"), ("storage", "data")]);
    let text =
        "could not get storage information for 'data': can't use storage 'data' for backups - wrong content type";
    assert_eq!(lab.wait(&answer), text);
    // A guest of another node is left to that node.
    assert_eq!(lab.post(DUMP, &[("vmid", "9010")]).data(), &json!("OK"));
}

#[test]
fn a_restored_guest_carries_the_marks_and_the_uuid() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let marks = [("description", "a mark"), ("tags", "gold"), ("protection", "1")];
    assert!(lab.put(&Lab::vm(101, "/config"), &marks).is_ok());
    let volid = dump(&mut lab, 101);
    let answer = lab.post("/nodes/pve1/qemu", &[("vmid", "102"), ("archive", &volid), ("storage", "data")]);
    assert!(answer.data().as_str().unwrap().contains(":qmrestore:102:"), "{answer:?}");
    assert_eq!(lab.wait(&answer), "OK");
    let (source, copy) = (lab.config(101), lab.config(102));
    for key in ["description", "tags", "protection", "smbios1", "net0", "name", "memory"] {
        assert_eq!(copy[key], source[key], "{key}");
    }
    assert_ne!(copy["vmgenid"], source["vmgenid"]);
    assert_eq!(copy["lock"], Value::Null);
    assert_eq!(copy["scsi0"], "data:102/vm-102-disk-0.raw,discard=on,size=3G,ssd=1");
    let unique = [("vmid", "103"), ("archive", &volid), ("unique", "1"), ("name", "other")];
    let answer = lab.post("/nodes/pve1/qemu", &unique);
    assert_eq!(lab.wait(&answer), "OK");
    let other = lab.config(103);
    assert_eq!(other["name"], "other");
    for key in ["smbios1", "net0"] {
        assert_ne!(other[key], source[key], "{key}");
    }
}

#[test]
fn a_guest_is_replaced_only_by_force_and_never_when_protected() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let volid = dump(&mut lab, 101);
    let over = [("vmid", "101"), ("archive", volid.as_str())];
    let text = "unable to restore VM 101 - VM 101 already exists on node 'pve1'";
    refused(&lab.post("/nodes/pve1/qemu", &over), 500, text);
    let forced = [over[0], over[1], ("force", "1")];
    assert!(lab.put(&Lab::vm(101, "/config"), &[("protection", "1"), ("cores", "4")]).is_ok());
    let answer = lab.post("/nodes/pve1/qemu", &forced);
    assert_eq!(lab.wait(&answer), "unable to restore VM 101 - - protection mode enabled");
    assert_eq!((&lab.config(101)["lock"], &lab.config(101)["cores"]), (&Value::Null, &json!(4)));
    assert!(lab.put(&Lab::vm(101, "/config"), &[("delete", "protection")]).is_ok());
    let answer = lab.post("/nodes/pve1/qemu", &forced);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.config(101)["cores"], 1);
    let rows = lab.call(Method::Get, "/nodes/pve1/storage/local-lvm/content", &[("vmid", "101")]);
    assert_eq!(rows.data().as_array().unwrap().len(), 2, "the old disks are gone: {rows:?}");
}

#[test]
fn a_guest_is_suspended_while_its_backup_in_suspend_mode_lasts() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let pid = lab.get(&Lab::vm(101, "/status/current")).data()["pid"].clone();
    let answer = lab.post(DUMP, &[("vmid", "101"), ("storage", "local"), ("mode", "suspend")]);
    lab.pass(1_000);
    let current = lab.get(&Lab::vm(101, "/status/current")).data().clone();
    assert_eq!((&current["qmpstatus"], &current["lock"]), (&json!("paused"), &json!("backup")));
    assert_eq!(lab.wait(&answer), "OK");
    let current = lab.get(&Lab::vm(101, "/status/current")).data().clone();
    assert_eq!((&current["qmpstatus"], &current["lock"]), (&json!("running"), &Value::Null));
    assert_eq!(current["pid"], pid, "it was not started again");
    let log = lab.task_log(answer.data().as_str().unwrap());
    assert!(log.contains(&"INFO: backup mode: suspend".to_owned()), "{log:?}");
    assert_eq!(archives(&mut lab, 101).len(), 1);
}

#[rstest]
#[case("suspend")]
#[case("snapshot")]
fn a_guest_that_was_paused_stays_paused_after_its_backup(#[case] mode: &str) {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let pause = lab.post(&Lab::vm(101, "/status/suspend"), &[]);
    assert_eq!(lab.wait(&pause), "OK");
    let answer = lab.post(DUMP, &[("vmid", "101"), ("storage", "local"), ("mode", mode)]);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["qmpstatus"], "paused");
    let resume = lab.post(&Lab::vm(101, "/status/resume"), &[]);
    assert_eq!(lab.wait(&resume), "OK");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["qmpstatus"], "running");
}

#[test]
fn a_guest_is_restored_into_a_pool_and_started() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let volid = dump(&mut lab, 101);
    assert!(lab.post("/pools", &[("poolid", "p")]).is_ok());
    let params = [("vmid", "102"), ("archive", &volid), ("pool", "p"), ("start", "1"), ("unique", "1")];
    let answer = lab.post("/nodes/pve1/qemu", &params);
    lab.pass(1_000);
    assert_eq!(lab.get("/pools/p").data()["members"], json!([]), "the pool comes last");
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.get("/pools/p").data()["members"][0]["vmid"], 102);
    lab.pass(5_000);
    assert_eq!(lab.get(&Lab::vm(102, "/status/current")).data()["status"], "running");
    let tasks = lab.call(Method::Get, "/nodes/pve1/tasks", &[("vmid", "102")]).data().clone();
    let of_start = tasks.as_array().unwrap().iter().find(|task| task["type"] == "qmstart").unwrap();
    assert_eq!((&of_start["status"], &of_start["user"]), (&json!("OK"), &json!("root@pam")));
}

#[test]
fn a_guest_that_is_off_has_a_qemu_while_it_is_backed_up() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let answer = lab.post(DUMP, &[("vmid", "101"), ("storage", "local"), ("mode", "snapshot")]);
    lab.pass(200);
    let status = lab.get(&Lab::vm(101, "/status/current")).data().clone();
    assert_eq!((&status["status"], &status["qmpstatus"]), (&json!("running"), &json!("prelaunch")));
    refused(&lab.delete(&Lab::vm(101, ""), &[]), 500, "VM 101 is running - destroy failed");
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
}

#[test]
fn a_guest_that_is_started_during_its_backup_goes_on() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let answer = lab.post(DUMP, &[("vmid", "101"), ("storage", "local")]);
    let upid = answer.data().as_str().unwrap().to_owned();
    lab.pass(200);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    assert_eq!(lab.wait(&answer), "OK");
    let line = "INFO: kvm status changed after backup ('running') - keep VM running".to_owned();
    let log = lab.task_log(&upid);
    assert!(log.contains(&line), "{log:?}");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["qmpstatus"], "running");
}

#[test]
fn a_running_guest_that_is_stopped_for_its_backup_runs_while_the_archive_is_written() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let answer = lab.post(DUMP, &[("vmid", "101"), ("storage", "local"), ("mode", "stop")]);
    let upid = answer.data().as_str().unwrap().to_owned();
    let mut seen = Vec::new();
    while lab.world.task_runs(&upid) {
        let running = lab.get(&Lab::vm(101, "/status/current")).data()["status"] == "running";
        if seen.last() != Some(&running) {
            seen.push(running);
        }
        lab.pass(50);
    }
    assert_eq!(seen, [true, false, true]);
    let log = lab.task_log(&upid);
    assert!(log.iter().any(|line| line.starts_with("INFO: resuming VM again after ")), "{log:?}");
}

#[test]
fn a_backup_waits_for_the_flock_as_long_as_others_and_goes_on_with_the_next_guest() {
    let mut lab = Lab::new();
    lab.empty_vm(101);
    lab.clone_vm(102);
    assert_eq!(lab.post(&Lab::vm(101, "/status/start"), &[]).status, 200);
    lab.pass(5_000);
    assert!(lab.post(&Lab::vm(101, "/status/shutdown"), &[("timeout", "60")]).is_ok());
    lab.pass(1_000);
    let begun = lab.world.now();
    let answer = lab.post(DUMP, &[("vmid", "101,102"), ("storage", "local")]);
    let upid = answer.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait(&answer), "job errors");
    assert!(lab.world.now() - begun < 55_000, "it did not wait for the end of the shutdown");
    let log = lab.task_log(&upid);
    let text = "ERROR: Backup of VM 101 failed - can't lock file '/var/lock/qemu-server/lock-101.conf' - got timeout";
    assert!(log.contains(&text.to_owned()), "{log:?}");
    assert_eq!((archives(&mut lab, 101).len(), archives(&mut lab, 102).len()), (0, 1));
}
