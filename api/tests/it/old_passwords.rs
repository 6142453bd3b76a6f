//! People log in with the passwords that they had before the migration.

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use http::Method;
use serde_json::json;

use crate::support::World;
use crate::support::http::Answer;
use crate::support::seed::Person;

/// What the hashes below are of; shorter than a new password may be.
const OLD: &str = "Passw0rd!";
const BCRYPT: &str = "$2y$10$abcdefghijklmnopqrstuufV5R6AIRuiwehOrEgoAS3hGfIJuM.qW";

/// `md5("R(IDy" + "Passw0rd!")`, wrapped as the migrator wraps it.
fn md5() -> String {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(1024, 2, 1, None).unwrap());
    let hash: PasswordHash = argon2.hash_password_with_salt(b"b3b1bbd2470bf71570a60920e03359f1", &[7; 16]).unwrap();
    format!("$slipway-md5${}{hash}", BASE64_STANDARD_NO_PAD.encode("R(IDy"))
}

async fn email(world: &World, person: &Person) -> String {
    sqlx::query_scalar("select email from users where id = $1")
        .bind(person.id.0)
        .fetch_one(&world.app.pool)
        .await
        .unwrap()
}

async fn carry(world: &World, person: &Person, hash: &str) {
    sqlx::query("insert into credentials (user_id, password_hash, changed_at) values ($1, $2, now())")
        .bind(person.id.0)
        .bind(hash)
        .execute(&world.app.pool)
        .await
        .unwrap();
}

async fn stored(world: &World, person: &Person) -> String {
    sqlx::query_scalar("select password_hash from credentials where user_id = $1")
        .bind(person.id.0)
        .fetch_one(&world.app.pool)
        .await
        .unwrap()
}

async fn log_in(world: &World, email: &str, password: &str) -> Answer {
    world.client.post("/v1/auth/login", json!({"email": email, "password": password})).await
}

#[tokio::test]
async fn an_old_password_works_and_its_hash_is_replaced_by_our_own() {
    let world = World::new().await;
    for hash in [BCRYPT.to_owned(), md5()] {
        let person = world.person("ada", false).await;
        let email = email(&world, &person).await;
        carry(&world, &person, &hash).await;
        for wrong in ["passw0rd!", "", "b3b1bbd2470bf71570a60920e03359f1"] {
            log_in(&world, &email, wrong).await.expect_problem(401, "invalid-credentials");
        }
        assert_eq!(stored(&world, &person).await, hash, "a wrong password replaces nothing");
        let token = log_in(&world, &email, OLD).await.expect(200)["accessToken"].as_str().unwrap().to_owned();
        assert_eq!(world.client.with_token(&token).get("/v1/me").await.expect(200)["email"], email);
        let own = stored(&world, &person).await;
        assert!(own.starts_with("$argon2id$"), "{own}");
        log_in(&world, &email, OLD).await.expect(200);
        log_in(&world, &email, "passw0rd!").await.expect_problem(401, "invalid-credentials");
        assert_eq!(stored(&world, &person).await, own, "our own hash is kept");
    }
}

#[tokio::test]
async fn somebody_without_a_usable_password_sets_one_by_staffs_link() {
    let world = World::new().await;
    let (person, staff) = (world.person("ada", false).await, world.staff().await);
    let email = email(&world, &person).await;
    log_in(&world, &email, OLD).await.expect_problem(401, "invalid-credentials");
    let made = staff.client.send(Method::POST, &format!("/v1/users/{}/set-password-link", person.id), None).await;
    let url = made.expect(201)["url"].as_str().unwrap().to_owned();
    let token = url.split("#token=").nth(1).unwrap();
    let body = json!({"token": token, "password": "a new horse battery"});
    world.client.post("/v1/auth/set-password", body).await.expect(204);
    log_in(&world, &email, "a new horse battery").await.expect(200);
}
