//! Logging in, staying logged in, logging out.

use chrono::TimeDelta;
use http::Method;
use serde_json::json;
use slipway_api::user::set_password_link;

use crate::support::World;
use crate::support::http::{Answer, Client};

const PASSWORD: &str = "correct horse battery";

/// A user with a password; answers the email.
async fn user(world: &World) -> String {
    let person = world.person("ada", false).await;
    let hash = world.app.passwords.hash(&world.app.env, PASSWORD.into()).await.unwrap();
    let mut connection = world.app.pool.acquire().await.unwrap();
    let now = world.app.env.now();
    slipway_api::user::store::set_password(&mut connection, person.id, &hash, now).await.unwrap();
    slipway_api::user::store::find(&mut connection, person.id).await.unwrap().unwrap().email
}

async fn log_in(world: &World, email: &str) -> Answer {
    world.client.post("/v1/auth/login", json!({"email": email, "password": PASSWORD})).await
}

/// The client with the refresh cookie that the answer set.
fn with_cookie(client: &Client, answer: &Answer) -> Client {
    client.with_header("cookie", answer.header("set-cookie").split(';').next().unwrap())
}

#[tokio::test]
pub async fn a_login_gives_a_short_token_and_a_cookie_that_scripts_cannot_read() {
    let world = World::new().await;
    let email = user(&world).await;
    let answer = log_in(&world, &email.to_uppercase()).await;
    let body = answer.expect(200);
    assert_eq!((&body["tokenType"], &body["expiresIn"]), (&json!("Bearer"), &json!(600)));
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("slipway_refresh="), "{cookie}");
    assert!(cookie.contains("; HttpOnly; SameSite=Strict; Path=/v1/auth; Max-Age=") && cookie.ends_with("; Secure"));
    assert_eq!(answer.header("cache-control"), "no-store");
    let me = world.client.with_token(body["accessToken"].as_str().unwrap()).get("/v1/me").await.expect(200);
    assert_eq!(me["email"], email);
}

#[tokio::test]
pub async fn a_wrong_password_an_unknown_user_and_a_disabled_one_look_the_same() {
    let world = World::new().await;
    let email = user(&world).await;
    let wrong = json!({"email": email, "password": "wrong horse battery"});
    let first = world.client.post("/v1/auth/login", wrong).await.expect_problem(401, "invalid-credentials");
    let unknown = json!({"email": "nobody@example.org", "password": PASSWORD});
    let second = world.client.post("/v1/auth/login", unknown).await.expect_problem(401, "invalid-credentials");
    sqlx::query("update users set disabled = true where email = $1")
        .bind(&email)
        .execute(&world.app.pool)
        .await
        .unwrap();
    let third = log_in(&world, &email).await.expect_problem(401, "invalid-credentials");
    assert_eq!((&first["detail"], &second["detail"]), (&second["detail"], &third["detail"]));
}

#[tokio::test]
pub async fn guessing_is_throttled_and_says_how_long() {
    let world = World::new().await;
    let guess = json!({"email": "victim@example.org", "password": "guess"});
    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(world.client.post("/v1/auth/login", guess.clone()).await);
    }
    answers[9].expect_problem(401, "invalid-credentials");
    answers[10].expect_problem(429, "too-many-requests");
    assert!(answers[10].header("retry-after").parse::<u64>().unwrap() >= 1);
    let other = json!({"email": "other@example.org", "password": "guess"});
    world.client.post("/v1/auth/login", other).await.expect_problem(401, "invalid-credentials");
}

#[tokio::test]
pub async fn an_expired_a_forged_and_a_mutilated_token_are_refused() {
    let world = World::new().await;
    let email = user(&world).await;
    let token = log_in(&world, &email).await.expect(200)["accessToken"].as_str().unwrap().to_owned();
    world.client.with_token(&token).get("/v1/me").await.expect(200);
    world.client.with_token(&token[..token.len() - 4]).get("/v1/me").await.expect_problem(401, "unauthenticated");
    let foreign = World::on(world.app.pool.clone());
    foreign.client.with_token(&token).get("/v1/me").await.expect_problem(401, "unauthenticated");
    world.clock.advance(TimeDelta::seconds(601));
    world.client.with_token(&token).get("/v1/me").await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
pub async fn a_refresh_rotates_the_cookie() {
    let world = World::new().await;
    let email = user(&world).await;
    let first = log_in(&world, &email).await;
    let second = with_cookie(&world.client, &first).post("/v1/auth/refresh", json!({})).await;
    let token = second.expect(200)["accessToken"].as_str().unwrap().to_owned();
    assert_ne!(first.header("set-cookie"), second.header("set-cookie"));
    world.client.with_token(&token).get("/v1/me").await.expect(200);
    with_cookie(&world.client, &second).post("/v1/auth/refresh", json!({})).await.expect(200);
}

#[tokio::test]
pub async fn a_used_refresh_token_that_comes_back_later_ends_the_session() {
    let world = World::new().await;
    let email = user(&world).await;
    let stolen = log_in(&world, &email).await;
    let newest = with_cookie(&world.client, &stolen).post("/v1/auth/refresh", json!({})).await;
    let token = newest.expect(200)["accessToken"].as_str().unwrap().to_owned();
    world.clock.advance(TimeDelta::seconds(11));
    let replay = with_cookie(&world.client, &stolen).post("/v1/auth/refresh", json!({})).await;
    replay.expect_problem(401, "session-expired");
    let heir = with_cookie(&world.client, &newest).post("/v1/auth/refresh", json!({})).await;
    heir.expect_problem(401, "session-expired");
    world.client.with_token(&token).get("/v1/me").await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
pub async fn two_tabs_that_refresh_at_once_get_the_same_successor_and_stay_logged_in() {
    let world = World::new().await;
    let email = user(&world).await;
    let shared = log_in(&world, &email).await;
    let (one, other) = (with_cookie(&world.client, &shared), with_cookie(&world.client, &shared));
    let (one, other) = tokio::join!(one.post("/v1/auth/refresh", json!({})), other.post("/v1/auth/refresh", json!({})));
    one.expect(200);
    other.expect(200);
    let cookie = |answer: &Answer| answer.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(cookie(&one), cookie(&other));
    world.clock.advance(TimeDelta::minutes(9));
    with_cookie(&world.client, &one).post("/v1/auth/refresh", json!({})).await.expect(200);
}

#[tokio::test]
pub async fn without_a_living_cookie_there_is_no_refresh() {
    let world = World::new().await;
    let email = user(&world).await;
    world.client.post("/v1/auth/refresh", json!({})).await.expect_problem(401, "session-expired");
    let nonsense = world.client.with_header("cookie", "slipway_refresh=nonsense");
    nonsense.post("/v1/auth/refresh", json!({})).await.expect_problem(401, "session-expired");
    let old = log_in(&world, &email).await;
    world.clock.advance(TimeDelta::days(31));
    with_cookie(&world.client, &old).post("/v1/auth/refresh", json!({})).await.expect_problem(401, "session-expired");
}

#[tokio::test]
pub async fn a_logout_ends_the_session_and_is_never_refused() {
    let world = World::new().await;
    let email = user(&world).await;
    let session = log_in(&world, &email).await;
    let token = session.expect(200)["accessToken"].as_str().unwrap().to_owned();
    let out = with_cookie(&world.client, &session).post("/v1/auth/logout", json!({})).await;
    out.expect(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    world.client.with_token(&token).get("/v1/me").await.expect_problem(401, "unauthenticated");
    let gone = with_cookie(&world.client, &session).post("/v1/auth/refresh", json!({})).await;
    gone.expect_problem(401, "session-expired");
    world.client.post("/v1/auth/logout", json!({})).await.expect(204);
}

/// A link for a new user: the token in it.
async fn link(world: &World) -> (String, String) {
    let person = world.person("ada", false).await;
    let mut connection = world.app.pool.acquire().await.unwrap();
    let made = set_password_link::make(&mut connection, &world.app.env, "https://panel.example.org", person.id);
    let url = made.await.unwrap().url;
    let email = slipway_api::user::store::find(&mut connection, person.id).await.unwrap().unwrap().email;
    (url.strip_prefix("https://panel.example.org/set-password#token=").unwrap().to_owned(), email)
}

#[tokio::test]
pub async fn a_link_sets_a_password_once() {
    let world = World::new().await;
    let (token, email) = link(&world).await;
    let body = json!({"token": token, "password": PASSWORD});
    world.client.post("/v1/auth/set-password", body.clone()).await.expect(204);
    log_in(&world, &email).await.expect(200);
    world.client.post("/v1/auth/set-password", body).await.expect_problem(401, "invalid-credentials");
}

#[tokio::test]
pub async fn a_link_that_is_old_or_invented_sets_nothing() {
    let world = World::new().await;
    let (token, _) = link(&world).await;
    world.clock.advance(TimeDelta::hours(73));
    for token in [token.as_str(), "invented"] {
        let body = json!({"token": token, "password": PASSWORD});
        world.client.post("/v1/auth/set-password", body).await.expect_problem(401, "invalid-credentials");
    }
}

#[tokio::test]
pub async fn a_weak_password_does_not_use_the_link_up() {
    let world = World::new().await;
    let (token, _) = link(&world).await;
    let weak = world.client.post("/v1/auth/set-password", json!({"token": token, "password": "short"})).await;
    weak.expect_problem(422, "unprocessable");
    assert_eq!(weak.field(), "password");
    world.client.post("/v1/auth/set-password", json!({"token": token, "password": PASSWORD})).await.expect(204);
}

#[tokio::test]
pub async fn guessing_links_is_throttled() {
    let world = World::new().await;
    let guess = json!({"token": "guess", "password": PASSWORD});
    let mut last = None;
    for _ in 0..41 {
        last = Some(world.client.post("/v1/auth/set-password", guess.clone()).await);
    }
    last.unwrap().expect_problem(429, "too-many-requests");
}

#[tokio::test]
pub async fn a_changed_password_ends_the_other_sessions_and_keeps_this_one() {
    let world = World::new().await;
    let email = user(&world).await;
    let token = |answer: Answer| answer.expect(200)["accessToken"].as_str().unwrap().to_owned();
    let (here, elsewhere) = (token(log_in(&world, &email).await), token(log_in(&world, &email).await));
    let body = json!({"currentPassword": PASSWORD, "newPassword": "another horse battery"});
    world.client.with_token(&here).put("/v1/me/password", body).await.expect(204);
    world.client.with_token(&here).get("/v1/me").await.expect(200);
    world.client.with_token(&elsewhere).get("/v1/me").await.expect_problem(401, "unauthenticated");
    log_in(&world, &email).await.expect_problem(401, "invalid-credentials");
}

#[tokio::test]
pub async fn a_password_is_not_changed_without_the_current_one_nor_to_a_weak_one() {
    let world = World::new().await;
    let email = user(&world).await;
    let token = log_in(&world, &email).await.expect(200)["accessToken"].as_str().unwrap().to_owned();
    let client = world.client.with_token(&token);
    let wrong = json!({"currentPassword": "wrong horse battery", "newPassword": "another horse battery"});
    client.put("/v1/me/password", wrong).await.expect_problem(401, "invalid-credentials");
    let weak = json!({"currentPassword": PASSWORD, "newPassword": "short"});
    let answer = client.put("/v1/me/password", weak).await;
    answer.expect_problem(422, "unprocessable");
    assert_eq!(answer.field(), "newPassword");
    log_in(&world, &email).await.expect(200);
}

#[tokio::test]
pub async fn guessing_the_current_password_is_throttled() {
    let world = World::new().await;
    let email = user(&world).await;
    let token = log_in(&world, &email).await.expect(200)["accessToken"].as_str().unwrap().to_owned();
    let client = world.client.with_token(&token);
    let guess = json!({"currentPassword": "guess", "newPassword": "another horse battery"});
    let mut last = None;
    for _ in 0..11 {
        last = Some(client.put("/v1/me/password", guess.clone()).await);
    }
    last.unwrap().expect_problem(429, "too-many-requests");
}

#[tokio::test]
pub async fn a_removed_member_is_refused_before_the_token_expires() {
    let world = World::new().await;
    let customer = world.customer("ada").await;
    world.catalogue().await;
    let server = crate::support::seed::server_id(&world.order(&customer, "web").await);
    customer.client().get(&format!("/v1/servers/{server}")).await.expect(200);
    sqlx::query("delete from memberships").execute(&world.app.pool).await.unwrap();
    customer.client().get(&format!("/v1/servers/{server}")).await.expect_problem(404, "not-found");
}

#[tokio::test]
pub async fn pages_of_other_sites_can_neither_log_in_nor_use_the_cookie() {
    let world = World::new().await;
    let email = user(&world).await;
    let cookie = with_cookie(&world.client, &log_in(&world, &email).await);
    for site in ["cross-site", "same-site"] {
        let elsewhere = cookie.with_header("sec-fetch-site", site);
        for path in ["/v1/auth/refresh", "/v1/auth/logout"] {
            elsewhere.send(Method::POST, path, None).await.expect_problem(403, "forbidden");
        }
    }
    let plain = world.client.with_header("content-type", "text/plain");
    plain.send(Method::POST, "/v1/auth/login", None).await.expect_problem(415, "invalid-request");
    cookie.with_header("sec-fetch-site", "same-origin").send(Method::POST, "/v1/auth/refresh", None).await.expect(200);
}
