//! Serving the built console from a folder.

use std::fs;

use slipway_api::console::Console;
use slipway_api::router;

use crate::support::World;
use crate::support::http::Client;

fn client(folder: &tempfile::TempDir) -> Client {
    fs::create_dir(folder.path().join("assets")).unwrap();
    fs::write(folder.path().join("index.html"), "<!doctype html><title>Slipway</title>").unwrap();
    fs::write(folder.path().join("assets/index-abc.js"), "let x = 1;").unwrap();
    fs::write(folder.path().join("assets/index-abc.js.br"), "compressed").unwrap();
    let world = World::without_postgres();
    Client::new(router::router(world.app, Console::Folder(folder.path().to_owned())))
}

#[tokio::test]
async fn the_console_is_served_with_a_strict_policy_and_for_every_path_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let client = client(&folder);
    for path in ["/", "/index.html", "/servers", "/servers/0197a3c2/edit", "/set-password"] {
        let answer = client.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.text.contains("<title>Slipway")), (200, true), "{path}");
        let policy = answer.header("content-security-policy");
        assert_eq!(
            policy,
            "default-src 'self'; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        );
        assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), ("no-cache", "nosniff"));
    }
}

#[tokio::test]
async fn hashed_assets_are_kept_and_sent_precompressed() {
    let folder = tempfile::tempdir().unwrap();
    let client = client(&folder);
    let plain = client.get("/assets/index-abc.js").await;
    assert_eq!(
        (plain.text.as_str(), plain.header("cache-control")),
        ("let x = 1;", "public, max-age=31536000, immutable")
    );
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    let small = client.with_header("accept-encoding", "gzip, br").get("/assets/index-abc.js").await;
    assert_eq!((small.text.as_str(), small.header("content-encoding")), ("compressed", "br"));
    let again = client.with_header("if-none-match", plain.header("etag")).get("/assets/index-abc.js").await;
    assert_eq!(again.status.as_u16(), 304);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_the_console() {
    let folder = tempfile::tempdir().unwrap();
    let client = client(&folder);
    for path in ["/assets/gone.js", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/v1/nothing"] {
        client.get(path).await.expect_problem(404, "not-found");
    }
}
