//! The mirror against a real kube-apiserver: what Kubernetes holds is what the console shows.

use chrono::TimeDelta;
use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt as _;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use slipway_api::dispatcher;
use slipway_api::mirror;
use slipway_api::mirror::scope::Scope;
use slipway_api::server::ownership::Managers;
use slipway_crds::{Network, OSImage, ProxmoxSite, RetainedServer, ServerPlan};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::World;
use crate::support::cluster::{self, Object, eventually, kubernetes};
use crate::support::seed::{Customer, operation_id, order, server_id};

/// A world whose mirror runs; it stops when the guard is dropped.
pub async fn world() -> (World, Customer, DropGuard) {
    let world = World::new().await;
    world.catalogue_in_kubernetes().await;
    let customer = customer(&world).await;
    let guard = start(&world).await;
    eventually("the catalogue is mirrored", async || {
        (world.count("select count(*) from sites").await > 0
            && world.count("select count(*) from plans").await > 1
            && world.count("select count(*) from images").await > 0)
            .then_some(())
    })
    .await;
    (world, customer, guard)
}

/// A customer whose account's namespace nobody else's mirror looks at.
pub async fn customer(world: &World) -> Customer {
    world.customer(&format!("t{}", world.tag())).await
}

pub async fn start(world: &World) -> DropGuard {
    let scope = Scope::new(vec![format!("acct-t{}-*", world.tag()), format!("test-{}-*", world.tag())]);
    let stop = CancellationToken::new();
    let managers = Managers::new(vec!["argocd-*".to_owned()]);
    tokio::spawn(mirror::run(world.app.clone(), cluster::api().await, managers, scope, stop.clone()));
    stop.drop_guard()
}

async fn operation(customer: &Customer, id: &str) -> Value {
    customer.client().get(&format!("/v1/operations/{id}")).await.expect(200)
}

/// Waits until the operation has that status, and gives it back.
pub async fn ended(customer: &Customer, accepted: &Value, status: &str) -> Value {
    let id = operation_id(accepted);
    eventually(&format!("the operation is {status}"), async || {
        Some(operation(customer, &id).await).filter(|operation| operation["status"] == status)
    })
    .await
}

/// Waits until the server looks so, and gives it back.
pub async fn server(customer: &Customer, accepted: &Value, what: &str, looks: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/v1/servers/{}", server_id(accepted));
    eventually(what, async || Some(customer.client().get(&path).await.expect(200)).filter(&looks)).await
}

async fn create<K>(api: Api<K>, object: Value)
where
    K: kube::Resource + Clone + serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug,
{
    let params = PostParams { field_manager: Some("test".into()), ..PostParams::default() };
    api.create(&params, &serde_json::from_value(object).unwrap()).await.unwrap();
}

/// A namespace of this test, with an account's label or without.
async fn namespace(world: &World, account: Option<&Customer>) -> String {
    let name = format!("test-{}-{}", world.tag(), &world.app.env.uuid().simple().to_string()[24..]);
    let labels = account.map(|customer| json!({"slipway.dev/account": customer.account}));
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
    create(Api::<Namespace>::all(cluster::admin().await), object).await;
    name
}

#[tokio::test]
async fn an_order_ends_when_the_operator_says_that_it_runs() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    at.report(json!({"phase": "Provisioning", "conditions": [
        {"type": "Ready", "status": "False", "reason": "Cloning", "message": "The disk is being copied."},
        {"type": "Reconciling", "status": "True", "reason": "Cloning", "message": ""}]}))
        .await;
    let waiting = eventually("the step is shown", async || {
        Some(operation(&customer, &operation_id(&accepted)).await).filter(|o| o["reason"] == "Cloning")
    });
    assert_eq!(waiting.await["message"], "The disk is being copied.");
    at.report_running().await;
    let done = ended(&customer, &accepted, "succeeded").await;
    let steps: Vec<&str> = done["progress"].as_array().unwrap().iter().map(|p| p["reason"].as_str().unwrap()).collect();
    assert_eq!(steps, ["Accepted", "Delivered", "Cloning", "Running"]);
    let shown = server(&customer, &accepted, "it runs", |server| server["phase"] == "Running").await;
    assert_eq!(
        (&shown["powerState"], &shown["addresses"], &shown["ready"]),
        (&json!("running"), &json!(["192.0.2.7"]), &json!(true))
    );
    assert_eq!((&shown["revision"], &shown["operation"]), (&json!(1), &json!(null)), "our own echo is no change");
    assert_eq!(world.count("select count(*) from server_revisions r join server_specs s on s.id = r.effective_spec_id where r.origin = 'api'").await, 1);
    let found = customer.client().get("/v1/servers?search=192.0.2").await.expect(200);
    assert_eq!(found["total"], 1);
}

#[tokio::test]
async fn a_cause_to_wait_is_told_and_heals_and_a_stall_fails() {
    let (world, customer, _mirror) = world().await;
    let (first, second) = (world.order(&customer, "web-1").await, world.order(&customer, "web-2").await);
    world.dispatch(&kubernetes().await).await;
    let (healing, stalled) = (Object::of(&first).await, Object::of(&second).await);
    healing.report(json!({"conditions": [{"type": "Ready", "status": "False", "reason": "StorageFull", "message": "Free some space on local-lvm."}]})).await;
    stalled
        .report(json!({"conditions": [
        {"type": "Ready", "status": "False", "reason": "Invalid", "message": "Look."},
        {"type": "Stalled", "status": "True", "reason": "Invalid", "message": "Name the disk in adopt.disks."}]}))
        .await;
    let failed = ended(&customer, &second, "failed").await;
    assert_eq!((&failed["reason"], &failed["message"]), (&json!("Invalid"), &json!("Name the disk in adopt.disks.")));
    let shown = server(&customer, &first, "the cause is shown", |server| server["reason"] == "StorageFull").await;
    assert_eq!(
        (&shown["operation"]["status"], &shown["operation"]["reason"]),
        (&json!("running"), &json!("StorageFull"))
    );
    healing.report_running().await;
    ended(&customer, &first, "succeeded").await;
}

#[tokio::test]
async fn a_server_made_with_kubectl_appears_in_its_account() {
    let (world, customer, _mirror) = world().await;
    let at = Object {
        client: cluster::admin().await,
        namespace: namespace(&world, Some(&customer)).await,
        name: "db".into(),
    };
    at.create_smallest().await;
    let page = eventually("it is listed", async || {
        Some(customer.client().get("/v1/servers").await.expect(200)).filter(|page| page["items"][0].is_object())
    })
    .await;
    let shown = &page["items"][0];
    assert_eq!(
        (&shown["origin"], &shown["name"], &shown["objectName"]),
        (&json!("kubernetes"), &json!("db"), &json!("db"))
    );
    assert_eq!(
        (&shown["plan"], &shown["memoryMiB"], &shown["revision"]),
        (&json!("api-small"), &json!(1024), &json!(1))
    );
    let manager: String = sqlx::query_scalar("select manager from server_revision_managers m join servers s on s.id = m.server_id where s.object_name = 'db' and s.namespace = $1")
        .bind(&at.namespace)
        .fetch_one(&world.app.pool)
        .await
        .unwrap();
    assert_eq!(manager, "kubectl-create");
}

#[tokio::test]
async fn a_dashboard_change_of_a_kubectl_server_sends_only_what_was_changed() {
    let (world, customer, _mirror) = world().await;
    let at = Object {
        client: cluster::admin().await,
        namespace: namespace(&world, Some(&customer)).await,
        name: "db".into(),
    };
    at.create_smallest().await;
    let page = eventually("it is listed", async || {
        Some(customer.client().get("/v1/servers").await.expect(200)).filter(|page| page["total"] == 1)
    })
    .await;
    let path = format!("/v1/servers/{}", page["items"][0]["id"].as_str().unwrap());
    // The catalogue arrives by a watch of its own.
    eventually("the plan is known", async || {
        let plans = customer.client().get("/v1/plans").await.expect(200);
        plans["items"].as_array().unwrap().iter().any(|plan| plan["name"] == "api-large").then_some(())
    })
    .await;
    customer.client().patch(&path, json!({"plan": "api-large"})).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    let object = at.get().await.unwrap();
    assert_eq!(object.spec.plan_ref.as_deref(), Some("api-large"));
    let ours = object.managed_fields().iter().find(|entry| entry.manager.as_deref() == Some("slipway-api")).unwrap();
    assert_eq!(ours.fields_v1.as_ref().unwrap().0["f:spec"], json!({"f:planRef": {}}));
    assert_eq!(object.spec.image_ref.as_deref(), Some("api-debian-13"), "what others set stays");
}

#[tokio::test]
async fn a_server_in_a_namespace_without_a_label_is_for_staff_until_it_gets_one() {
    let (world, customer, _mirror) = world().await;
    let staff = world.staff().await;
    let at = Object { client: cluster::admin().await, namespace: namespace(&world, None).await, name: "db".into() };
    at.create_smallest().await;
    let mine = |page: &Value| -> Option<Value> {
        page["items"].as_array().unwrap().iter().find(|item| item["namespace"] == at.namespace.as_str()).cloned()
    };
    let seen = eventually("staff see it", async || {
        mine(&staff.client.get("/v1/servers?limit=200&search=db").await.expect(200))
    })
    .await;
    assert_eq!(seen["accountId"], Value::Null);
    assert_eq!(customer.client().get("/v1/servers").await.expect(200)["total"], 0);
    let label = json!({"metadata": {"labels": {"slipway.dev/account": customer.account}}});
    let namespaces: Api<Namespace> = Api::all(at.client.clone());
    namespaces.patch(&at.namespace, &PatchParams::default(), &Patch::Merge(label)).await.unwrap();
    eventually("the customer sees it", async || mine(&customer.client().get("/v1/servers").await.expect(200))).await;
}

#[tokio::test]
async fn an_edit_with_kubectl_becomes_a_revision_and_leaves_what_we_own() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let at = Object::of(&accepted).await;
    at.report_running().await;
    ended(&customer, &accepted, "succeeded").await;
    at.edit(json!({"runPolicy": "Running", "driftPolicy": "Report"})).await;
    let shown = server(&customer, &accepted, "the edit is shown", |server| server["runPolicy"] == "Running").await;
    assert_eq!(shown["revision"], 2);
    let owned: Option<String> = sqlx::query_scalar("select run_policy from server_specs p join server_revisions r on r.owned_spec_id = p.id where r.number = 2 and r.server_id = $1")
        .bind(server_id(&accepted).parse::<uuid::Uuid>().unwrap())
        .fetch_one(&world.app.pool)
        .await
        .unwrap();
    assert_eq!(owned.as_deref(), Some("Managed"), "what was mirrored is not what we own");
    let changed = customer
        .client()
        .patch(&format!("/v1/servers/{}", server_id(&accepted)), json!({"plan": "api-large"}))
        .await
        .expect(202);
    assert_eq!(changed["server"]["revision"], 3);
    world.dispatch(&kubernetes).await;
    let object = at.get().await.unwrap();
    assert_eq!(
        (object.spec.plan_ref.as_deref(), object.spec.drift_policy),
        (Some("api-large"), slipway_crds::DriftPolicy::Report)
    );
    assert_eq!(object.spec.run_policy, slipway_crds::RunPolicy::Managed, "a person's edit of our field is overridden");
}

#[tokio::test]
async fn a_field_applied_by_a_git_controller_is_refused_to_the_dashboard() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    let apply = json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": {"name": at.name}, "spec": {"planRef": "api-large"}});
    at.api().patch(&at.name, &PatchParams::apply("argocd-controller").force(), &Patch::Apply(apply)).await.unwrap();
    server(&customer, &accepted, "Git's plan is shown", |server| server["plan"] == "api-large").await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let refused = customer
        .client()
        .patch(&path, json!({"plan": "api-small", "rootDiskGiB": 90}))
        .await
        .expect_problem(409, "owned-by-git");
    assert!(refused["detail"].as_str().unwrap().contains("argocd-controller"), "{refused}");
}

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

#[tokio::test]
async fn a_suspension_is_lifted_even_when_somebody_else_holds_it() {
    let (world, customer, _mirror) = world().await;
    let staff = world.staff().await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let at = Object::of(&accepted).await;
    at.edit(json!({"suspended": {"reason": "abuse"}})).await;
    let seen = server(&customer, &accepted, "it is suspended", |server| server["suspended"].is_object()).await;
    assert_eq!(seen["suspended"]["reason"], "abuse");
    customer.client().patch(&path, json!({"runPolicy": "Running"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert!(at.get().await.unwrap().spec.suspended.is_some(), "a customer's change lifts nothing");
    staff.client.send(http::Method::POST, &format!("{path}/resume"), None).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert!(at.get().await.unwrap().spec.suspended.is_none());
    at.edit(json!({"suspended": {"reason": "again"}})).await;
    server(&customer, &accepted, "it is suspended again", |server| server["suspended"].is_object()).await;
    customer.client().patch(&path, json!({"runPolicy": "Managed"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert!(at.get().await.unwrap().spec.suspended.is_some(), "what was lifted once is not lifted for ever");
    staff.client.post(&format!("{path}/suspend"), json!({"reason": "unpaid"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert_eq!(at.get().await.unwrap().spec.suspended.unwrap().reason, "unpaid");
}

#[tokio::test]
async fn a_server_deleted_with_kubectl_fails_what_waited_for_it() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    Object::of(&accepted).await.delete().await;
    assert_eq!(ended(&customer, &accepted, "failed").await["reason"], "Deleted");
    assert_eq!(customer.client().get("/v1/servers").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn a_verb_ends_with_the_phase_of_its_object() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}/actions", server_id(&accepted));
    let (start, stop) = (
        customer.client().post(&path, json!({"verb": "Start"})).await.expect(202),
        customer.client().post(&path, json!({"verb": "Stop"})).await.expect(202),
    );
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    for (asked, phase, reason) in [(&start, "Succeeded", None), (&stop, "Refused", Some("RunPolicy"))] {
        let name = format!("{}-{}", at.name, &operation_id(asked).replace('-', "")[24..]);
        let status = json!({"status": {"phase": phase, "reason": reason, "message": "So it is."}});
        at.actions().patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    }
    assert_eq!(ended(&customer, &start, "succeeded").await["message"], "So it is.");
    assert_eq!(ended(&customer, &stop, "failed").await["reason"], "RunPolicy");
}

#[tokio::test]
async fn what_a_status_tells_of_stores_and_drift_is_shown() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    at.report(json!({
        "phase": "Running",
        "snapshots": [{"name": "before", "createdAt": "2026-01-01T00:00:00Z", "includesMemory": true}],
        "backups": [{"volid": "b:1", "createdAt": "2026-01-01T00:00:00Z", "sizeBytes": 7, "protected": true}],
        "detached": [{"name": "root-1", "volid": "l:1", "slot": "unused0", "since": "2026-01-01T00:00:00Z",
                      "until": "2026-01-02T00:00:00Z"}],
        "drift": [{"field": "cores", "wanted": "1", "found": "2", "by": "root@pam", "at": "2026-01-01T00:00:00Z"},
                  {"field": "memoryMiB", "wanted": "1", "found": "2"}],
    }))
    .await;
    let shown = server(&customer, &accepted, "it has a snapshot", |server| server["snapshots"][0].is_object()).await;
    assert_eq!(shown["snapshots"][0]["name"], "before");
    assert_eq!((&shown["backups"][0]["id"], &shown["backups"][0]["protected"]), (&json!("b:1"), &json!(true)));
    assert_eq!(shown["detachedDisks"][0]["until"], "2026-01-02T00:00:00Z");
    let staff = world.staff().await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let drift = &staff.client.get(&path).await.expect(200)["drift"];
    assert_eq!((&drift[0]["field"], &drift[0]["by"]), (&json!("cores"), &json!("root@pam")));
    assert_eq!(drift[0]["at"], "2026-01-01T00:00:00Z");
    assert_eq!((&drift[1]["by"], &drift[1]["at"]), (&json!(null), &json!(null)), "the task log does not tell");
    at.report(json!({"phase": "Running", "snapshots": null})).await;
    server(&customer, &accepted, "its snapshot is gone", |server| server["snapshots"] == json!([])).await;
}

#[tokio::test]
async fn a_verb_that_was_never_carried_out_expires() {
    let (world, customer, _mirror) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}/actions", server_id(&accepted));
    let asked = customer.client().post(&path, json!({"verb": "Start"})).await.expect(202);
    world.clock.advance(TimeDelta::hours(24));
    let mut connection = world.app.pool.acquire().await.unwrap();
    slipway_api::operation::settle::expire(&mut connection, world.app.env.now()).await.unwrap();
    let status: String = sqlx::query_scalar("select status from operations where id = $1")
        .bind(operation_id(&asked).parse::<uuid::Uuid>().unwrap())
        .fetch_one(&world.app.pool)
        .await
        .unwrap();
    assert_eq!(status, "expired");
}

#[tokio::test]
async fn an_acknowledgement_reaches_the_site_and_changes_nothing_else() {
    let (world, _customer, _mirror) = world().await;
    let staff = world.staff().await;
    let sites: Api<ProxmoxSite> = Api::all(cluster::admin().await);
    let name = format!("site-{}", &world.app.env.uuid().simple().to_string()[20..]);
    create(sites.clone(), json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "ProxmoxSite", "metadata": {"name": name},
        "spec": {"endpoints": ["https://127.0.0.1:1"], "credentialsSecretRef": {"name": "none"}, "tls": {"caBundle": "none"},
                 "vmidRange": {"start": 10000, "end": 19999}, "defaultNetwork": "none"}})).await;
    let status = json!({"status": {
        "conditions": [{"type": "Stalled", "status": "True", "reason": "InventoryShrank", "message": "many vanished",
                        "lastTransitionTime": "2026-01-01T00:00:00Z"}],
        "quarantine": [{"vmid": 10001, "reason": "locked", "command": "rm x", "since": "2026-01-01T00:00:00Z"}],
    }});
    sites.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    let path = format!("/v1/sites/{name}");
    eventually("the site is mirrored", async || {
        let answer = staff.client.get(&path).await;
        (answer.status == 200 && answer.json()["quarantine"][0]["command"] == "rm x").then_some(())
    })
    .await;
    let body = json!({"condition": "InventoryShrank"});
    staff.client.post(&format!("{path}/acknowledge"), body).await.expect(202);
    assert!(dispatcher::acknowledge::deliver_one(&world.app, &kubernetes().await).await.unwrap());
    let site = sites.get(&name).await.unwrap();
    assert!(site.annotations()["slipway.dev/acknowledge"].starts_with("InventoryShrank@2"), "{:?}", site.annotations());
    let told = staff.client.get(&path).await.expect(200);
    assert!(told["acknowledgement"]["deliveredAt"].is_string(), "{told}");
    assert!(!dispatcher::acknowledge::deliver_one(&world.app, &kubernetes().await).await.unwrap(), "once");
    sites.delete(&name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn the_catalogue_follows_kubernetes() {
    let (world, customer, _mirror) = world().await;
    let client = cluster::admin().await;
    let name = format!("t{}", &world.app.env.uuid().simple().to_string()[16..]);
    let meta = json!({"name": name});
    create(Api::<ServerPlan>::all(client.clone()), json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "ServerPlan", "metadata": meta,
        "spec": {"displayName": "Tiny", "cores": 2, "memoryMiB": 512, "diskGiB": 5, "maxDiskGiB": 20, "networkMbps": 100}})).await;
    create(Api::<OSImage>::all(client.clone()), json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "OSImage", "metadata": meta,
        "spec": {"displayName": "Tiny OS", "osFamily": "debian", "version": "13", "endOfLife": "2030-06-30", "defaultUser": "debian",
                 "templateName": "t", "templateTag": "t", "templates": []}})).await;
    create(Api::<ProxmoxSite>::all(client.clone()), json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "ProxmoxSite", "metadata": meta,
        "spec": {"region": "eu-9", "endpoints": ["https://127.0.0.1:1"], "credentialsSecretRef": {"name": "x"}, "tls": {"caBundle": "x"},
                 "vmidRange": {"start": 10000, "end": 19999}, "defaultNetwork": name}})).await;
    create(
        Api::<Network>::all(client.clone()),
        json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "Network", "metadata": meta,
        "spec": {"siteRefs": [name], "bridge": "vmbr0", "pools": ["p"], "allowedNamespaces": ["acct-*"]}}),
    )
    .await;
    let find = async |list: &str| {
        let page = customer.client().get(list).await.expect(200);
        page["items"].as_array().unwrap().iter().find(|item| item["name"] == name.as_str()).cloned()
    };
    let plan = eventually("the plan is there", async || find("/v1/plans").await).await;
    assert_eq!(
        (&plan["displayName"], &plan["maxDiskGiB"], &plan["networkMbps"]),
        (&json!("Tiny"), &json!(20), &json!(100))
    );
    let image = eventually("the image is there", async || find("/v1/images").await).await;
    assert_eq!(image["endOfLife"], "2030-06-30");
    let site = eventually("the site is there", async || find("/v1/sites").await).await;
    assert_eq!((&site["region"], &site["ready"], &site["displayName"]), (&json!("eu-9"), &json!(false), &json!(name)));
    eventually("the network is there", async || find("/v1/networks").await).await;
    let ready = json!({"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Connected", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z"}]}});
    let sites: Api<ProxmoxSite> = Api::all(client.clone());
    sites.patch_status(&name, &PatchParams::default(), &Patch::Merge(ready)).await.unwrap();
    eventually("the site is ready", async || find("/v1/sites").await.filter(|site| site["ready"] == true)).await;
    Api::<ServerPlan>::all(client).delete(&name, &DeleteParams::default()).await.unwrap();
    eventually("the plan is gone", async || find("/v1/plans").await.is_none().then_some(())).await;
}

#[tokio::test]
async fn one_bad_object_is_flagged_and_the_others_go_on() {
    let (world, customer, _mirror) = world().await;
    let (first, second) = (world.order(&customer, "web-1").await, world.order(&customer, "web-2").await);
    world.dispatch(&kubernetes().await).await;
    let (bad, good) = (Object::of(&first).await, Object::of(&second).await);
    bad.edit(json!({"hostname": "web-2"})).await;
    eventually("it is flagged", async || {
        (world.count("select count(*) from mirror_flags where kind = 'VirtualServer'").await == 1).then_some(())
    })
    .await;
    good.report_running().await;
    ended(&customer, &second, "succeeded").await;
    bad.edit(json!({"hostname": "web-3"})).await;
    server(&customer, &first, "it is mirrored again", |server| server["name"] == "web-3").await;
    eventually("the flag is gone", async || {
        (world.count("select count(*) from mirror_flags where kind = 'VirtualServer'").await == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_older_event_does_not_undo_a_newer_one() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = customer(&world).await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    let old = at.get().await.unwrap();
    at.report_running().await;
    let new = at.get().await.unwrap();
    let managers = Managers::new(Vec::new());
    let mut connection = world.app.pool.acquire().await.unwrap();
    for object in [&new, &old] {
        mirror::server::upsert(&mut connection, &world.app.env, &managers, object).await.unwrap();
    }
    let shown = customer.client().get(&format!("/v1/servers/{}", server_id(&accepted))).await.expect(200);
    assert_eq!(shown["phase"], "Running");
}

#[tokio::test]
async fn an_event_that_is_quicker_than_the_dispatchers_commit_finds_the_same_server() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = customer(&world).await;
    let accepted = world.order(&customer, "web-1").await;
    let kubernetes = kubernetes().await;
    let mut dispatching = world.app.pool.begin().await.unwrap();
    let id = server_id(&accepted).parse().unwrap();
    dispatcher::server::dispatch(&world.app, &kubernetes, &mut dispatching, id).await.unwrap();
    let object = Object::of(&accepted).await.get().await.unwrap();
    let app = world.app.clone();
    let mirroring = tokio::spawn(async move {
        let mut transaction = app.pool.begin().await.unwrap();
        let managers = Managers::new(Vec::new());
        mirror::server::upsert(&mut transaction, &app.env, &managers, &object).await.unwrap();
        transaction.commit().await.unwrap();
    });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    eventually("the mirror waits for the dispatcher", async || (world.count(waits).await == 1).then_some(())).await;
    dispatching.commit().await.unwrap();
    mirroring.await.unwrap();
    assert_eq!(world.count("select count(*) from servers where absent_at is null and generation = 1").await, 1);
    assert_eq!(world.count("select count(*) from server_revisions").await, 1, "our own echo is no change");
}

#[tokio::test]
async fn one_replica_mirrors_and_another_takes_over() {
    let world = World::new().await;
    let other = World::on(world.app.pool.clone());
    let first = start(&world).await;
    eventually("the first mirrors", async || (world.app.metrics.mirroring.get() == 1).then_some(())).await;
    let _second = start(&other).await;
    world.dispatch(&kubernetes().await).await;
    assert_eq!(other.app.metrics.mirroring.get(), 0);
    drop(first);
    eventually("the second takes over", async || (other.app.metrics.mirroring.get() == 1).then_some(())).await;
}
