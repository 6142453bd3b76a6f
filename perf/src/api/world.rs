//! A database of its own on the test server, filled with a provider's servers.

use std::{fs, num::NonZeroU32, path::PathBuf};

use anyhow::{Context as _, Result};
use chrono::{DateTime, TimeDelta, Utc};
use slipway_api::{
    app::{self, App, Settings},
    environment::{Env, System},
    http::page,
    id::{AccountId, OperationId, ServerId, SessionId, UserId},
    keys::Keys,
    schema,
    server::sort::{Cursor, Key, Sort},
};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

/// Everybody's.
pub(super) const PASSWORD: &str = "correct horse battery";
/// The account with a fiftieth of all servers.
pub(super) const LARGE: u32 = 1;

pub(crate) struct World {
    server: PgConnectOptions,
    name: String,
    /// Of the API's keys: processes that share it know each other's tokens.
    pub(super) keys: PathBuf,
    pub(super) servers: u32,
    pub(super) accounts: u32,
}

impl World {
    pub(crate) async fn make(server: &PgConnectOptions, name: &str, servers: u32) -> Result<Self> {
        let keys = std::env::temp_dir().join(name);
        let accounts = (servers / 25).max(10);
        let world = Self { server: server.clone(), name: name.to_owned(), keys, servers, accounts };
        world.drop_database().await?;
        world.administer(&format!("create database {name}")).await?;
        let pool = world.pool(1);
        schema::migrate(&pool).await?;
        world.fill(&pool).await?;
        pool.close().await;
        Ok(world)
    }

    async fn fill(&self, pool: &PgPool) -> Result<()> {
        let app = self.app(pool.clone())?;
        let hash = app.passwords.hash(&app.env, PASSWORD.into()).await.map_err(|_| anyhow::anyhow!("no hash"))?;
        let mut connection = pool.acquire().await?;
        let settings =
            [("servers", self.servers.to_string()), ("accounts", self.accounts.to_string()), ("password", hash)];
        for (name, value) in settings {
            let set = sqlx::query("select set_config('perf.' || $1, $2, false)").bind(name).bind(value);
            set.execute(&mut *connection).await?;
        }
        sqlx::raw_sql(include_str!("fill.sql")).execute(&mut *connection).await?;
        // As it is after a night: statistics, and pages that index-only scans need not look at.
        sqlx::raw_sql("vacuum analyze").execute(&mut *connection).await?;
        Ok(())
    }

    fn options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    pub(super) fn url(&self) -> String {
        self.options().to_url_lossy().to_string()
    }

    pub(crate) fn pool(&self, connections: u32) -> PgPool {
        app::connect_lazily(self.options(), connections)
    }

    /// Connections that are told the plan of every statement that they run, as notices.
    pub(super) fn explaining_pool(&self) -> PgPool {
        let explain = [
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_format", "json"),
            ("client_min_messages", "log"),
        ];
        PgPoolOptions::new().max_connections(1).connect_lazy_with(self.options().options(explain))
    }

    pub(super) fn app(&self, pool: PgPool) -> Result<App> {
        make_app(pool, &self.keys)
    }

    /// As [`token`].
    pub(super) fn staff_token(&self, app: &App) -> Result<String> {
        token(app, self.accounts + 1)
    }

    /// Where a list in its usual order goes on after half of all servers.
    pub(super) fn middle(&self) -> Result<String> {
        let half = self.servers / 2;
        let key = Key::Time(at(half));
        let cursor = Cursor { sort: Sort::CreatedAtDescending, key, id: server(half).0 };
        page::encode(&cursor).map_err(|_| anyhow::anyhow!("no cursor"))
    }

    async fn administer(&self, statement: &str) -> Result<()> {
        let mut connection = self.server.connect().await?;
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await?;
        Ok(connection.close().await?)
    }

    async fn drop_database(&self) -> Result<()> {
        self.administer(&format!("drop database if exists {} with (force)", self.name)).await
    }

    pub(super) async fn version(&self) -> Result<String> {
        let mut connection: PgConnection = self.server.connect().await?;
        let version: String = sqlx::query_scalar("show server_version").fetch_one(&mut connection).await?;
        Ok(format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default()))
    }

    /// Drops everything that it made.
    pub(crate) async fn end(self) -> Result<()> {
        self.drop_database().await?;
        Ok(fs::remove_dir_all(&self.keys)?)
    }
}

/// The API with keys from a folder. Nobody is slowed down, and a proxy says where people come from.
pub(super) fn make_app(pool: PgPool, keys: &std::path::Path) -> Result<App> {
    let env = Env::new(System);
    let keys = Keys::load_or_create(keys, &env)?;
    let settings = Settings {
        public_url: "http://127.0.0.1".to_owned(),
        trusted_proxy_hops: 1,
        requests_per_minute: NonZeroU32::MAX,
    };
    Ok(App::new(pool, env, &keys, settings)?)
}

/// An access token of the owner of an account; it is good for ten minutes.
pub(super) fn token(app: &App, account: u32) -> Result<String> {
    let (user, session) = (UserId(id(2, account)), SessionId(id(3, account)));
    app.tokens.sign(user, session, app.env.now()).context("no token")
}

pub(super) fn account(n: u32) -> AccountId {
    AccountId(id(1, n))
}

pub(super) fn server(n: u32) -> ServerId {
    ServerId(id(4, n))
}

pub(super) fn operation(n: u32) -> OperationId {
    OperationId(id(7, n))
}

/// As `fill.sql` makes them.
fn id(kind: u16, n: u32) -> Uuid {
    let n = u128::from(n);
    Uuid::from_u128(n << 96 | 0x7000_8000 << 48 | u128::from(kind) << 32 | n)
}

fn at(minutes: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_767_225_600) + TimeDelta::minutes(minutes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_times_are_those_of_the_script() {
        assert_eq!(server(0x1f).to_string(), "0000001f-0000-7000-8000-00040000001f");
        assert_eq!(at(61).to_rfc3339(), "2026-01-01T01:01:00+00:00");
    }
}
