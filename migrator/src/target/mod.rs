//! The database that a run writes: every batch is one transaction, and a record that did not change is not written.

pub mod batch;
pub mod catalogue;
pub mod delta;
pub mod findings;
mod give_back;
pub mod ids;
pub mod later;
pub mod loader;
pub mod money;
pub mod offer;
mod password;
pub mod people;
pub mod records;
pub mod rollback;
pub mod run;
mod server_rows;
pub mod servers;
pub mod services;
pub mod sums;
pub mod support;
pub mod vanished;
pub mod wish;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

use crate::source::without_password;

/// What keeps a run from reading or writing its target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("the target database")]
    Database(#[from] sqlx::Error),
    #[error(
        "`{0}` is no PostgreSQL address: --target (DATABASE_URL) is Slipway's database, as \
         postgres://user:password@host/database; WHMCS is --source (WHMCS_DATABASE_URL)"
    )]
    NotPostgres(String),
    #[error(
        "cannot connect to Slipway's database `{url}`: see that it runs, that this machine reaches it, and that user, password \
         and database of --target (DATABASE_URL) are right"
    )]
    Unreachable { url: String, source: sqlx::Error },
    #[error("another run is under way; wait until it has ended")]
    Locked,
    #[error(
        "the connection that keeps other runs out was lost: stopped before writing more. What is written stays; run again, and \
         it goes on from there"
    )]
    LockLost,
    #[error("the database's schema is not there after {seconds} s; start slipway-api, or run `slipway-api migrate`")]
    NoSchema { seconds: u64 },
    #[error("{path} is no catalogue: {why}")]
    Catalogue { path: PathBuf, why: String },
    #[error(
        "`{source_name}` was cut over ({}) by run {run}, which is to be taken back first: `slipway-migrate rollback --run {run}` \
         lifts the seal",
        .at.format("%F %R")
    )]
    Sealed { source_name: String, run: Uuid, at: DateTime<Utc> },
    #[error(
        "run {run} made what records of later runs hang on, and they would go with it; take those runs back first, in this \
         order:\n{}",
        .later.iter().map(|later| format!("  {later}")).collect::<Vec<_>>().join("\n")
    )]
    LaterRuns { run: Uuid, later: Vec<later::LaterRun> },
}

/// Connects; each lane of a pass writes on a connection of its own. A Job that starts before its database waits for it.
pub async fn connect(url: &str, wait: Duration) -> Result<PgPool, TargetError> {
    let options = options(url)?;
    let deadline = Instant::now() + wait;
    // Of a first connection the cause is known; a pool only says that it has none.
    loop {
        match PgConnection::connect_with(&options).await {
            Ok(connection) => {
                connection.close().await?;
                return Ok(PgPoolOptions::new().max_connections(4).connect_with(options).await?);
            }
            Err(source) if Instant::now() >= deadline => {
                return Err(TargetError::Unreachable { url: without_password(url), source });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
}

fn options(url: &str) -> Result<PgConnectOptions, TargetError> {
    let wrong = || TargetError::NotPostgres(without_password(url));
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(wrong());
    }
    url.parse().map_err(|_| wrong())
}

/// The migration that made the tables of what is carried over.
const SCHEMA: i64 = 11;

/// Waits until the API has made the schema.
pub async fn wait_for_schema(pool: &PgPool, wait: Duration) -> Result<(), TargetError> {
    let deadline = Instant::now() + wait;
    loop {
        let is_there: bool =
            sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?;
        let newest: Option<i64> = if is_there {
            sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(pool).await?
        } else {
            None
        };
        if newest.is_some_and(|version| version >= SCHEMA) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(TargetError::NoSchema { seconds: wait.as_secs() });
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
