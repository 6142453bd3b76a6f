//! Migration: what it refuses at once, what only the task finds, and what it takes along.

use pve_testbed::{Fault, request::Method};
use rstest::rstest;
use serde_json::json;

use crate::lab::{Lab, bad_parameter, refused};

#[test]
fn a_target_that_cannot_be_is_refused_at_once() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let path = Lab::vm(101, "/migrate");
    bad_parameter(&lab.post(&path, &[("target", "pve1")]), "target", "target is local node.");
    refused(&lab.post(&path, &[("target", "nosuch")]), 500, "no such cluster node 'nosuch'");
    refused(&lab.post(&path, &[("target", "pve2")]), 500, "can't migrate running VM without --online");
    bad_parameter(&lab.post(&path, &[("target", "pve2"), ("force", "1")]), "force", "Only root may use this option.");
}

#[test]
fn a_stopped_vm_takes_its_disks_along() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2")]);
    assert_eq!(lab.wait(&answer), "OK");
    let log = lab.task_log(answer.data().as_str().unwrap());
    assert!(log[0].ends_with("starting migration of VM 101 to node 'pve2' (10.98.76.2)"), "{log:?}");
    assert!(log.iter().any(|line| line.contains("migration finished successfully (duration 00:0")), "{log:?}");
    refused(
        &lab.get(&Lab::vm(101, "/config")),
        500,
        "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist",
    );
    let config = lab.get("/nodes/pve2/qemu/101/config");
    assert!(config.is_ok() && config.data()["lock"].is_null(), "{config:?}");
    assert!(lab.world.broken_invariants().is_empty());
    let started = lab.post("/nodes/pve2/qemu/101/status/start", &[]);
    assert_eq!(lab.wait(&started), "OK");
}

#[rstest]
#[case::migrated(false)]
#[case::moved_by_hand(true)]
fn a_vm_leaves_its_backups_where_they_are(#[case] by_hand: bool) {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let dump = lab.post("/nodes/pve1/vzdump", &[("vmid", "101"), ("storage", "local"), ("mode", "stop")]);
    assert_eq!(lab.wait(&dump), "OK");
    if by_hand {
        lab.pass(1_000);
        assert_eq!(lab.world.arm(Fault::HandMove { vmid: 101, node: "pve2".into() }).map(drop), Ok(()));
    } else {
        let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2")]);
        assert_eq!(lab.wait(&answer), "OK");
    }
    assert!(lab.get("/nodes/pve2/qemu/101/config").is_ok());
    let mut backups = |node: &str| {
        let path = format!("/nodes/{node}/storage/local/content");
        lab.call(Method::Get, &path, &[("content", "backup")]).data().as_array().unwrap().len()
    };
    assert_eq!((backups("pve1"), backups("pve2")), (1, 0));
}

#[test]
fn disks_go_to_the_storage_that_is_asked_for() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2"), ("targetstorage", "data")]);
    assert_eq!(lab.wait(&answer), "OK");
    let config = lab.get("/nodes/pve2/qemu/101/config");
    assert!(config.data()["scsi0"].as_str().unwrap().starts_with("data:101/vm-101-disk-0"), "{config:?}");
    assert!(lab.world.broken_invariants().is_empty());
}

#[test]
fn a_running_vm_with_local_disks_moves_only_with_them() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let path = Lab::vm(101, "/migrate");
    let answer = lab.post(&path, &[("target", "pve2"), ("online", "1")]);
    assert_eq!(lab.wait(&answer), "migration aborted");
    let log = lab.task_log(answer.data().as_str().unwrap());
    assert!(log.iter().any(|line| line.contains("without with-local-disks option")), "{log:?}");
    assert!(lab.config(101)["lock"].is_null());

    let answer = lab.post(&path, &[("target", "pve2"), ("online", "1"), ("with-local-disks", "1")]);
    lab.pass(500);
    assert_eq!(lab.config(101)["lock"], "migrate");
    assert_eq!(lab.wait(&answer), "OK");
    let current = lab.get("/nodes/pve2/qemu/101/status/current");
    assert_eq!(current.data()["status"], "running");
}

#[test]
fn a_migration_that_is_aborted_leaves_the_vm_where_it_was() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2")]);
    lab.pass(500);
    let upid = answer.data().as_str().unwrap().to_owned();
    assert!(lab.delete(&format!("/nodes/pve1/tasks/{upid}"), &[]).is_ok());
    assert_eq!(lab.wait_upid(&upid), "migration aborted");
    assert!(lab.config(101)["lock"].is_null());
    assert!(lab.world.broken_invariants().is_empty());
}

#[test]
fn a_target_that_is_off_aborts_the_task() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.world.inject(Fault::NodeDown { node: "pve2".into() });
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2")]);
    assert_eq!(lab.wait(&answer), "migration aborted");
    assert!(lab.config(101)["lock"].is_null());
}

#[rstest]
#[case::same_name("local-lvm", &[])]
#[case::another("data", &[("targetstorage", "data")])]
#[case::only_the_last_disk("data", &[])]
fn a_full_target_storage_aborts_the_task_and_every_disk_stays(#[case] full: &str, #[case] params: &[(&str, &str)]) {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    // One more disk, which is moved last.
    assert!(lab.put(&Lab::vm(101, "/config"), &[("scsi5", "data:1")]).is_ok());
    let (config, data, thin) = ("/config", "/nodes/pve1/storage/data/content", "/nodes/pve1/storage/local-lvm/content");
    let before = [lab.get(&Lab::vm(101, config)), lab.get(data), lab.get(thin)];
    lab.world.inject(Fault::StorageFull { storage: full.into(), node: Some("pve2".into()) });
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[&[("target", "pve2")], params].concat());
    assert_eq!(lab.wait(&answer), "migration aborted");
    let log = lab.task_log(answer.data().as_str().unwrap());
    let said = |line: &String| {
        line.contains("ERROR: migration aborted")
            && (line.contains("No space left") || line.contains("reached threshold"))
    };
    assert!(log.iter().any(said), "{log:?}");
    assert_eq!([lab.get(&Lab::vm(101, config)), lab.get(data), lab.get(thin)], before);
    lab.world.heal();
    for storage in ["data", "local-lvm"] {
        let there = lab.get(&format!("/nodes/pve2/storage/{storage}/content")).data().to_string();
        assert!(!there.contains("vm-101-"), "{there}");
    }
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
}

#[rstest]
#[case(false)]
#[case(true)]
fn preconditions_list_local_disks_and_nodes(#[case] running: bool) {
    let mut lab = Lab::new();
    if running {
        lab.running_vm(101);
    } else {
        lab.clone_vm(101);
    }
    let answer = lab.call(Method::Get, &Lab::vm(101, "/migrate"), &[]);
    let data = answer.data();
    assert_eq!(data["running"], json!(u8::from(running)));
    assert_eq!(data["allowed_nodes"], json!(["pve2"]));
    let disks = data["local_disks"].as_array().unwrap();
    let boot = disks.iter().find(|disk| disk["drivename"] == "scsi0").unwrap();
    assert_eq!((&boot["cdrom"], &boot["is_attached"], &boot["shared"]), (&json!(0), &json!(1), &json!(0)));
}

#[test]
fn snapshots_go_along_and_can_be_rolled_back_on_the_other_node() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let snapshot = lab.post(&Lab::vm(101, "/snapshot"), &[("snapname", "before")]);
    assert_eq!(lab.wait(&snapshot), "OK");
    assert!(lab.put(&Lab::vm(101, "/config"), &[("cores", "4")]).is_ok());
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2")]);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
    let path = "/nodes/pve2/qemu/101";
    assert_eq!(lab.get(&format!("{path}/snapshot")).data()[0]["name"], "before");
    let (now, then) = (lab.get(&format!("{path}/config")), lab.get(&format!("{path}/snapshot/before/config")));
    assert_eq!(now.data()["scsi0"], then.data()["scsi0"]);
    assert!(lab.get("/nodes/pve2/storage/local-lvm/content").data().to_string().contains("vm-101-disk-0"));
    let rollback = lab.post(&format!("{path}/snapshot/before/rollback"), &[]);
    assert_eq!(lab.wait(&rollback), "OK");
    assert_eq!(lab.get(&format!("{path}/config")).data()["cores"], 1);
}

#[test]
fn a_saved_memory_is_renamed_with_the_disks_when_the_storage_changes() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let snapshot = lab.post(&Lab::vm(101, "/snapshot"), &[("snapname", "live"), ("vmstate", "1")]);
    assert_eq!(lab.wait(&snapshot), "OK");
    let stop = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    assert_eq!(lab.wait(&stop), "OK");
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2"), ("targetstorage", "data")]);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
    let old = lab.get("/nodes/pve1/storage/local-lvm/content").data().to_string();
    assert!(!old.contains("vm-101-"), "{old}");
    let rollback = lab.post("/nodes/pve2/qemu/101/snapshot/live/rollback", &[]);
    assert_eq!(lab.wait(&rollback), "OK");
    assert_eq!(lab.get("/nodes/pve2/qemu/101/status/current").data()["status"], "running");
}
