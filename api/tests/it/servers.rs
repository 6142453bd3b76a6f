//! Servers over REST: ordering, showing, changing, deleting.

use serde_json::json;

use crate::support::World;
use crate::support::seed::{KEY, operation_id, order, server_id};

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

/// What the mirror would have found.
async fn store_things(world: &World, server: &str) {
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
