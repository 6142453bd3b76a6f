//! `/cluster/resources` lags behind.

use pve_testbed::{Fault, request::Method};
use serde_json::Value;

use crate::lab::Lab;

fn row(lab: &mut Lab, vmid: u32) -> Value {
    let rows = lab.call(Method::Get, "/cluster/resources", &[("type", "vm")]).data().clone();
    rows.as_array().unwrap().iter().find(|row| row["vmid"] == vmid).cloned().unwrap_or(Value::Null)
}

#[test]
fn a_new_vm_is_unknown_until_it_was_measured() {
    let mut lab = Lab::new();
    // Just after a round of pve1.
    lab.pass(21_000);
    lab.clone_vm(101);
    let young = row(&mut lab, 101);
    assert_eq!(young["status"], "unknown");
    assert!(young["name"].is_null() && young["maxmem"].is_null() && young["template"].is_null());
    assert_eq!(young["tags"], "slipway-template");
    lab.pass(10_000);
    let old = row(&mut lab, 101);
    assert_eq!((old["status"].as_str(), old["name"].as_str()), (Some("stopped"), Some("web")));
    assert_eq!(old["maxdisk"], 3_u64 << 30);
    let delete = lab.delete(&Lab::vm(101, ""), &[]);
    lab.wait(&delete);
    assert!(row(&mut lab, 101).is_null(), "a deleted row vanishes at once");
}

#[test]
fn a_status_change_shows_after_the_next_round() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.pass(10_000);
    let before = row(&mut lab, 101);
    assert_eq!(before["status"], "running");
    // Just after a round, so that none comes before the VM is off.
    while row(&mut lab, 101)["uptime"] == before["uptime"] {
        lab.pass(100);
    }
    let stop = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    assert_eq!(lab.wait(&stop), "OK");
    assert_eq!(lab.get(&Lab::vm(101, "/status/current")).data()["status"], "stopped");
    assert_eq!(row(&mut lab, 101)["status"], "running");
    lab.pass(10_000);
    assert_eq!(row(&mut lab, 101)["status"], "stopped");
}

#[test]
fn rows_of_a_node_that_is_off_turn_unknown_after_five_minutes() {
    let mut lab = Lab::new();
    lab.pass(20_000);
    lab.world.inject(Fault::NodeDown { node: "pve2".into() });
    assert_eq!(row(&mut lab, 9010)["status"], "stopped");
    lab.pass(310_000);
    assert_eq!(row(&mut lab, 9010)["status"], "unknown");
    assert_eq!(row(&mut lab, 9000)["status"], "stopped");
    let nodes = lab.get("/nodes").data().clone();
    assert_eq!((nodes[0]["status"].as_str(), nodes[1]["status"].as_str()), (Some("online"), Some("offline")));
    let status = lab.get("/cluster/status").data().clone();
    assert_eq!(status[0]["quorate"], 1, "the device has a vote too");
}

#[test]
fn the_seed_world_has_four_templates_on_each_node() {
    let mut lab = Lab::new();
    lab.pass(20_000);
    for (vmid, name) in [(9000, "ubuntu-2204"), (9001, "ubuntu-2404"), (9002, "debian-12"), (9013, "debian-13")] {
        let row = row(&mut lab, vmid);
        assert_eq!((row["name"].as_str(), row["template"].as_u64()), (Some(name), Some(1)));
        assert_eq!(row["tags"], "slipway-template");
    }
    let status = lab.get("/cluster/status").data().clone();
    assert_eq!((status[0]["name"].as_str(), status[0]["quorate"].as_u64()), (Some("slipway-lab"), Some(1)));
}

#[test]
fn a_guest_that_stopped_shows_the_load_it_had() {
    let mut lab = Lab::new();
    lab.running_vm(101);
    lab.pass(120_000);
    let answer = lab.post(&Lab::vm(101, "/status/stop"), &[]);
    assert_eq!(lab.wait(&answer), "OK");
    lab.pass(180_000);
    let answer = lab.call(Method::Get, &Lab::vm(101, "/rrddata"), &[("timeframe", "hour")]);
    let points = answer.data().as_array().unwrap();
    assert!(points.iter().any(|point| point["cpu"].is_number()), "{points:?}");
    assert!(points.last().unwrap()["cpu"].is_null() && points.last().unwrap()["maxmem"].is_number(), "{points:?}");
}

#[test]
fn what_was_measured_stays_while_a_guest_changes_and_moves() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.pass(21_000);
    let measured = row(&mut lab, 101);
    let change = [("name", "renamed"), ("cores", "4"), ("tags", "new")];
    assert!(lab.put(&Lab::vm(101, "/config"), &change).is_ok());
    let row_now = row(&mut lab, 101);
    assert_eq!((&row_now["name"], &row_now["maxcpu"]), (&measured["name"], &measured["maxcpu"]));
    assert_eq!(row_now["tags"], "new", "what stands in the file is current");
    lab.world.inject(Fault::HandMove { vmid: 101, node: "pve2".into() });
    assert_eq!(row(&mut lab, 101)["status"], "unknown", "nobody has measured it there");
    lab.pass(11_000);
    let row_then = row(&mut lab, 101);
    assert_eq!((row_then["name"].as_str(), row_then["maxcpu"].as_u64()), (Some("renamed"), Some(4)));
    let gone = lab.delete("/nodes/pve2/qemu/101", &[]);
    assert_eq!(lab.wait(&gone), "OK");
    lab.clone_vm(101);
    assert!(row(&mut lab, 101)["name"] != "renamed", "a number that comes again has no past");
}
