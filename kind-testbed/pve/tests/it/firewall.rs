//! Firewalls of guests, nodes and the cluster.

use pve_testbed::request::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::lab::{Lab, bad_parameter, refused};

const GUEST: &str = "/nodes/pve1/qemu/101/firewall";
const MODIFIED: &str = "detected modified configuration - file changed by other user? Try again.";

fn lab() -> Lab {
    let mut lab = Lab::new();
    lab.clone_vm(101);
    lab
}

fn ports(lab: &mut Lab, base: &str) -> Vec<Value> {
    lab.get(&format!("{base}/rules")).data().as_array().unwrap().iter().map(|rule| rule["dport"].clone()).collect()
}

#[rstest]
#[case(GUEST)]
#[case("/nodes/pve1/firewall")]
#[case("/cluster/firewall")]
fn options_are_empty_until_they_are_set(#[case] base: &str) {
    let mut lab = lab();
    let path = format!("{base}/options");
    assert_eq!(lab.get(&path).data(), &json!({ "digest": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }));
    assert!(lab.put(&path, &[("enable", "1")]).is_ok());
    assert_eq!(lab.get(&path).data()["enable"], 1);
    let stale = [("enable", "0"), ("digest", "da39a3ee5e6b4b0d3255bfef95601890afd80709")];
    refused(&lab.put(&path, &stale), 500, MODIFIED);
    assert!(lab.put(&path, &[("delete", "enable")]).is_ok());
    assert_eq!(lab.get(&path).data()["enable"], Value::Null);
}

#[rstest]
#[case(GUEST)]
#[case("/nodes/pve1/firewall")]
#[case("/cluster/firewall")]
fn a_new_rule_comes_first_and_is_moved_changed_and_removed(#[case] base: &str) {
    let mut lab = lab();
    for port in ["22", "80", "443"] {
        let rule = [("type", "in"), ("action", "ACCEPT"), ("proto", "tcp"), ("dport", port), ("enable", "1")];
        assert!(lab.post(&format!("{base}/rules"), &rule).is_ok());
    }
    assert_eq!(ports(&mut lab, base), ["443", "80", "22"]);
    assert!(lab.put(&format!("{base}/rules/2"), &[("moveto", "0")]).is_ok());
    assert_eq!(ports(&mut lab, base), ["22", "443", "80"]);
    let rule = lab.get(&format!("{base}/rules/1")).data().clone();
    assert_eq!((&rule["pos"], &rule["enable"], &rule["action"]), (&json!(1), &json!(1), &json!("ACCEPT")));
    let digest = rule["digest"].as_str().unwrap();
    assert!(lab.put(&format!("{base}/rules/1"), &[("dport", "8443"), ("digest", digest)]).is_ok());
    refused(&lab.delete(&format!("{base}/rules/1"), &[("digest", digest)]), 500, MODIFIED);
    assert!(lab.delete(&format!("{base}/rules/1"), &[]).is_ok());
    assert_eq!(ports(&mut lab, base), ["22", "80"]);
    refused(&lab.get(&format!("{base}/rules/7")), 500, "no rule at position 7");
}

#[rstest]
#[case(&[("action", "ALLOW")], "action", "unknown action 'ALLOW'")]
#[case(&[("action", "DROP"), ("iface", "eth0")], "iface", "value does not match the regex pattern 'net\\d+'")]
#[case(&[("action", "DROP"), ("macro", "Nonsense")], "macro", "unknown macro 'Nonsense'")]
#[case(&[("action", "DROP"), ("dport", "22")], "proto", "missing property - 'dport' requires this property")]
#[case(&[("action", "DROP"), ("source", "+nosuch")], "source", "no such ipset 'nosuch'")]
fn a_rule_that_means_nothing_is_refused(#[case] rule: &[(&str, &str)], #[case] name: &str, #[case] text: &str) {
    let params = [&[("type", "in")][..], rule].concat();
    bad_parameter(&lab().post(&format!("{GUEST}/rules"), &params), name, text);
}

#[test]
fn a_set_holds_each_address_once_and_goes_when_it_is_empty() {
    let mut lab = lab();
    let sets = format!("{GUEST}/ipset");
    assert!(lab.post(&sets, &[("name", "office"), ("comment", "ours")]).is_ok());
    bad_parameter(&lab.post(&sets, &[("name", "office")]), "name", "IPSet 'office' already exists");
    let members = format!("{sets}/office");
    assert!(lab.post(&members, &[("cidr", "10.0.0.1/32"), ("nomatch", "1")]).is_ok());
    bad_parameter(&lab.post(&members, &[("cidr", "10.0.0.1")]), "cidr", "address '10.0.0.1' already exists");
    assert!(lab.post(&members, &[("cidr", "10.1.0.0/16")]).is_ok());
    let listed = lab.get(&members).data().clone();
    assert_eq!((&listed[0]["cidr"], &listed[1]["nomatch"]), (&json!("10.1.0.0/16"), &json!(1)));
    refused(&lab.delete(&members, &[]), 500, "IPSet 'office' is not empty");
    assert!(lab.delete(&format!("{members}/10.1.0.0%2F16"), &[]).is_ok());
    bad_parameter(&lab.get(&format!("{members}/10.1.0.0%2F16")), "cidr", "no such IP/Network");
    assert!(lab.delete(&format!("{members}/10.0.0.1"), &[]).is_ok());
    assert!(lab.delete(&members, &[]).is_ok());
    refused(&lab.get(&members), 500, "no such IPSet 'office'");
}

#[test]
fn names_of_the_cluster_and_of_the_guest_can_be_referred_to() {
    let mut lab = lab();
    assert!(lab.post("/cluster/firewall/ipset", &[("name", "blocked")]).is_ok());
    assert!(lab.post(&format!("{GUEST}/aliases"), &[("name", "Gateway"), ("cidr", "10.0.0.254")]).is_ok());
    let taken = lab.post(&format!("{GUEST}/aliases"), &[("name", "gateway"), ("cidr", "10.0.0.1")]);
    bad_parameter(&taken, "name", "alias 'gateway' already exists");
    let refs = lab.get(&format!("{GUEST}/refs")).data().clone();
    assert_eq!((&refs[0]["ref"], &refs[1]["ref"]), (&json!("+dc/blocked"), &json!("guest/gateway")));
    let rule = [("type", "in"), ("action", "DROP"), ("source", "+dc/blocked"), ("dest", "gateway")];
    assert!(lab.post(&format!("{GUEST}/rules"), &rule).is_ok());
    assert_eq!(lab.get(&format!("{GUEST}/aliases/gateway")).data()["ipversion"], 4);
    assert!(lab.delete(&format!("{GUEST}/aliases/gateway"), &[]).is_ok());
    bad_parameter(&lab.get(&format!("{GUEST}/aliases/gateway")), "name", "no such alias");
}

#[test]
fn a_security_group_has_rules_of_its_own() {
    let mut lab = lab();
    let groups = "/cluster/firewall/groups";
    assert!(lab.post(groups, &[("group", "web")]).is_ok());
    let rule = [("type", "in"), ("action", "ACCEPT"), ("macro", "HTTPS")];
    assert!(lab.post(&format!("{groups}/web"), &rule).is_ok());
    refused(&lab.delete(&format!("{groups}/web"), &[]), 500, "Security group 'web' is not empty");
    assert_eq!(lab.get(&format!("{groups}/web/0")).data()["macro"], "HTTPS");
    assert!(lab.delete(&format!("{groups}/web/0"), &[]).is_ok());
    assert!(lab.post(groups, &[("group", "www"), ("rename", "web")]).is_ok());
    assert!(lab.delete(&format!("{groups}/www"), &[]).is_ok());
    assert_eq!(lab.get(groups).data(), &json!([]));
    refused(&lab.get(&format!("{groups}/www")), 500, "no such security group 'www'");
}

#[test]
fn a_clone_gets_the_firewall_and_a_deleted_vm_leaves_none() {
    let mut lab = lab();
    assert!(lab.put(&format!("{GUEST}/options"), &[("enable", "1")]).is_ok());
    let copy = lab.post(&Lab::vm(101, "/clone"), &[("newid", "102")]);
    assert_eq!(lab.wait(&copy), "OK");
    assert_eq!(lab.get(&Lab::vm(102, "/firewall/options")).data()["enable"], 1);
    let gone = lab.delete(&Lab::vm(102, ""), &[]);
    assert_eq!(lab.wait(&gone), "OK");
    lab.empty_vm(102);
    assert_eq!(lab.get(&Lab::vm(102, "/firewall/options")).data()["enable"], Value::Null);
    let log = lab.call(Method::Get, &Lab::vm(101, "/firewall/log"), &[("limit", "5")]);
    assert_eq!(log.data()[0]["t"], "no content");
}
