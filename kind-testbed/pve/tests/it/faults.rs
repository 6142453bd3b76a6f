//! Faults do what they say.

use pve_testbed::{Fault, Loss, request::Method};

use crate::lab::{Lab, TEMPLATE, refused};

#[test]
fn an_answer_lost_after_the_effect_is_a_596_and_the_clone_exists() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::AnswerLost {
        method: Some(Method::Post),
        path: "/clone".into(),
        loss: Loss::After,
        times: 1,
    });
    let before = lab.world.now();
    let answer = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]);
    refused(&answer, 596, "Connection timed out");
    assert_eq!(lab.world.now() - before, 30_000);
    assert_eq!(lab.config(101)["name"], "Copy-of-VM-debian-13");
    assert!(lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "102")]).is_ok(), "only one answer was lost");
}

#[test]
fn a_call_lost_before_its_effect_is_a_595_and_nothing_happened() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::AnswerLost { method: None, path: "/clone".into(), loss: Loss::Before, times: 1 });
    refused(&lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "101")]), 595, "Connection refused");
    lab.pass(10_000);
    assert!(lab.call(Method::Get, "/cluster/nextid", &[("vmid", "101")]).is_ok());
}

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
fn an_unreachable_api_gives_no_answer_at_all() {
    let mut lab = Lab::new();
    lab.world.inject(Fault::Unreachable);
    assert_eq!(lab.get("/version").status, 0);
    lab.world.heal();
    assert!(lab.get("/version").is_ok());
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
fn a_fault_reads_from_json() {
    let fault: Fault = serde_json::from_str(r#"{"fault":"storage-full","storage":"data","node":null}"#).unwrap();
    assert_eq!(fault, Fault::StorageFull { storage: "data".into(), node: None });
    assert!(serde_json::from_str::<Fault>(r#"{"fault":"nosuch"}"#).is_err());
}
