//! What the tests stand on: a database of their own, a clock they set, and requests without a network.

pub mod carried;
pub mod clock;
pub mod cluster;
pub mod database;
pub mod http;
pub mod operator;
pub mod seed;

use std::sync::Arc;

use axum::Router;
use slipway_api::app::{App, Settings};
use slipway_api::auth::pace::{DEFAULT_PER_MINUTE, Pace};
use slipway_api::console::Console;
use slipway_api::environment::Env;
use slipway_api::keys::Keys;
use slipway_api::router;
use sqlx::PgPool;

use self::clock::TestClock;
use self::http::Client;

/// The API with a database of its own.
pub struct World {
    pub app: App,
    pub clock: TestClock,
    pub client: Client,
    tag: String,
}

impl World {
    pub async fn new() -> Self {
        Self::on(database::fresh().await)
    }

    /// A world whose Postgres does not answer.
    pub fn without_postgres() -> Self {
        Self::on(slipway_api::app::connect_lazily("postgres://nobody@127.0.0.1:1/none".parse().unwrap(), 8))
    }

    /// The same world behind a replica that takes so many requests a minute from an account.
    pub fn with_requests_per_minute(&self, requests: u32) -> Router {
        let mut app = self.app.clone();
        app.pace = Arc::new(Pace::new(requests.try_into().unwrap()));
        router::router(app, Console::Absent)
    }

    /// What tells this test's namespaces from all others.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    pub fn on(pool: PgPool) -> Self {
        let (clock, keys) = (TestClock::default(), tempfile::tempdir().unwrap());
        let env = Env::new(clock.clone());
        let keys = Keys::load_or_create(keys.path(), &env).unwrap();
        let settings = Settings {
            public_url: "https://panel.example.org".into(),
            trusted_proxy_hops: 0,
            requests_per_minute: DEFAULT_PER_MINUTE,
        };
        let app = App::new(pool, env, &keys, settings).unwrap();
        let client = Client::new(router::router(app.clone(), Console::Absent));
        let tag = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
        Self { app, clock, client, tag }
    }
}
