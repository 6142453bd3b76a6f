//! The HA stack: its configuration, and what it does with guests in its care.

use pve_testbed::Fault;
use serde_json::json;

use crate::lab::{Lab, refused};

fn running(lab: &mut Lab, vmid: u32) -> bool {
    lab.get(&Lab::vm(vmid, "/status/current")).data()["status"] == "running"
}

fn kinds(lab: &mut Lab, node: &str) -> Vec<String> {
    let answer = lab.call(pve_testbed::request::Method::Get, &format!("/nodes/{node}/tasks"), &[("source", "all")]);
    answer.data().as_array().unwrap().iter().map(|row| row["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_resource_is_made_once_changed_and_removed() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    let stopped = [("sid", "vm:101"), ("state", "stopped"), ("max_restart", "2")];
    assert!(lab.post("/cluster/ha/resources", &stopped).is_ok());
    let text = "create resource failed: resource ID 'vm:101' already defined";
    refused(&lab.post("/cluster/ha/resources", &[("sid", "101")]), 500, text);
    let row = lab.get("/cluster/ha/resources/vm:101").data().clone();
    assert_eq!((&row["sid"], &row["state"], &row["max_restart"]), (&json!("vm:101"), &json!("stopped"), &json!(2)));
    assert!(lab.put("/cluster/ha/resources/101", &[("comment", "web")]).is_ok());
    assert!(lab.delete("/cluster/ha/resources/vm:101", &[]).is_ok());
    let text = "cannot delete service 'vm:101', not HA managed!";
    refused(&lab.delete("/cluster/ha/resources/vm:101", &[]), 500, text);
    assert_eq!(lab.get("/cluster/ha/resources").data(), &json!([]));
}

#[test]
fn a_service_that_should_run_is_started_on_the_next_round() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    assert!(lab.post("/cluster/ha/resources", &[("sid", "vm:101")]).is_ok());
    assert!(!running(&mut lab, 101));
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["ha"]["state"], "queued");
    lab.pass(15_000);
    assert!(running(&mut lab, 101));
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["ha"]["managed"], 1);
}

#[test]
fn a_managed_vm_is_stopped_and_started_through_the_ha_stack() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    assert!(lab.post("/cluster/ha/resources", &[("sid", "vm:101")]).is_ok());
    let stop = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    assert_eq!(lab.wait(&stop), "OK");
    let upid = stop.data().as_str().unwrap().to_owned();
    assert!(upid.contains(":hastop:101:"), "{upid}");
    assert_eq!(lab.task_log(&upid)[0], "Requesting HA stop for VM 101");
    assert!(running(&mut lab, 101), "the task only asked");
    lab.pass(12_000);
    assert!(!running(&mut lab, 101));
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert!(start.data().as_str().unwrap().contains(":hastart:101:"));
    lab.wait(&start);
    lab.pass(15_000);
    assert!(running(&mut lab, 101));
}

#[test]
fn a_vm_that_ends_by_itself_is_started_again() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    assert!(lab.post("/cluster/ha/resources", &[("sid", "vm:101")]).is_ok());
    lab.pass(11_000);
    lab.world.inject(Fault::GuestOff { vmid: 101 });
    assert!(!running(&mut lab, 101));
    lab.pass(20_000);
    assert!(running(&mut lab, 101));
}

#[test]
fn a_managed_vm_is_migrated_by_the_ha_stack() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    assert!(lab.post("/cluster/ha/resources", &[("sid", "vm:101")]).is_ok());
    let answer = lab.post(&Lab::vm(101, "/migrate"), &[("target", "pve2"), ("online", "1")]);
    assert!(answer.data().as_str().unwrap().contains(":hamigrate:101:"), "{answer:?}");
    assert_eq!(lab.wait(&answer), "OK");
    lab.pass(40_000);
    assert_eq!(lab.get("/nodes/pve2/qemu/101/status/current").data()["status"], "running");
    assert!(kinds(&mut lab, "pve1").contains(&"qmigrate".to_owned()));
}

#[test]
fn a_managed_vm_is_destroyed_only_with_purge() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    assert!(lab.post("/cluster/ha/resources", &[("sid", "vm:101"), ("state", "stopped")]).is_ok());
    let text = "unable to remove VM 101 - used in HA resources and purge parameter not set.";
    refused(&lab.delete(&Lab::vm(101, ""), &[]), 500, text);
    let answer = lab.delete(&Lab::vm(101, ""), &[("purge", "1")]);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!(lab.get("/cluster/ha/resources").data(), &json!([]));
}

#[test]
fn groups_are_gone_and_rules_took_their_place() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    refused(&lab.get("/cluster/ha/groups"), 500, "cannot index groups: ha groups have been migrated to rules");
    let text = "invalid parameter 'group': ha groups have been migrated to rules";
    refused(&lab.post("/cluster/ha/resources", &[("sid", "vm:101"), ("group", "all")]), 500, text);
    let rule = [("rule", "near"), ("type", "node-affinity"), ("resources", "vm:101"), ("nodes", "pve1")];
    assert!(lab.post("/cluster/ha/rules", &rule).is_ok());
    assert_eq!(lab.get("/cluster/ha/rules").data()[0]["rule"], "near");
    assert!(lab.delete("/cluster/ha/rules/near", &[]).is_ok());
    assert_eq!(lab.get("/cluster/ha/rules").data(), &json!([]));
}

#[test]
fn a_service_in_error_is_asked_for_anew() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    assert!(lab.put(&Lab::vm(101, "/config"), &[("net0", "virtio,bridge=vmbr77")]).is_ok());
    assert!(lab.post("/cluster/ha/resources", &[("sid", "vm:101")]).is_ok());
    lab.pass(60_000);
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["ha"]["state"], "error");
    assert!(lab.put(&Lab::vm(101, "/config"), &[("net0", "virtio,bridge=vmbr0")]).is_ok());
    assert!(lab.put("/cluster/ha/resources/vm:101", &[("state", "disabled")]).is_ok());
    lab.pass(12_000);
    assert!(lab.put("/cluster/ha/resources/vm:101", &[("state", "started")]).is_ok());
    lab.pass(20_000);
    assert!(running(&mut lab, 101));
}
