//! Faults of nodes, storages and guests do what they say, and so do the hands that work beside the API.

use pve_testbed::{Crash, Fault, Order, request::Method};

use crate::lab::{Lab, TEMPLATE, refused};

#[test]
fn a_full_storage_fails_the_clone_and_leaves_nothing() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::StorageFull { storage: "local-lvm".into(), node: None });
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]);
    let exit = lab.wait(&clone);
    assert!(exit.starts_with("clone failed: lvcreate 'pve/vm-101-cloudinit' error:"), "{exit}");
    assert!(exit.contains("free space in thin pool pve/data reached threshold"), "{exit}");
    assert!(lab.call(Method::Get, "/cluster/nextid", &[("vmid", "101")]).is_ok());
    let status = lab.get("/nodes/pve1/storage/local-lvm/status").data().clone();
    assert_eq!(status["avail"], 0);
    lab.world.heal();
    lab.clone_vm(101);
}

#[test]
fn a_foreign_vm_takes_the_number() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::ForeignVm { node: "pve1".into(), vmid: 5000 });
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "5000")]);
    refused(&clone, 500, "unable to create VM 5000: config file already exists");
    assert_eq!(lab.config(5000)["name"], "somebody-elses");
}

#[test]
fn a_node_that_is_off_does_not_answer_and_its_guests_are_down() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("onboot", "1")]);
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "102"), ("full", "1")]);
    let upid = clone.data().as_str().unwrap().to_owned();
    lab.pass(600);
    lab.world.inject(Fault::NodeDown { node: "pve1".into() });
    refused(&lab.get(&Lab::vm(101, "/config")), 595, "No route to host");
    lab.world.inject(Fault::NodeUp { node: "pve1".into() });
    assert_eq!(lab.task_status(&upid)["exitstatus"], "unexpected status");
    assert_eq!(lab.config(102)["lock"], "clone");
    lab.pass(5_000);
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "running", "onboot starts it");
}

#[test]
fn without_quorum_nothing_is_written_but_guests_can_be_stopped() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.world.inject(Fault::QuorumLost);
    assert_eq!(lab.get("/cluster/status").data()[0]["quorate"], 0);
    let text = "cluster not ready - no quorum?";
    refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 500, text);
    refused(&lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "102")]), 500, text);
    refused(&lab.post("/pools", &[("poolid", "p")]), 500, text);
    assert_eq!(lab.config(101)["cores"], 1);
    let stop = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    assert_eq!(lab.wait(&stop), "OK");
    refused(&lab.post(&Lab::vm(101, "/status/start"), &[]), 500, text);
    lab.world.heal();
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
}

#[test]
fn another_node_answers_for_one_that_is_off_until_all_are() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::NodeDown { node: "pve1".into() });
    assert!(lab.get("/version").is_ok());
    assert!(lab.get("/nodes/pve2/status").is_ok());
    refused(&lab.get("/nodes/pve1/status"), 595, "No route to host");
    lab.world.inject(Fault::NodeDown { node: "pve2".into() });
    assert_eq!(lab.get("/version").status, 0);
}

#[test]
fn a_guest_can_be_made_deaf_or_switch_itself_off() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.world.inject(Fault::GuestDeaf { vmid: 101 });
    let shutdown = lab.post(&Lab::vm(101, "/status/shutdown"), &[("timeout", "10")]);
    assert_eq!(lab.wait(&shutdown), "VM quit/powerdown failed - got timeout");
    lab.world.inject(Fault::GuestOff { vmid: 101 });
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");
}

#[test]
fn stale_statistics_turn_unknown_after_five_minutes() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.pass(10_000);
    let status = |lab: &mut Lab| {
        let rows = lab.call(Method::Get, "/cluster/resources", &[("type", "vm")]).data().clone();
        rows.as_array().unwrap().iter().find(|row| row["vmid"] == 101).unwrap()["status"].clone()
    };
    lab.world.inject(Fault::StatisticsStale { node: Some("pve1".into()) });
    assert_eq!(status(&mut lab), "running");
    lab.pass(320_000);
    assert_eq!(status(&mut lab), "unknown");
    lab.world.heal();
    lab.pass(10_000);
    assert_eq!(status(&mut lab), "running");
}

#[test]
fn a_skewed_clock_shows_in_task_times() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let start = |lab: &mut Lab| {
        let answer = lab.put(&Lab::vm(101, "/resize"), &[("disk", "scsi0"), ("size", "+1M")]);
        lab.task_status(answer.data().as_str().unwrap())["starttime"].as_u64().unwrap()
    };
    lab.world.inject(Fault::ClockSkew { node: "pve1".into(), seconds: -600 });
    let now = lab.world.unix_now();
    assert_eq!(start(&mut lab), now - 600);
    lab.world.heal();
    let now = lab.world.unix_now();
    assert_eq!(start(&mut lab), now);
}

#[test]
fn ha_restarts_a_guest_elsewhere_and_a_hand_moves_it_running() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.world.inject(Fault::HaMove { vmid: 101, node: "pve2".into() });
    let text = "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist";
    refused(&lab.get(&Lab::vm(101, "/config")), 500, text);
    lab.pass(20_000);
    assert_eq!(lab.get("/nodes/pve2/qemu/101/status/current").data()["status"], "running");
    lab.world.inject(Fault::HandMove { vmid: 101, node: "pve1".into() });
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "running");
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
}

#[test]
fn hands_edit_lock_and_destroy() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("protection", "1"), ("tags", "mine")]);
    let digest = lab.config(101)["digest"].clone();
    lab.world.inject(Fault::HandEdit {
        vmid: 101,
        set: [("name".into(), "renamed".into()), ("lock".into(), "backup".into())].into(),
        delete: ["tags".into()].into(),
    });
    let config = lab.config(101);
    assert_eq!((&config["name"], &config["tags"]), (&"renamed".into(), &serde_json::Value::Null));
    assert_ne!(config["digest"], digest);
    refused(&lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]), 500, "VM is locked (backup)");
    let drive = [("scsi5".into(), "data:nosuch".into())].into();
    let refusal = lab.world.arm(Fault::HandEdit { vmid: 101, set: drive, delete: [].into() });
    assert!(refusal.unwrap_err().contains("a hand edit sets no drive (scsi5)"));
    lab.world.inject(Fault::HandDestroy { vmid: 101 });
    assert!(lab.call(Method::Get, "/cluster/nextid", &[("vmid", "101")]).is_ok());
    assert_eq!(lab.world.broken_invariants(), Vec::<String>::new());
}

#[test]
fn a_guest_loses_its_agent_or_its_disk_or_its_life() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let ping = |lab: &mut Lab| lab.post(&Lab::vm(101, "/agent/ping"), &[]);
    assert!(ping(&mut lab).is_ok());
    lab.world.inject(Order::from(Fault::GuestNoAgent { vmid: 101 }).lasts(5_000));
    refused(&ping(&mut lab), 500, "QEMU guest agent is not running");
    lab.pass(5_000);
    assert!(ping(&mut lab).is_ok(), "it lasted five seconds");
    lab.world.inject(Fault::GuestCrash { vmid: 101, how: Crash::IoError });
    let current = lab.get(&Lab::vm(101, "/status/current")).data().clone();
    assert_eq!((&current["status"], &current["qmpstatus"]), (&"running".into(), &"io-error".into()));
    refused(&ping(&mut lab), 500, "QEMU guest agent is not running");
    lab.world.inject(Fault::GuestCrash { vmid: 101, how: Crash::Gone });
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");
}

#[test]
fn a_deaf_guest_stays_deaf_over_a_restart_until_healed() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.world.inject(Fault::GuestDeaf { vmid: 101 });
    lab.world.inject(Fault::GuestOff { vmid: 101 });
    lab.pass(1_000);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    let shutdown = lab.post(&Lab::vm(101, "/status/shutdown"), &[("timeout", "10")]);
    assert_eq!(lab.wait(&shutdown), "VM quit/powerdown failed - got timeout");
    lab.world.heal();
    let shutdown = lab.post(&Lab::vm(101, "/status/shutdown"), &[("timeout", "60")]);
    assert_eq!(lab.wait(&shutdown), "OK");
}

#[test]
fn a_guest_to_come_can_be_made_mute_and_deaf() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::GuestDeaf { vmid: 101 });
    lab.world.inject(Fault::GuestNoAgent { vmid: 101 });
    lab.running_vm(101);
    refused(&lab.post(&Lab::vm(101, "/agent/ping"), &[]), 500, "QEMU guest agent is not running");
    let shutdown = lab.post(&Lab::vm(101, "/status/shutdown"), &[("timeout", "10")]);
    assert_eq!(lab.wait(&shutdown), "VM quit/powerdown failed - got timeout");
}

#[test]
fn a_node_comes_back_by_itself_after_the_ordered_time() {
    let mut lab = Lab::new();
    lab.world.inject(Order::from(Fault::NodeDown { node: "pve1".into() }).lasts(30_000));
    refused(&lab.get("/nodes/pve1/status"), 595, "No route to host");
    lab.pass(30_000);
    assert!(lab.get("/nodes/pve1/status").is_ok());
}

#[test]
fn hands_stay_off_a_guest_that_a_task_works_on() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.post(&Lab::vm(101, "/status/start"), &[]);
    let moved = lab.world.arm(Fault::HandMove { vmid: 101, node: "pve2".into() });
    assert_eq!(moved.unwrap_err(), "VM 101 is busy: qmstart runs");
    let destroyed = lab.world.arm(Fault::HandDestroy { vmid: 101 });
    assert_eq!(destroyed.unwrap_err(), "VM 101 is busy: qmstart runs");
    lab.pass(10_000);
    assert!(lab.world.arm(Fault::HandMove { vmid: 101, node: "pve2".into() }).is_ok());
}
