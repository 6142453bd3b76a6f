//! Actions: a verb, once, within a day.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, action, refused, with};

const KIND: &str = "VirtualServerAction";

fn not_after(from_now: SignedDuration) -> Value {
    json!({ "spec": { "notAfter": (Timestamp::now() + from_now).to_string() } })
}

/// Each verb with exactly what it takes.
fn verbs() -> Vec<(&'static str, Value)> {
    let exactly = json!({ "name": "web", "uid": "3f0c" });
    vec![
        ("Start", json!({})),
        ("Shutdown", json!({})),
        ("Stop", json!({})),
        ("Restart", json!({})),
        ("Reset", json!({})),
        ("Snapshot", json!({ "snapshot": "before-upgrade" })),
        ("DeleteSnapshot", json!({ "snapshot": "before-upgrade" })),
        ("Rollback", json!({ "snapshot": "before-upgrade", "serverRef": exactly })),
        ("Backup", json!({})),
        ("Restore", json!({ "backup": "nas:backup/vzdump-qemu-100000.vma.zst", "serverRef": exactly })),
        ("DeleteBackup", json!({ "backup": "nas:backup/vzdump-qemu-100000.vma.zst" })),
        ("Migrate", json!({ "node": "pve2" })),
        ("Rebuild", json!({ "imageRef": "debian-13", "serverRef": exactly })),
        ("DestroyDisk", json!({ "disk": "root-1", "serverRef": exactly })),
    ]
}

#[tokio::test]
async fn each_verb_takes_its_own_parameters_and_no_others() {
    let admin = Caller::admin().await;
    let parameters = ["snapshot", "backup", "imageRef", "disk", "node"];
    let all = json!({ "snapshot": "a1", "backup": "nas:b", "imageRef": "debian-13", "disk": "root-1", "node": "pve2" });
    for (verb, own) in verbs() {
        let whole = with(action("a", "web", verb), &json!({ "spec": own }));
        for parameter in parameters {
            let takes = own.get(parameter).is_some();
            let value = if takes { Value::Null } else { all[parameter].clone() };
            let answer = admin.try_create(&with(whole.clone(), &json!({ "spec": { parameter: value } }))).await;
            if (verb, parameter) == ("Rebuild", "disk") {
                accepted(&answer, "a rebuild that puts a disk back");
            } else {
                refused(&answer, &format!("{parameter} names"), &format!("{verb} and {parameter}"));
            }
        }
        let memory = admin.try_create(&with(whole.clone(), &json!({ "spec": { "includeMemory": true } }))).await;
        if verb == "Snapshot" {
            accepted(&memory, "a snapshot with memory");
        } else {
            refused(&memory, "includeMemory stands in a Snapshot only", verb);
        }
        if own.get("serverRef").is_some() {
            let vague = with(whole, &json!({ "spec": { "serverRef": { "uid": null } } }));
            refused(&admin.try_create(&vague).await, "serverRef.uid is required", verb);
        }
    }
}

#[tokio::test]
async fn a_snapshot_has_a_name_that_proxmox_takes() {
    let admin = Caller::admin().await;
    let named = |name: &str| with(action("a", "web", "Snapshot"), &json!({ "spec": { "snapshot": name } }));
    accepted(&admin.try_create(&named("a1")).await, "two characters");
    accepted(&admin.try_create(&named(&"a".repeat(40))).await, "forty characters");
    for wrong in ["a", "1a", "a b", "a/b", &"a".repeat(41)] {
        refused(&admin.try_create(&named(wrong)).await, "spec.snapshot", wrong);
    }
    for kept in ["current", "pending"] {
        refused(&admin.try_create(&named(kept)).await, "for itself", kept);
    }
}

#[tokio::test]
async fn a_tenant_moves_no_server_to_another_node() {
    let tenant = Caller::admin().await.tenant().await;
    let parameters = json!({ "spec": { "node": "pve2" } });
    let migrate = with(action("a", "web", "Migrate"), &parameters);
    refused(&tenant.try_create(&migrate).await, "spec.verb Migrate is provider-only", "a tenant's Migrate");
    accepted(&tenant.try_create(&action("a", "web", "Reset")).await, "a tenant's Reset");
    let provider = Caller { namespace: tenant.namespace.clone(), ..tenant.provider().await };
    accepted(&provider.try_create(&migrate).await, "the provider's Migrate");
}

#[tokio::test]
async fn each_verb_is_accepted_and_starts_in_sequence_zero() {
    let admin = Caller::admin().await;
    for (verb, parameters) in verbs() {
        let made = with(action(&verb.to_lowercase(), "web", verb), &json!({ "spec": parameters }));
        let made = accepted(&admin.create(&made).await, verb);
        assert_eq!(made["spec"]["sequence"], 0);
    }
    refused(&admin.create(&action("other", "web", "Explode")).await, "spec.verb: Unsupported value", "another verb");
}

#[tokio::test]
async fn an_action_is_immutable() {
    let admin = Caller::admin().await;
    admin.create(&action("once", "web", "Start")).await.unwrap();
    for change in [json!({ "verb": "Stop" }), json!({ "sequence": 7 }), json!({ "serverRef": { "name": "db" } })] {
        let changed = admin.patch(KIND, "once", &json!({ "spec": change })).await;
        refused(&changed, "an action is immutable: create another one", &change.to_string());
    }
    let labelled = admin.patch(KIND, "once", &json!({ "metadata": { "labels": { "team": "blue" } } })).await;
    accepted(&labelled, "a label");
}

#[tokio::test]
async fn an_action_expires_within_a_day_of_its_creation() {
    let admin = Caller::admin().await;
    let minute = SignedDuration::from_mins(1);
    let day = SignedDuration::from_hours(24);
    let words = "spec.notAfter is at most 24 hours after creation";
    accepted(&admin.try_create(&with(action("a", "web", "Start"), &not_after(day - minute))).await, "almost a day");
    let late = with(action("b", "web", "Start"), &not_after(day + minute));
    refused(&admin.try_create(&late).await, words, "more than a day");
    let tomorrow = (Timestamp::now() + day).to_string();
    let forged = with(late, &json!({ "metadata": { "creationTimestamp": tomorrow } }));
    refused(&admin.try_create(&forged).await, words, "a creation time of its own");
    let endless = with(action("c", "web", "Start"), &json!({ "spec": { "notAfter": null } }));
    refused(&admin.try_create(&endless).await, "spec.notAfter: Required value", "no end");
}

#[tokio::test]
async fn an_action_names_its_server() {
    let admin = Caller::admin().await;
    let nameless = with(action("a", "web", "Start"), &json!({ "spec": { "serverRef": { "name": "" } } }));
    refused(&admin.try_create(&nameless).await, "spec.serverRef.name", "an empty name");
    let with_uid =
        with(action("b", "web", "Start"), &json!({ "spec": { "serverRef": { "uid": "3f0c" }, "afterGeneration": 4 } }));
    accepted(&admin.try_create(&with_uid).await, "a uid and a generation");
}
