//! Verbs beyond power: each on a real kube-apiserver and the Proxmox testbed, with its honest result.

use pve_testbed::{Calls, Fault, Loss, ProxyStatus, request::Method};
use serde_json::json;
use slipway_crds::{PowerState, VirtualServer};

use crate::lab::{Lab, condition};

/// A running server.
async fn lab_with_server() -> (Lab, VirtualServer) {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    (lab, server)
}

fn snapshots(server: &VirtualServer) -> Vec<(String, bool)> {
    let all = server.status.iter().flat_map(|s| &s.snapshots);
    all.map(|s| (s.name.clone(), s.includes_memory)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reset_is_for_a_running_server() {
    let (lab, _) = lab_with_server().await;
    assert_eq!(lab.act("web", "Reset").await.0, "Succeeded");
    let server = lab.wait_ready("web").await;
    assert_eq!(server.status.unwrap().power_state, Some(PowerState::Running));
    lab.act("web", "Stop").await;
    let (phase, why) = lab.act("web", "Reset").await;
    assert_eq!((phase.as_str(), why.as_str()), ("Refused", "the server is stopped; use Start"));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshots_are_made_shown_and_deleted() {
    let (lab, _) = lab_with_server().await;
    let named = |name: &str| json!({ "snapshot": name });
    assert_eq!(lab.act_with("web", "Snapshot", named("first")).await.0, "Succeeded");
    let with_memory = json!({ "snapshot": "second", "includeMemory": true });
    assert_eq!(lab.act_with("web", "Snapshot", with_memory).await.0, "Succeeded");
    let server = lab.wait_ready("web").await;
    assert_eq!(snapshots(&server), [("first".into(), false), ("second".into(), true)]);
    let (phase, why) = lab.act_with("web", "Snapshot", named("first")).await;
    assert_eq!(phase, "Refused");
    assert!(why.contains("already"), "{why}");
    assert_eq!(lab.act_with("web", "DeleteSnapshot", named("nosuch")).await.0, "Refused");
    assert_eq!(lab.act_with("web", "DeleteSnapshot", named("first")).await.0, "Succeeded");
    let server = lab.wait_ready("web").await;
    assert_eq!(snapshots(&server), [("second".into(), true)]);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_whose_answer_was_lost_is_followed_and_not_made_twice() {
    let (lab, server) = lab_with_server().await;
    let on = Calls::path("/snapshot").method(Method::Post);
    lab.pve.with_world(|w| w.inject(Fault::AnswerLost { on, loss: Loss::After, status: Some(ProxyStatus::TimedOut) }));
    assert_eq!(lab.act_with("web", "Snapshot", json!({ "snapshot": "once" })).await.0, "Succeeded");
    let status = server.status.unwrap();
    let path = format!("/nodes/{}/tasks", status.node.unwrap());
    let tasks = lab.root(Method::Get, &path, &[("typefilter", "qmsnapshot"), ("source", "all")]);
    assert_eq!(tasks.as_array().unwrap().len(), 1);
    assert_eq!(condition(&lab.wait_ready("web").await, "Ready").unwrap().0, "True");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_whose_call_never_arrived_has_an_unknown_outcome() {
    let (lab, _) = lab_with_server().await;
    let on = Calls::path("/snapshot").method(Method::Post);
    lab.pve.with_world(|w| w.inject(Fault::AnswerLost { on, loss: Loss::Before, status: Some(ProxyStatus::TimedOut) }));
    let (phase, why) = lab.act_with("web", "Snapshot", json!({ "snapshot": "never" })).await;
    assert_eq!(phase, "OutcomeUnknown");
    assert!(why.contains("answer"), "{why}");
    assert_eq!(snapshots(&lab.wait_ready("web").await), []);
    lab.end().await;
}
