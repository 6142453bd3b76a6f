//! What holds for every operation of the `OpenAPI` document, tried on each: a new endpoint is tested here by existing.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::carried::FIRST;
use crate::support::http::Client;
use crate::support::seed::{Customer, operation_id, order, server_id};

/// An operation of the document.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are facts of their own")]
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub id: String,
    pub public: bool,
    pub staff: bool,
    pub has_body: bool,
    pub has_query: bool,
    pub problems: Vec<String>,
    pub statuses: Vec<String>,
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// Reads the committed document.
pub fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let descriptions = operation["responses"].as_object().unwrap().values();
            all.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                id: operation["operationId"].as_str().unwrap().to_owned(),
                public: operation["security"].is_array(),
                staff: operation["tags"][0] == "Staff",
                has_body: operation["requestBody"].is_object(),
                has_query: parameters.iter().any(|parameter| parameter["in"] == "query"),
                statuses: operation["responses"].as_object().unwrap().keys().cloned().collect(),
                problems: descriptions
                    .filter(|r| r["content"]["application/problem+json"].is_object())
                    .flat_map(|r| kinds(&r["description"]))
                    .collect(),
            });
        }
    }
    all
}

/// The problems that a description names in backticks.
fn kinds(description: &Value) -> Vec<String> {
    let known = |word: &&str| {
        word.contains('-')
            || ["unauthenticated", "forbidden", "protected", "conflict", "unprocessable", "unavailable"].contains(word)
    };
    let words = description.as_str().unwrap().split('`').skip(1).step_by(2);
    words.filter(known).filter(|word| *word != "Retry-After").map(ToOwned::to_owned).collect()
}

/// Something to fill paths and bodies with.
struct Filled {
    world: World,
    owner: Customer,
    ids: BTreeMap<&'static str, String>,
}

impl Filled {
    async fn new() -> Self {
        let world = World::new().await.with_machines(Vec::new()).await;
        world.catalogue().await;
        let owner = world.customer("ada").await;
        let accepted = world.order(&owner, "web-1").await;
        // As if it were delivered: the operator answers for it.
        sqlx::query("update servers set uid = 'u-1'").execute(&world.app.pool).await.unwrap();
        world.carry_over(&owner, FIRST).await;
        let mut ids = BTreeMap::from([
            ("server", server_id(&accepted)),
            ("operation", operation_id(&accepted)),
            ("account", owner.account.to_string()),
            ("user", owner.person.id.to_string()),
            ("migration", world.migration_run().await.to_string()),
        ]);
        for list in ["invoice", "ticket"] {
            let page = owner.client().get(&format!("/v1/accounts/{}/{list}s", owner.account)).await.expect(200);
            ids.insert(list, page["items"][0]["id"].as_str().unwrap().to_owned());
        }
        Self { world, owner, ids }
    }

    fn path(&self, operation: &Operation) -> String {
        let noun = match operation.path.split('/').nth(2).unwrap() {
            "servers" => "server",
            "operations" => "operation",
            "accounts" => "account",
            "migrations" => "migration",
            _ => "user",
        };
        operation
            .path
            .replace("{id}", &self.ids[noun])
            .replace("{userId}", &self.ids["user"])
            .replace("{invoiceId}", &self.ids["invoice"])
            .replace("{ticketId}", &self.ids["ticket"])
            .replace("{name}", "api-home")
    }
}

/// A body that can be read, for each operation that takes one.
fn body(operation: &Operation) -> Option<Value> {
    let body = match operation.id.as_str() {
        "login" => json!({"email": "a@example.org", "password": "x"}),
        "setPassword" => json!({"token": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "password": "correct horse"}),
        "changeMyPassword" => json!({"currentPassword": "x", "newPassword": "correct horse"}),
        "createServer" => order("web-9"),
        "updateServer" => json!({"runPolicy": "Running"}),
        "actOnServer" => json!({"verb": "Restart"}),
        "purgeServer" => json!({"confirm": "web-1"}),
        "adoptMachine" => json!({"vmid": 501, "accountId": uuid::Uuid::nil()}),
        "acknowledgeSite" => json!({"condition": "InventoryShrank"}),
        "handServerOver" => json!({"to": "git"}),
        "suspendServer" => json!({"reason": "unpaid"}),
        "createAccount" | "updateAccount" | "updateUser" => json!({"name": "Name"}),
        "createUser" => json!({"email": "new@example.org", "name": "New"}),
        "putMembership" => json!({"role": "owner"}),
        _ => return operation.has_body.then(|| panic!("{} needs a sample body here", operation.name())),
    };
    Some(body)
}

async fn send(client: &Client, operation: &Operation, path: &str) -> crate::support::http::Answer {
    client.send(operation.method.clone(), path, body(operation)).await
}

#[tokio::test]
pub async fn without_a_token_every_operation_but_the_public_ones_is_refused() {
    let filled = Filled::new().await;
    for operation in operations().iter().filter(|operation| !operation.public) {
        let answer = send(&filled.world.client, operation, &filled.path(operation)).await;
        answer.expect_problem(401, "unauthenticated");
        let forged = filled.world.client.with_token("eyJhbGciOiJub25lIn0.e30.");
        send(&forged, operation, &filled.path(operation)).await.expect_problem(401, "unauthenticated");
    }
    let public: Vec<String> = operations().into_iter().filter(|o| o.public).map(|o| o.id).collect();
    assert_eq!(public, ["login", "logout", "refresh", "setPassword"], "a public operation is a decision");
}

#[tokio::test]
pub async fn operations_of_staff_are_refused_to_customers() {
    let filled = Filled::new().await;
    let staff: Vec<Operation> = operations().into_iter().filter(|operation| operation.staff).collect();
    assert!(!staff.is_empty());
    for operation in &staff {
        send(filled.owner.client(), operation, &filled.path(operation)).await.expect_problem(403, "forbidden");
    }
}

#[tokio::test]
pub async fn what_is_somebody_elses_is_not_found() {
    let filled = Filled::new().await;
    let stranger = filled.world.customer("eve").await;
    let foreign = operations()
        .into_iter()
        .filter(|o| {
            ["servers", "operations", "accounts"].iter().any(|noun| o.path.starts_with(&format!("/v1/{noun}/{{")))
        })
        .filter(|o| !o.staff);
    let before = filled.world.count("select count(*) from operations").await;
    for operation in foreign {
        let answer = send(stranger.client(), &operation, &filled.path(&operation)).await;
        let problem = answer.expect_problem(404, "not-found");
        let unknown = filled.path(&operation).replace(&filled.ids["server"], &uuid::Uuid::now_v7().to_string());
        let unknown = unknown.replace(&filled.ids["operation"], &uuid::Uuid::now_v7().to_string());
        let unknown = unknown.replace(&filled.ids["account"], &uuid::Uuid::now_v7().to_string());
        let nothing = send(stranger.client(), &operation, &unknown).await.expect_problem(404, "not-found");
        assert_eq!(problem["detail"], nothing["detail"], "the answer tells nothing about what exists");
    }
    assert_eq!(filled.world.count("select count(*) from operations").await, before);
}

#[tokio::test]
pub async fn unknown_fields_in_a_body_or_query_are_refused() {
    let filled = Filled::new().await;
    let staff = filled.world.staff().await;
    for operation in operations() {
        let path = filled.path(&operation);
        if let Some(mut body) = body(&operation) {
            body["nonsense"] = json!(1);
            let answer = staff.client.send(operation.method.clone(), &path, Some(body)).await;
            answer.expect_problem(400, "invalid-request");
        }
        if operation.has_query {
            let answer = staff.client.send(operation.method.clone(), &format!("{path}?nonsense=1"), None).await;
            answer.expect_problem(400, "invalid-request");
        }
        if operation.path.ends_with('s') && operation.has_query && operation.method == Method::GET {
            for wrong in ["limit=0", "limit=201", "limit=x", "cursor=%21"] {
                staff.client.get(&format!("{path}?{wrong}")).await.expect_problem(400, "invalid-request");
            }
        }
    }
}

#[tokio::test]
async fn a_body_of_another_type_or_too_large_is_refused_as_documented() {
    let filled = Filled::new().await;
    let staff = filled.world.staff().await;
    let text = staff.client.with_header("content-type", "text/plain");
    for operation in operations().iter().filter(|operation| operation.has_body) {
        let path = filled.path(operation);
        send(&text, operation, &path).await.expect_problem(415, "invalid-request");
        let large = json!({"name": "x".repeat(600_000)});
        let answer = staff.client.send(operation.method.clone(), &path, Some(large)).await;
        answer.expect_problem(413, "invalid-request");
        for status in ["413", "415"] {
            assert!(operation.statuses.iter().any(|s| s == status), "{} documents {status}", operation.name());
        }
    }
}

#[tokio::test]
pub async fn an_account_that_asks_too_often_is_refused_and_staff_is_not() {
    let filled = Filled::new().await;
    let slow = filled.world.with_requests_per_minute(1);
    let (owner, staff) = (filled.owner.client().at(slow.clone()), filled.world.staff().await);
    owner.get("/v1/me").await.expect(200);
    for operation in operations().iter().filter(|o| !o.public && !o.staff) {
        let answer = send(&owner, operation, &filled.path(operation)).await;
        answer.expect_problem(429, "too-many-requests");
        assert!((1..=60).contains(&answer.header("retry-after").parse::<u64>().unwrap()));
    }
    let staff = staff.client.at(slow);
    for _ in 0..3 {
        staff.get("/v1/me").await.expect(200);
    }
    filled.world.client.get("/readyz").await.expect_text("ok\n");
}

#[tokio::test]
pub async fn a_key_that_came_with_another_request_is_refused() {
    let filled = Filled::new().await;
    let staff = filled.world.staff().await;
    sqlx::query("insert into idempotency_keys values ($1, 'used', '\\x00', 204, null, null, now())")
        .bind(staff.id.0)
        .execute(&filled.world.app.pool)
        .await
        .unwrap();
    let client = staff.client.with_header("idempotency-key", "used");
    let too_long = staff.client.with_header("idempotency-key", &"x".repeat(129));
    for operation in operations().iter().filter(|o| o.method != Method::GET && !o.public) {
        let path = filled.path(operation);
        send(&client, operation, &path).await.expect_problem(409, "idempotency-mismatch");
        send(&too_long, operation, &path).await.expect_problem(400, "invalid-request");
    }
}

#[tokio::test]
pub async fn an_unchanged_answer_is_not_sent_again() {
    let filled = Filled::new().await;
    let staff = filled.world.staff().await;
    for operation in operations().iter().filter(|operation| operation.method == Method::GET) {
        let path = filled.path(operation);
        let first = staff.client.get(&path).await;
        first.expect(200);
        let tag = first.header("etag");
        assert!(tag.starts_with('"') && tag.len() > 10, "{} has the tag {tag:?}", operation.name());
        let again = staff.client.with_header("if-none-match", tag).get(&path).await;
        assert_eq!((again.status.as_u16(), again.text.as_str(), again.header("etag")), (304, "", tag));
        staff.client.with_header("if-none-match", "\"other\"").get(&path).await.expect(200);
    }
}

#[tokio::test]
pub async fn while_postgres_is_away_every_operation_says_when_to_try_again() {
    let filled = Filled::new().await;
    let dead = World::without_postgres();
    let (user, session) = (filled.owner.person.id, slipway_api::id::SessionId(uuid::Uuid::now_v7()));
    let token = dead.app.tokens.sign(user, session, dead.app.env.now()).unwrap();
    let cookie = "slipway_refresh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let client = dead.client.with_token(&token).with_header("cookie", cookie);
    let all = operations();
    let asked = all.iter().map(|operation| {
        let (client, path) = (client.clone(), filled.path(operation));
        async move { send(&client, operation, &path).await }
    });
    for answer in futures::future::join_all(asked).await {
        answer.expect_problem(503, "unavailable");
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    }
    dead.client.get("/livez").await.expect_text("ok\n");
    dead.client.get("/readyz").await.expect_problem(503, "unavailable");
    filled.world.client.get("/readyz").await.expect_text("ok\n");
}

#[tokio::test]
pub async fn every_answer_carries_a_request_id_and_takes_only_harmless_ones() {
    let world = World::new().await;
    assert!(!world.client.get("/v1/me").await.header("x-request-id").is_empty());
    let given = world.client.with_header("x-request-id", "walk-7").get("/v1/me").await;
    assert_eq!(given.header("x-request-id"), "walk-7");
    let harmful = world.client.with_header("x-request-id", "a b\"c").get("/v1/me").await;
    assert_ne!(harmful.header("x-request-id"), "a b\"c");
}

#[tokio::test]
pub async fn unknown_addresses_wrong_methods_and_large_bodies_are_problems_too() {
    let world = World::new().await;
    let staff = world.staff().await;
    world.client.get("/v1/nothing").await.expect_problem(404, "not-found");
    staff.client.delete("/v1/servers").await.expect_problem(405, "invalid-request");
    let large = json!({"name": "x".repeat(600_000)});
    staff.client.post("/v1/accounts", large).await.expect_problem(413, "invalid-request");
    let document = world.client.get("/v1/openapi.json").await.expect(200);
    assert_eq!(document["openapi"], "3.1.0");
}
