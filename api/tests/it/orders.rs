//! Ordering servers over REST.

use serde_json::json;

use crate::support::World;
use crate::support::seed::{operation_id, order, server_id};

#[tokio::test]
pub async fn an_order_is_accepted_and_can_be_followed() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("Müller & Söhne").await;
    let answer = customer.client().post("/v1/servers", order("web-1")).await;
    let accepted = answer.expect(202);
    let operation = operation_id(&accepted);
    assert_eq!(answer.header("location"), format!("/v1/operations/{operation}"));
    let followed = customer.client().get(answer.header("location")).await.expect(200);
    assert_eq!(
        (&followed["kind"], &followed["status"], &followed["verb"]),
        (&json!("create"), &json!("accepted"), &json!(null))
    );
    assert_eq!(followed["requestedBy"]["id"], customer.person.id.to_string());
    assert_eq!(followed["progress"][0]["reason"], "Accepted");
    let server = &accepted["server"];
    assert_eq!(
        (&server["name"], &server["phase"], &server["plan"]),
        (&json!("web-1"), &json!("Pending"), &json!("api-small"))
    );
    assert_eq!((&server["cores"], &server["memoryMiB"], &server["diskGiB"]), (&json!(1), &json!(1024), &json!(10)));
    assert_eq!((&server["deletionProtection"], &server["deletionGracePeriodHours"]), (&json!(true), &json!(72)));
    assert_eq!((&server["revision"], &server["ready"], &server["origin"]), (&json!(1), &json!(false), &json!("api")));
    assert_eq!(server["operation"]["id"], operation);
    let suffix = &server_id(&accepted).replace('-', "")[24..];
    assert_eq!(server["objectName"], format!("web-1-{suffix}"));
    assert!(server["namespace"].as_str().unwrap().starts_with("acct-m-ller-s-hne-"), "{server}");
}

#[tokio::test]
pub async fn an_order_is_one_transaction_of_revision_operation_mark_and_audit() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let client = customer.client().with_header("x-request-id", "walk-7");
    client.post("/v1/servers", order("web-1")).await.expect(202);
    for (what, statement) in [
        (
            "revision",
            "select count(*) from server_revisions where number = 1 and owned_spec_id is not null and effective_spec_id is null",
        ),
        ("operation", "select count(*) from operations where revision = 1 and request_id = 'walk-7'"),
        ("mark", "select count(*) from dirty_servers"),
        (
            "audit",
            "select count(*) from audit where action = 'server.create' and request_id = 'walk-7' and operation_id is not null",
        ),
    ] {
        assert_eq!(world.count(statement).await, 1, "{what}");
    }
    customer.client().post("/v1/servers", order("web-1")).await.expect_problem(409, "name-taken");
    assert_eq!(world.count("select count(*) from servers").await, 1, "a refused order leaves nothing");
    assert_eq!(world.count("select count(*) from audit").await, 1);
}

#[tokio::test]
pub async fn a_password_is_kept_as_a_sealed_hash_only() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let mut body = order("web-1");
    body["password"] = json!("hunter2hunter2");
    let accepted = customer.client().post("/v1/servers", body).await.expect(202);
    let sealed: Vec<u8> =
        sqlx::query_scalar("select sealed from sealed_secrets").fetch_one(&world.app.pool).await.unwrap();
    let purpose = format!("server/{}/guest-password", server_id(&accepted));
    let hash = String::from_utf8(world.app.sealer.open(&purpose, &sealed).unwrap()).unwrap();
    assert!(hash.starts_with("$6$"), "{hash}");
    let everything: String = sqlx::query_scalar("select query_to_xml('select * from server_specs', true, false, '')::text || query_to_xml('select * from audit', true, false, '')::text")
        .fetch_one(&world.app.pool)
        .await
        .unwrap();
    assert!(!everything.contains("hunter2") && !everything.contains("$6$"), "{everything}");
}

#[tokio::test]
pub async fn an_order_of_what_is_not_on_offer_names_the_field() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    for (field, value) in [
        ("plan", json!("huge")),
        ("plan", json!("api-ancient")),
        ("image", json!("plan9")),
        ("image", json!("api-debian-9")),
        ("site", json!("moon")),
        ("network", json!("api-private")),
        ("network", json!("nowhere")),
        ("rootDiskGiB", json!(9)),
        ("rootDiskGiB", json!(101)),
        ("password", json!("short")),
    ] {
        let mut body = order("web-1");
        body[field] = value.clone();
        let answer = customer.client().post("/v1/servers", body).await;
        answer.expect_problem(422, "unprocessable");
        assert_eq!(answer.field(), field, "{value}");
    }
    let nobody = json!({"name": "web-1", "plan": "api-small", "image": "api-debian-13", "site": "api-home"});
    let answer = customer.client().post("/v1/servers", nobody).await;
    answer.expect_problem(422, "unprocessable");
    assert_eq!(answer.field(), "sshKeys");
    assert_eq!(world.count("select count(*) from servers").await, 0);
}

#[tokio::test]
pub async fn a_malformed_order_is_refused_before_it_is_looked_at() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    for (field, value) in [("name", json!("Web_1")), ("sshKeys", json!(["not a key"]))] {
        let mut body = order("web-1");
        body[field] = value;
        let answer = customer.client().post("/v1/servers", body).await;
        answer.expect_problem(400, "invalid-request");
        assert_eq!(answer.field(), field);
    }
}

#[tokio::test]
pub async fn who_could_mean_several_accounts_has_to_say_which() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, staff) = (world.customer("ada").await, world.staff().await);
    let refused = staff.client.post("/v1/servers", order("web-1")).await;
    refused.expect_problem(422, "unprocessable");
    assert_eq!(refused.field(), "accountId");
    let mut body = order("web-1");
    body["accountId"] = json!(customer.account);
    let accepted = staff.client.post("/v1/servers", body).await.expect(202);
    assert_eq!(accepted["server"]["accountId"], customer.account.to_string());
    customer.client().get(&format!("/v1/servers/{}", server_id(&accepted))).await.expect(200);
}

#[tokio::test]
pub async fn an_order_for_another_account_finds_no_account() {
    let world = World::new().await;
    world.catalogue().await;
    let (customer, other) = (world.customer("ada").await, world.customer("eve").await);
    let mut body = order("web-1");
    body["accountId"] = json!(other.account);
    customer.client().post("/v1/servers", body).await.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn a_name_is_unique_in_its_account_only() {
    let world = World::new().await;
    world.catalogue().await;
    let (ada, eve) = (world.customer("ada").await, world.customer("eve").await);
    world.order(&ada, "web-1").await;
    let taken = ada.client().post("/v1/servers", order("web-1")).await;
    taken.expect_problem(409, "name-taken");
    assert_eq!(taken.field(), "name");
    world.order(&eve, "web-1").await;
}

#[tokio::test]
pub async fn two_orders_of_one_name_at_once_make_one_server() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let (first, second) = tokio::join!(
        customer.client().post("/v1/servers", order("web-1")),
        customer.client().post("/v1/servers", order("web-1"))
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
}

#[tokio::test]
pub async fn a_repeated_key_gets_the_first_answer_and_makes_nothing_twice() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let client = customer.client().with_header("idempotency-key", "order-1");
    let (first, again) =
        (client.post("/v1/servers", order("web-1")).await, client.post("/v1/servers", order("web-1")).await);
    assert_eq!(first.expect(202), again.expect(202));
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(world.count("select count(*) from servers").await, 1);
    client.post("/v1/servers", order("web-2")).await.expect_problem(409, "idempotency-mismatch");
    let eve = world.customer("eve").await;
    let other = eve.client().with_header("idempotency-key", "order-1").post("/v1/servers", order("web-1")).await;
    assert_ne!(other.expect(202)["server"]["id"], first.json()["server"]["id"], "a key is its user's own");
}

#[tokio::test]
pub async fn equal_requests_at_once_have_one_effect() {
    let world = World::new().await;
    world.catalogue().await;
    let customer = world.customer("ada").await;
    let client = customer.client().with_header("idempotency-key", "order-1");
    let (first, second) =
        tokio::join!(client.post("/v1/servers", order("web-1")), client.post("/v1/servers", order("web-1")));
    assert_eq!(first.expect(202), second.expect(202));
    assert_eq!(world.count("select count(*) from servers").await, 1);
}

#[tokio::test]
pub async fn a_failed_request_may_be_repeated_with_its_key() {
    let world = World::new().await;
    let customer = world.customer("ada").await;
    let client = customer.client().with_header("idempotency-key", "order-1");
    client.post("/v1/servers", order("web-1")).await.expect_problem(422, "unprocessable");
    world.catalogue().await;
    client.post("/v1/servers", order("web-1")).await.expect(202);
}
