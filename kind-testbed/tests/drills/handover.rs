//! Processes die, and the next one goes on: the operator that leads, and the kube-apiserver under everybody's watches.

use std::time::Duration;

use serde_json::json;

use crate::plane::{CUSTOMERS, Plane};

const CALLS: &str = "slipway_operator_proxmox_calls_total";
/// Well beyond the Lease's fifteen seconds.
const SOON: u32 = 300;

#[tokio::test]
async fn when_the_leader_is_killed_the_other_operator_goes_on_and_only_the_leader_ever_acts() {
    let (plane, cluster) = Plane::start().await;
    let first = plane.operator().await;
    until(async || first.leads().await).await;
    let second = plane.operator().await;
    let names: Vec<String> = (0..6).map(|n| format!("web-{n}")).collect();
    for name in &names {
        plane.order(name, json!({})).await;
    }
    until(async || cluster.tasks("qmclone") >= 2).await;
    assert!(first.metric(CALLS).await > 0 && first.leads().await);
    assert_eq!((second.metric(CALLS).await, second.leads().await), (0, false), "who does not lead, asks nothing");
    first.kill().await;
    until(async || second.leads().await).await;
    for name in &names {
        plane.wait_ready(name).await;
    }
    assert_eq!(cluster.vms().len(), names.len());
    assert_eq!(cluster.tasks("qmclone"), names.len(), "none was cloned twice");
}

#[tokio::test]
async fn a_kube_apiserver_that_is_killed_under_way_makes_the_operator_miss_nothing() {
    let (mut plane, cluster) = Plane::start().await;
    let mut operator = plane.operator().await;
    plane.order("old", json!({ "deletionGracePeriod": "0s" })).await;
    let old = plane.wait_ready("old").await;
    plane.order("grown", json!({})).await;
    plane.order("half", json!({})).await;
    until(async || cluster.tasks("qmclone") >= 2).await;
    plane.kill_apiserver().await;
    // What is wished before the operator's watches are back.
    plane.kubectl(&["delete", "vps", "old", "-n", CUSTOMERS]).await;
    plane.order("grown", json!({ "hostname": "renamed" })).await;
    plane.order("new", json!({})).await;
    for name in ["grown", "half", "new"] {
        plane.wait_ready(name).await;
    }
    until(async || !cluster.vms().contains_key(&old)).await;
    let vms = cluster.vms();
    assert_eq!(vms.len(), 3, "{vms:#?}");
    assert!(vms.values().any(|vm| vm.config["name"] == "renamed"));
    assert_eq!(cluster.tasks("qmclone"), 4, "none was cloned twice");
    assert!(!operator.has_ended(), "it waited");
}

async fn until(is: impl AsyncFn() -> bool) {
    for _ in 0..SOON {
        if is().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never came to be");
}
