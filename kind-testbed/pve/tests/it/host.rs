//! What a node tells of the machine it runs on, and the areas a testbed keeps empty.

use pve_testbed::{
    Scenario, World,
    request::{Method, Request},
};
use serde_json::json;

use crate::lab::{Lab, refused};

#[test]
fn containers_are_none_and_every_number_is_unknown() {
    let mut lab = Lab::new();
    assert_eq!(lab.get("/nodes/pve1/lxc").data(), &json!([]));
    let text = "Configuration file 'nodes/pve1/lxc/101.conf' does not exist";
    refused(&lab.get("/nodes/pve1/lxc/101/status/current"), 500, text);
    refused(&lab.get("/nodes/pve1/lxc/101/config"), 500, text);
    refused(&lab.post("/nodes/pve1/lxc/101/status/start", &[]), 500, text);
    assert_eq!(lab.get("/nodes/pve1/lxc/101").data()[0], json!({ "subdir": "clone" }));
}

#[test]
fn lists_of_what_nobody_set_up_are_empty() {
    let mut lab = Lab::new();
    for path in [
        "/cluster/jobs/realm-sync",
        "/cluster/mapping/pci",
        "/cluster/metrics/server",
        "/cluster/notifications/endpoints/smtp",
        "/nodes/pve1/apt/update",
        "/nodes/pve1/disks/directory",
        "/nodes/pve1/disks/zfs",
    ] {
        let answer = lab.get(path);
        assert_eq!((answer.status, answer.data()), (200, &json!([])), "{path}");
    }
    assert_eq!(lab.get("/nodes/pve1/scan").data()[0], json!({ "method": "cifs" }));
}

#[test]
fn services_run_and_one_can_be_asked_for() {
    let mut lab = Lab::new();
    let services = lab.get("/nodes/pve1/services").data().clone();
    let proxy = services.as_array().unwrap().iter().find(|row| row["service"] == "pveproxy").unwrap().clone();
    assert_eq!((&proxy["state"], &proxy["active-state"]), (&json!("running"), &json!("active")));
    assert_eq!(lab.get("/nodes/pve1/services/pveproxy/state").data(), &proxy);
}

#[test]
fn the_certificate_has_the_fingerprint_the_nodes_are_listed_with() {
    let mut lab = Lab::new();
    let listed = lab.get("/nodes").data()[0]["ssl_fingerprint"].clone();
    assert_eq!(lab.get("/nodes/pve1/certificates/info").data()[0]["fingerprint"], listed);
}

#[test]
fn volume_groups_and_pools_are_those_of_the_storages() {
    let text = "storages:\n  - { name: thin, type: lvmthin, content: [images] }\n  \
                - { name: tank, type: zfspool, content: [images] }\n";
    let mut world: World = Scenario::read(text).unwrap().build(1, 0).unwrap();
    let token = world.root_token();
    let mut get = |path: &str| world.call(Request::new(Method::Get, path).token(&token)).data().clone();
    let thin = get("/nodes/pve1/disks/lvmthin");
    let (group, pool) = (thin[0]["vg"].as_str().unwrap(), &thin[0]["lv"]);
    assert_eq!(get("/nodes/pve1/disks/lvm")["children"][0]["name"], group);
    assert_eq!(get("/nodes/pve1/scan/lvm"), json!([{ "vg": group }]));
    assert_eq!(get("/nodes/pve1/disks/zfs")[0]["name"], get("/nodes/pve1/scan/zfs")[0]["pool"]);
    assert_eq!(get("/nodes/pve1/disks/list").as_array().unwrap().len(), 3);
    let given = Request::new(Method::Get, "/nodes/pve1/scan/lvmthin").token(&token).with("vg", group);
    assert_eq!(world.call(given).data(), &json!([{ "lv": pool }]));
}

#[test]
fn unlocking_a_second_factor_says_that_nothing_was_locked() {
    let mut lab = Lab::new();
    assert_eq!(lab.put("/access/users/root@pam/unlock-tfa", &[]).data(), &json!(0));
    assert_eq!(lab.put("/access/users/nobody@pve/unlock-tfa", &[]).status, 500);
}

#[test]
fn a_disk_without_a_file_system_of_its_own_says_nothing_of_being_mounted() {
    let mut lab = Lab::new();
    let disks = lab.get("/nodes/pve1/disks/list").data().clone();
    assert!(!disks.as_array().unwrap().is_empty());
    assert!(disks.as_array().unwrap().iter().all(|disk| disk.get("mounted").is_none()), "{disks}");
}

#[test]
fn disks_that_are_not_asked_how_they_are_have_no_known_health() {
    let mut lab = Lab::new();
    let path = "/nodes/pve1/disks/list";
    let asked = lab.get(path).data()[0].clone();
    assert_eq!((&asked["health"], &asked["wearout"]), (&json!("PASSED"), &json!(99)));
    let not = lab.call(Method::Get, path, &[("skipsmart", "1")]).data()[0].clone();
    assert_eq!((&not["health"], &not["wearout"]), (&json!("UNKNOWN"), &json!("N/A")));
}
