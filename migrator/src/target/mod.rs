//! The database that a run writes: every batch is one transaction, and a record that did not change is not written.

pub mod batch;
pub mod catalogue;
pub mod delta;
pub mod findings;
pub mod ids;
pub mod loader;
pub mod money;
pub mod offer;
mod password;
pub mod people;
pub mod records;
pub mod rollback;
pub mod run;
pub mod servers;
pub mod services;
pub mod sums;
pub mod support;
pub mod vanished;
pub mod wish;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// What keeps a run from reading or writing its target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("the target database")]
    Database(#[from] sqlx::Error),
    #[error("another run is under way; wait until it has ended")]
    Locked,
    #[error("the database's schema is not there after {seconds} s; start slipway-api, or run `slipway-api migrate`")]
    NoSchema { seconds: u64 },
    #[error("{path} is no catalogue: {why}")]
    Catalogue { path: PathBuf, why: String },
}

/// Connects; each lane of a pass writes on a connection of its own.
pub async fn connect(url: &str) -> Result<PgPool, TargetError> {
    Ok(PgPoolOptions::new().max_connections(4).connect(url).await?)
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
