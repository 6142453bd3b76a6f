//! Realms, groups, passwords, tickets that verify, and the indexes that clients ask first.

use pve_testbed::request::{Credential, Method, Request};
use rstest::rstest;
use serde_json::{Value, json};

use crate::lab::{Lab, bad_parameter, refused};

fn names(answer: &Value, key: &str) -> Vec<String> {
    answer.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

fn log_in(lab: &mut Lab, user: &str, password: &str) -> Credential {
    let request = Request::new(Method::Post, "/access/ticket").with("username", user).with("password", password);
    let answer = lab.world.call(request);
    assert!(answer.is_ok(), "{answer:?}");
    let text = |name: &str| answer.data()[name].as_str().unwrap().to_owned();
    Credential::Ticket { ticket: text("ticket"), csrf: Some(text("CSRFPreventionToken")) }
}

#[test]
fn realms_are_told_to_who_has_not_logged_in() {
    let mut lab = Lab::new();
    let answer = lab.world.call(Request::new(Method::Get, "/access/domains"));
    assert_eq!(names(answer.data(), "realm"), ["pam", "pve"]);
    refused(&lab.get("/access/domains/nosuch"), 500, "domain 'nosuch' does not exist");
}

#[rstest]
#[case("/", "subdir", "version")]
#[case("/access", "subdir", "ticket")]
#[case("/cluster", "name", "resources")]
#[case("/cluster/ha", "id", "resources")]
#[case("/nodes/pve1", "name", "qemu")]
#[case("/nodes/pve1/qemu/9003", "subdir", "migrate")]
#[case("/nodes/pve1/qemu/9003/status", "subdir", "current")]
#[case("/nodes/pve1/capabilities/qemu", "name", "cpu")]
fn an_index_names_what_stands_below_it(#[case] path: &str, #[case] key: &str, #[case] expected: &str) {
    let answer = Lab::new().get(path);
    assert!(names(answer.data(), key).iter().any(|name| name == expected), "{answer:?}");
}

#[test]
fn a_group_gives_its_members_what_it_may_do() {
    let mut lab = Lab::new();
    assert!(lab.post("/access/groups", &[("groupid", "ops"), ("comment", "night shift")]).is_ok());
    let user = [("userid", "eve@pve"), ("password", "secret-1"), ("groups", "ops")];
    assert!(lab.post("/access/users", &user).is_ok());
    let acl = [("path", "/vms"), ("roles", "PVEAuditor"), ("groups", "ops")];
    assert!(lab.put("/access/acl", &acl).is_ok());
    assert_eq!(lab.get("/access/groups/ops").data(), &json!({ "members": ["eve@pve"], "comment": "night shift" }));

    let mut request = Request::new(Method::Get, "/nodes/pve1/qemu/9003/config");
    request.credential = log_in(&mut lab, "eve@pve", "secret-1");
    assert!(lab.world.call(request.clone()).is_ok());
    assert!(lab.delete("/access/groups/ops", &[]).is_ok());
    refused(&lab.world.call(request), 403, "Permission check failed (/vms/9003, VM.Audit)");
}

#[test]
fn a_group_that_is_not_there_is_refused_everywhere() {
    let mut lab = Lab::new();
    let acl = [("path", "/vms"), ("roles", "PVEAuditor"), ("groups", "nosuch")];
    refused(&lab.put("/access/acl", &acl), 500, "ACL update failed: group 'nosuch' does not exist");
    refused(&lab.get("/access/groups/nosuch"), 500, "group 'nosuch' does not exist");
    refused(&lab.delete("/access/groups/nosuch", &[]), 500, "delete group failed: group 'nosuch' does not exist");
    let user = [("userid", "eve@pve"), ("groups", "nosuch")];
    refused(&lab.post("/access/users", &user), 500, "create user failed: 400 Parameter verification failed.");
}

#[test]
fn a_password_is_changed_with_a_ticket_and_the_old_one() {
    let mut lab = Lab::new();
    assert!(lab.post("/access/users", &[("userid", "eve@pve"), ("password", "secret-1")]).is_ok());
    let mut change =
        Request::new(Method::Put, "/access/password").with("userid", "eve@pve").with("password", "secret-2");
    let by_token = lab.world.call(change.clone().token(&lab.token));
    let text = "Permission check failed (URI '/access/password' not available with API token, need proper ticket.";
    refused(&by_token, 403, text);

    change.credential = log_in(&mut lab, "eve@pve", "secret-1");
    bad_parameter(&lab.world.call(change.clone()), "confirmation-password", "password is required to modify user");
    refused(&lab.world.call(change.clone().with("confirmation-password", "wrong-one")), 401, "authentication failure");
    assert!(lab.world.call(change.with("confirmation-password", "secret-1")).is_ok());
    log_in(&mut lab, "eve@pve", "secret-2");
}

#[test]
fn a_ticket_is_verified_for_a_path() {
    let mut lab = Lab::new();
    assert!(lab.post("/access/users", &[("userid", "eve@pve"), ("password", "secret-1")]).is_ok());
    assert!(lab.put("/access/acl", &[("path", "/vms"), ("roles", "PVEAuditor"), ("users", "eve@pve")]).is_ok());
    let Credential::Ticket { ticket, .. } = log_in(&mut lab, "eve@pve", "secret-1") else { unreachable!() };
    let verify = |privilege: &str| {
        Request::new(Method::Post, "/access/ticket")
            .with("username", "eve@pve")
            .with("password", &ticket)
            .with("path", "/vms/9003")
            .with("privs", privilege)
    };
    let answer = lab.world.call(verify("VM.Audit"));
    assert_eq!(answer.data()["username"], "eve@pve");
    assert_eq!(answer.data()["ticket"], Value::Null);
    refused(&lab.world.call(verify("VM.Allocate")), 401, "authentication failure");
}

#[test]
fn permissions_of_a_path_are_told_even_if_there_are_none() {
    let mut lab = Lab::new();
    assert!(lab.post("/access/users", &[("userid", "eve@pve")]).is_ok());
    let asked = [("userid", "eve@pve"), ("path", "/vms/1234")];
    let answer = lab.call(Method::Get, "/access/permissions", &asked);
    assert_eq!(answer.data(), &json!({ "/vms/1234": {} }));
}

#[rstest]
#[case("hour", 60)]
#[case("day", 48)]
fn statistics_have_a_point_a_step(#[case] timeframe: &str, #[case] count: usize) {
    let mut lab = Lab::new();
    for path in ["/nodes/pve1/rrddata", "/nodes/pve1/qemu/9003/rrddata"] {
        let answer = lab.call(Method::Get, path, &[("timeframe", timeframe), ("cf", "AVERAGE")]);
        assert_eq!(answer.data().as_array().unwrap().len(), count, "{path}");
        bad_parameter(&lab.get(path), "timeframe", "property is missing and it is not optional");
    }
}
