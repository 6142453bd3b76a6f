//! Power by actions, change of plan, disk growth, hand edits.

use pve_testbed::{Fault, request::Method};
use serde_json::json;
use slipway_crds::PowerState;

use crate::lab::{Lab, condition, message};

fn power(server: &slipway_crds::VirtualServer) -> Option<PowerState> {
    server.status.as_ref()?.power_state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn start_shutdown_stop_and_restart_do_what_they_say() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    for (verb, is) in [
        ("Shutdown", PowerState::Stopped),
        ("Start", PowerState::Running),
        ("Restart", PowerState::Running),
        ("Stop", PowerState::Stopped),
        ("Start", PowerState::Running),
    ] {
        assert_eq!(lab.act("web", verb).await.0, "Succeeded", "{verb}");
        let server = lab
            .wait("web", &format!("{verb} done"), |s| {
                power(s) == Some(is) && condition(s, "Ready").unwrap().0 == "True"
            })
            .await;
        let on_boot = u8::from(is == PowerState::Running);
        assert_eq!(lab.config_of(&server)["onboot"], on_boot, "onboot keeps the last wish after {verb}");
    }
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verb_that_is_so_already_succeeds_and_one_that_cannot_be_is_refused() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    assert_eq!(lab.act("web", "Start").await, ("Succeeded".into(), "the server was running already".into()));
    lab.act("web", "Stop").await;
    assert_eq!(lab.act("web", "Restart").await.0, "Refused");
    lab.apply("web", json!({ "runPolicy": "Stopped" })).await;
    lab.wait_ready("web").await;
    let (phase, why) = lab.act("web", "Start").await;
    assert_eq!(phase, "Refused");
    assert!(why.contains("spec.runPolicy"), "{why}");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stop_overrules_a_shutdown_that_the_guest_ignores() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let vmid = server.status.unwrap().vmid.unwrap();
    lab.pve.with_world(|w| w.inject(Fault::GuestDeaf { vmid }));
    lab.create_action("down", "web", "Shutdown").await;
    lab.wait("web", "shutting down", |s| condition(s, "Ready").unwrap().0 == "False").await;
    assert_eq!(lab.act("web", "Stop").await.0, "Succeeded");
    assert_eq!(lab.wait_action("down").await.0, "Failed");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_action_is_not_carried_out() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "paused": false })).await;
    lab.wait_ready("web").await;
    let action = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction", "metadata": { "name": "late" },
        "spec": { "serverRef": { "name": "web" }, "verb": "Stop", "notAfter": "2020-01-01T00:00:00Z" }
    });
    lab.actions().create(&kube::api::PostParams::default(), &serde_json::from_value(action).unwrap()).await.unwrap();
    assert_eq!(lab.wait_action("late").await.0, "Expired");
    assert_eq!(power(&lab.wait_ready("web").await), Some(PowerState::Running));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_larger_plan_grows_the_disk_at_once_and_asks_for_a_restart() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    lab.apply("web", json!({ "planRef": lab.name("large") })).await;
    let server = lab
        .wait("web", "larger", |s| {
            condition(s, "Ready").unwrap().0 == "True" && condition(s, "RestartRequired").unwrap().0 == "True"
        })
        .await;
    let config = lab.config_of(&server);
    assert_eq!((&config["cores"], &config["memory"]), (&json!(2), &json!("4096")));
    assert!(config["scsi0"].as_str().unwrap().contains("size=40G"), "{config}");
    assert_eq!(lab.act("web", "Restart").await.0, "Succeeded");
    let server = lab
        .wait("web", "restarted", |s| {
            condition(s, "RestartRequired").unwrap().0 == "False" && condition(s, "Ready").unwrap().0 == "True"
        })
        .await;
    assert_eq!(power(&server), Some(PowerState::Running));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_grows_in_spec_and_never_shrinks() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "disks": [{ "name": "root", "sizeGiB": 20 }] })).await;
    let server = lab.wait_ready("web").await;
    assert!(lab.config_of(&server)["scsi0"].as_str().unwrap().contains("size=20G"));
    lab.apply("web", json!({ "disks": [{ "name": "root", "sizeGiB": 30 }] })).await;
    let server = lab.wait_ready("web").await;
    assert!(lab.config_of(&server)["scsi0"].as_str().unwrap().contains("size=30G"));
    lab.apply("web", json!({ "disks": [{ "name": "root", "sizeGiB": 12 }] })).await;
    let server = lab.wait_reason("web", "ShrinkRefused").await;
    assert_eq!(condition(&server, "Stalled").unwrap().0, "True");
    assert!(message(&server).contains("30 GiB"), "{}", message(&server));
    lab.apply("web", json!({ "disks": [{ "name": "root", "sizeGiB": 30 }] })).await;
    lab.wait_ready("web").await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_edit_is_put_back_or_only_reported() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let path = format!(
        "/nodes/{}/qemu/{}/config",
        server.status.as_ref().unwrap().node.as_ref().unwrap(),
        server.status.as_ref().unwrap().vmid.unwrap()
    );
    lab.root(Method::Put, &path, &[("name", "renamed-by-hand")]);
    lab.wait("web", "put back", |s| lab.config_of(s)["name"] == "web").await;
    lab.apply("web", json!({ "driftPolicy": "Report" })).await;
    lab.wait_ready("web").await;
    // As Proxmox's dashboard does it: in a task.
    lab.root(Method::Post, &path, &[("name", "renamed-by-hand")]);
    let server = lab.wait("web", "drifted", |s| condition(s, "DriftDetected").unwrap().0 == "True").await;
    assert_eq!(condition(&server, "Ready").unwrap().0, "True");
    let drift = &server.status.as_ref().unwrap().drift[0];
    assert_eq!((drift.field.as_str(), drift.wanted.as_str(), drift.found.as_str()), ("name", "web", "renamed-by-hand"));
    let text = serde_json::to_string(&server.status).unwrap();
    assert!(!text.contains("root@pam"), "who works for the provider is not the tenant's business: {text}");
    let planned = crate::endpoint::planned(&lab, &server).await;
    assert_eq!(
        (&planned["drift"][0]["field"], &planned["drift"][0]["by"]),
        (&json!("name"), &json!("root@pam!slipway"))
    );
    assert!(planned["drift"][0]["at"].is_string(), "{planned}");
    assert_eq!(lab.config_of(&server)["name"], "renamed-by-hand");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_off_in_the_guest_is_respected_unless_the_policy_is_running() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let vmid = server.status.unwrap().vmid.unwrap();
    let off = || lab.pve.with_world(|w| w.inject(Fault::GuestOff { vmid }));
    off();
    lab.wait("web", "seen as stopped", |s| {
        power(s) == Some(PowerState::Stopped) && condition(s, "Ready").unwrap().0 == "True"
    })
    .await;
    lab.apply("web", json!({ "runPolicy": "Running" })).await;
    lab.wait("web", "started", |s| power(s) == Some(PowerState::Running) && condition(s, "Ready").unwrap().0 == "True")
        .await;
    off();
    lab.wait("web", "seen as stopped", |s| condition(s, "Ready").unwrap().0 == "False").await;
    lab.wait("web", "kept running", |s| {
        power(s) == Some(PowerState::Running) && condition(s, "Ready").unwrap().0 == "True"
    })
    .await;
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn protection_that_was_taken_off_by_hand_is_put_back() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let path = format!(
        "/nodes/{}/qemu/{}/config",
        server.status.as_ref().unwrap().node.as_ref().unwrap(),
        server.status.as_ref().unwrap().vmid.unwrap()
    );
    lab.root(Method::Put, &path, &[("protection", "0")]);
    lab.apply("web", json!({ "hostname": "other" })).await;
    let server = lab.wait_ready("web").await;
    assert_eq!(lab.config_of(&server)["protection"], 1);
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_made_stopped_says_that_it_is_off() {
    let lab = Lab::start().await;
    lab.apply("web", json!({ "runPolicy": "Stopped" })).await;
    let made = lab.wait_ready("web").await;
    assert_eq!(power(&made), Some(PowerState::Stopped));
    assert_eq!(condition(&made, "Provisioned"), None, "it never ran");
    lab.apply("web", json!({ "runPolicy": "Running" })).await;
    lab.wait("web", "running", |s| power(s) == Some(PowerState::Running)).await;
    lab.wait_ready("web").await;
    lab.end().await;
}
