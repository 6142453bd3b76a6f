//! Throughput with manners: whose turn it is, where a server is placed, what the doctor finds, and who is left alone.

use std::time::Duration;

use kube::{Api, api::ListParams};
use pve_testbed::{
    Fault, World,
    request::{Method, Request},
};
use serde_json::{Value, json};
use slipway_crds::{DoctorFinding, ProxmoxSite, VirtualServer};

use crate::lab::{Lab, condition, message};

/// A lab whose operator knows from its start that the site takes so many tasks at once.
async fn limited_to(tasks: u32) -> Lab {
    let mut lab = Lab::start().await;
    lab.merge_site(&json!({ "limits": { "concurrentTasks": tasks, "concurrentTasksPerNode": tasks } })).await;
    lab.kill_and_restart_operator().await;
    lab
}

/// How many tasks of these kinds run on the site at this instant.
fn running(world: &mut World, kinds: &[&str]) -> usize {
    let tasks = ["pve1", "pve2"].map(|node| get(world, &format!("/nodes/{node}/tasks"), "source", "active"));
    let kind = |t: &Value| kinds.contains(&t["type"].as_str().unwrap());
    tasks.iter().flat_map(|t| t.as_array().unwrap()).filter(|t| kind(t)).count()
}

fn get(world: &mut World, path: &str, key: &str, value: &str) -> Value {
    let token = world.root_token();
    world.call(Request::new(Method::Get, path).token(&token).with(key, value)).data().clone()
}

fn is_ready(server: &VirtualServer) -> bool {
    condition(server, "Ready").is_some_and(|(ready, _)| ready == "True")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_servers_are_made_at_once_than_the_site_allows_and_all_are_made() {
    let lab = limited_to(2).await;
    for n in 0..7 {
        lab.apply(&format!("web-{n}"), json!({})).await;
    }
    let (mut most, mut told) = (0, false);
    while lab.servers().list(&ListParams::default()).await.unwrap().items.iter().any(|s| !is_ready(s)) {
        most = most.max(lab.pve.with_world(|world| running(world, &["qmclone", "resize", "qmstart"])));
        let all = lab.servers().list(&ListParams::default()).await.unwrap();
        told |= all.items.iter().any(|s| message(s).contains("waits for its turn"));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!((1..=2).contains(&most), "{most} at once");
    assert!(told, "who waits says so");
    for n in 0..7 {
        lab.wait_ready(&format!("web-{n}")).await;
    }
    assert_eq!(lab.vms().len(), 7);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_button_does_not_wait_behind_new_servers() {
    let lab = Lab::start().await;
    lab.apply("old", json!({})).await;
    lab.wait_ready("old").await;
    lab.merge_site(&json!({ "limits": { "concurrentTasks": 1, "concurrentTasksPerNode": 1 } })).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    for n in 0..5 {
        lab.apply(&format!("new-{n}"), json!({})).await;
    }
    lab.wait("new-0", "under way", |s| s.status.as_ref().is_some_and(|t| t.vmid.is_some())).await;
    assert_eq!(lab.act("old", "Stop").await.0, "Succeeded");
    let all = lab.servers().list(&ListParams::default()).await.unwrap();
    assert!(!all.items.iter().all(is_ready), "others still wait");
    for n in 0..5 {
        lab.wait_ready(&format!("new-{n}")).await;
    }
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_servers_are_destroyed_at_once_than_the_site_allows_and_none_waits_unprotected() {
    let lab = Lab::start().await;
    let names: Vec<String> = (0..5).map(|n| format!("web-{n}")).collect();
    for name in &names {
        lab.apply(name, json!({ "deletionGracePeriod": "0s" })).await;
    }
    for name in &names {
        lab.wait_ready(name).await;
    }
    lab.merge_site(&json!({ "limits": { "concurrentTasks": 1, "concurrentTasksPerNode": 1 } })).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    futures::future::join_all(names.iter().map(|name| lab.delete(name))).await;
    let (mut most, mut unprotected, mut told) = (0, 0, false);
    for _ in 0..1200 {
        if lab.vms().is_empty() {
            break;
        }
        // Together, so that nothing ends in between.
        let (running, bare) = lab.pve.with_world(|world| {
            let rows = get(world, "/cluster/resources", "type", "vm");
            let rows = rows.as_array().unwrap().iter().filter(|r| r["vmid"].as_u64() > Some(10_000));
            let config = |r: &Value| format!("/nodes/{}/qemu/{}/config", r["node"].as_str().unwrap(), r["vmid"]);
            let configs = rows.map(|r| get(world, &config(r), "current", "1"));
            let bare = configs.filter(|c| c["digest"].is_string() && c["protection"].is_null()).count();
            (running(world, &["qmdestroy", "qmshutdown"]), bare)
        });
        (most, unprotected) = (most.max(running), unprotected.max(bare));
        let records = lab.records().list(&ListParams::default()).await.unwrap();
        let here = records.items.iter().filter(|r| r.spec.site_ref == lab.site);
        let said = here.filter_map(|r| r.status.as_ref()).flat_map(|s| &s.conditions);
        told |= said.into_iter().any(|c| c.message.contains("waits for its turn"));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(lab.vms().is_empty(), "all are gone");
    assert_eq!((most, unprotected), (1, 1));
    assert!(told, "who waits says so");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_of_an_anti_affinity_group_are_kept_apart_or_wait_and_say_why() {
    let lab = Lab::start().await;
    let group = json!({ "placement": { "antiAffinityGroup": "db" } });
    for name in ["db-1", "db-2"] {
        lab.apply(name, group.clone()).await;
    }
    let node = |s: slipway_crds::VirtualServer| s.status.unwrap().node.unwrap();
    let (first, second) = (node(lab.wait_ready("db-1").await), node(lab.wait_ready("db-2").await));
    assert_ne!(first, second);
    lab.apply("db-3", group).await;
    let third = lab.wait_reason("db-3", "NoCapacity").await;
    assert!(message(&third).contains("a server of its antiAffinityGroup"), "{}", message(&third));
    assert!(!message(&third).contains("pve"), "which nodes there are is not the tenant's business");
    let planned = crate::endpoint::planned(&lab, &third).await;
    let whole = planned["waiting"]["message"].as_str().unwrap();
    assert!(whole.contains("pve1: a server of the same antiAffinityGroup is there"), "{whole}");
    lab.delete("db-1").await;
    assert_eq!(node(lab.wait_ready("db-3").await), first, "the place is free again");
    lab.end().await;
}

async fn finding(lab: &Lab, feature: &str, ok: bool) -> DoctorFinding {
    let sites: Api<ProxmoxSite> = Api::all(lab.client.clone());
    let mut last = vec![];
    for _ in 0..300 {
        last = sites.get(&lab.site).await.unwrap().status.unwrap_or_default().doctor;
        if let Some(found) = last.iter().find(|f| f.feature == feature && f.ok == ok) {
            return found.clone();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the doctor never said {ok} of {feature}; it says {last:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_wrong_and_what_to_type() {
    let mut lab = Lab::start().await;
    finding(&lab, "snapshots", true).await;
    for feature in
        ["site", "inventory", "pool", "servers", "templates", "disks", "networks", "bridges", "images", "tls"]
    {
        finding(&lab, feature, true).await;
    }
    let off = finding(&lab, "firewall", false).await;
    assert!(off.fix.contains("/cluster/firewall/options"), "{off:?}");

    // As if somebody had tidied up.
    lab.kill_operator().await;
    let path = format!("/pool/slipway-{}", lab.installation);
    let taken = [("path", &*path), ("users", "slipway@pve"), ("roles", "PVEVMAdmin"), ("delete", "1")];
    lab.root(Method::Put, "/access/acl", &taken);
    lab.root(Method::Put, "/cluster/firewall/options", &[("enable", "1")]);
    lab.merge_site(&json!({ "backupStorage": "nowhere" })).await;
    lab.start_operator();
    let lost = finding(&lab, "snapshots", false).await;
    assert!(lost.message.contains(&format!("the token lacks VM.Snapshot, VM.Snapshot.Rollback on {path}")), "{lost:?}");
    assert!(
        lost.fix.contains(&format!("pveum acl modify {path} --tokens 'slipway@pve!operator' --roles SlipwaySnapshots")),
        "{lost:?}"
    );
    let backups = finding(&lab, "backupTarget", false).await;
    assert!(backups.message.contains("pve1 does not have it"), "{backups:?}");
    finding(&lab, "firewall", true).await;
    finding(&lab, "pool", true).await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_sees_a_clock_that_is_wrong_and_none_where_tasks_are_merely_fast() {
    let mut lab = Lab::with_real_clocks().await;
    finding(&lab, "clock", true).await;
    // Virtual time is minutes ahead by now: enough to be wrong if the clocks told it.
    tokio::time::sleep(Duration::from_secs(2)).await;
    lab.kill_operator().await;
    lab.merge_site(&json!({ "backupStorage": "data" })).await;
    lab.start_operator();
    finding(&lab, "backupTarget", false).await;
    finding(&lab, "clock", true).await;

    lab.kill_operator().await;
    lab.pve.with_world(|w| w.inject(Fault::ClockSkew { node: "pve2".into(), seconds: -420 }));
    lab.start_operator();
    let wrong = finding(&lab, "clock", false).await;
    assert!(wrong.message.starts_with("pve2 is -4") && !wrong.message.contains("pve1"), "{wrong:?}");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_does_not_answer_is_asked_less_often_and_served_again_when_it_does() {
    let lab = Lab::start().await;
    let names = ["a", "b", "c"];
    for name in names {
        lab.apply(name, json!({ "placement": { "node": "pve2" } })).await;
    }
    for name in names {
        lab.wait_ready(name).await;
    }
    lab.pve.with_world(|w| w.inject(Fault::NodeDown { node: "pve2".into() }));
    for name in names {
        lab.apply(name, json!({ "placement": { "node": "pve2" }, "planRef": lab.name("large") })).await;
    }
    let open = async || lab.metrics("slipway_operator_breaker_open", "node").await.get("pve2").copied();
    for _ in 0..300 {
        if open().await == Some(1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(open().await, Some(1), "pve2 is left alone");
    lab.pve.with_world(|w| w.inject(Fault::NodeUp { node: "pve2".into() }));
    for name in names {
        lab.wait_ready(name).await;
    }
    assert_eq!(open().await, Some(0));
    lab.end().await;
}
