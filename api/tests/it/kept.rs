//! Deleted servers whose machine is kept: taken back, or purged.

use serde_json::json;

use crate::support::World;
use crate::support::seed::server_id;
use crate::verbs::store_things;

/// As the mirror leaves a deleted server: its object is gone, its machine is kept.
async fn delete_and_keep(world: &World, server: &str) {
    sqlx::query(
        "update servers set uid = 'u-old', delete_requested = true, phase = 'Deleting', absent_at = now(),
             retained_since = now(), retained_until = now() + interval '3 days', retained_name = 'api-home.10001'
         where id = $1::uuid",
    )
    .bind(server)
    .execute(&world.app.pool)
    .await
    .unwrap();
}

#[tokio::test]
pub async fn a_deleted_server_that_is_kept_is_taken_back_as_it_was() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let id = server_id(&world.order(&customer, "web-1").await);
    let path = format!("/v1/servers/{id}");
    customer.client().patch(&path, json!({"runPolicy": "Running", "deletionProtection": false})).await.expect(202);
    store_things(&world, &id).await;
    delete_and_keep(&world, &id).await;
    assert!(customer.client().get(&path).await.expect(200)["retained"].is_object());
    let taken = customer.client().send(http::Method::POST, &format!("{path}/undelete"), None).await.expect(202);
    assert_eq!((&taken["operation"]["kind"], &taken["operation"]["status"]), (&json!("undelete"), &json!("accepted")));
    let server = &taken["server"];
    assert_eq!((&server["id"], &server["name"], &server["retained"]), (&json!(id), &json!("web-1"), &json!(null)));
    assert_eq!((&server["runPolicy"], &server["deletionProtection"]), (&json!("Running"), &json!(true)));
    let wished =
        world.count("select count(*) from server_specs where undelete_uid = 'u-old' and not undelete_override");
    assert_eq!(wished.await, 1);
    let rebuilt = "select count(*) from server_specs where undelete_uid = 'u-old' and image = 'api-debian-9'";
    assert_eq!(world.count(rebuilt).await, 1, "its image is the one that a rebuild installed");
    assert_eq!(world.count("select count(*) from dirty_servers").await, 1);
    customer.client().send(http::Method::POST, &format!("{path}/undelete"), None).await.expect_problem(409, "conflict");
}

#[tokio::test]
pub async fn only_a_kept_server_is_taken_back_and_a_suspended_one_by_staff() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let id = server_id(&world.order(&customer, "web-1").await);
    let path = format!("/v1/servers/{id}/undelete");
    customer.client().send(http::Method::POST, &path, None).await.expect_problem(409, "conflict");
    staff.client.post(&format!("/v1/servers/{id}/suspend"), json!({"reason": "unpaid"})).await.expect(202);
    delete_and_keep(&world, &id).await;
    customer.client().send(http::Method::POST, &path, None).await.expect_problem(409, "conflict");
    let purge = customer.client().post(&format!("/v1/servers/{id}/purge"), json!({"confirm": "web-1"})).await;
    purge.expect_problem(409, "conflict");
    let taken = staff.client.send(http::Method::POST, &path, None).await.expect(202);
    assert_eq!(taken["server"]["suspended"]["reason"], "unpaid", "it comes back suspended");
    assert_eq!(world.count("select count(*) from server_specs where undelete_override").await, 1);
    sqlx::query("update servers set absent_at = now(), retained_since = null").execute(&world.app.pool).await.unwrap();
    staff.client.send(http::Method::POST, &path, None).await.expect_problem(409, "conflict");
}

#[tokio::test]
pub async fn a_server_is_not_taken_back_under_a_name_that_another_has_now() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let id = server_id(&world.order(&customer, "web-1").await);
    delete_and_keep(&world, &id).await;
    world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{id}/undelete");
    customer.client().send(http::Method::POST, &path, None).await.expect_problem(409, "name-taken");
}

#[tokio::test]
pub async fn a_deleted_server_that_is_kept_is_purged_with_its_name_and_stays_gone() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let id = server_id(&world.order(&customer, "web-1").await);
    delete_and_keep(&world, &id).await;
    let path = format!("/v1/servers/{id}/purge");
    let refused = customer.client().post(&path, json!({"confirm": "web"})).await;
    refused.expect_problem(409, "protected");
    assert_eq!(refused.field(), "confirm");
    let purged = customer.client().post(&path, json!({"confirm": "web-1"})).await.expect(202);
    assert_eq!((&purged["operation"]["kind"], &purged["operation"]["status"]), (&json!("purge"), &json!("accepted")));
    assert_eq!(purged["server"]["retained"]["purging"], true);
    assert_eq!(world.count("select count(*) from dirty_servers").await, 1);
    assert_eq!(
        world.count("select count(*) from audit where action = 'server.purge' and detail = 'of u-old'").await,
        1
    );
    let undelete = customer.client().send(http::Method::POST, &format!("/v1/servers/{id}/undelete"), None).await;
    assert!(undelete.expect_problem(409, "conflict")["detail"].as_str().unwrap().contains("being destroyed"));
}

#[tokio::test]
pub async fn only_a_kept_server_is_purged_and_once() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let id = server_id(&world.order(&customer, "web-1").await);
    let path = format!("/v1/servers/{id}/purge");
    let confirm = json!({"confirm": "web-1"});
    customer.client().post(&path, confirm.clone()).await.expect_problem(409, "conflict");
    delete_and_keep(&world, &id).await;
    staff.client.post(&path, confirm.clone()).await.expect(202);
    customer.client().post(&path, confirm.clone()).await.expect_problem(409, "conflict");
    sqlx::query("update operations set status = 'failed', finished_at = now() where kind = 'purge'")
        .execute(&world.app.pool)
        .await
        .unwrap();
    customer.client().post(&path, confirm.clone()).await.expect(202);
    sqlx::query("update servers set retained_since = null, retained_name = null")
        .execute(&world.app.pool)
        .await
        .unwrap();
    sqlx::query("update operations set status = 'succeeded', finished_at = now() where status = 'accepted'")
        .execute(&world.app.pool)
        .await
        .unwrap();
    customer.client().post(&path, confirm).await.expect_problem(409, "conflict");
}
