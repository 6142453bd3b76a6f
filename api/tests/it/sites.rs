//! Sites over REST, for staff: what needs a person there, and acknowledging it.

use serde_json::json;

use crate::support::World;

/// As the mirror leaves a site that is stopped.
async fn stop_site(world: &World) {
    world.catalogue().await;
    sqlx::query(
        r#"update sites set ready = false, reason = 'InventoryShrank', message = 'many vanished', detail = '{
               "endpoints": ["https://pve1:8006"], "vmidStart": 100, "vmidEnd": 199, "nextVmid": 107,
               "conditions": [{"type": "Stalled", "status": "True", "reason": "InventoryShrank", "message": "many vanished",
                               "lastTransitionTime": "2026-01-01T00:00:00Z"}],
               "quarantine": [{"vmid": 101, "reason": "locked", "command": "rm x", "since": "2026-01-01T00:00:00Z"}],
               "doctor": [{"feature": "backups", "ok": false, "message": "no right", "fix": "pveum x"}]}'
           where name = 'api-home'"#,
    )
    .execute(&world.app.pool)
    .await
    .unwrap();
}

#[tokio::test]
pub async fn staff_sees_what_needs_a_person_at_a_site() {
    let world = World::new().await;
    stop_site(&world).await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    world.order(&customer, "web-1").await;
    let site = staff.client.get("/v1/sites/api-home").await.expect(200);
    assert_eq!((&site["name"], &site["servers"], &site["nextVmid"]), (&json!("api-home"), &json!(1), &json!(107)));
    assert_eq!(site["quarantine"][0]["command"], "rm x");
    assert_eq!(site["doctor"][0]["fix"], "pveum x");
    assert_eq!((&site["orphans"], &site["brakes"]["heldSince"]), (&json!([]), &json!(null)));
    assert_eq!(site["acknowledgement"], json!(null));
}

#[tokio::test]
pub async fn a_site_that_is_not_there_is_not_found() {
    let world = World::new().await;
    let staff = world.staff().await;
    staff.client.get("/v1/sites/moon").await.expect_problem(404, "not-found");
    let body = json!({"condition": "Brake"});
    staff.client.post("/v1/sites/moon/acknowledge", body).await.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn what_stops_a_site_is_acknowledged_and_kept_for_the_dispatcher() {
    let world = World::new().await;
    stop_site(&world).await;
    let staff = world.staff().await;
    let body = json!({"condition": "InventoryShrank"});
    let told = staff.client.post("/v1/sites/api-home/acknowledge", body).await.expect(202);
    let acknowledgement = &told["acknowledgement"];
    assert_eq!(acknowledgement["condition"], "InventoryShrank");
    assert!(acknowledgement["deliveredAt"].is_null() && acknowledgement["by"].is_string(), "{acknowledgement}");
    let audited = "select count(*) from audit where action = 'site.acknowledge' and detail like '%InventoryShrank%'";
    assert_eq!(world.count(audited).await, 1);
}

#[tokio::test]
pub async fn only_what_stops_a_site_now_is_acknowledged() {
    let world = World::new().await;
    stop_site(&world).await;
    let staff = world.staff().await;
    for condition in ["Brake", "SiteIdentityChanged", "StateOlderThanSite"] {
        let answer = staff.client.post("/v1/sites/api-home/acknowledge", json!({"condition": condition})).await;
        answer.expect_problem(409, "conflict");
    }
    let unknown = json!({"condition": "DuplicateSite"});
    staff.client.post("/v1/sites/api-home/acknowledge", unknown).await.expect_problem(400, "invalid-request");
    assert_eq!(world.count("select count(*) from site_acknowledgements").await, 0);
}
