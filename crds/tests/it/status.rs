//! Status belongs to controllers: conditions merge by type, and spec cannot be reached from there.

use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, action, server};

fn condition(type_: &str, status: &str) -> Value {
    json!({ "type": type_, "status": status, "reason": "Test", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z" })
}

async fn apply_status(caller: &Caller, manager: &str, condition: Value) -> Value {
    let object = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": "web" },
        "status": { "conditions": [condition] },
    });
    let api = caller.api("VirtualServer");
    let made = api.patch_status("web", &PatchParams::apply(manager), &Patch::Apply(&object)).await.unwrap();
    serde_json::to_value(made).unwrap()
}

#[tokio::test]
async fn applying_one_condition_keeps_the_others() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    apply_status(&admin, "one", condition("Ready", "False")).await;
    apply_status(&admin, "two", condition("Suspended", "True")).await;
    let made = apply_status(&admin, "one", condition("Ready", "True")).await;
    let mut all: Vec<(&str, &str)> = made["status"]["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["type"].as_str().unwrap(), c["status"].as_str().unwrap()))
        .collect();
    all.sort_unstable();
    assert_eq!(all, [("Ready", "True"), ("Suspended", "True")]);
}

#[tokio::test]
async fn a_write_of_status_leaves_spec_and_generation_alone() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    let change = json!({ "spec": { "planRef": "large" }, "status": { "vmid": 100_001, "phase": "Running" } });
    let made = accepted(&admin.patch_status("VirtualServer", "web", &change).await, "a status");
    assert_eq!((&made["spec"]["planRef"], &made["metadata"]["generation"]), (&json!("small"), &json!(1)));
    assert_eq!(made["status"]["vmid"], 100_001);
}

#[tokio::test]
async fn a_write_of_spec_leaves_status_alone() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    admin.patch_status("VirtualServer", "web", &json!({ "status": { "vmid": 100_001 } })).await.unwrap();
    let change = json!({ "spec": { "planRef": "large" }, "status": { "vmid": 100_002 } });
    let made = accepted(&admin.patch("VirtualServer", "web", &change).await, "a spec");
    assert_eq!((&made["status"]["vmid"], &made["metadata"]["generation"]), (&json!(100_001), &json!(2)));
}

#[tokio::test]
async fn servers_are_selected_by_site_and_actions_by_server() {
    let admin = Caller::admin().await;
    for (name, site) in [("web", "east"), ("db", "west")] {
        let mut object = server(name);
        object["spec"]["siteRef"] = json!(site);
        admin.create(&object).await.unwrap();
        admin.create(&action(&format!("{name}-start"), name, "Start")).await.unwrap();
    }
    let names = async |kind: &str, selector: &str| {
        let found = admin.api(kind).list(&ListParams::default().fields(selector)).await.unwrap();
        found.items.into_iter().filter_map(|o| o.metadata.name).collect::<Vec<_>>()
    };
    assert_eq!(names("VirtualServer", "spec.siteRef=east").await, ["web"]);
    assert_eq!(names("VirtualServerAction", "spec.serverRef.name=db").await, ["db-start"]);
}
