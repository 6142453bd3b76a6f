//! The dispatcher against a real kube-apiserver: wishes arrive, once and in their newest form, whatever is lost between.

use std::time::Duration;

use chrono::TimeDelta;
use k8s_openapi::api::core::v1::{Namespace, ResourceQuota, Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::{Api, ListParams};
use kube::{Resource as _, ResourceExt as _};
use serde_json::{Value, json};
use slipway_api::dispatcher::kubernetes::Kind;
use slipway_api::dispatcher::{manifest, queue, server, wish};
use slipway_api::id::ServerId;

use crate::support::World;
use crate::support::cluster::{Object, eventually, kubernetes, kubernetes_away};
use crate::support::seed::{Customer, operation_id, order, server_id};

async fn world() -> (World, Customer) {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    (world, customer)
}

async fn operation(customer: &Customer, id: &str) -> Value {
    customer.client().get(&format!("/v1/operations/{id}")).await.expect(200)
}

/// Manager and operation of each entry that holds spec fields.
fn holders(object: &slipway_crds::VirtualServer) -> Vec<(String, String)> {
    let entries = object.managed_fields().iter().filter(|entry| entry.subresource.is_none());
    entries.map(|entry| (entry.manager.clone().unwrap(), entry.operation.clone().unwrap())).collect()
}

fn applied_by_us() -> Vec<(String, String)> {
    vec![("slipway-api".to_owned(), "Apply".to_owned())]
}

/// POSTs the server's manifest and forgets the answer, as a crash does.
async fn post_and_forget(world: &World, accepted: &Value) {
    let id: ServerId = server_id(accepted).parse().unwrap();
    let mut connection = world.app.pool.acquire().await.unwrap();
    let wish = wish::read(&mut connection, id).await.unwrap();
    let body = manifest::virtual_server(&wish, wish.revision.as_ref().unwrap(), None);
    let kubernetes = kubernetes().await;
    slipway_api::dispatcher::namespace::ensure(&kubernetes, &wish.namespace, wish.account.unwrap()).await.unwrap();
    kubernetes.post(Kind::VirtualServer, &wish.namespace, &body).await.unwrap();
}

#[tokio::test]
async fn an_order_becomes_a_server_in_the_accounts_own_namespace() {
    let (world, customer) = world().await;
    let mut body = order("web-1");
    body["password"] = json!("hunter2hunter2");
    let client = customer.client().with_header("x-request-id", "walk-7");
    let accepted = client.post("/v1/servers", body).await.expect(202);
    world.dispatch(&kubernetes().await).await;

    let at = Object::of(&accepted).await;
    let object = at.get().await.unwrap();
    assert_eq!(object.labels()["slipway.dev/server-id"], server_id(&accepted));
    assert_eq!(object.labels()["slipway.dev/account"], customer.account.to_string());
    assert_eq!(object.annotations()["slipway.dev/revision"], "1");
    assert_eq!(object.annotations()["slipway.dev/request-id"], "walk-7");
    assert_eq!(holders(&object), applied_by_us());
    assert_eq!(object.spec.hostname.as_deref(), Some("web-1"));
    assert!(object.spec.deletion_protection);

    let namespace = Api::<Namespace>::all(at.client.clone()).get(&at.namespace).await.unwrap();
    assert_eq!(namespace.labels()["slipway.dev/account"], customer.account.to_string());
    Api::<ServiceAccount>::namespaced(at.client.clone(), &at.namespace).get("tenant").await.unwrap();
    let binding = Api::<RoleBinding>::namespaced(at.client.clone(), &at.namespace).get("slipway-tenant").await.unwrap();
    assert_eq!((binding.role_ref.kind.as_str(), binding.role_ref.name.as_str()), ("ClusterRole", "slipway-tenant"));
    let quotas =
        Api::<ResourceQuota>::namespaced(at.client.clone(), &at.namespace).list(&ListParams::default()).await.unwrap();
    assert_eq!(quotas.items.len(), 1);

    let secret = object.spec.access.unwrap().password_secret_ref.unwrap();
    let stored = Api::<Secret>::namespaced(at.client.clone(), &at.namespace).get(&secret.name).await.unwrap();
    assert!(stored.data.unwrap()[&secret.key].0.starts_with(b"$6$"));
    assert_eq!(world.count("select count(*) from sealed_secrets").await, 0, "the hash is forgotten once it is there");
    assert_eq!(world.count("select count(*) from dirty_servers").await, 0);
    let followed = operation(&customer, &operation_id(&accepted)).await;
    assert_eq!((&followed["status"], &followed["reason"]), (&json!("running"), &json!("Delivered")));
}

#[tokio::test]
async fn a_burst_of_changes_arrives_as_its_last() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    customer.client().patch(&path, json!({"rootDiskGiB": 20})).await.expect(202);
    customer.client().patch(&path, json!({"rootDiskGiB": 30})).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    let object = Object::of(&accepted).await.get().await.unwrap();
    assert_eq!((object.annotations()["slipway.dev/revision"].as_str(), object.spec.disks[0].size_gib), ("3", 30));
    assert_eq!(object.metadata.generation, Some(1));
}

#[tokio::test]
async fn a_change_takes_away_what_we_no_longer_want() {
    let (world, customer) = world().await;
    let mut body = order("web-1");
    body["rootDiskGiB"] = json!(40);
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let changed = customer.client().patch(&path, json!({"plan": "api-large"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    let object = Object::of(&accepted).await.get().await.unwrap();
    assert_eq!(object.spec.plan_ref.as_deref(), Some("api-large"));
    assert!(object.spec.disks.is_empty(), "the larger plan covers the disk: {:?}", object.spec.disks);
    assert_eq!(operation(&customer, &operation_id(&changed)).await["status"], "running");
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_found_again() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    post_and_forget(&world, &accepted).await;
    let at = Object::of(&accepted).await;
    let uid = at.get().await.unwrap().uid();
    world.dispatch(&kubernetes().await).await;
    let object = at.get().await.unwrap();
    assert_eq!(object.uid(), uid);
    assert_eq!(holders(&object), applied_by_us());
    assert_eq!(world.count("select count(*) from operations where status = 'running' and uid is not null").await, 1);
}

#[tokio::test]
async fn a_dispatch_that_dies_before_it_is_recorded_is_repeated_without_a_second_effect() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let kubernetes = kubernetes().await;
    let id: ServerId = server_id(&accepted).parse().unwrap();
    let at = Object::of(&accepted).await;
    for _ in 0..2 {
        let mut transaction = world.app.pool.begin().await.unwrap();
        server::dispatch(&world.app, &kubernetes, &mut transaction, id).await.unwrap();
        transaction.rollback().await.unwrap();
    }
    let uid = at.get().await.unwrap().uid();
    world.dispatch(&kubernetes).await;
    assert_eq!(
        (at.get().await.unwrap().uid(), at.api().list(&ListParams::default()).await.unwrap().items.len()),
        (uid, 1)
    );
}

#[tokio::test]
async fn a_change_after_a_lost_answer_reaches_the_object_that_is_there() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    post_and_forget(&world, &accepted).await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    customer.client().patch(&path, json!({"rootDiskGiB": 50, "runPolicy": "Stopped"})).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    let object = Object::of(&accepted).await.get().await.unwrap();
    assert_eq!((object.spec.disks[0].size_gib, object.spec.run_policy), (50, slipway_crds::RunPolicy::Stopped));
    assert_eq!(holders(&object), applied_by_us());
}

#[tokio::test]
async fn a_server_deleted_before_it_was_made_is_never_made() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}?confirm=web-1", server_id(&accepted));
    let deleted = customer.client().delete(&path).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    assert!(Object::of(&accepted).await.get().await.is_none());
    assert_eq!(operation(&customer, &operation_id(&deleted)).await["status"], "succeeded");
    assert_eq!(operation(&customer, &operation_id(&accepted)).await["status"], "superseded");
    assert_eq!(customer.client().get("/v1/servers").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn a_server_deleted_after_a_lost_answer_is_found_and_deleted() {
    let (world, customer) = world().await;
    let mut body = order("web-1");
    body["deletionProtection"] = json!(false);
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    post_and_forget(&world, &accepted).await;
    customer.client().delete(&format!("/v1/servers/{}", server_id(&accepted))).await.expect(202);
    let (at, kubernetes) = (Object::of(&accepted).await, kubernetes().await);
    world.dispatch(&kubernetes).await;
    sqlx::query("update servers set observed_generation = 1").execute(&world.app.pool).await.unwrap();
    world.clock.advance(TimeDelta::seconds(3));
    world.dispatch(&kubernetes).await;
    assert!(at.get().await.is_none());
}

#[tokio::test]
async fn a_delete_waits_until_the_lifted_protection_is_observed() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let (at, kubernetes) = (Object::of(&accepted).await, kubernetes().await);
    world.dispatch(&kubernetes).await;
    let path = format!("/v1/servers/{}?confirm=web-1", server_id(&accepted));
    let deleted = customer.client().delete(&path).await.expect(202);
    world.dispatch(&kubernetes).await;
    let object = at.get().await.expect("it is still there");
    assert!(!object.spec.deletion_protection, "the protection is lifted first");
    sqlx::query("update servers set observed_generation = $1")
        .bind(object.metadata.generation)
        .execute(&world.app.pool)
        .await
        .unwrap();
    world.clock.advance(TimeDelta::seconds(3));
    world.dispatch(&kubernetes).await;
    assert!(at.get().await.is_none());
    let followed = operation(&customer, &operation_id(&deleted)).await;
    assert_eq!(
        (&followed["status"], &followed["reason"]),
        (&json!("running"), &json!("Delivered")),
        "the mirror proves the absence"
    );
}

#[tokio::test]
async fn a_server_of_the_same_name_that_is_not_ours_is_left_alone() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let (at, kubernetes) = (Object::of(&accepted).await, kubernetes().await);
    world.dispatch(&kubernetes).await;
    at.delete().await;
    let foreign = at.create_smallest().await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let changed = customer.client().patch(&path, json!({"plan": "api-large"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    let followed = operation(&customer, &operation_id(&changed)).await;
    assert_eq!((&followed["status"], &followed["reason"]), (&json!("failed"), &json!("Deleted")));
    assert_eq!(
        at.get().await.unwrap().meta().resource_version,
        foreign.metadata.resource_version,
        "nobody wrote to it"
    );
}

#[tokio::test]
async fn a_foreign_object_in_the_place_of_a_new_server_fails_the_order() {
    let (world, customer) = world().await;
    let first = world.order(&customer, "first").await;
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let accepted = world.order(&customer, "web-1").await;
    let at = Object::of(&accepted).await;
    assert_eq!(at.namespace, Object::of(&first).await.namespace);
    at.create_smallest().await;
    world.dispatch(&kubernetes).await;
    let followed = operation(&customer, &operation_id(&accepted)).await;
    assert_eq!((&followed["status"], &followed["reason"]), (&json!("failed"), &json!("AlreadyExists")));
    assert_eq!(holders(&at.get().await.unwrap())[0].0, "kubectl-create");
}

#[tokio::test]
async fn what_kubernetes_refuses_fails_with_its_sentence_and_can_be_deleted() {
    let (world, customer) = world().await;
    let long = "x".repeat(70);
    sqlx::query("insert into sites values ($1, 'Long', 'eu-1', 'api-public', true, null, null, 1)")
        .bind(&long)
        .execute(&world.app.pool)
        .await
        .unwrap();
    let mut body = order("web-1");
    body["site"] = json!(long);
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let followed = operation(&customer, &operation_id(&accepted)).await;
    assert_eq!((&followed["status"], &followed["reason"]), (&json!("failed"), &json!("Refused")));
    assert!(followed["message"].as_str().unwrap().contains("spec.siteRef"), "{followed}");
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let shown = customer.client().get(&path).await.expect(200);
    assert_eq!((&shown["phase"], &shown["operation"]["status"]), (&json!("Failed"), &json!("failed")));
    customer.client().delete(&format!("{path}?confirm=web-1")).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert_eq!(customer.client().get("/v1/servers").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn a_verb_for_a_server_that_was_never_made_fails_and_leaves_the_dispatcher_at_rest() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    sqlx::query("update server_revisions set applied_at = now()").execute(&world.app.pool).await.unwrap();
    let path = format!("/v1/servers/{}/actions", server_id(&accepted));
    let verb = customer.client().post(&path, json!({"verb": "Start"})).await.expect(202);
    world.dispatch(&kubernetes().await).await;
    let followed = operation(&customer, &operation_id(&verb)).await;
    assert_eq!((&followed["status"], &followed["reason"]), (&json!("failed"), &json!("NotMade")));
    assert_eq!(world.count("select count(*) from dirty_servers").await, 0);
}

#[tokio::test]
async fn what_waits_for_a_server_that_somebody_else_deleted_ends() {
    let (world, customer) = world().await;
    let (first, second) = (world.order(&customer, "web-1").await, world.order(&customer, "web-2").await);
    world.dispatch(&kubernetes().await).await;
    let mut operations = Vec::new();
    for (name, accepted) in [("web-1", first), ("web-2", second)] {
        let path = format!("/v1/servers/{}", server_id(&accepted));
        let verb = customer.client().post(&format!("{path}/actions"), json!({"verb": "Stop"})).await.expect(202);
        operations.push((operation_id(&verb), if name == "web-1" { "failed" } else { "superseded" }));
        if name == "web-2" {
            let deleted = customer.client().delete(&format!("{path}?confirm={name}")).await.expect(202);
            operations.push((operation_id(&deleted), "succeeded"));
        }
    }
    sqlx::query("update servers set absent_at = now()").execute(&world.app.pool).await.unwrap();
    world.dispatch(&kubernetes_away()).await;
    for (id, status) in operations {
        assert_eq!(operation(&customer, &id).await["status"], status);
    }
    assert_eq!(world.count("select count(*) from dirty_servers").await, 0);
}

#[tokio::test]
async fn a_server_whose_password_cannot_be_read_lets_the_others_pass() {
    let (world, customer) = world().await;
    let mut body = order("web-1");
    body["password"] = json!("hunter2hunter2");
    let broken = customer.client().post("/v1/servers", body).await.expect(202);
    sqlx::query("update sealed_secrets set sealed = 'x'").execute(&world.app.pool).await.unwrap();
    let other = world.order(&customer, "web-2").await;
    world.dispatch(&kubernetes().await).await;
    assert!(Object::of(&other).await.get().await.is_some());
    let waiting = operation(&customer, &operation_id(&broken)).await;
    assert_eq!((&waiting["status"], &waiting["reason"]), (&json!("accepted"), &json!("NotDispatched")));
}

#[tokio::test]
async fn verbs_arrive_after_their_revision_and_in_order() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}/actions", server_id(&accepted));
    let mut operations = Vec::new();
    for verb in ["Shutdown", "Start"] {
        operations.push(customer.client().post(&path, json!({"verb": verb})).await.expect(202));
    }
    world.dispatch(&kubernetes().await).await;
    let at = Object::of(&accepted).await;
    let server = at.get().await.unwrap();
    for (sequence, (verb, accepted)) in
        [slipway_crds::Verb::Shutdown, slipway_crds::Verb::Start].into_iter().zip(&operations).enumerate()
    {
        let id = operation_id(accepted).replace('-', "");
        let action = at.actions().get(&format!("{}-{}", at.name, &id[24..])).await.unwrap();
        assert_eq!((action.spec.verb, action.spec.sequence), (verb, i64::try_from(sequence).unwrap() + 1));
        assert_eq!(
            (action.spec.after_generation, action.spec.server_ref.uid.clone()),
            (server.metadata.generation, server.uid())
        );
        assert_eq!(operation(&customer, &operation_id(accepted)).await["status"], "running");
    }
}

#[tokio::test]
async fn what_a_verb_is_about_reaches_kubernetes_which_takes_every_verb() {
    let (world, customer) = world().await;
    let staff = world.staff().await;
    let accepted = world.order(&customer, "web-1").await;
    let id = server_id(&accepted);
    sqlx::query(
        r#"update servers set
               snapshots = '[{"name": "before", "createdAt": "2026-01-01T00:00:00Z", "includesMemory": true}]',
               backups = '[{"id": "b:1", "createdAt": "2026-01-01T00:00:00Z", "sizeBytes": 7, "protected": false}]',
               detached_disks = '[{"name": "root-1", "since": "2026-01-01T00:00:00Z", "until": null}]'
           where id = $1::uuid"#,
    )
    .bind(&id)
    .execute(&world.app.pool)
    .await
    .unwrap();
    for body in [
        json!({"verb": "Reset"}),
        json!({"verb": "Snapshot", "snapshot": "after", "includeMemory": true}),
        json!({"verb": "DeleteSnapshot", "snapshot": "before"}),
        json!({"verb": "Rollback", "snapshot": "before"}),
        json!({"verb": "Backup"}),
        json!({"verb": "Restore", "backup": "b:1"}),
        json!({"verb": "DeleteBackup", "backup": "b:1"}),
        json!({"verb": "Migrate", "node": "pve2"}),
        json!({"verb": "Rebuild", "image": "api-debian-13"}),
        json!({"verb": "Rebuild", "disk": "root-1"}),
        json!({"verb": "DestroyDisk", "disk": "root-1"}),
    ] {
        let asked = staff.client.post(&format!("/v1/servers/{id}/actions"), body.clone()).await.expect(202);
        world.dispatch(&kubernetes().await).await;
        let at = Object::of(&accepted).await;
        let name = format!("{}-{}", at.name, &operation_id(&asked).replace('-', "")[24..]);
        let spec = serde_json::to_value(at.actions().get(&name).await.unwrap().spec).unwrap();
        assert_eq!(spec["serverRef"]["uid"], at.get().await.unwrap().uid().unwrap());
        for (field, value) in body.as_object().unwrap() {
            let field = if field == "image" { "imageRef" } else { field };
            assert_eq!(&spec[field], value, "{body}");
        }
    }
}

#[tokio::test]
async fn a_verb_whose_answer_was_lost_is_delivered_once() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let id: ServerId = server_id(&accepted).parse().unwrap();
    customer.client().post(&format!("/v1/servers/{id}/actions"), json!({"verb": "Restart"})).await.expect(202);
    let mut transaction = world.app.pool.begin().await.unwrap();
    server::dispatch(&world.app, &kubernetes, &mut transaction, id).await.unwrap();
    transaction.rollback().await.unwrap();
    world.dispatch(&kubernetes).await;
    let actions = Object::of(&accepted).await.actions().list(&ListParams::default()).await.unwrap();
    assert_eq!(actions.items.len(), 1);
    assert_eq!(world.count("select count(*) from actions where delivered_at is not null").await, 1);
}

#[tokio::test]
async fn while_kubernetes_is_away_requests_are_accepted_and_carried_out_later() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    world.dispatch(&kubernetes_away()).await;
    let waiting = operation(&customer, &operation_id(&accepted)).await;
    assert_eq!((&waiting["status"], &waiting["reason"]), (&json!("accepted"), &json!("KubernetesUnavailable")));
    assert!(waiting["message"].as_str().unwrap().contains("carried out"), "{waiting}");
    world.dispatch(&kubernetes().await).await;
    assert!(Object::of(&accepted).await.get().await.is_none(), "it waits before it tries again");
    world.clock.advance(TimeDelta::seconds(31));
    world.dispatch(&kubernetes().await).await;
    assert!(Object::of(&accepted).await.get().await.is_some());
    assert_eq!(operation(&customer, &operation_id(&accepted)).await["reason"], "Delivered");
}

#[tokio::test]
async fn dispatchers_that_work_at_once_take_different_servers() {
    let (world, customer) = world().await;
    for name in ["web-1", "web-2", "web-3"] {
        world.order(&customer, name).await;
    }
    let kubernetes = kubernetes().await;
    tokio::join!(world.dispatch(&kubernetes), world.dispatch(&kubernetes), world.dispatch(&kubernetes));
    world.dispatch(&kubernetes).await;
    assert_eq!(world.count("select count(*) from servers where uid is not null").await, 3);
    assert_eq!(world.count("select count(*) from dirty_servers").await, 0);
}

#[tokio::test]
async fn a_change_during_a_dispatch_neither_waits_for_it_nor_is_lost() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    let mut dispatching = world.app.pool.begin().await.unwrap();
    let claimed = queue::claim(&mut dispatching, world.app.env.now()).await.unwrap().unwrap();
    let (client, path) = (customer.client(), format!("/v1/servers/{}", server_id(&accepted)));
    let change = client.patch(&path, json!({"plan": "api-large"}));
    tokio::time::timeout(Duration::from_secs(10), change).await.expect("it does not wait").expect(202);
    queue::unmark(&mut dispatching, claimed.server, 1).await.unwrap();
    dispatching.commit().await.unwrap();
    assert_eq!(world.count("select count(*) from dirty_servers").await, 1, "the change is still to be dispatched");
}

#[tokio::test]
async fn a_halted_dispatcher_sends_nothing() {
    let (world, customer) = world().await;
    let accepted = world.order(&customer, "web-1").await;
    sqlx::query("update mirror_state set halted_reason = 'MassDeletion'").execute(&world.app.pool).await.unwrap();
    world.dispatch(&kubernetes().await).await;
    assert!(Object::of(&accepted).await.get().await.is_none());
}

#[tokio::test]
async fn a_running_dispatcher_is_woken_by_a_request() {
    let (world, customer) = world().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let running = tokio::spawn(slipway_api::dispatcher::run(world.app.clone(), kubernetes().await, stop.clone()));
    let accepted = world.order(&customer, "web-1").await;
    let at = Object::of(&accepted).await;
    eventually("the server is made", async || at.get().await).await;
    stop.cancel();
    running.await.unwrap();
}
