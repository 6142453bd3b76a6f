//! Actions: a verb, once, within a day.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, action, refused, with};

const KIND: &str = "VirtualServerAction";

fn not_after(from_now: SignedDuration) -> Value {
    json!({ "spec": { "notAfter": (Timestamp::now() + from_now).to_string() } })
}

#[tokio::test]
async fn each_verb_is_accepted_and_starts_in_sequence_zero() {
    let admin = Caller::admin().await;
    for verb in ["Start", "Shutdown", "Stop", "Restart"] {
        let made = accepted(&admin.create(&action(&verb.to_lowercase(), "web", verb)).await, verb);
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
