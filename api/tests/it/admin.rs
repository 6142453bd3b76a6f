//! `slipway-api admin`: what an installation begins with.

use std::process::{Command, Output};

use serde_json::json;

use crate::support::World;

fn run(database: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slipway-api"))
        .args(arguments)
        .env("DATABASE_URL", database)
        .env("SLIPWAY_PUBLIC_URL", "https://panel.example.org")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

/// The address of the world's own database.
async fn address(world: &World) -> String {
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(&world.app.pool).await.unwrap();
    let server = std::env::var("SLIPWAY_TEST_DATABASE_URL").unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

#[tokio::test]
async fn the_first_people_accounts_and_prices_are_made_on_the_command_line() {
    let world = World::new().await;
    let database = address(&world).await;
    let run = |arguments: &[&str]| said(&run(&database, arguments));
    let staff =
        ["admin", "create-staff", "--email", "staff@example.org", "--name", "Staff", "--password", "correct horse"];
    assert_eq!(run(&staff), run(&staff), "a repeat finds what is there");
    let account = run(&["admin", "create-account", "--name", "Ada"]);
    assert_eq!(account, run(&["admin", "create-account", "--name", "Ada"]));
    run(&["admin", "create-user", "--email", "ada@example.org", "--name", "Ada"]);
    run(&["admin", "add-member", "--account", &account, "--email", "ada@example.org"]);
    run(&["admin", "set-plan-price", "--plan", "small", "--currency", "EUR", "--monthly", "4.90"]);
    let link = run(&["admin", "set-password-link", "--email", "ada@example.org"]);
    let token = link.strip_prefix("https://panel.example.org/set-password#token=").unwrap();

    world.client.post("/v1/auth/set-password", json!({"token": token, "password": "battery staple"})).await.expect(204);
    let login = json!({"email": "ada@example.org", "password": "battery staple"});
    let tokens = world.client.post("/v1/auth/login", login).await.expect(200);
    let me = world.client.with_token(tokens["accessToken"].as_str().unwrap()).get("/v1/me").await.expect(200);
    assert_eq!(me["accounts"], json!([{"id": account, "name": "Ada", "role": "owner", "carriedOverAt": null}]));
    let login = json!({"email": "staff@example.org", "password": "correct horse"});
    world.client.post("/v1/auth/login", login).await.expect(200);
    assert_eq!(world.count("select count(*) from plan_prices").await, 1);
    assert_eq!(world.count("select count(*) from audit where detail like '%token=%'").await, 0, "a link is a secret");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_sentence() {
    let world = World::new().await;
    let database = address(&world).await;
    for (arguments, sentence) in [
        (vec!["admin", "create-user", "--email", "ada", "--name", "Ada"], "email"),
        (vec!["admin", "set-password-link", "--email", "nobody@example.org"], "there is no user nobody@example.org"),
        (vec!["admin", "set-plan-price", "--plan", "small", "--currency", "EUR", "--monthly", "much"], "is no price"),
    ] {
        let output = run(&database, &arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(sentence), "{error}");
    }
    assert_eq!(world.count("select count(*) from audit").await, 0);
}
