//! A dashboard's server is exported as a manifest, handed over to Git, and taken back.

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::mirror::{ended, server, world};
use crate::support::World;
use crate::support::cluster::{Object, kubernetes};
use crate::support::seed::{Customer, server_id};

const GIT: &str = "argocd-controller";

async fn held(world: &World, path: &str) {
    sqlx::query("insert into server_field_owners select id, $1, $2, 'git' from servers")
        .bind(path)
        .bind(GIT)
        .execute(&world.app.pool)
        .await
        .unwrap();
}

async fn exported(customer: &Customer, path: &str) -> Value {
    let answer = customer.client().get(&format!("{path}/manifest")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/yaml"), "{}", answer.text);
    serde_yaml_ng::from_str(&answer.text).unwrap()
}

/// Applies as Git's controller does; answers the generation before and after.
async fn apply(at: &Object, manifest: &Value, force: bool) -> (Option<i64>, Option<i64>) {
    let before = at.get().await.unwrap().metadata.generation;
    let params = if force { PatchParams::apply(GIT).force() } else { PatchParams::apply(GIT) };
    let answer = at.api().patch(&at.name, &params, &Patch::Apply(manifest)).await.unwrap();
    (before, answer.metadata.generation)
}

/// What a manager holds directly below `spec`.
async fn fields_of(at: &Object, manager: &str) -> Vec<String> {
    let entries = at.get().await.unwrap().metadata.managed_fields.unwrap();
    let entries =
        entries.into_iter().filter(|entry| entry.manager.as_deref() == Some(manager) && entry.subresource.is_none());
    let specs = entries.filter_map(|entry| entry.fields_v1?.0["f:spec"].as_object().cloned());
    specs.flat_map(|spec| spec.keys().map(|key| key.trim_start_matches("f:").to_owned()).collect::<Vec<_>>()).collect()
}

#[tokio::test]
pub async fn a_manifest_for_git_can_be_read() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let accepted = world.order(&customer, "web-1").await;
    let manifest = exported(&customer, &format!("/v1/servers/{}", server_id(&accepted))).await;
    assert_eq!(manifest["metadata"]["name"], accepted["server"]["objectName"]);
    assert_eq!(manifest["metadata"]["namespace"], accepted["server"]["namespace"]);
    assert_eq!((&manifest["spec"]["planRef"], &manifest["spec"]["hostname"]), (&json!("api-small"), &json!("web-1")));
    assert_eq!(manifest["spec"]["runPolicy"], json!(null), "what is the default is not said");
}

#[tokio::test]
pub async fn what_git_holds_is_left_to_git_or_taken_back() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    held(&world, "planRef").await;
    assert_eq!(customer.client().get(&path).await.expect(200)["gitManagers"], json!([GIT]));
    for to in ["git", "dashboard"] {
        let accepted = customer.client().post(&format!("{path}/hand-over"), json!({"to": to})).await.expect(202);
        assert_eq!(accepted["operation"]["kind"], "update");
    }
}

#[tokio::test]
pub async fn nothing_is_handed_over_that_git_does_not_hold_or_that_is_the_providers() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}/hand-over", server_id(&world.order(&customer, "web-1").await));
    for to in ["git", "dashboard"] {
        customer.client().post(&path, json!({"to": to})).await.expect_problem(409, "conflict");
    }
    held(&world, "suspended").await;
    let refused = customer.client().post(&path, json!({"to": "dashboard"})).await.expect_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("ask your provider"), "{refused}");
    let staff = world.staff().await;
    staff.client.post(&path, json!({"to": "dashboard"})).await.expect(202);
}

#[tokio::test]
async fn a_dashboards_server_goes_to_git_and_back_and_never_changes_by_it() {
    let (world, customer, _mirror) = world().await;
    let kubernetes = kubernetes().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes).await;
    let (at, path) = (Object::of(&accepted).await, format!("/v1/servers/{}", server_id(&accepted)));
    at.report_running().await;
    ended(&customer, &accepted, "succeeded").await;

    // Git applies what was exported, without force: nothing conflicts and nothing changes, however often.
    let manifest = exported(&customer, &path).await;
    for _ in 0..2 {
        let (before, after) = apply(&at, &manifest, false).await;
        assert_eq!(before, after, "applying what was exported is no change");
    }
    server(&customer, &accepted, "Git is shown as a manager", |server| server["gitManagers"] == json!([GIT])).await;
    let refused =
        customer.client().patch(&path, json!({"plan": "api-large"})).await.expect_problem(409, "owned-by-git");
    assert!(refused["detail"].as_str().unwrap().contains(GIT), "{refused}");

    let handed = customer.client().post(&format!("{path}/hand-over"), json!({"to": "git"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    ended(&customer, &handed, "succeeded").await;
    let ours = fields_of(&at, "slipway-api").await;
    assert!(!ours.contains(&"planRef".to_owned()) && !ours.contains(&"hostname".to_owned()), "{ours:?}");

    // Now Git alone decides: what its manifest does not say any more is gone.
    let mut shorter = manifest.clone();
    shorter["spec"].as_object_mut().unwrap().remove("hostname");
    shorter["spec"]["planRef"] = json!("api-large");
    apply(&at, &shorter, false).await;
    let object = at.get().await.unwrap();
    assert_eq!((object.spec.hostname, object.spec.plan_ref.as_deref()), (None, Some("api-large")));
    at.report_running().await;
    server(&customer, &accepted, "Git's plan is shown", |server| server["plan"] == "api-large").await;

    let before = at.get().await.unwrap().metadata.generation;
    let back = customer.client().post(&format!("{path}/hand-over"), json!({"to": "dashboard"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    ended(&customer, &back, "succeeded").await;
    let object = at.get().await.unwrap();
    assert_eq!((object.metadata.generation, object.spec.plan_ref.as_deref()), (before, Some("api-large")));
    assert_eq!(fields_of(&at, GIT).await, Vec::<String>::new());
    assert!(fields_of(&at, "slipway-api").await.contains(&"planRef".to_owned()));
    server(&customer, &accepted, "nobody else holds it", |server| server["gitManagers"] == json!([])).await;
    customer.client().patch(&path, json!({"deletionProtection": false})).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert!(
        !at.get().await.unwrap().spec.deletion_protection,
        "a field that Git held is changed in the dashboard again"
    );
}

#[tokio::test]
async fn a_change_of_another_field_does_not_put_back_what_git_changed() {
    let (world, customer, _mirror) = world().await;
    let kubernetes = kubernetes().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes).await;
    let (at, path) = (Object::of(&accepted).await, format!("/v1/servers/{}", server_id(&accepted)));
    let plan = json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": {"name": at.name}, "spec": {"planRef": "api-large"}});
    apply(&at, &plan, true).await;
    server(&customer, &accepted, "Git's plan is shown", |server| server["plan"] == "api-large").await;
    customer.client().patch(&path, json!({"runPolicy": "Running"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    let object = at.get().await.unwrap();
    assert_eq!(
        (object.spec.plan_ref.as_deref(), object.spec.run_policy),
        (Some("api-large"), slipway_crds::RunPolicy::Running)
    );
}
