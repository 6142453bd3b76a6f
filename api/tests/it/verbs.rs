//! Verbs over REST, and what they are about: snapshots, backups, detached disks.

use serde_json::json;

use crate::support::World;
use crate::support::seed::{operation_id, order, server_id};

#[tokio::test]
pub async fn a_verb_is_queued_in_order_and_supersedes_nothing() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/servers/{}/actions", server_id(&accepted));
    for verb in ["Shutdown", "Start", "Restart", "Stop"] {
        let answer = customer.client().post(&path, json!({"verb": verb})).await.expect(202);
        assert_eq!((&answer["operation"]["kind"], &answer["operation"]["verb"]), (&json!("action"), &json!(verb)));
        assert_eq!(answer["server"]["revision"], 1);
    }
    let verbs: Vec<String> = sqlx::query_scalar(
        "select o.verb from actions a join operations o on o.id = a.operation_id order by a.sequence",
    )
    .fetch_all(&world.app.pool)
    .await
    .unwrap();
    assert_eq!(verbs, ["Shutdown", "Start", "Restart", "Stop"]);
    let create = customer.client().get(&format!("/v1/operations/{}", operation_id(&accepted))).await.expect(200);
    assert_eq!(create["status"], "accepted");
}

#[tokio::test]
pub async fn a_verb_against_the_run_policy_is_refused() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let mut body = order("web-1");
    body["runPolicy"] = json!("Stopped");
    let path =
        format!("/v1/servers/{}/actions", server_id(&customer.client().post("/v1/servers", body).await.expect(202)));
    let refused = customer.client().post(&path, json!({"verb": "Start"})).await;
    let problem = refused.expect_problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("runPolicy"), "{problem}");
}

#[tokio::test]
pub async fn an_unknown_verb_is_refused() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let path = format!("/v1/servers/{}/actions", server_id(&world.order(&customer, "web-1").await));
    customer.client().post(&path, json!({"verb": "Explode"})).await.expect_problem(400, "invalid-request");
}

/// What the mirror would have found.
pub async fn store_things(world: &World, server: &str) {
    sqlx::query(
        r#"update servers set
               snapshots = '[{"name": "before", "createdAt": "2026-01-01T00:00:00Z", "includesMemory": true}]',
               backups = '[{"id": "b:1", "createdAt": "2026-01-01T00:00:00Z", "sizeBytes": 7, "protected": false}]',
               detached_disks = '[{"name": "root-1", "since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}]',
               drift = '[{"field": "cores", "wanted": "1", "found": "2"}]',
               installed_image = 'api-debian-9'
           where id = $1::uuid"#,
    )
    .bind(server)
    .execute(&world.app.pool)
    .await
    .unwrap();
}

#[tokio::test]
pub async fn what_a_verb_is_about_is_kept_and_told() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let id = server_id(&world.order(&customer, "web-1").await);
    store_things(&world, &id).await;
    let path = format!("/v1/servers/{id}/actions");
    for (body, subject, kept) in [
        (
            json!({"verb": "Snapshot", "snapshot": "after", "includeMemory": true}),
            json!("after"),
            json!({"snapshot": "after", "includeMemory": true}),
        ),
        (json!({"verb": "Rollback", "snapshot": "before"}), json!("before"), json!({"snapshot": "before"})),
        (json!({"verb": "Backup"}), json!(null), json!({})),
        (json!({"verb": "Restore", "backup": "b:1"}), json!("b:1"), json!({"backup": "b:1"})),
        (
            json!({"verb": "Rebuild", "image": "api-debian-13"}),
            json!("api-debian-13"),
            json!({"imageRef": "api-debian-13"}),
        ),
        (
            json!({"verb": "Rebuild", "disk": "root-1"}),
            json!("root-1"),
            json!({"imageRef": "api-debian-9", "disk": "root-1"}),
        ),
        (json!({"verb": "DestroyDisk", "disk": "root-1"}), json!("root-1"), json!({"disk": "root-1"})),
    ] {
        let accepted = customer.client().post(&path, body.clone()).await.expect(202);
        assert_eq!(accepted["operation"]["verb"], body["verb"]);
        assert_eq!(accepted["operation"]["subject"], subject, "{body}");
        let stored: serde_json::Value =
            sqlx::query_scalar("select parameters from actions where operation_id = $1::uuid")
                .bind(operation_id(&accepted))
                .fetch_one(&world.app.pool)
                .await
                .unwrap();
        assert_eq!(stored, kept, "{body}");
    }
}

#[tokio::test]
pub async fn a_verb_about_something_that_is_not_there_names_the_field() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let id = server_id(&world.order(&customer, "web-1").await);
    store_things(&world, &id).await;
    for (body, field) in [
        (json!({"verb": "Start", "snapshot": "before"}), "snapshot"),
        (json!({"verb": "Snapshot"}), "snapshot"),
        (json!({"verb": "Rollback", "snapshot": "never"}), "snapshot"),
        (json!({"verb": "Restore", "backup": "b:of-another"}), "backup"),
        (json!({"verb": "Rebuild", "image": "plan9"}), "image"),
        (json!({"verb": "Rebuild", "image": "api-debian-9"}), "image"),
        (json!({"verb": "DestroyDisk", "disk": "root"}), "disk"),
    ] {
        let answer = customer.client().post(&format!("/v1/servers/{id}/actions"), body.clone()).await;
        answer.expect_problem(422, "unprocessable");
        assert_eq!(answer.field(), field, "{body}");
    }
    assert_eq!(world.count("select count(*) from actions").await, 0);
}

#[tokio::test]
pub async fn only_staff_moves_a_server_to_another_node() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let path = format!("/v1/servers/{}/actions", server_id(&world.order(&customer, "web-1").await));
    let body = json!({"verb": "Migrate", "node": "pve2"});
    customer.client().post(&path, body.clone()).await.expect_problem(403, "forbidden");
    assert_eq!(staff.client.post(&path, body).await.expect(202)["operation"]["subject"], "pve2");
}

#[tokio::test]
pub async fn what_a_server_has_in_store_is_shown_and_its_drift_to_staff_only() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let id = server_id(&world.order(&customer, "web-1").await);
    store_things(&world, &id).await;
    let path = format!("/v1/servers/{id}");
    let shown = customer.client().get(&path).await.expect(200);
    assert_eq!(
        (&shown["snapshots"][0]["name"], &shown["snapshots"][0]["includesMemory"]),
        (&json!("before"), &json!(true))
    );
    assert_eq!((&shown["backups"][0]["id"], &shown["backups"][0]["sizeBytes"]), (&json!("b:1"), &json!(7)));
    assert_eq!(shown["detachedDisks"][0]["until"], "2026-01-02T00:00:00Z");
    assert_eq!((&shown["drift"], &shown["image"]), (&json!([]), &json!("api-debian-9")));
    assert_eq!(staff.client.get(&path).await.expect(200)["drift"][0]["found"], "2");
    let listed = customer.client().get("/v1/servers").await.expect(200);
    assert_eq!(listed["items"][0]["snapshots"], json!([]), "lists stay small");
}
