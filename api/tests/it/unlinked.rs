//! Servers that were carried over without an identified machine: staff's, until a run links one.

use http::Method;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::carried::FIRST;
use crate::support::seed::Customer;

async fn world() -> (World, Customer, String) {
    let world = World::new().await;
    world.catalogue().await;
    let ada = world.customer("ada").await;
    world.carry_over(&ada, FIRST).await;
    let server = world.unlinked(&ada, "lost-1", FIRST + 1).await;
    (world, ada, format!("/v1/servers/{server}"))
}

/// Everything that can be asked of a server.
fn changes(path: &str) -> Vec<(Method, String, Option<Value>)> {
    vec![
        (Method::PATCH, path.to_owned(), Some(json!({"runPolicy": "Running"}))),
        (Method::DELETE, format!("{path}?confirm=lost-1"), None),
        (Method::POST, format!("{path}/actions"), Some(json!({"verb": "Restart"}))),
        (Method::POST, format!("{path}/undelete"), None),
        (Method::POST, format!("{path}/purge"), Some(json!({"confirm": "lost-1"}))),
    ]
}

#[tokio::test]
async fn a_customer_neither_sees_nor_changes_a_server_without_a_machine() {
    let (world, ada, path) = world().await;
    let unknown = format!("/v1/servers/{}", uuid::Uuid::now_v7());
    assert_eq!(ada.client().get("/v1/servers").await.expect(200)["total"], 0);
    assert_eq!(ada.client().get("/v1/servers?phase=Unlinked").await.expect(200)["total"], 0);
    let told = |problem: Value| problem["detail"].clone();
    let nothing = told(ada.client().get(&unknown).await.expect_problem(404, "not-found"));
    assert_eq!(told(ada.client().get(&path).await.expect_problem(404, "not-found")), nothing);
    for (method, path, body) in changes(&path) {
        let answer = ada.client().send(method.clone(), &path, body).await;
        assert_eq!(told(answer.expect_problem(404, "not-found")), nothing, "{method} {path}");
    }
    let service = &ada.client().get(&format!("/v1/accounts/{}/services", ada.account)).await.expect(200)["items"][2];
    assert_eq!((&service["hostname"], &service["serverId"]), (&json!("web-1"), &json!(null)));
    assert_eq!(world.count("select count(*) from operations").await, 0);
}

#[tokio::test]
async fn staff_sees_why_no_machine_is_linked_and_is_told_what_to_do_instead_of_a_change() {
    let (world, ada, path) = world().await;
    let staff = world.staff().await;
    let listed = &staff.client.get("/v1/servers?phase=Unlinked").await.expect(200)["items"][0];
    let shown = staff.client.get(&path).await.expect(200);
    for server in [listed, &shown] {
        assert_eq!((&server["phase"], &server["reason"]), (&json!("Unlinked"), &json!("Unlinked")));
        assert_eq!(server["message"], "two machines have its address");
    }
    let more = [
        (Method::POST, format!("{path}/suspend"), Some(json!({"reason": "unpaid"}))),
        (Method::POST, format!("{path}/resume"), None),
    ];
    for (method, path, body) in changes(&path).into_iter().chain(more) {
        staff.client.send(method, &path, body).await.expect_problem(409, "conflict");
    }
    let refused = staff.client.patch(&path, json!({"runPolicy": "Running"})).await.expect_problem(409, "conflict");
    assert!(refused["detail"].as_str().unwrap().contains("`services`"), "{refused}");
    assert_eq!(world.count("select count(*) from operations").await, 0);
    let services = staff.client.get(&format!("/v1/accounts/{}/services", ada.account)).await.expect(200);
    assert_eq!(services["items"][2]["serverId"], shown["id"]);
}
