//! Logins, tokens, filtered lists and refusals.

use pve_testbed::{
    World,
    request::{Body, Credential, Method, Request},
};
use rstest::rstest;
use serde_json::json;

use crate::lab::{Lab, refused};

fn login(world: &mut World, user: &str, password: &str) -> pve_testbed::request::Answer {
    world.call(Request::new(Method::Post, "/access/ticket").with("username", user).with("password", password))
}

#[rstest]
#[case(Credential::None, "No ticket")]
#[case(Credential::Token("root@pam!nosuch=1".into()), "Authentication failed!")]
#[case(Credential::Token("root@pam!slipway".into()), "Authentication failed!")]
#[case(Credential::Token("root@pam!slipway:1".into()), "Authentication failed!")]
#[case(Credential::Ticket { ticket: "PVE:root@pam:00000000::x".into(), csrf: None }, "Authentication failed!")]
fn a_bad_credential_is_a_401_without_a_body_after_three_seconds(#[case] credential: Credential, #[case] reason: &str) {
    let mut world = World::seeded(1);
    let mut request = Request::new(Method::Get, "/version");
    request.credential = credential;
    let answer = world.call(request);
    refused(&answer, 401, reason);
    assert_eq!(answer.body, Body::Empty);
    assert_eq!(world.now(), 3_000);
}

#[test]
fn a_ticket_works_with_its_csrf_token_and_can_be_renewed() {
    let mut world = World::seeded(1);
    let answer = login(&mut world, "root@pam", "pvetest");
    assert!(answer.is_ok(), "{answer:?}");
    let ticket = answer.data()["ticket"].as_str().unwrap().to_owned();
    let csrf = answer.data()["CSRFPreventionToken"].as_str().unwrap().to_owned();
    assert_eq!(answer.data()["cap"]["dc"]["Sys.Audit"], 1);
    let signed = |method, path: &str, csrf: Option<String>| {
        let mut request = Request::new(method, path);
        request.credential = Credential::Ticket { ticket: ticket.clone(), csrf };
        request
    };
    assert!(world.call(signed(Method::Get, "/version", None)).is_ok());
    let refusal = world.call(signed(Method::Post, "/pools", None).with("poolid", "p"));
    refused(&refusal, 401, "Permission denied - invalid csrf token");
    assert!(world.call(signed(Method::Post, "/pools", Some(csrf)).with("poolid", "p")).is_ok());
    assert!(login(&mut world, "root@pam", &ticket).is_ok());
    world.advance(world.now() + 2 * 3_600_000 + 1_000);
    refused(&world.call(signed(Method::Get, "/version", None)), 401, "Authentication failed!");
}

#[rstest]
#[case("root@pam", "wrong")]
#[case("nobody@pam", "x")]
#[case("root@nosuch", "pvetest")]
#[case("root", "pvetest")]
fn every_bad_login_looks_the_same(#[case] user: &str, #[case] password: &str) {
    let mut world = World::seeded(1);
    let answer = login(&mut world, user, password);
    refused(&answer, 401, "authentication failure");
    assert_eq!(answer.body, Body::Json(json!({ "data": null, "message": "authentication failure\n" })));
    assert_eq!(world.now(), 3_000);
}

#[test]
fn a_separated_token_without_rights_gets_403_and_filtered_lists() {
    let mut lab = Lab::new();
    let made = lab.post("/access/users/root@pam/token/other", &[]);
    assert_eq!(made.data()["full-tokenid"], "root@pam!other");
    assert_eq!(made.data()["info"], json!({ "privsep": 1 }));
    let secret = made.data()["value"].as_str().unwrap().to_owned();
    lab.token = format!("root@pam!other={secret}");
    refused(&lab.get("/nodes/pve1/status"), 403, "Permission check failed (/nodes/pve1, Sys.Audit)");
    refused(&lab.get("/nodes/pve1/qemu/4711/config"), 403, "Permission check failed (/vms/4711, VM.Audit)");
    refused(&lab.post("/nodes/pve1/qemu", &[("vmid", "500")]), 403, "Permission check failed");
    refused(&lab.post("/pools", &[("poolid", "p")]), 403, "Permission check failed (/pool/p, Pool.Allocate)");
    let rows = lab.get("/cluster/resources").data().clone();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let node =
        json!({ "status": "online", "id": "node/pve1", "level": "", "node": "pve1", "type": "node", "cgroup-mode": 2 });
    assert_eq!(rows[0], node);
    for list in ["/nodes/pve1/qemu", "/nodes/pve1/storage", "/nodes/pve1/tasks", "/cluster/tasks", "/pools"] {
        assert_eq!(lab.get(list).data(), &json!([]), "{list}");
    }
}

#[test]
fn a_token_that_is_sent_privsep_gets_it_back_as_text() {
    let mut lab = Lab::new();
    assert!(lab.post("/access/users", &[("userid", "slip@pve")]).is_ok());
    let made = lab.post("/access/users/slip@pve/token/op", &[("privsep", "0")]);
    assert_eq!(made.data()["info"], json!({ "privsep": "0" }));
}

#[test]
fn rights_are_checked_option_by_option() {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab.post("/access/users", &[("userid", "lim@pve")]);
    let made = lab.post("/access/users/lim@pve/token/tk", &[("privsep", "0")]);
    lab.post("/access/roles", &[("roleid", "Memory"), ("privs", "VM.Audit,VM.Config.Memory,VM.PowerMgmt")]);
    lab.put("/access/acl", &[("path", "/vms/101"), ("roles", "Memory"), ("users", "lim@pve")]);
    lab.token = format!("lim@pve!tk={}", made.data()["value"].as_str().unwrap());
    assert!(lab.put(&Lab::vm(101, "/config"), &[("memory", "512")]).is_ok());
    let cores = lab.put(&Lab::vm(101, "/config"), &[("cores", "2")]);
    refused(&cores, 403, "Permission check failed (/vms/101, VM.Config.CPU)");
    refused(
        &lab.post(&Lab::vm(101, "/clone"), &[("newid", "1000")]),
        403,
        "Permission check failed (/vms/101, VM.Clone)",
    );
    let foreign = lab.put(&Lab::vm(9000, "/config"), &[("cores", "2")]);
    refused(
        &foreign,
        403,
        "Permission check failed (/vms/9000, VM.Config.Disk|VM.Config.CDROM|VM.Config.CPU|VM.Config.Memory|VM.Config.Network|VM.Config.HWType|VM.Config.Options|VM.Config.Cloudinit)",
    );
    let start = lab.post(&Lab::vm(101, "/status/start"), &[]);
    assert!(start.data().as_str().unwrap().ends_with(":lim@pve!tk:"));
    assert_eq!(lab.get("/nodes/pve1/qemu").data().as_array().unwrap().len(), 1);
}

#[test]
fn a_disabled_user_and_an_expired_token_are_turned_away() {
    let mut lab = Lab::new();
    lab.post("/access/users", &[("userid", "u@pve")]);
    let soon = (lab.world.unix_now() + 60).to_string();
    let made = lab.post("/access/users/u@pve/token/tk", &[("expire", &soon)]);
    let token = format!("u@pve!tk={}", made.data()["value"].as_str().unwrap());
    let version = || Request::new(Method::Get, "/version").token(&token);
    assert!(lab.world.call(version()).is_ok());
    lab.put("/access/users/u@pve", &[("enable", "0")]);
    refused(&lab.world.call(version()), 401, "Authentication failed!");
    lab.put("/access/users/u@pve", &[("enable", "1")]);
    assert!(lab.world.call(version()).is_ok());
    lab.pass(61_000);
    refused(&lab.world.call(version()), 401, "Authentication failed!");
}

#[test]
fn built_in_roles_hold_and_cannot_be_changed() {
    let mut lab = Lab::new();
    let roles = lab.get("/access/roles").data().clone();
    let admin = roles.as_array().unwrap().iter().find(|role| role["roleid"] == "PVEVMAdmin").unwrap();
    assert_eq!(admin["special"], 1);
    assert!(admin["privs"].as_str().unwrap().contains("VM.Config.Cloudinit"));
    let change = lab.put("/access/roles/PVEVMAdmin", &[("privs", "VM.Audit")]);
    refused(&change, 500, "auto-generated role 'PVEVMAdmin' cannot be modified");
}
