//! Options of the whole cluster, and calls on all guests of a node.

use pve_testbed::request::Method;
use serde_json::json;

use crate::lab::Lab;

#[test]
fn options_are_set_taken_apart_and_obeyed() {
    let mut lab = Lab::new();
    let set = [("next-id", "lower=5000,upper=5002"), ("mac_prefix", "02:AB:CD"), ("keyboard", "de")];
    assert!(lab.put("/cluster/options", &set).is_ok());
    let options = lab.get("/cluster/options").data().clone();
    assert_eq!(options["next-id"], json!({ "lower": "5000", "upper": "5002" }));
    assert_eq!(options["keyboard"], "de");
    assert_eq!(lab.get("/cluster/nextid").data(), "5000");
    lab.empty_vm(101);
    assert!(lab.put(&Lab::vm(101, "/config"), &[("net0", "virtio,bridge=vmbr0")]).is_ok());
    assert!(lab.config(101)["net0"].as_str().unwrap().starts_with("virtio=02:AB:CD:"));
    lab.empty_vm(5000);
    lab.empty_vm(5001);
    let full = lab.get("/cluster/nextid");
    assert_eq!(full.reason, "unable to get any free VMID in range [5000, 5002]");
    assert!(lab.put("/cluster/options", &[("delete", "next-id")]).is_ok());
    assert_eq!(lab.get("/cluster/nextid").data(), "100");
}

#[test]
fn all_guests_of_a_node_are_started_in_order_and_stopped() {
    let mut lab = Lab::new();
    for (vmid, order) in [(101, "order=2"), (102, "order=1"), (103, "")] {
        lab.clone_vm(vmid);
        let onboot = if vmid == 103 { "0" } else { "1" };
        let options = [("onboot", onboot), ("startup", order)];
        let given = if order.is_empty() { &options[..1] } else { &options[..] };
        assert!(lab.put(&Lab::vm(vmid, "/config"), given).is_ok());
    }
    let answer = lab.post("/nodes/pve1/startall", &[]);
    assert_eq!(lab.wait(&answer), "OK");
    let log = lab.task_log(answer.data().as_str().unwrap());
    assert_eq!(log, ["Starting VM 102", "Starting VM 101", "TASK OK"]);
    let state = |lab: &mut Lab, vmid| lab.get(&Lab::vm(vmid, "/status/current")).data()["status"].clone();
    assert_eq!(state(&mut lab, 103), "stopped");
    let answer = lab.post("/nodes/pve1/stopall", &[("timeout", "120")]);
    assert_eq!(lab.wait(&answer), "OK");
    assert_eq!((state(&mut lab, 101), state(&mut lab, 102)), (json!("stopped"), json!("stopped")));
}

#[test]
fn what_a_lab_does_not_have_is_an_empty_list() {
    let mut lab = Lab::new();
    for path in ["/cluster/backup", "/cluster/replication", "/cluster/sdn/zones", "/cluster/sdn/vnets"] {
        assert_eq!(lab.get(path).data(), &json!([]), "{path}");
    }
    let log = lab.call(Method::Get, "/cluster/log", &[("max", "3")]);
    assert!(log.data().is_array());
}
