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
use slipway_crds::{Network, OSImage, ProxmoxSite, ServerPlan};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::World;
use crate::support::cluster::{self, Object, eventually, kubernetes};
use crate::support::seed::{Customer, operation_id, server_id};

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

pub async fn create<K>(api: Api<K>, object: Value)
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
        "drift": [{"field": "cores", "wanted": "1", "found": "2"}],
    }))
    .await;
    let shown = server(&customer, &accepted, "it has a snapshot", |server| server["snapshots"][0].is_object()).await;
    assert_eq!(shown["snapshots"][0]["name"], "before");
    assert_eq!((&shown["backups"][0]["id"], &shown["backups"][0]["protected"]), (&json!("b:1"), &json!(true)));
    assert_eq!(shown["detachedDisks"][0]["until"], "2026-01-02T00:00:00Z");
    let staff = world.staff().await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let drift = &staff.client.get(&path).await.expect(200)["drift"];
    assert_eq!(drift, &json!([{"field": "cores", "wanted": "1", "found": "2"}]));
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
