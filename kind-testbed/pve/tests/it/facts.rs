//! Answers of a real Proxmox VE 9.2.11, as they were recorded: method, path, parameters → status, reason, error body.

use pve_testbed::request::{Body, Method};
use rstest::rstest;
use serde_json::json;

use crate::lab::{Lab, bad_parameter, refused};

/// A world with VM 101 (a linked clone, stopped), 102 (locked by a backup) and 300 (empty).
fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.clone_vm(102);
    lab.world.call(lab.request(Method::Put, "/nodes/pve1/qemu/102/config", &[("name", "locked")]));
    lab.empty_vm(300);
    lab
}

#[rstest]
#[case(Method::Get, "/nosuch/path", &[], 501, "Method 'GET /nosuch/path' not implemented")]
#[case(Method::Post, "/version", &[], 501, "Method 'POST /version' not implemented")]
#[case(Method::Get, "/nodes/pve1/qemu/101/agent/nosuch", &[], 501, "Method 'GET /nodes/pve1/qemu/101/agent/nosuch' not implemented")]
#[case(Method::Get, "/nodes/nosuch/qemu", &[], 500, "hostname lookup 'nosuch' failed - failed to get address info for: nosuch: Temporary failure in name resolution")]
#[case(Method::Post, "/nodes/pve1/qemu", &[("vmid", "400"), ("scsi0", "nosuch:1")], 500, "storage 'nosuch' does not exist")]
#[case(Method::Post, "/nodes/pve1/qemu", &[("vmid", "101")], 500, "unable to create VM 101 - VM 101 already exists on node 'pve1'")]
#[case(Method::Post, "/nodes/pve2/qemu", &[("vmid", "101")], 500, "unable to create VM 101 - VM 101 already exists on node 'pve1'")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/template", &[], 500, "you can't convert a template to a template")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "400"), ("storage", "data")], 500, "parameter 'storage' not allowed for linked clones")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "400"), ("format", "raw")], 500, "parameter 'format' not allowed for linked clones")]
#[case(Method::Post, "/nodes/pve1/qemu/101/clone", &[("newid", "400"), ("full", "0")], 500, "Linked clone feature is not supported for 'local-lvm:vm-101-disk-0' (scsi0)")]
#[case(Method::Post, "/nodes/pve1/qemu/4711/clone", &[("newid", "400")], 500, "unable to find configuration file for VM 4711 on node 'pve1'")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "400"), ("target", "nosuch")], 500, "no such cluster node 'nosuch'")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "400"), ("target", "pve2")], 500, "can't clone VM to node 'pve2' (VM uses local storage)")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "400"), ("pool", "nosuch")], 403, "Permission check failed (pool 'nosuch' does not exist)")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "400"), ("full", "1"), ("storage", "nosuch")], 500, "storage 'nosuch' does not exist")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "400"), ("full", "1"), ("storage", "local")], 500, "storage 'local' does not support vm images")]
#[case(Method::Post, "/nodes/pve1/qemu/101/clone", &[("newid", "400"), ("snapname", "nosuch")], 500, "snapshot 'nosuch' does not exist")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "101")], 500, "unable to create VM 101: config file already exists")]
#[case(Method::Get, "/nodes/pve1/qemu/4711/config", &[], 500, "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist")]
#[case(Method::Get, "/nodes/pve1/qemu/4711/status/current", &[], 500, "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist")]
#[case(Method::Delete, "/nodes/pve1/qemu/4711", &[], 500, "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist")]
#[case(Method::Put, "/nodes/pve1/qemu/4711/config", &[("cores", "1")], 500, "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist")]
#[case(Method::Get, "/nodes/pve2/qemu/101/config", &[], 500, "Configuration file 'nodes/pve2/qemu-server/101.conf' does not exist")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[("cores", "2"), ("digest", "0000000000000000000000000000000000000000")], 500, "checksum mismatch (file change by other user?)")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[], 500, "no options specified")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[("boot", "order=net9")], 500, "invalid bootorder: device 'net9' does not exist'")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[("args", "-x")], 500, "only root can set 'args' config")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[("sshkeys", "nokey")], 500, "SSH public key validation error")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[("scsi1", "data:102/vm-102-disk-0.raw")], 500, "volume 'data:102/vm-102-disk-0.raw' does not exist")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[("balloon", "4096")], 500, "balloon value too large (must be smaller than assigned memory)")]
#[case(Method::Post, "/nodes/pve1/qemu/101/status/reboot", &[], 500, "VM 101 not running")]
#[case(Method::Post, "/nodes/pve1/qemu/101/status/reset", &[], 500, "VM 101 not running")]
#[case(Method::Post, "/nodes/pve1/qemu/101/status/suspend", &[], 500, "VM 101 not running")]
#[case(Method::Post, "/nodes/pve1/qemu/101/agent/ping", &[], 500, "VM 101 is not running")]
#[case(Method::Post, "/nodes/pve1/qemu/300/agent/ping", &[], 500, "No QEMU guest agent configured")]
#[case(Method::Get, "/nodes/pve1/storage/nosuch/content", &[], 500, "storage 'nosuch' does not exist")]
#[case(Method::Post, "/pools", &[("poolid", "bad pool")], 403, "Permission check failed (, Pool.Allocate)")]
#[case(Method::Delete, "/pools/nosuch", &[], 500, "delete pool failed: pool 'nosuch' does not exist")]
#[case(Method::Post, "/access/ticket", &[("username", "root@pam"), ("password", "x")], 403, "Permission check failed (URI '/access/ticket' not available with API token, need proper ticket.")]
fn a_refused_call_has_the_recorded_status_and_reason(
    #[case] method: Method,
    #[case] path: &str,
    #[case] params: &[(&str, &str)],
    #[case] status: u16,
    #[case] reason: &str,
) {
    refused(&lab().call(method, path, params), status, reason);
}

#[rstest]
#[case(Method::Get, "/cluster/nextid", &[("vmid", "5")], "vmid", "invalid format - value does not look like a valid VM ID\n")]
#[case(Method::Get, "/cluster/nextid", &[("vmid", "1000000000")], "vmid", "invalid format - value does not look like a valid VM ID\n")]
#[case(Method::Get, "/cluster/nextid", &[("vmid", "101")], "vmid", "VM 101 already exists")]
#[case(Method::Get, "/version", &[("foo", "1")], "foo", "property is not defined in schema and the schema does not allow additional properties")]
#[case(Method::Get, "/nodes/pve1/qemu/abc/config", &[], "vmid", "type check ('integer') failed - got 'abc'")]
#[case(Method::Post, "/nodes/pve1/qemu/101/status/start", &[("vmid", "102")], "vmid", "duplicate parameter (already defined in URI) with conflicting values!")]
#[case(Method::Post, "/nodes/pve1/qemu/101/status/start", &[("skiplock", "1")], "skiplock", "Only root may use this option.")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[], "newid", "property is missing and it is not optional")]
#[case(Method::Post, "/nodes/pve1/qemu/9003/clone", &[("newid", "5")], "newid", "invalid format - value does not look like a valid VM ID\n")]
#[case(Method::Put, "/nodes/pve1/qemu/101/config", &[("delete", "nosuchopt")], "delete", "unknown option 'nosuchopt'")]
#[case(Method::Put, "/nodes/pve1/qemu/101/resize", &[("disk", "scsi0"), ("size", "big")], "size", "value does not match the regex pattern")]
#[case(Method::Get, "/nodes/pve1/tasks/UPID:foo/status", &[], "upid", "unable to parse worker upid")]
#[case(Method::Get, "/nodes/pve1/tasks/UPID:pve1:00000001:00000001:6B03D000:qmstart:101:root@pam:/status", &[], "upid", "no such task")]
fn a_bad_parameter_has_the_recorded_text(
    #[case] method: Method,
    #[case] path: &str,
    #[case] params: &[(&str, &str)],
    #[case] name: &str,
    #[case] text: &str,
) {
    bad_parameter(&lab().call(method, path, params), name, text);
}

#[test]
fn an_error_body_repeats_the_text_with_a_newline() {
    let answer = lab().get("/nodes/pve1/qemu/4711/config");
    let message = "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist\n";
    assert_eq!(answer.body, Body::Json(json!({ "data": null, "message": message })));
    let unknown = lab().get("/nosuch/path");
    let message = "Method 'GET /nosuch/path' not implemented";
    assert_eq!(unknown.body, Body::Json(json!({ "data": null, "message": message })));
}

#[rstest]
#[case("start", "9003", "you can't start a vm if it's a template")]
#[case("start", "4711", "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist")]
#[case("stop", "101", "OK")]
#[case("shutdown", "101", "OK")]
fn a_power_call_that_must_fail_fails_in_its_task(#[case] verb: &str, #[case] vmid: &str, #[case] exit: &str) {
    let mut lab = lab();
    let answer = lab.post(&format!("/nodes/pve1/qemu/{vmid}/status/{verb}"), &[]);
    assert_eq!(lab.wait(&answer), exit);
}

#[rstest]
#[case("101", "scsi0", "1G", "shrinking disks is not supported")]
#[case("101", "scsi0", "3G", "OK")]
#[case("101", "scsi5", "9G", "disk 'scsi5' does not exist")]
#[case("101", "ide2", "9G", "you can't resize a cdrom")]
#[case("4711", "scsi0", "9G", "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist")]
fn a_resize_is_judged_in_its_task(#[case] vmid: &str, #[case] disk: &str, #[case] size: &str, #[case] exit: &str) {
    let mut lab = lab();
    let answer = lab.put(&format!("/nodes/pve1/qemu/{vmid}/resize"), &[("disk", disk), ("size", size)]);
    assert_eq!(lab.wait(&answer), exit);
}

#[test]
fn an_unserved_path_of_the_schema_is_answered_as_an_unknown_one() {
    let answer = lab().get("/nodes/pve1/syslog");
    refused(&answer, 501, "Method 'GET /nodes/pve1/syslog' not implemented");
}

#[test]
fn localhost_is_the_node_that_took_the_call() {
    let answer = lab().get("/nodes/localhost/qemu/101/config");
    assert_eq!(answer.data()["name"], "web");
}

#[test]
fn nextid_is_the_lowest_free_number_as_text() {
    let answer = lab().get("/cluster/nextid");
    assert_eq!(answer.data(), "100");
}
