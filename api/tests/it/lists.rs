//! Lists: what is in them, in which order, page by page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::seed::{operation_id, order, server_id};

fn names(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
pub async fn customers_see_their_own_servers_and_staff_see_all() {
    let world = World::new().await;
    world.catalogue().await;
    let (ada, eve, staff) = (world.customer("ada").await, world.customer("eve").await, world.staff().await);
    world.order(&ada, "web-a").await;
    world.order(&eve, "web-e").await;
    assert_eq!(names(&ada.client().get("/v1/servers").await.expect(200)), ["web-a"]);
    let all = staff.client.get("/v1/servers").await.expect(200);
    assert_eq!((names(&all), &all["total"]), (vec!["web-e".to_owned(), "web-a".to_owned()], &json!(2)));
    let hers = staff.client.get(&format!("/v1/servers?accountId={}", eve.account)).await.expect(200);
    assert_eq!(names(&hers), ["web-e"]);
    let foreign = ada.client().get(&format!("/v1/servers?accountId={}", eve.account)).await.expect(200);
    assert_eq!(foreign["total"], 0);
}

#[tokio::test]
pub async fn every_order_pages_through_all_servers_once() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    for name in ["delta", "alpha", "echo", "bravo", "charlie"] {
        world.order(&customer, name).await;
    }
    sqlx::query("update servers set phase = 'Running' where name in ('alpha', 'echo')")
        .execute(&world.app.pool)
        .await
        .unwrap();
    for sort in ["name", "-name", "createdAt", "-createdAt", "phase", "-phase", "plan", "-plan"] {
        let whole = names(&customer.client().get(&format!("/v1/servers?sort={sort}")).await.expect(200));
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = customer.client().get(&format!("/v1/servers?sort={sort}&limit=2{cursor}")).await.expect(200);
            assert_eq!(page["total"], 5);
            paged.extend(names(&page));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, whole, "{sort}");
        assert_eq!(whole.len(), 5);
    }
    let by_name = names(&customer.client().get("/v1/servers?sort=name").await.expect(200));
    assert_eq!(by_name, ["alpha", "bravo", "charlie", "delta", "echo"]);
    assert_eq!(names(&customer.client().get("/v1/servers").await.expect(200))[0], "charlie", "the newest is first");
}

#[tokio::test]
pub async fn a_cursor_of_another_order_is_refused() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    world.order(&customer, "web-1").await;
    world.order(&customer, "web-2").await;
    let page = customer.client().get("/v1/servers?sort=name&limit=1").await.expect(200);
    let path = format!("/v1/servers?sort=-name&limit=1&cursor={}", page["nextCursor"].as_str().unwrap());
    customer.client().get(&path).await.expect_problem(400, "invalid-request");
}

#[tokio::test]
pub async fn servers_are_found_by_part_of_a_name_or_an_address() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    for name in ["web-1", "web-2", "mail"] {
        world.order(&customer, name).await;
    }
    sqlx::query("update servers set search_text = name || ' 192.0.2.77' where name = 'mail'")
        .execute(&world.app.pool)
        .await
        .unwrap();
    let found = |text: &str| {
        let (client, path) = (customer.client().clone(), format!("/v1/servers?sort=name&search={text}"));
        async move { names(&client.get(&path).await.expect(200)) }
    };
    assert_eq!(found("WEB").await, ["web-1", "web-2"]);
    assert_eq!(found("2.77").await, ["mail"]);
    assert!(found("%25").await.is_empty(), "a percent sign is only a percent sign");
}

#[tokio::test]
pub async fn servers_are_filtered_by_phase_and_site() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    world.order(&customer, "web-1").await;
    world.order(&customer, "web-2").await;
    sqlx::query("update servers set phase = 'Running', site = 'away' where name = 'web-2'")
        .execute(&world.app.pool)
        .await
        .unwrap();
    assert_eq!(names(&customer.client().get("/v1/servers?phase=Running").await.expect(200)), ["web-2"]);
    assert_eq!(names(&customer.client().get("/v1/servers?site=api-home").await.expect(200)), ["web-1"]);
    customer.client().get("/v1/servers?phase=Flying").await.expect_problem(400, "invalid-request");
}

#[tokio::test]
pub async fn a_server_that_is_gone_is_not_listed_and_a_retained_one_is() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    world.order(&customer, "gone").await;
    world.order(&customer, "kept").await;
    sqlx::query("update servers set absent_at = now(), retained_since = case when name = 'kept' then now() end, retained_until = null")
        .execute(&world.app.pool)
        .await
        .unwrap();
    let page = customer.client().get("/v1/servers").await.expect(200);
    assert_eq!(names(&page), ["kept"]);
    assert_eq!(page["items"][0]["retained"], json!({"until": null, "purging": false}));
}

#[tokio::test]
pub async fn a_server_of_no_account_is_for_staff_only() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let path = format!("/v1/servers/{}", server_id(&world.order(&customer, "web-1").await));
    sqlx::query("update servers set account_id = null").execute(&world.app.pool).await.unwrap();
    customer.client().get(&path).await.expect_problem(404, "not-found");
    assert_eq!(staff.client.get(&path).await.expect(200)["accountId"], Value::Null);
}

#[tokio::test]
pub async fn operations_are_listed_newest_first_and_filtered() {
    let world = World::new().await;
    world.catalogue().await;
    let (ada, eve, staff) = (world.customer("ada").await, world.customer("eve").await, world.staff().await);
    let first = world.order(&ada, "web-1").await;
    let second = world.order(&ada, "web-2").await;
    world.order(&eve, "web-3").await;
    let ids = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let hers = ada.client().get("/v1/operations").await.expect(200);
    assert_eq!(ids(&hers), [operation_id(&second), operation_id(&first)]);
    assert_eq!(staff.client.get("/v1/operations").await.expect(200)["total"], 3);
    let of_one = ada.client().get(&format!("/v1/operations?serverId={}", server_id(&first))).await.expect(200);
    assert_eq!(ids(&of_one), [operation_id(&first)]);
    assert_eq!(ada.client().get("/v1/operations?status=failed").await.expect(200)["total"], 0);
    let waiting = "/v1/operations?waiting=true";
    assert_eq!(ada.client().get(waiting).await.expect(200)["total"], 0);
    sqlx::query("update operations set status = 'running', reason = 'PoolEmpty' where id = $1::uuid")
        .bind(operation_id(&second))
        .execute(&world.app.pool)
        .await
        .unwrap();
    assert_eq!(ids(&ada.client().get(waiting).await.expect(200)), [operation_id(&second)]);
    let page = ada.client().get("/v1/operations?limit=1").await.expect(200);
    let next = format!("/v1/operations?limit=1&cursor={}", page["nextCursor"].as_str().unwrap());
    assert_eq!(ids(&ada.client().get(&next).await.expect(200)), [operation_id(&first)]);
}

#[tokio::test]
pub async fn an_operation_is_shown_to_its_account() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let accepted = world.order(&customer, "web-1").await;
    let path = format!("/v1/operations/{}", operation_id(&accepted));
    let shown = customer.client().get(&path).await.expect(200);
    assert_eq!((&shown["serverId"], &shown["serverName"]), (&accepted["server"]["id"], &json!("web-1")));
    customer.client().get("/v1/operations/nonsense").await.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn the_catalogue_shows_plans_with_prices_images_sites_and_the_networks_one_may_use() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let plans = customer.client().get("/v1/plans").await.expect(200);
    let small = &plans["items"][2];
    assert_eq!(
        (&small["name"], &small["price"]),
        (&json!("api-small"), &json!({"currency": "EUR", "monthly": "4.90"}))
    );
    assert_eq!(plans["items"][1]["price"], Value::Null);
    let images = customer.client().get("/v1/images").await.expect(200);
    assert_eq!(
        (&images["items"][0]["endOfLife"], &images["items"][0]["defaultUser"]),
        (&json!("2030-06-30"), &json!("debian"))
    );
    let sites = customer.client().get("/v1/sites").await.expect(200);
    assert_eq!((&sites["items"][0]["ready"], &sites["items"][0]["region"]), (&json!(true), &json!("eu-1")));
    assert_eq!(names(&customer.client().get("/v1/networks").await.expect(200)), ["api-public"]);
    let all = staff.client.get("/v1/networks").await.expect(200);
    assert_eq!(
        (names(&all), &all["items"][0]["sites"]),
        (vec!["api-private".into(), "api-public".into()], &json!(["api-home"]))
    );
}

#[tokio::test]
pub async fn what_is_wrong_at_a_site_is_told_to_staff_only() {
    let world = World::new().await;
    world.catalogue().await;
    sqlx::query(
        "update sites set ready = false, reason = 'SiteUnreachable', message = 'https://192.0.2.1:8006: refused'",
    )
    .execute(&world.app.pool)
    .await
    .unwrap();
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let shown = &customer.client().get("/v1/sites").await.expect(200)["items"][0];
    assert_eq!((&shown["reason"], &shown["message"]), (&json!("SiteUnreachable"), &Value::Null));
    assert!(staff.client.get("/v1/sites").await.expect(200)["items"][0]["message"].is_string());
}

#[tokio::test]
pub async fn a_request_that_postgres_cannot_hold_is_the_clients_mistake() {
    let world = World::new().await;
    let customer = world.customer("ada").await;
    let nil = uuid::Uuid::nil();
    let cursor = |sort: &str, key: Value| {
        let text = json!({"sort": sort, "key": key, "id": nil}).to_string();
        format!("sort={sort}&cursor={}", URL_SAFE_NO_PAD.encode(text))
    };
    world.catalogue().await;
    let mut order = order("web-1");
    order["plan"] = json!("a\0b");
    customer.client().post("/v1/servers", order).await.expect_problem(400, "invalid-request");
    for query in [
        "search=%00".to_owned(),
        "site=%00".to_owned(),
        cursor("name", json!({"Time": "2026-01-01T00:00:00Z"})),
        cursor("createdAt", json!({"Text": "x"})),
        cursor("createdAt", json!({"Time": "-200000-01-01T00:00:00Z"})),
        cursor("name", json!({"Text": "\0"})),
    ] {
        customer.client().get(&format!("/v1/servers?{query}")).await.expect_problem(400, "invalid-request");
    }
}
