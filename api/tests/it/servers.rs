//! Servers over REST: showing, changing, deleting.

use serde_json::json;

use crate::support::World;
use crate::support::seed::{KEY, operation_id, order, server_id};

#[tokio::test]
pub async fn a_server_is_shown_to_its_account_and_its_place_to_staff_only() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    sqlx::query("update servers set node = 'pve1', vmid = 10001").execute(&world.app.pool).await.unwrap();
    sqlx::query(
        "insert into server_conditions select id, 'Ready', 'False', 'SiteUnreachable', 'Wait.', 1, now() from servers",
    )
    .execute(&world.app.pool)
    .await
    .unwrap();
    let seen = customer.client().get(&path).await.expect(200);
    assert_eq!((&seen["node"], &seen["vmid"], &seen["region"]), (&json!(null), &json!(null), &json!("eu-1")));
    assert_eq!((&seen["reason"], &seen["message"]), (&json!("SiteUnreachable"), &json!("Wait.")));
    assert_eq!(seen["conditions"][0]["type"], "Ready");
    let shown = staff.client.get(&path).await.expect(200);
    assert_eq!((&shown["node"], &shown["vmid"]), (&json!("pve1"), &json!(10001)));
    customer.client().get("/v1/servers/not-an-id").await.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn a_change_makes_a_revision_and_supersedes_the_one_before() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}", server_id(&accepted));
    let change = json!({"plan": "api-large", "runPolicy": "Stopped", "deletionPolicy": "Retain",
                        "deletionGracePeriodHours": 0, "deletionProtection": false, "name": "web-2"});
    let changed = customer.client().patch(&path, change).await.expect(202);
    let server = &changed["server"];
    assert_eq!((&server["plan"], &server["diskGiB"], &server["cores"]), (&json!("api-large"), &json!(80), &json!(4)));
    assert_eq!((&server["runPolicy"], &server["deletionPolicy"]), (&json!("Stopped"), &json!("Retain")));
    assert_eq!((&server["deletionGracePeriodHours"], &server["deletionProtection"]), (&json!(0), &json!(false)));
    assert_eq!((&server["name"], &server["revision"]), (&json!("web-2"), &json!(2)));
    let before = customer.client().get(&format!("/v1/operations/{}", operation_id(&accepted))).await.expect(200);
    assert_eq!(before["status"], "superseded");
    assert!(before["finishedAt"].is_string());
}

#[tokio::test]
pub async fn a_disk_grows_and_never_shrinks() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    let grown = customer.client().patch(&path, json!({"rootDiskGiB": 40})).await.expect(202);
    assert_eq!(grown["server"]["diskGiB"], 40);
    for (body, field) in [
        (json!({"rootDiskGiB": 20}), "rootDiskGiB"),
        (json!({"rootDiskGiB": 101}), "rootDiskGiB"),
        (json!({"plan": "nothing"}), "plan"),
        (json!({"plan": "api-ancient"}), "plan"),
    ] {
        let refused = customer.client().patch(&path, body).await;
        refused.expect_problem(422, "unprocessable");
        assert_eq!(refused.field(), field);
    }
    customer.client().patch(&path, json!({"plan": "api-large"})).await.expect(202);
    let smaller = customer.client().patch(&path, json!({"plan": "api-small"})).await;
    smaller.expect_problem(422, "unprocessable");
    assert_eq!(smaller.field(), "plan");
    let kept = customer.client().patch(&path, json!({"plan": "api-small", "rootDiskGiB": 80})).await;
    assert_eq!(kept.expect(202)["server"]["diskGiB"], 80, "the plan changes, the disk stays as large as it is");
}

#[tokio::test]
pub async fn a_change_that_says_nothing_or_nonsense_is_refused() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    for body in
        [json!({}), json!({"deletionGracePeriodHours": 721}), json!({"name": "Web"}), json!({"runPolicy": "Paused"})]
    {
        customer.client().patch(&path, body).await.expect_problem(400, "invalid-request");
    }
}

#[tokio::test]
pub async fn a_server_cannot_take_the_name_of_another() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-2").await));
    customer.client().patch(&path, json!({"name": "web-1"})).await.expect_problem(409, "name-taken");
    customer.client().patch(&path, json!({"name": "web-2"})).await.expect(202);
}

/// Lets Git hold a field of every server.
async fn owned_by_git(world: &World, field: &str) {
    sqlx::query("insert into server_field_owners select id, $1, 'argocd-controller', 'git' from servers")
        .bind(field)
        .execute(&world.app.pool)
        .await
        .unwrap();
}

#[tokio::test]
pub async fn a_field_that_git_holds_is_not_changed_and_its_owner_is_named() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    owned_by_git(&world, "planRef").await;
    let refused =
        customer.client().patch(&path, json!({"plan": "api-large"})).await.expect_problem(409, "owned-by-git");
    assert!(refused["detail"].as_str().unwrap().contains("argocd-controller"), "{refused}");
    customer.client().patch(&path, json!({"runPolicy": "Running"})).await.expect(202);
}

#[tokio::test]
pub async fn a_server_that_git_holds_is_not_deleted() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}?confirm=web-1", server_id(&world.order(&customer, "web-1").await));
    owned_by_git(&world, "runPolicy").await;
    customer.client().delete(&path).await.expect_problem(409, "owned-by-git");
}

#[tokio::test]
pub async fn a_field_that_a_person_holds_is_overridden() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    sqlx::query("insert into server_field_owners select id, 'planRef', 'kubectl', 'person' from servers")
        .execute(&world.app.pool)
        .await
        .unwrap();
    customer.client().patch(&path, json!({"plan": "api-large"})).await.expect(202);
}

#[tokio::test]
pub async fn a_protected_server_is_deleted_only_with_its_name() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    let refused = customer.client().delete(&path).await;
    refused.expect_problem(409, "protected");
    assert_eq!(refused.field(), "confirm");
    customer.client().delete(&format!("{path}?confirm=web-2")).await.expect_problem(409, "protected");
    let deleted = customer.client().delete(&format!("{path}?confirm=web-1")).await.expect(202);
    assert_eq!((&deleted["operation"]["kind"], &deleted["server"]["phase"]), (&json!("delete"), &json!("Deleting")));
    assert_eq!(deleted["server"]["deletionProtection"], false, "the protection is lifted as a revision of its own");
    assert_eq!(deleted["server"]["revision"], 2);
}

#[tokio::test]
pub async fn an_unprotected_server_is_deleted_at_once() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let mut body = order("web-1");
    body["deletionProtection"] = json!(false);
    let path = format!("/v1/servers/{}", server_id(&customer.client().post("/v1/servers", body).await.expect(202)));
    assert_eq!(customer.client().delete(&path).await.expect(202)["server"]["revision"], 1);
}

#[tokio::test]
pub async fn nothing_more_is_done_to_a_server_that_is_being_deleted() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    customer.client().delete(&format!("{path}?confirm=web-1")).await.expect(202);
    customer.client().delete(&format!("{path}?confirm=web-1")).await.expect_problem(409, "conflict");
    customer.client().patch(&path, json!({"plan": "api-large"})).await.expect_problem(409, "conflict");
    let verb = json!({"verb": "Start"});
    customer.client().post(&format!("{path}/actions"), verb).await.expect_problem(409, "conflict");
    let staff = world.staff().await;
    let reason = json!({"reason": "unpaid"});
    staff.client.post(&format!("{path}/suspend"), reason).await.expect_problem(409, "conflict");
}

#[tokio::test]
pub async fn the_request_carries_many_keys() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let mut body = order("web-1");
    body["sshKeys"] = json!([KEY, KEY.replace("AAAAC3", "AAAAC4")]);
    customer.client().post("/v1/servers", body).await.expect(202);
    assert_eq!(world.count("select count(*) from server_spec_ssh_keys").await, 2);
}

#[tokio::test]
pub async fn every_wish_can_be_changed_and_is_shown() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    let wishes = json!({
        "driftPolicy": "Report", "deletionPolicy": "Retain", "deletionGracePeriodHours": 12, "runPolicy": "Running",
        "dns": {"servers": ["192.0.2.53", "2001:db8::53"], "searchDomain": "example.org"},
    });
    let changed = customer.client().patch(&path, wishes.clone()).await.expect(202);
    for (field, value) in wishes.as_object().unwrap() {
        assert_eq!(&changed["server"][field], value, "{field}");
    }
    let staffs = json!({"paused": true, "wantedNode": "pve2",
        "resources": {"cores": 3, "memoryMiB": 3072, "diskGiB": 33, "networkMbps": 100}});
    let changed = staff.client.patch(&path, staffs).await.expect(202)["server"].clone();
    assert_eq!((&changed["paused"], &changed["wantedNode"]), (&json!(true), &json!("pve2")));
    assert_eq!((&changed["plan"], &changed["cores"], &changed["diskGiB"]), (&json!(""), &json!(3), &json!(33)));
    assert_eq!((&changed["networkMbps"], &changed["driftPolicy"]), (&json!(100), &json!("Report")));
    let shown = customer.client().get(&path).await.expect(200);
    assert_eq!((&shown["paused"], &shown["wantedNode"]), (&json!(true), &json!(null)), "the place is for staff");
    let back = staff.client.patch(&path, json!({"plan": "api-large", "paused": false})).await.expect(202);
    assert_eq!((&back["server"]["plan"], &back["server"]["cores"]), (&json!("api-large"), &json!(4)));
    assert_eq!((&back["server"]["networkMbps"], &back["server"]["paused"]), (&json!(null), &json!(false)));
}

#[tokio::test]
pub async fn size_place_and_pause_are_for_staff() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    let size = json!({"cores": 3, "memoryMiB": 3072, "diskGiB": 33});
    for (field, value) in [("resources", size.clone()), ("wantedNode", json!("pve2")), ("paused", json!(true))] {
        let answer = customer.client().patch(&path, json!({field: value.clone()})).await;
        answer.expect_problem(403, "forbidden");
        assert_eq!(answer.field(), field);
        if field != "paused" {
            let mut body = order("web-2");
            body[field] = value;
            customer.client().post("/v1/servers", body).await.expect_problem(403, "forbidden");
        }
    }
    let shrunk = staff.client.patch(&path, json!({"resources": {"cores": 1, "memoryMiB": 512, "diskGiB": 5}})).await;
    shrunk.expect_problem(422, "unprocessable");
    assert_eq!(shrunk.field(), "resources.diskGiB");
    let mut body = order("web-3");
    body["accountId"] = json!(customer.account);
    body["resources"] = size;
    staff.client.post("/v1/servers", body.clone()).await.expect_problem(422, "unprocessable");
    body.as_object_mut().unwrap().remove("plan");
    let made = staff.client.post("/v1/servers", body).await.expect(202)["server"].clone();
    assert_eq!((&made["plan"], &made["cores"], &made["memoryMiB"]), (&json!(""), &json!(3), &json!(3072)));
}

#[tokio::test]
pub async fn staff_chooses_the_addresses_of_a_new_server() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let mut body = order("web-1");
    body["accountId"] = json!(customer.account);
    body["address"] = json!("192.0.2.10");
    let refused = customer.client().post("/v1/servers", body.clone()).await;
    refused.expect_problem(403, "forbidden");
    assert_eq!(refused.field(), "address");
    body["address6"] = json!("192.0.2.10");
    let refused = staff.client.post("/v1/servers", body.clone()).await;
    refused.expect_problem(422, "unprocessable");
    assert_eq!(refused.field(), "address6");
    body["address6"] = json!("2001:db8::10");
    staff.client.post("/v1/servers", body).await.expect(202);
    let wished = world.count(
        "select count(*) from server_spec_networks where name = 'public' and network = 'api-public'
           and address = '192.0.2.10' and address6 = '2001:db8::10'",
    );
    assert_eq!(wished.await, 1, "the site's default network is named, because an address is of a network");
}
