//! Giving back: an adopted VM becomes what it was before, while it runs, and nothing of Slipway is left.

use std::time::Duration;

use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
};
use pve_testbed::{Calls, Fault, Loss, request::Method};
use serde_json::{Value, json};
use slipway_crds::{AddressClaim, VirtualServer};

use crate::{
    adopt::{VMID, adopting, by_hand, into_pool, status_of, uptime},
    lab::{Lab, events, uid},
};

const CAME_FROM: &str = "customers";

/// A VM of somebody's, in his pool, and what it is like.
async fn of_a_customer(lab: &Lab, options: &[(&str, &str)]) -> Value {
    by_hand(lab, VMID, options).await;
    lab.root(Method::Post, "/pools", &[("poolid", CAME_FROM)]);
    lab.root(Method::Put, "/pools", &[("poolid", CAME_FROM), ("vms", &VMID.to_string())]);
    config(lab)
}

fn config(lab: &Lab) -> Value {
    lab.root(Method::Get, &format!("/nodes/pve1/qemu/{VMID}/config"), &[])
}

fn is_in(lab: &Lab, pool: &str) -> bool {
    let members = lab.root(Method::Get, "/pools", &[("poolid", pool)])[0]["members"].clone();
    members.as_array().into_iter().flatten().any(|member| member["vmid"] == VMID)
}

fn ours(lab: &Lab) -> String {
    format!("slipway-{}", lab.installation)
}

/// Adopted out of that pool.
async fn adopted(lab: &Lab) -> VirtualServer {
    adopting(lab, "web", json!({ "adopt": { "vmid": VMID, "movePool": true } })).await;
    let came_from = |s: &VirtualServer| s.status.as_ref()?.original.as_ref()?.pool.clone();
    lab.wait("web", "seen in its pool", |s| came_from(s).as_deref() == Some(CAME_FROM)).await;
    into_pool(lab, VMID, &[("allow-move", "1")]).await;
    lab.wait_ready("web").await
}

/// As whoever takes a migration back asks for it.
async fn ask(lab: &Lab) {
    let wish =
        json!({ "spec": { "adopt": { "giveBack": true }, "deletionProtection": true, "deletionPolicy": "Retain" } });
    lab.servers().patch("web", &PatchParams::default(), &Patch::Merge(&wish)).await.unwrap();
    lab.delete("web").await;
}

fn record(lab: &Lab) -> String {
    format!("{}.{VMID}", lab.site)
}

async fn wait_forgotten(lab: &Lab) {
    for _ in 0..600 {
        if lab.records().get_opt(&record(lab)).await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let record = lab.records().get_opt(&record(lab)).await.unwrap();
    panic!("VM {VMID} was never given back: {:#}", json!(record));
}

async fn claims_of(lab: &Lab, server: &VirtualServer) -> Vec<AddressClaim> {
    let claims: Api<AddressClaim> = Api::all(lab.client.clone());
    let all = claims.list(&ListParams::default()).await.unwrap().items;
    all.into_iter().filter(|c| c.spec.owner.uid == uid(server) && c.spec.released_at.is_none()).collect()
}

const OF_ANN: [(&str, &str); 4] = [
    ("description", "customer: Ann\n\n  port 7"),
    ("tags", "legacy;vip"),
    ("onboot", "1"),
    ("ipconfig0", "ip=192.0.2.17/24,gw=192.0.2.1"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vm_that_is_given_back_is_what_it_was_to_the_digest_and_runs_on() {
    let lab = Lab::start().await;
    let before = of_a_customer(&lab, &OF_ANN).await;
    let (up, pid) = (uptime(&lab, VMID).unwrap(), status_of(&lab, VMID)["pid"].clone());
    let server = adopted(&lab).await;
    assert_eq!(server.status.as_ref().unwrap().original.as_ref().unwrap().pool.as_deref(), Some(CAME_FROM));
    assert_ne!(config(&lab), before, "it carries our mark, tag and protection");
    assert_eq!(claims_of(&lab, &server).await.len(), 1);
    ask(&lab).await;
    wait_forgotten(&lab).await;
    assert_eq!(config(&lab), before);
    assert_eq!(status_of(&lab, VMID)["pid"], pid, "the same process runs");
    assert!(uptime(&lab, VMID).unwrap() >= up);
    assert!(claims_of(&lab, &server).await.is_empty());
    assert!(!is_in(&lab, &ours(&lab)) && lab.vms().is_empty());
    let told = events(&lab.client, "default", &record(&lab), &["GivenBack: "]).await;
    let line = format!("GivenBack: VM {VMID} is given back: VM {VMID} came from pool `{CAME_FROM}`");
    let told = told.iter().find(|event| event.starts_with(&line)).unwrap_or_else(|| panic!("{told:?}"));
    assert!(told.ends_with(&format!("pvesh set /pools --poolid {CAME_FROM} --vms {VMID}")), "{told}");
    // It may be adopted again, like any other, with the address that nobody else may have yet.
    into_pool(&lab, VMID, &[]).await;
    adopting(&lab, "again", json!({})).await;
    let again = lab.wait_ready("again").await;
    assert_eq!(lab.claim("192.0.2.17").await.spec.owner.uid, uid(&again));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vm_goes_back_into_its_pool_where_the_token_may_put_it_and_keeps_what_it_had() {
    let lab = Lab::start().await;
    let protected = [("description", ""), ("tags", ""), ("protection", "1"), ("onboot", "0")];
    let before = of_a_customer(&lab, &protected).await;
    let path = format!("/pool/{CAME_FROM}");
    let grant = [("path", path.as_str()), ("users", "slipway@pve"), ("roles", "SlipwayPool")];
    lab.root(Method::Put, "/access/acl", &grant);
    let server = adopted(&lab).await;
    // Somebody has worked with it since: what is not ours stays.
    let tags = format!("{};since", lab.config_of(&server)["tags"].as_str().unwrap());
    lab.root(Method::Put, &format!("/nodes/pve1/qemu/{VMID}/config"), &[("tags", &tags), ("onboot", "1")]);
    ask(&lab).await;
    wait_forgotten(&lab).await;
    let after = config(&lab);
    assert_eq!(after["tags"], "since");
    assert_eq!(without_tags(&after), without_tags(&before));
    assert!(is_in(&lab, CAME_FROM) && !is_in(&lab, &ours(&lab)));
    lab.end().await;
}

fn without_tags(config: &Value) -> Vec<(&String, &Value)> {
    let options = config.as_object().into_iter().flatten();
    options.filter(|(option, _)| !["tags", "digest"].contains(&option.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_give_back_whose_answers_are_lost_or_that_dies_on_the_way_comes_to_the_same_end() {
    for (path, loss) in [
        ("/config", Some(Loss::Before)),
        ("/config", Some(Loss::After)),
        ("/pools", Some(Loss::Before)),
        ("/pools", Some(Loss::After)),
        ("/pools", None),
    ] {
        let mut lab = Lab::start().await;
        let before = of_a_customer(&lab, &OF_ANN).await;
        let server = adopted(&lab).await;
        let on = Calls::path(path).method(Method::Put);
        let lost = Fault::AnswerLost { on, loss: loss.unwrap_or(Loss::Before), status: None };
        lab.pve.with_world(|w| w.inject(lost));
        ask(&lab).await;
        if loss.is_none() {
            lab.kill_operator().await;
            lab.start_operator();
        }
        wait_forgotten(&lab).await;
        assert_eq!(config(&lab), before, "{path} {loss:?}");
        assert!(!is_in(&lab, &ours(&lab)) && claims_of(&lab, &server).await.is_empty(), "{path} {loss:?}");
        lab.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vm_that_is_not_ours_any_more_is_left_alone_and_forgotten() {
    let lab = Lab::start().await;
    of_a_customer(&lab, &OF_ANN).await;
    let server = adopted(&lab).await;
    let path = format!("/nodes/pve1/qemu/{VMID}/config");
    lab.root(Method::Put, &path, &[("description", "mine now")]);
    let changed = config(&lab);
    ask(&lab).await;
    wait_forgotten(&lab).await;
    assert_eq!(config(&lab), changed);
    assert!(is_in(&lab, &ours(&lab)), "not a call was made");
    assert!(claims_of(&lab, &server).await.is_empty());
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_vm_whose_past_is_lost_with_the_status_only_our_own_goes() {
    let lab = Lab::start().await;
    let before = of_a_customer(&lab, &OF_ANN).await;
    adopted(&lab).await;
    let lost = json!({ "status": { "original": null } });
    lab.servers().patch_status("web", &PatchParams::default(), &Patch::Merge(&lost)).await.unwrap();
    ask(&lab).await;
    wait_forgotten(&lab).await;
    let after = config(&lab);
    for option in ["description", "tags", "onboot"] {
        assert_eq!(after[option], before[option], "{option}");
    }
    assert_eq!(after["protection"], 1, "nobody knows what it was");
    assert!(!is_in(&lab, &ours(&lab)));
    events(&lab.client, "default", &record(&lab), &["is not known any more"]).await;
    lab.end().await;
}
