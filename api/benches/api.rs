//! What every request pays for, one by one.
#![expect(clippy::unwrap_used, reason = "a measurement may stop at once")]

use std::hint::black_box;

use axum::body::{Body, to_bytes};
use chrono::DateTime;
use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use slipway_api::{
    app::{App, Settings, connect_lazily},
    auth::pace::DEFAULT_PER_MINUTE,
    console::Console,
    environment::{Env, System},
    http::page,
    id::{SessionId, UserId},
    keys::Keys,
    router::router,
    server::sort::{Cursor, Key, Sort},
};
use tower::ServiceExt as _;
use uuid::Uuid;

fn app() -> App {
    let (folder, env) = (tempfile::tempdir().unwrap(), Env::new(System));
    let keys = Keys::load_or_create(folder.path(), &env).unwrap();
    let settings = Settings {
        public_url: "https://panel.example.org".into(),
        trusted_proxy_hops: 0,
        requests_per_minute: DEFAULT_PER_MINUTE,
    };
    App::new(connect_lazily("postgres://nobody@127.0.0.1:1/none".parse().unwrap(), 1), env, &keys, settings).unwrap()
}

fn tokens(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let app = app();
    let (user, session, now) = (UserId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)), app.env.now());
    let token = app.tokens.sign(user, session, now).unwrap();
    c.bench_function("api/token: sign", |b| b.iter(|| app.tokens.sign(black_box(user), session, now).unwrap()));
    c.bench_function("api/token: verify", |b| b.iter(|| app.tokens.verify(black_box(&token), now).unwrap()));
}

fn cursors(c: &mut Criterion) {
    let cursor =
        Cursor { sort: Sort::CreatedAtDescending, key: Key::Time(DateTime::UNIX_EPOCH), id: Uuid::from_u128(7) };
    let text = page::encode(&cursor).unwrap();
    c.bench_function("api/cursor: encode", |b| b.iter(|| page::encode(black_box(&cursor)).unwrap()));
    c.bench_function("api/cursor: decode", |b| {
        b.iter(|| page::decode::<Cursor>(black_box(Some(text.as_str()))).unwrap());
    });
}

/// The whole way of a request that no handler takes: every layer, and a problem document.
fn problems(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let routes = {
        let _inside = runtime.enter();
        router(app(), Console::Absent)
    };
    let ask = || async {
        let request = Request::get("/v1/nothing").body(Body::empty()).unwrap();
        let answer = routes.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 404);
        to_bytes(answer.into_body(), usize::MAX).await.unwrap()
    };
    c.bench_function("api/problem: a 404 through all layers", |b| b.iter(|| runtime.block_on(ask())));
}

criterion_group!(all, tokens, cursors, problems);
criterion_main!(all);
