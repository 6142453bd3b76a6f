//! The operator's token can do what it must and nothing else.

use pve_testbed::request::Method;
use serde_json::json;

use crate::lab::{Lab, TEMPLATE, refused};

const INSTALLATION: &str = "11111111-2222-4333-8444-555555555555";

/// A lab that speaks with the operator's token; the pool is made by that token.
fn operator() -> (Lab, String) {
    let mut lab = Lab::new();
    lab.clone_vm(900);
    let rights = lab.world.least_privilege_token(INSTALLATION);
    lab.token = rights.token;
    assert!(lab.post("/pools", &[("poolid", &rights.pool)]).is_ok(), "it makes its own pool");
    (lab, rights.pool)
}

#[test]
fn it_manages_a_vm_in_its_pool_from_clone_to_delete() {
    let (mut lab, pool) = operator();
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "5103"), ("pool", &pool), ("name", "web")]);
    let upid = clone.data().as_str().unwrap().to_owned();
    lab.pass(60);
    assert_eq!(lab.config(5103)["lock"], "clone", "the clone in progress is readable");
    assert_eq!(lab.wait_upid(&upid), "OK");
    let set = [
        ("cores", "2"),
        ("memory", "2048"),
        ("net0", "virtio,bridge=vmbr0"),
        ("ipconfig0", "ip=10.0.0.9/24,gw=10.0.0.1"),
        ("cipassword", "$5$salt$hash"),
        ("tags", "slip-1"),
        ("onboot", "1"),
        ("protection", "1"),
        ("description", "slipway:v1 mark"),
    ];
    assert!(lab.put(&Lab::vm(5103, "/config"), &set).is_ok());
    let resize = lab.put(&Lab::vm(5103, "/resize"), &[("disk", "scsi0"), ("size", "10G")]);
    assert_eq!(lab.wait(&resize), "OK");
    let start = lab.post(&Lab::vm(5103, "/status/start"), &[]);
    assert_eq!(lab.wait(&start), "OK");
    lab.pass(11_000);
    assert!(lab.post(&Lab::vm(5103, "/agent/ping"), &[]).is_ok());
    let stop = lab.post(&Lab::vm(5103, "/status/stop"), &[]);
    assert_eq!(lab.wait(&stop), "OK");
    assert!(lab.put(&Lab::vm(5103, "/config"), &[("delete", "protection")]).is_ok());
    let delete = lab.delete(&Lab::vm(5103, ""), &[]);
    assert_eq!(lab.wait(&delete), "OK");
    assert!(lab.call(Method::Get, "/cluster/nextid", &[("vmid", "5103")]).is_ok());
}

#[test]
fn it_reads_the_cluster_and_every_vm() {
    let (mut lab, pool) = operator();
    lab.pass(20_000);
    for path in ["/nodes/pve1/status", "/nodes/pve2/status", "/cluster/status", "/version"] {
        assert!(lab.get(path).is_ok(), "{path}");
    }
    assert_eq!(lab.config(900)["name"], "web");
    assert_eq!(lab.get("/nodes/pve1/storage").data().as_array().unwrap().len(), 3);
    let resources = lab.get("/cluster/resources").data().clone();
    let of = |kind: &str| resources.as_array().unwrap().iter().filter(|row| row["type"] == kind).count();
    assert_eq!((of("qemu"), of("node"), of("storage"), of("pool")), (9, 2, 6, 1));
    let row = lab.call(Method::Get, "/pools", &[("poolid", &pool)]);
    assert_eq!(row.data()[0]["members"], json!([]));
    assert!(lab.put("/pools", &[("poolid", &pool), ("comment", "epoch=1.a vmid-floor=5000")]).is_ok());
}

#[test]
fn it_cannot_touch_what_is_not_its_own() {
    let (mut lab, _) = operator();
    refused(&lab.delete(&Lab::vm(900, ""), &[]), 403, "Permission check failed (/vms/900, VM.Allocate)");
    assert_eq!(lab.put(&Lab::vm(900, "/config"), &[("cores", "2")]).status, 403);
    assert_eq!(lab.post(&Lab::vm(900, "/status/stop"), &[]).status, 403);
    assert_eq!(lab.put(&Lab::vm(9003, "/config"), &[("cores", "2")]).status, 403);
    assert_eq!(lab.post(&Lab::vm(900, "/clone"), &[("newid", "5104")]).status, 403);
    let outside = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "5104")]);
    refused(&outside, 403, "Permission check failed");
    refused(&lab.post("/pools", &[("poolid", "other")]), 403, "Permission check failed (/pool/other, Pool.Allocate)");
    assert_eq!(lab.put("/access/acl", &[("path", "/"), ("roles", "PVEAdmin"), ("users", "slipway@pve")]).status, 403);
    assert_eq!(lab.post("/access/users", &[("userid", "x@pve")]).status, 403);
    assert_eq!(lab.post("/access/roles", &[("roleid", "X"), ("privs", "VM.Audit")]).status, 403);
}

#[test]
fn without_its_acl_lists_are_empty_and_only_nextid_tells_the_truth() {
    let (mut lab, pool) = operator();
    let clone = lab.post(&Lab::vm(TEMPLATE, "/clone"), &[("newid", "5103"), ("pool", &pool)]);
    lab.wait(&clone);
    lab.world.inject(pve_testbed::Fault::AclLost { authid: "slipway@pve".into() });
    let rows = lab.call(Method::Get, "/cluster/resources", &[("type", "vm")]);
    assert_eq!((rows.status, rows.data()), (200, &json!([])));
    refused(&lab.get(&Lab::vm(5103, "/config")), 403, "Permission check failed (/vms/5103, VM.Audit)");
    let taken = lab.call(Method::Get, "/cluster/nextid", &[("vmid", "5103")]);
    assert_eq!(taken.errors()["vmid"], "VM 5103 already exists");
}
