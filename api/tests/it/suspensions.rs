//! Suspending servers and resuming them, by staff.

use serde_json::json;

use crate::support::World;
use crate::support::seed::server_id;

#[tokio::test]
pub async fn staff_suspends_a_server_and_the_customer_reads_why() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    let suspended = staff.client.post(&format!("{path}/suspend"), json!({"reason": "unpaid"})).await.expect(202);
    assert_eq!(suspended["operation"]["kind"], "update");
    assert_eq!(customer.client().get(&path).await.expect(200)["suspended"]["reason"], "unpaid");
    for verb in ["Start", "Restart", "Reset"] {
        let answer = customer.client().post(&format!("{path}/actions"), json!({"verb": verb})).await;
        let refused = answer.expect_problem(409, "conflict");
        assert_eq!(refused["detail"], "The server is suspended: unpaid");
    }
    let too_much = json!({"reason": "x".repeat(257)});
    staff.client.post(&format!("{path}/suspend"), too_much).await.expect_problem(400, "invalid-request");
    let resumed = staff.client.send(http::Method::POST, &format!("{path}/resume"), None).await.expect(202);
    assert_eq!(resumed["server"]["suspended"], json!(null));
    customer.client().post(&format!("{path}/actions"), json!({"verb": "Start"})).await.expect(202);
}

#[tokio::test]
pub async fn a_server_that_is_not_suspended_cannot_be_resumed() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let path = format!("/v1/servers/{}/resume", server_id(&world.order(&customer, "web-1").await));
    staff.client.send(http::Method::POST, &path, None).await.expect_problem(409, "conflict");
}

#[tokio::test]
pub async fn a_suspension_that_git_holds_is_changed_in_git() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let id = server_id(&world.order(&customer, "web-1").await);
    staff.client.post(&format!("/v1/servers/{id}/suspend"), json!({"reason": "unpaid"})).await.expect(202);
    sqlx::query("insert into server_field_owners values ($1::uuid, 'suspended', 'argocd', 'git')")
        .bind(&id)
        .execute(&world.app.pool)
        .await
        .unwrap();
    let again = staff.client.post(&format!("/v1/servers/{id}/suspend"), json!({"reason": "late"})).await;
    again.expect_problem(409, "owned-by-git");
    staff
        .client
        .send(http::Method::POST, &format!("/v1/servers/{id}/resume"), None)
        .await
        .expect_problem(409, "owned-by-git");
}

#[tokio::test]
pub async fn staff_finds_no_server_that_does_not_exist() {
    let world = World::new().await;
    let staff = world.staff().await;
    let path = format!("/v1/servers/{}", uuid::Uuid::now_v7());
    staff.client.post(&format!("{path}/suspend"), json!({"reason": "x"})).await.expect_problem(404, "not-found");
    staff.client.send(http::Method::POST, &format!("{path}/resume"), None).await.expect_problem(404, "not-found");
}
