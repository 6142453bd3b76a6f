//! The database that a run writes: every batch is one transaction, and a record that did not change is not written.

pub mod batch;
pub mod delta;
pub mod findings;
pub mod ids;
pub mod money;
mod password;
pub mod people;
pub mod records;
pub mod run;
pub mod servers;
pub mod services;
pub mod support;
pub mod wish;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// What keeps a run from reading or writing its target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("the target database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("another run is under way; wait until it has ended")]
    Locked,
    #[error("the database's schema is not there after {seconds} s; start slipway-api, or run `slipway-api migrate`")]
    NoSchema { seconds: u64 },
    #[error(
        "this source is not the one that was migrated under the name `{0}`: give it another name in the mapping (`source`)"
    )]
    OtherSource(String),
}

/// Connects; two connections, for one of them holds the lock that keeps a second run out.
pub async fn connect(url: &str) -> Result<PgPool, TargetError> {
    Ok(PgPoolOptions::new().max_connections(4).connect(url).await?)
}
