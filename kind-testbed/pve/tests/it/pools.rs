//! Pools.

use serde_json::json;

use crate::lab::{Lab, refused};

#[test]
fn a_pool_holds_its_members_and_is_not_deleted_with_them() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    assert!(lab.post("/pools", &[("poolid", "p1"), ("comment", "test pool")]).is_ok());
    refused(&lab.post("/pools", &[("poolid", "p1")]), 500, "create pool failed: pool 'p1' already exists");
    assert_eq!(lab.get("/pools").data(), &json!([{ "poolid": "p1", "comment": "test pool" }]));
    assert!(lab.put("/pools/p1", &[("vms", "101"), ("storage", "data")]).is_ok());
    let again = lab.put("/pools/p1", &[("vms", "101")]);
    refused(&again, 500, "update pools failed: VM 101 is already a pool member");
    refused(&lab.delete("/pools/p1", &[]), 500, "delete pool failed: pool 'p1' is not empty (contains VM 101)");
    assert!(lab.put("/pools", &[("poolid", "p1"), ("vms", "101"), ("storage", "data"), ("delete", "1")]).is_ok());
    assert!(lab.delete("/pools", &[("poolid", "p1")]).is_ok());
}

#[test]
fn a_vm_moves_between_pools_only_when_told_so() {
    let mut lab = Lab::new();
    lab.clone_vm(103);
    lab.post("/pools", &[("poolid", "cust")]);
    let orphan = lab.post("/pools", &[("poolid", "nosuch/alice")]);
    refused(&orphan, 500, "create pool failed: parent 'nosuch' of pool 'nosuch/alice' does not exist");
    assert!(lab.post("/pools", &[("poolid", "cust/alice")]).is_ok());
    assert!(lab.put("/pools", &[("poolid", "cust/alice"), ("vms", "103")]).is_ok());
    let text = "update pools failed: VM 103 belongs already to pool 'cust/alice' and 'allow-move' is not set";
    refused(&lab.put("/pools", &[("poolid", "cust"), ("vms", "103")]), 500, text);
    assert!(lab.put("/pools", &[("poolid", "cust"), ("vms", "103"), ("allow-move", "1")]).is_ok());
    lab.put("/pools", &[("poolid", "cust"), ("vms", "103"), ("delete", "1")]);
    let text = "delete pool failed: pool 'cust' is not empty (contains pool 'cust/alice')";
    refused(&lab.delete("/pools", &[("poolid", "cust")]), 500, text);
}

#[test]
fn the_comment_can_be_changed_and_read_back() {
    let mut lab = Lab::new();
    lab.post("/pools", &[("poolid", "p1")]);
    lab.put("/pools/p1", &[("comment", "epoch=1.abc vmid-floor=1000")]);
    let row = lab.call(pve_testbed::request::Method::Get, "/pools", &[("poolid", "p1")]);
    assert_eq!(row.data()[0]["comment"], "epoch=1.abc vmid-floor=1000");
    assert_eq!(row.data()[0]["poolid"], "p1");
}
