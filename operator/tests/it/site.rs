//! Whose site it is, and who is in charge of it: what stalls stays stalled, what heals heals by itself.

use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pve_testbed::{
    Fault,
    request::{Method, Request},
    server::Handle,
};
use serde_json::{Value, json};
use slipway_crds::{ProxmoxSite, ProxmoxSiteStatus};
use slipway_operator::init::init;

use crate::lab::{Lab, cluster, message};

async fn status(lab: &Lab) -> ProxmoxSiteStatus {
    let sites: Api<ProxmoxSite> = Api::all(lab.client.clone());
    sites.get(&lab.site).await.unwrap().status.unwrap_or_default()
}

/// The reason of the site's Ready condition.
async fn reason(lab: &Lab) -> String {
    let status = status(lab).await;
    status.conditions.into_iter().filter(|c| c.type_ == "Ready").map(|c| c.reason).collect()
}

pub async fn wait_reason(lab: &Lab, expected: &str) {
    let mut last = String::new();
    for _ in 0..600 {
        last = reason(lab).await;
        if last == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the site never was {expected}; it is {last}");
}

async fn merge<K>(api: Api<K>, name: &str, change: Value)
where
    K: Clone + serde::de::DeserializeOwned + std::fmt::Debug,
{
    api.patch(name, &PatchParams::default(), &Patch::Merge(&change)).await.unwrap();
}

/// A person says that it is so.
pub async fn acknowledge(lab: &Lab, condition: &str) {
    let annotation = json!({ "slipway.dev/acknowledge": format!("{condition}@{}", jiff::Timestamp::now()) });
    let sites = Api::<ProxmoxSite>::all(lab.client.clone());
    merge(sites, &lab.site, json!({ "metadata": { "annotations": annotation } })).await;
}

/// Points the site at another cluster.
pub async fn point_at(lab: &Lab, pve: &Handle, token: &str) {
    let secrets = Api::<Secret>::namespaced(lab.client.clone(), &lab.namespace);
    merge(secrets, "site", json!({ "stringData": { "token": token } })).await;
    let sites = Api::<ProxmoxSite>::all(lab.client.clone());
    let spec = json!({ "endpoints": [pve.url()], "tls": { "caBundle": pve.ca_pem() } });
    merge(sites, &lab.site, json!({ "spec": spec })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_leads_to_another_cluster_stays_stalled_and_nothing_is_changed_there() {
    let lab = Lab::rotating_every(2).await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let (other, token) = cluster(8, &lab.installation).await;
    let secrets = Api::<Secret>::namespaced(lab.client.clone(), &lab.namespace);
    let first_token = secrets.get("site").await.unwrap().data.unwrap().remove("token").unwrap();
    let first_token = String::from_utf8(first_token.0).unwrap();
    point_at(&lab, &other, &token).await;
    wait_reason(&lab, "SiteIdentityChanged").await;
    let epochs = status(&lab).await.epochs;
    // Several rotations later.
    for _ in 0..70 {
        assert_eq!(reason(&lab).await, "SiteIdentityChanged");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status(&lab).await.epochs, epochs, "no epoch is issued for another cluster");
    let pools = other.with_world(|w| {
        let token = w.root_token();
        w.call(Request::new(Method::Get, "/pools").token(&token)).data().to_string()
    });
    assert!(!pools.contains(&lab.installation), "a pool was made on the other cluster: {pools}");
    point_at(&lab, &lab.pve, &first_token).await;
    wait_reason(&lab, "Connected").await;
    let again = lab.wait_ready("web").await;
    assert_eq!(again.status.unwrap().vmid, server.status.unwrap().vmid);
    other.shutdown().await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_cluster_is_accepted_when_a_person_acknowledges_each_stall() {
    let lab = Lab::rotating_every(2).await;
    while status(&lab).await.epochs.len() < 2 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (other, token) = cluster(8, &lab.installation).await;
    point_at(&lab, &other, &token).await;
    for stall in ["SiteIdentityChanged", "StateOlderThanSite"] {
        wait_reason(&lab, stall).await;
        acknowledge(&lab, stall).await;
    }
    wait_reason(&lab, "Connected").await;
    other.shutdown().await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quorum_that_was_lost_through_many_rotations_leaves_no_frozen_site() {
    let lab = Lab::rotating_every(2).await;
    wait_reason(&lab, "Connected").await;
    lab.pve.with_world(|w| w.inject(Fault::QuorumLost));
    wait_reason(&lab, "NodeUnavailable").await;
    let epochs = status(&lab).await.epochs;
    let tries = async || lab.metrics("slipway_operator_proxmox_calls_total", "method").await["set_pool_comment"];
    let before = tries().await;
    while tries().await < before + 5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(
        status(&lab).await.epochs,
        epochs,
        "the epoch that could not be written is tried again, no other is issued"
    );
    lab.pve.with_world(pve_testbed::World::heal);
    wait_reason(&lab, "Connected").await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_that_may_not_be_seen_is_a_missing_permission_and_no_older_state() {
    let lab = Lab::rotating_every(2).await;
    wait_reason(&lab, "Connected").await;
    let path = format!("/pool/slipway-{}", lab.installation);
    let roles = [("path", &*path), ("users", "slipway@pve"), ("roles", "SlipwayPool,PVEVMAdmin"), ("delete", "1")];
    lab.root(Method::Put, "/access/acl", &roles);
    wait_reason(&lab, "PermissionMissing").await;
    lab.pve.with_world(|w| w.least_privilege_token(&lab.installation));
    wait_reason(&lab, "Connected").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_sees_nothing_any_more_is_a_missing_permission_and_no_shrunken_inventory() {
    let lab = Lab::start().await;
    wait_reason(&lab, "Connected").await;
    lab.pve.with_world(|w| w.inject(Fault::AclLost { authid: "slipway@pve".into() }));
    wait_reason(&lab, "PermissionMissing").await;
    lab.pve.with_world(|w| w.least_privilege_token(&lab.installation));
    wait_reason(&lab, "Connected").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_with_the_pool_of_an_unknown_installation_is_frozen_until_a_person_says_that_it_is_a_neighbour() {
    let lab = Lab::rotating_every(1).await;
    let other = format!("nb{:010x}", rand::random::<u32>());
    lab.pve.with_world(|w| w.inject(Fault::ForeignVm { node: "pve1".into(), vmid: 502 }));
    let pool = format!("slipway-{other}");
    lab.root(Method::Post, "/pools", &[("poolid", &pool)]);
    lab.root(Method::Put, "/pools", &[("poolid", &pool), ("vms", "502")]);
    wait_reason(&lab, "UnknownInstallation").await;
    lab.apply("web", json!({})).await;
    let held = lab.wait_reason("web", "SiteFrozen").await;
    assert!(!message(&held).contains(&other), "which installations there are is for staff: {}", message(&held));
    let of_site = serde_json::to_string(&status(&lab).await.conditions).unwrap();
    assert!(of_site.contains(&format!("init --installation {other}")), "{of_site}");
    assert_eq!(status(&lab).await.other_installations, std::slice::from_ref(&other));
    // To say only that there shall be an installation decides nothing, and ours has servers.
    assert_eq!(init(lab.client.clone(), "new").await.unwrap(), lab.installation);
    let refused = init(lab.client.clone(), &other).await.unwrap_err().to_string();
    assert!(refused.contains("would orphan"), "{refused}");
    assert_eq!(reason(&lab).await, "UnknownInstallation");
    assert_eq!(init(lab.client.clone(), &lab.installation).await.unwrap(), lab.installation);
    wait_reason(&lab, "Connected").await;
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_site_of_one_cluster_is_a_duplicate_and_changes_nothing_there() {
    let first = Lab::rotating_every(1).await;
    wait_reason(&first, "Connected").await;
    let second = Lab::rotating_every(1).await;
    wait_reason(&second, "Connected").await;
    let secrets = Api::<Secret>::namespaced(first.client.clone(), &first.namespace);
    let token = secrets.get("site").await.unwrap().data.unwrap().remove("token").unwrap();
    point_at(&second, &first.pve, &String::from_utf8(token.0).unwrap()).await;
    wait_reason(&second, "DuplicateSite").await;
    second.apply("web", json!({})).await;
    let held = second.wait_reason("web", "SiteFrozen").await;
    assert!(!message(&held).contains(&first.site), "which sites there are is for staff: {}", message(&held));
    let of_site = serde_json::to_string(&status(&second).await.conditions).unwrap();
    assert!(of_site.contains(&format!("the cluster of site `{}`", first.site)), "{of_site}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(reason(&first).await, "Connected", "its epoch was not moved");
    first.apply("web", json!({})).await;
    first.wait_ready("web").await;
    assert_eq!(first.vms().len(), 1);
    second.end().await;
    first.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_site_does_not_take_a_cluster_from_a_newer_one() {
    let older = Lab::rotating_every(1).await;
    wait_reason(&older, "Connected").await;
    let newer = Lab::rotating_every(1).await;
    wait_reason(&newer, "Connected").await;
    let secrets = Api::<Secret>::namespaced(newer.client.clone(), &newer.namespace);
    let token = secrets.get("site").await.unwrap().data.unwrap().remove("token").unwrap();
    point_at(&older, &newer.pve, &String::from_utf8(token.0).unwrap()).await;
    wait_reason(&older, "DuplicateSite").await;
    newer.apply("web", json!({})).await;
    newer.wait_ready("web").await;
    assert_eq!(reason(&newer).await, "Connected");
    newer.end().await;
    older.end().await;
}
