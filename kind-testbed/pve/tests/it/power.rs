//! Power calls and the guest that reacts to them.

use serde_json::json;

use crate::lab::{Lab, refused};

#[test]
fn a_started_guest_boots_and_then_tells_its_addresses() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.put(&Lab::vm(101, "/config"), &[("ipconfig0", "ip=10.1.2.3/24,gw=10.1.2.1,ip6=fd00::3/64")]);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    refused(&lab.post(&Lab::vm(101, "/agent/ping"), &[]), 500, "QEMU guest agent is not running");
    lab.pass(11_000);
    assert_eq!(lab.post(&Lab::vm(101, "/agent/ping"), &[]).data(), &json!({ "result": {} }));
    let answer = lab.get(&Lab::vm(101, "/agent/network-get-interfaces"));
    let interfaces = answer.data()["result"].as_array().unwrap().clone();
    assert_eq!(interfaces[0]["name"], "lo");
    let expected = json!({ "ip-address-type": "ipv4", "ip-address": "10.1.2.3", "prefix": 24 });
    assert_eq!(interfaces[1]["ip-addresses"][0], expected);
    let mac = lab.config(101)["net0"].as_str().unwrap().split([',', '=']).nth(1).unwrap().to_lowercase();
    assert_eq!(interfaces[1]["hardware-address"], mac);
    assert_eq!(lab.get(&Lab::vm(101, "/agent/get-osinfo")).data()["result"]["id"], "debian");
    assert_eq!(lab.get(&Lab::vm(101, "/agent/get-host-name")).data()["result"]["host-name"], "web");
}

#[test]
fn a_guest_without_an_address_takes_a_lease() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let answer = lab.get(&Lab::vm(101, "/agent/network-get-interfaces"));
    let ip = answer.data()["result"][1]["ip-addresses"][0]["ip-address"].as_str().unwrap();
    assert!(ip.starts_with("10.77."), "{ip}");
}

#[test]
fn a_running_vm_is_neither_started_nor_deleted() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "VM 101 already running");
    refused(&lab.delete(&Lab::vm(101, ""), &[]), 500, "VM 101 is running - destroy failed");
}

#[test]
fn a_shutdown_ends_the_guest_and_a_deaf_one_outlives_it() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let shutdown = lab.post(&Lab::vm(101, "/status/shutdown"), &[]);
    assert_eq!(lab.wait(&shutdown), "OK");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");

    lab.empty_vm(300);
    let start = lab.post(&Lab::vm(300, "/status/start"), &[]);
    lab.wait(&start);
    let shutdown = lab.post(&Lab::vm(300, "/status/shutdown"), &[("timeout", "3")]);
    assert_eq!(lab.wait(&shutdown), "VM quit/powerdown failed - got timeout");
    assert_eq!(lab.get(&Lab::vm(300, "/status/current")).data()["status"], "running");
    let forced = lab.post(&Lab::vm(300, "/status/shutdown"), &[("timeout", "3"), ("forceStop", "1")]);
    let upid = forced.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "OK");
    assert_eq!(lab.task_log(&upid), ["VM still running - terminating now with SIGTERM", "TASK OK"]);
}

#[test]
fn a_reboot_ends_before_the_vm_runs_again() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let reboot = lab.post(&Lab::vm(101, "/status/reboot"), &[]);
    assert_eq!(lab.wait(&reboot), "OK");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");
    lab.pass(5_000);
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "running");
    let tasks = lab.get("/nodes/pve1/tasks").data().clone();
    let start = tasks.as_array().unwrap().iter().find(|task| task["type"] == "qmstart").unwrap().clone();
    assert_eq!(start["user"], "root@pam");
    assert!(start["tokenid"].is_null());
}

#[test]
fn only_the_full_list_asks_qemu() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let row = |lab: &mut Lab, full: &str| {
        let list = lab.call(pve_testbed::request::Method::Get, "/nodes/pve1/qemu", &[("full", full)]).data().clone();
        list.as_array().unwrap().iter().find(|row| row["vmid"] == 101).unwrap().clone()
    };
    let brief = row(&mut lab, "0");
    assert!(brief["pid"].is_u64() && brief["qmpstatus"].is_null() && brief["diskread"].is_null());
    let full = row(&mut lab, "1");
    assert_eq!(full["qmpstatus"], "running");
    assert!(full["blockstat"]["scsi0"].is_object() && full["nics"]["tap101i0"].is_object());
}

#[test]
fn a_paused_vm_runs_but_does_nothing() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let pause = lab.post(&Lab::vm(101, "/status/suspend"), &[]);
    assert!(pause.data().as_str().unwrap().contains(":qmpause:"));
    assert_eq!(lab.wait(&pause), "OK");
    let status = lab.get(&Lab::vm(101, "/status/current")).data().clone();
    assert_eq!((status["status"].as_str(), status["qmpstatus"].as_str()), (Some("running"), Some("paused")));
    refused(&lab.post(&Lab::vm(101, "/agent/ping"), &[]), 500, "QEMU guest agent is not running");
    refused(&lab.post(&Lab::vm(101, "/status/shutdown"), &[]), 500, "VM is paused - cannot shutdown");
    let resume = lab.post(&Lab::vm(101, "/status/resume"), &[]);
    assert_eq!(lab.wait(&resume), "OK");
    assert!(lab.post(&Lab::vm(101, "/agent/ping"), &[]).is_ok());
}

#[test]
fn a_deleted_vm_leaves_pool_acl_and_volumes() {
    let mut lab = Lab::new();
    lab.post("/pools", &[("poolid", "p")]);
    lab.clone_vm(101);
    lab.put("/pools/p", &[("vms", "101")]);
    let delete = lab.delete(&Lab::vm(101, ""), &[("purge", "1")]);
    let upid = delete.data().as_str().unwrap().to_owned();
    assert_eq!(lab.wait_upid(&upid), "OK");
    assert_eq!(lab.task_log(&upid)[0], "purging VM 101 from related configurations..");
    assert_eq!(lab.get("/pools/p").data()["members"], json!([]));
    assert!(!lab.get("/nodes/pve1/storage/local-lvm/content").data().to_string().contains("vm-101"));
    assert!(lab.delete("/pools/p", &[]).is_ok());
}

#[test]
fn a_power_call_for_a_vm_that_is_not_here_says_so_in_its_own_words() {
    let mut lab = Lab::new();
    let text = "unable to find configuration file for VM 4711 on node 'pve1'";
    for call in ["reboot", "reset", "suspend", "resume"] {
        refused(&lab.post(&Lab::vm(4711, &format!("/status/{call}")), &[]), 500, text);
    }
    for call in ["stop", "shutdown"] {
        let answer = lab.post(&Lab::vm(4711, &format!("/status/{call}")), &[]);
        assert_eq!(lab.wait(&answer), text, "{call}");
    }
}

#[test]
fn the_flock_is_free_while_the_memory_is_saved() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    let suspend = lab.post(&Lab::vm(101, "/status/suspend"), &[("todisk", "1")]);
    lab.pass(200);
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "VM is locked (suspending)");
    assert_eq!(lab.config(101)["lock"], "suspending");
    assert_eq!(lab.wait(&suspend), "OK");
    assert_eq!(lab.config(101)["lock"], "suspended");
}
