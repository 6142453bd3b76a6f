//! The mirror of retained records: servers that are kept, come back, or are purged.

use kube::ResourceExt as _;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use slipway_crds::RetainedServer;

use crate::mirror::{create, ended, server, world};
use crate::support::World;
use crate::support::cluster::{Object, eventually, kubernetes};
use crate::support::seed::{Customer, operation_id, order, server_id};

/// Orders a server, lets it run and deletes it: it is kept by the record that is answered.
async fn kept(world: &World, customer: &Customer) -> (Value, Object, Api<RetainedServer>, String) {
    let mut body = order("web-1");
    body["deletionProtection"] = json!(false);
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let at = Object::of(&accepted).await;
    at.report_running().await;
    ended(customer, &accepted, "succeeded").await;
    let uid = at.get().await.unwrap().uid().unwrap();
    let deleted = customer.client().delete(&format!("/v1/servers/{}", server_id(&accepted))).await.expect(202);
    let records: Api<RetainedServer> = Api::all(at.client.clone());
    let name = format!("site-{}.10001", &world.app.env.uuid().simple().to_string()[20..]);
    create(records.clone(), json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "RetainedServer", "metadata": {"name": name},
        "spec": {"siteRef": name.strip_suffix(".10001"), "vmid": 10001, "namespace": at.namespace, "namespaceUid": "n", "name": at.name,
                 "uid": uid, "born": uid, "until": "2030-01-01T00:00:00Z"}})).await;
    world.dispatch(&kubernetes).await;
    assert_eq!(ended(customer, &deleted, "succeeded").await["reason"], "Retained");
    server(customer, &accepted, "it is kept", |server| server["retained"].is_object()).await;
    (accepted, at, records, name)
}

#[tokio::test]
async fn a_deleted_server_is_kept_while_a_record_keeps_it() {
    let (world, customer, _mirror) = world().await;
    let (accepted, _, records, name) = kept(&world, &customer).await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    assert_eq!(customer.client().get(&path).await.expect(200)["retained"]["until"], "2030-01-01T00:00:00Z");
    assert_eq!(customer.client().get("/v1/servers").await.expect(200)["total"], 1);
    records.delete(&name, &DeleteParams::default()).await.unwrap();
    eventually("it is gone from the list", async || {
        (customer.client().get("/v1/servers").await.expect(200)["total"] == 0).then_some(())
    })
    .await;
    let gone = "select count(*) from servers where absent_at is not null and retained_since is null";
    assert_eq!(world.count(gone).await, 1);
}

#[tokio::test]
async fn a_deleted_server_comes_back_as_itself_when_its_record_is_taken() {
    let (world, customer, _mirror) = world().await;
    let (accepted, at, records, name) = kept(&world, &customer).await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let uid = records.get(&name).await.unwrap().spec.uid;
    let taken = customer.client().send(http::Method::POST, &format!("{path}/undelete"), None).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    let object = at.get().await.unwrap();
    assert_ne!(object.uid().unwrap(), uid);
    assert_eq!(object.spec.undelete.as_ref().unwrap().uid, uid);
    assert!(object.spec.deletion_protection);
    let status = json!({"status": {"phase": "Taken", "takenBy": object.uid()}});
    records.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    at.report_running().await;
    ended(&customer, &taken, "succeeded").await;
    let back = server(&customer, &accepted, "it runs again", |server| server["phase"] == "Running").await;
    assert_eq!((&back["retained"], &back["id"]), (&json!(null), &accepted["server"]["id"]));
    eventually("the record is forgotten", async || {
        (world.count("select count(*) from servers where retained_uid is null and retained_since is null").await == 1)
            .then_some(())
    })
    .await;
    records.delete(&name, &DeleteParams::default()).await.unwrap();
}

/// Answers for a record as the operator does.
async fn say_of_record(records: &Api<RetainedServer>, name: &str, phase: &str, ready: &str, reason: &str) {
    let generation = records.get(name).await.unwrap().metadata.generation;
    let condition = json!({"type": "Ready", "status": ready, "reason": reason, "message": reason,
                           "observedGeneration": generation, "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let status = json!({"status": {"phase": phase, "conditions": [condition]}});
    records.patch_status(name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
}

#[tokio::test]
async fn a_purge_ends_the_time_of_the_record_and_then_with_it() {
    let (world, customer, _mirror) = world().await;
    let (accepted, _, records, name) = kept(&world, &customer).await;
    let path = format!("/v1/servers/{}/purge", server_id(&accepted));
    let purge = customer.client().post(&path, json!({"confirm": "web-1"})).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    let until = records.get(&name).await.unwrap().spec.until.unwrap();
    assert!(until.0.as_second() <= world.app.env.now().timestamp(), "{until:?}");
    let told = async |reason: &str| {
        eventually(reason, async || {
            let path = format!("/v1/operations/{}", operation_id(&purge));
            let found = customer.client().get(&path).await.expect(200);
            (found["reason"] == reason && found["status"] == "running").then_some(())
        })
        .await;
    };
    say_of_record(&records, &name, "Retained", "False", "Brake").await;
    told("Brake").await;
    say_of_record(&records, &name, "Purging", "False", "Brake").await;
    told("Purging").await;
    records.delete(&name, &DeleteParams::default()).await.unwrap();
    assert_eq!(ended(&customer, &purge, "succeeded").await["reason"], "Purged");
    let gone = customer.client().get(&format!("/v1/servers/{}", server_id(&accepted))).await.expect(200);
    assert_eq!((&gone["gone"], &gone["retained"]), (&json!(true), &json!(null)));
}

#[tokio::test]
async fn a_purge_comes_to_nothing_when_the_record_is_of_another_server_or_taken() {
    let (world, customer, _mirror) = world().await;
    let (accepted, _, records, name) = kept(&world, &customer).await;
    let path = format!("/v1/servers/{}/purge", server_id(&accepted));
    let before = records.get(&name).await.unwrap();
    // The mirror has not seen yet that the number is kept for another server.
    sqlx::query("update servers set retained_uid = 'another'").execute(&world.app.pool).await.unwrap();
    let purge = customer.client().post(&path, json!({"confirm": "web-1"})).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    assert_eq!(ended(&customer, &purge, "failed").await["reason"], "Refused");
    assert_eq!(records.get(&name).await.unwrap().spec, before.spec);
    sqlx::query("update servers set retained_uid = null").execute(&world.app.pool).await.unwrap();
    let purge = customer.client().post(&path, json!({"confirm": "web-1"})).await.expect(202);
    say_of_record(&records, &name, "Taken", "True", "Kept").await;
    assert_eq!(ended(&customer, &purge, "failed").await["reason"], "Taken");
    records.delete(&name, &DeleteParams::default()).await.unwrap();
}
