//! What only staff may do: accounts, users, memberships.

use serde_json::json;

use crate::support::World;

#[tokio::test]
pub async fn an_account_is_made_shown_and_renamed() {
    let world = World::new().await;
    let staff = world.staff().await;
    let made = staff.client.post("/v1/accounts", json!({"name": "Müller & Söhne"})).await;
    let account = made.expect(201);
    let path = format!("/v1/accounts/{}", account["id"].as_str().unwrap());
    assert_eq!(made.header("location"), path);
    let suffix = &account["id"].as_str().unwrap().replace('-', "")[24..];
    assert_eq!(account["namespace"], format!("acct-m-ller-s-hne-{suffix}"));
    let renamed = staff.client.patch(&path, json!({"name": "Müller"})).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["namespace"]), (&json!("Müller"), &account["namespace"]));
    assert_eq!(staff.client.get(&path).await.expect(200), renamed);
    let listed = staff.client.get("/v1/accounts").await.expect(200);
    assert_eq!((&listed["total"], &listed["items"][0]), (&json!(1), &renamed));
}

#[tokio::test]
pub async fn an_account_needs_a_name() {
    let world = World::new().await;
    let staff = world.staff().await;
    let refused = staff.client.post("/v1/accounts", json!({"name": "  "})).await;
    refused.expect_problem(422, "unprocessable");
    assert_eq!(refused.field(), "name");
    let account = staff.client.post("/v1/accounts", json!({"name": "Ada"})).await.expect(201);
    let path = format!("/v1/accounts/{}", account["id"].as_str().unwrap());
    staff.client.patch(&path, json!({"name": ""})).await.expect_problem(422, "unprocessable");
}

#[tokio::test]
pub async fn unknown_accounts_users_and_memberships_are_not_found() {
    let world = World::new().await;
    let staff = world.staff().await;
    let (customer, nobody) = (world.customer("ada").await, uuid::Uuid::now_v7());
    for path in
        [format!("/v1/accounts/{nobody}"), format!("/v1/users/{nobody}"), format!("/v1/accounts/{nobody}/memberships")]
    {
        staff.client.get(&path).await.expect_problem(404, "not-found");
    }
    for path in [format!("/v1/accounts/{nobody}"), format!("/v1/users/{nobody}")] {
        staff.client.patch(&path, json!({"name": "Ada"})).await.expect_problem(404, "not-found");
    }
    staff
        .client
        .post(&format!("/v1/users/{nobody}/set-password-link"), json!({}))
        .await
        .expect_problem(404, "not-found");
    for path in [
        format!("/v1/accounts/{nobody}/memberships/{}", customer.person.id),
        format!("/v1/accounts/{}/memberships/{nobody}", customer.account),
    ] {
        staff.client.put(&path, json!({"role": "owner"})).await.expect_problem(404, "not-found");
        staff.client.delete(&path).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
pub async fn a_user_is_made_shown_and_changed() {
    let world = World::new().await;
    let staff = world.staff().await;
    let body = json!({"email": "Ada@Example.org", "name": "Ada", "password": "correct horse"});
    let user = staff.client.post("/v1/users", body).await.expect(201);
    assert_eq!(
        (&user["email"], &user["hasPassword"], &user["staff"]),
        (&json!("ada@example.org"), &json!(true), &json!(false))
    );
    let path = format!("/v1/users/{}", user["id"].as_str().unwrap());
    let changed = staff.client.patch(&path, json!({"name": "Ada L.", "staff": true})).await.expect(200);
    assert_eq!(
        (&changed["name"], &changed["staff"], &changed["disabled"]),
        (&json!("Ada L."), &json!(true), &json!(false))
    );
    assert_eq!(staff.client.get(&path).await.expect(200), changed);
    assert_eq!(staff.client.get("/v1/users").await.expect(200)["total"], 2);
    world
        .client
        .post("/v1/auth/login", json!({"email": "ada@example.org", "password": "correct horse"}))
        .await
        .expect(200);
}

#[tokio::test]
pub async fn an_email_belongs_to_one_user() {
    let world = World::new().await;
    let staff = world.staff().await;
    let body = json!({"email": "ada@example.org", "name": "Ada"});
    staff.client.post("/v1/users", body.clone()).await.expect(201);
    let taken = staff.client.post("/v1/users", body).await;
    taken.expect_problem(409, "name-taken");
    assert_eq!(taken.field(), "email");
}

#[tokio::test]
pub async fn a_user_needs_a_plausible_email_name_and_password() {
    let world = World::new().await;
    let staff = world.staff().await;
    for (body, field) in [
        (json!({"email": "ada", "name": "Ada"}), "email"),
        (json!({"email": "ada@example.org", "name": ""}), "name"),
        (json!({"email": "ada@example.org", "name": "Ada", "password": "short"}), "password"),
    ] {
        let refused = staff.client.post("/v1/users", body).await;
        refused.expect_problem(422, "unprocessable");
        assert_eq!(refused.field(), field);
    }
    assert_eq!(world.count("select count(*) from users").await, 1);
    let user = staff.client.post("/v1/users", json!({"email": "ada@example.org", "name": "Ada"})).await.expect(201);
    let path = format!("/v1/users/{}", user["id"].as_str().unwrap());
    staff.client.patch(&path, json!({"name": ""})).await.expect_problem(422, "unprocessable");
}

#[tokio::test]
pub async fn a_disabled_user_is_out_at_once() {
    let world = World::new().await;
    let (staff, ada) = (world.staff().await, world.person("ada", false).await);
    ada.client.get("/v1/me").await.expect(200);
    staff.client.patch(&format!("/v1/users/{}", ada.id), json!({"disabled": true})).await.expect(200);
    ada.client.get("/v1/me").await.expect_problem(401, "unauthenticated");
    let link = format!("/v1/users/{}/set-password-link", ada.id);
    staff.client.post(&link, json!({})).await.expect_problem(409, "conflict");
}

#[tokio::test]
pub async fn nobody_locks_themselves_out() {
    let world = World::new().await;
    let staff = world.staff().await;
    let path = format!("/v1/users/{}", staff.id);
    staff.client.patch(&path, json!({"disabled": true})).await.expect_problem(409, "conflict");
    staff.client.patch(&path, json!({"staff": false})).await.expect_problem(409, "conflict");
    staff.client.patch(&path, json!({"name": "Boss"})).await.expect(200);
}

#[tokio::test]
pub async fn a_link_is_made_and_ends_the_one_before() {
    let world = World::new().await;
    let (staff, ada) = (world.staff().await, world.person("ada", false).await);
    let path = format!("/v1/users/{}/set-password-link", ada.id);
    let token = |body: serde_json::Value| body["url"].as_str().unwrap().split_once("#token=").unwrap().1.to_owned();
    let first = token(staff.client.post(&path, json!({})).await.expect(201));
    let second = token(staff.client.post(&path, json!({})).await.expect(201));
    let set = |token: String| json!({"token": token, "password": "correct horse"});
    world.client.post("/v1/auth/set-password", set(first)).await.expect_problem(401, "invalid-credentials");
    world.client.post("/v1/auth/set-password", set(second)).await.expect(204);
}

#[tokio::test]
pub async fn a_person_joins_changes_role_and_leaves() {
    let world = World::new().await;
    let (staff, customer, bob) = (world.staff().await, world.customer("ada").await, world.person("bob", false).await);
    let path = format!("/v1/accounts/{}/memberships", customer.account);
    let joined = staff.client.put(&format!("{path}/{}", bob.id), json!({"role": "member"})).await.expect(200);
    assert_eq!((&joined["role"], &joined["name"]), (&json!("member"), &json!("bob")));
    let me = bob.client.get("/v1/me").await.expect(200);
    assert_eq!(
        me["accounts"],
        json!([{"id": customer.account, "name": "ada", "role": "member", "carriedOverAt": null}])
    );
    staff.client.put(&format!("{path}/{}", bob.id), json!({"role": "owner"})).await.expect(200);
    let listed = staff.client.get(&path).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["items"][1]["role"], "owner");
    staff.client.delete(&format!("{path}/{}", bob.id)).await.expect(204);
    assert_eq!(bob.client.get("/v1/me").await.expect(200)["accounts"], json!([]));
}

#[tokio::test]
pub async fn me_shows_who_is_logged_in() {
    let world = World::new().await;
    let customer = world.customer("ada").await;
    let me = customer.client().get("/v1/me").await.expect(200);
    assert_eq!((&me["id"], &me["staff"]), (&json!(customer.person.id), &json!(false)));
    assert_eq!(
        me["accounts"],
        json!([{"id": customer.account, "name": "ada", "role": "owner", "carriedOverAt": null}])
    );
}

#[tokio::test]
pub async fn lists_of_staff_go_page_by_page() {
    let world = World::new().await;
    let staff = world.staff().await;
    for name in ["a", "b", "c"] {
        world.customer(name).await;
    }
    for (list, total) in [("/v1/accounts", 3), ("/v1/users", 4)] {
        let (mut seen, mut path) = (0, format!("{list}?limit=2"));
        loop {
            let page = staff.client.get(&path).await.expect(200);
            assert_eq!(page["total"], total);
            seen += page["items"].as_array().unwrap().len();
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("{list}?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, total, "{list}");
    }
}
