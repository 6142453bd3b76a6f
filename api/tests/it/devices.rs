//! Disks and interfaces: through REST, the dispatcher and the mirror, nothing of a server is ever lost.

use kube::ResourceExt as _;
use kube::api::{Api, DeleteParams, PostParams};
use serde_json::{Value, json};
use slipway_crds::{Network, RetainedServer};

use crate::mirror::{ended, server, world};
use crate::support::World;
use crate::support::cluster::{Object, eventually, kubernetes};
use crate::support::seed::{order, server_id};

/// Disks and networks, as somebody with kubectl names them.
fn named_with_kubectl() -> Value {
    json!({
        "disks": [{"name": "root", "sizeGiB": 12}, {"name": "data", "sizeGiB": 20, "storageClass": "fast"},
                  {"name": "logs", "sizeGiB": 5}],
        "networks": [{"name": "public", "networkRef": "api-public", "address": "192.0.2.7"},
                     {"name": "private", "networkRef": "api-back", "address6": "2001:db8::7"}],
        "placement": {"antiAffinityGroup": "db"},
    })
}

/// The names and sizes of an object's disks, and the names and addresses of its interfaces.
async fn held(at: &Object) -> (Vec<(String, u32)>, Vec<(String, Option<String>, Option<String>)>) {
    let spec = at.get().await.unwrap().spec;
    let disks = spec.disks.into_iter().map(|disk| (disk.name, disk.size_gib));
    let networks = spec.networks.into_iter().map(|network| (network.name, network.address, network.address6));
    (disks.collect(), networks.collect())
}

#[tokio::test]
async fn a_server_that_is_taken_back_has_all_its_disks_and_interfaces() {
    let (world, customer, _mirror) = world().await;
    let mut body = order("web-1");
    body["deletionProtection"] = json!(false);
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let at = Object::of(&accepted).await;
    at.edit(named_with_kubectl()).await;
    at.report_running().await;
    ended(&customer, &accepted, "succeeded").await;
    server(&customer, &accepted, "its disks are shown", |server| server["disks"][2].is_object()).await;
    let before = (held(&at).await, at.get().await.unwrap().spec.placement);
    let uid = at.get().await.unwrap().uid().unwrap();
    customer.client().delete(&path).await.expect(202);
    let records: Api<RetainedServer> = Api::all(at.client.clone());
    let name = format!("site-{}.10001", &world.app.env.uuid().simple().to_string()[20..]);
    let record = json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "RetainedServer", "metadata": {"name": name},
        "spec": {"siteRef": name.strip_suffix(".10001"), "vmid": 10001, "namespace": at.namespace, "namespaceUid": "n",
                 "name": at.name, "uid": uid, "born": uid, "until": "2030-01-01T00:00:00Z"}});
    records.create(&PostParams::default(), &serde_json::from_value(record).unwrap()).await.unwrap();
    world.dispatch(&kubernetes).await;
    server(&customer, &accepted, "it is kept", |server| server["retained"].is_object()).await;
    customer.client().send(http::Method::POST, &format!("{path}/undelete"), None).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert_eq!((held(&at).await, at.get().await.unwrap().spec.placement), before);
    records.delete(&name, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_dashboard_change_leaves_the_disks_and_interfaces_that_others_named() {
    let (world, customer, _mirror) = world().await;
    let accepted = customer.client().post("/v1/servers", order("web-1")).await.expect(202);
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let at = Object::of(&accepted).await;
    at.edit(named_with_kubectl()).await;
    server(&customer, &accepted, "its disks are shown", |server| server["disks"][2].is_object()).await;
    customer.client().patch(&path, json!({"runPolicy": "Running", "rootDiskGiB": 15})).await.expect(202);
    world.dispatch(&kubernetes).await;
    let (disks, networks) = held(&at).await;
    assert_eq!(disks, [("root".into(), 15), ("data".into(), 20), ("logs".into(), 5)]);
    assert_eq!(networks.len(), 2);
    // Grown with kubectl, taken out with kubectl: a later change from here does neither undo.
    customer
        .client()
        .patch(&path, json!({"disks": [{"name": "data", "sizeGiB": 25}, {"name": "logs", "sizeGiB": 6}]}))
        .await
        .expect(202);
    world.dispatch(&kubernetes).await;
    at.edit(
        json!({"disks": [{"name": "root", "sizeGiB": 18}, {"name": "data", "sizeGiB": 30, "storageClass": "fast"}]}),
    )
    .await;
    server(&customer, &accepted, "kubectl's change is shown", |server| {
        server["disks"][1]["sizeGiB"] == 30 && server["disks"][2].is_null()
    })
    .await;
    customer.client().patch(&path, json!({"runPolicy": "Managed"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert_eq!(held(&at).await.0, [("root".into(), 18), ("data".into(), 30)]);
}

#[tokio::test]
async fn disks_and_interfaces_are_added_and_taken_out_whoever_named_them() {
    let (world, customer, _mirror) = world().await;
    let staff = world.staff().await;
    open_network(&world).await;
    let accepted = customer.client().post("/v1/servers", order("web-1")).await.expect(202);
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let kubernetes = kubernetes().await;
    world.dispatch(&kubernetes).await;
    let at = Object::of(&accepted).await;
    at.edit(named_with_kubectl()).await;
    at.report(json!({"phase": "Running", "disks": {"data": {"slot": "scsi1", "sizeGiB": 20}},
                     "networks": {"public": {"slot": "net0", "mac": "BC:24:11:00:00:07", "addresses": ["192.0.2.7"]}}}))
        .await;
    let shown = server(&customer, &accepted, "its disks and its group are shown", |server| {
        server["disks"][1]["ready"] == true && server["antiAffinityGroup"] == "db"
    })
    .await;
    assert_eq!(shown["disks"][1], json!({"name": "data", "sizeGiB": 20, "storageClass": "fast", "ready": true}));
    assert_eq!(
        shown["networks"][0],
        json!({"name": "public", "network": "api-public", "mac": "BC:24:11:00:00:07", "addresses": ["192.0.2.7"]})
    );
    let change = json!({"disks": [{"name": "more", "sizeGiB": 9}], "removeDisks": ["data"], "removeNetworks": ["private"],
                        "networks": [{"name": "back", "network": "api-open", "address": "198.51.100.9"}],
                        "antiAffinityGroup": ""});
    customer.client().patch(&path, change.clone()).await.expect_problem(403, "forbidden");
    let changed = staff.client.patch(&path, change).await.expect(202);
    let names = |list: &Value| list.as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&changed["server"]["disks"]), ["root", "logs", "more"], "shown before it is applied");
    world.dispatch(&kubernetes).await;
    let (disks, networks) = held(&at).await;
    assert_eq!(disks, [("root".into(), 12), ("logs".into(), 5), ("more".into(), 9)]);
    assert_eq!(
        networks,
        [("public".into(), Some("192.0.2.7".into()), None), ("back".into(), Some("198.51.100.9".into()), None)]
    );
    assert_eq!(at.get().await.unwrap().spec.placement.and_then(|placement| placement.anti_affinity_group), None);
    // What was taken out once may come back by somebody else's hand.
    server(&customer, &accepted, "the change is mirrored", |server| server["disks"][2]["name"] == "more").await;
    at.edit(
        json!({"disks": [{"name": "root", "sizeGiB": 12}, {"name": "data", "sizeGiB": 20, "storageClass": "fast"}]}),
    )
    .await;
    server(&customer, &accepted, "the disk is back", |server| server["disks"][1]["name"] == "data").await;
    customer.client().patch(&path, json!({"runPolicy": "Running"})).await.expect(202);
    world.dispatch(&kubernetes).await;
    assert_eq!(held(&at).await.0, [("root".into(), 12), ("data".into(), 20)]);
}

/// A network of the site that every account may use.
async fn open_network(world: &World) {
    let client = crate::support::cluster::admin().await;
    let object = json!({"apiVersion": "slipway.dev/v1alpha1", "kind": "Network", "metadata": {"name": "api-open"},
        "spec": {"siteRefs": ["api-home"], "bridge": "vmbr0", "pools": ["p"], "allowedNamespaces": ["acct-*"]}});
    crate::support::cluster::ensure(Api::<Network>::all(client), object).await;
    eventually("the network is mirrored", async || {
        (world.count("select count(*) from networks where name = 'api-open'").await == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_order_with_disks_and_interfaces_becomes_a_spec_that_names_them() {
    let (world, customer, _mirror) = world().await;
    open_network(&world).await;
    let mut body = order("web-1");
    body["disks"] = json!([{"name": "data", "sizeGiB": 30}]);
    body["networks"] = json!([{"name": "back", "network": "api-open"}]);
    body["antiAffinityGroup"] = json!("web");
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    assert_eq!(accepted["server"]["disks"][1]["name"], "data");
    world.dispatch(&kubernetes().await).await;
    let spec = Object::of(&accepted).await.get().await.unwrap().spec;
    assert_eq!((spec.disks[0].name.as_str(), spec.disks[0].size_gib), ("data", 30));
    let refs: Vec<_> = spec.networks.iter().map(|n| (n.name.as_str(), n.network_ref.as_str())).collect();
    assert_eq!(refs, [("public", "api-public"), ("back", "api-open")]);
    assert_eq!(spec.placement.unwrap().anti_affinity_group.as_deref(), Some("web"));
}

#[tokio::test]
async fn disks_and_interfaces_that_do_not_fit_name_the_field() {
    let world = World::new().await;
    world.catalogue().await;
    sqlx::query("update sites set storage_classes = '{fast}'").execute(&world.app.pool).await.unwrap();
    let customer = world.customer("ada").await;
    let mut body = order("web-1");
    body["disks"] = json!([{"name": "data", "sizeGiB": 30, "storageClass": "fast"}]);
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    let path = format!("/v1/servers/{}", server_id(&accepted));
    for (change, field) in [
        (json!({"disks": [{"name": "data", "sizeGiB": 29}]}), "disks.0.sizeGiB"),
        (json!({"disks": [{"name": "logs", "sizeGiB": 61}]}), "disks"),
        (json!({"disks": [{"name": "logs", "sizeGiB": 1, "storageClass": "slow"}]}), "disks.0.storageClass"),
        (json!({"removeDisks": ["root"]}), "removeDisks.0"),
        (json!({"networks": [{"name": "back", "network": "api-private"}]}), "networks.0.network"),
        (json!({"removeNetworks": ["public"]}), "removeNetworks"),
        (json!({"rootDiskGiB": 71}), "rootDiskGiB"),
    ] {
        let answer = customer.client().patch(&path, change.clone()).await;
        answer.expect_problem(422, "unprocessable");
        assert_eq!(answer.field(), field, "{change}");
    }
    let answer = customer.client().patch(&path, json!({"antiAffinityGroup": "A b"})).await;
    answer.expect_problem(400, "invalid-request");
    let sites = customer.client().get("/v1/sites").await.expect(200);
    assert_eq!(sites["items"][0]["storageClasses"], json!(["fast"]));
}
