//! The database schema: the migrations are compiled in, so a binary always knows which schema it needs.

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};

/// The `migrations/` folder. Running it takes Postgres' advisory lock, so replicas that start together take turns.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Brings the schema up to this version.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATOR.run(pool).await
}

/// Whether each migration of this version has been applied.
pub async fn is_current(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default();
    let applied: Result<Option<i64>, sqlx::Error> =
        sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(pool).await;
    match applied {
        Ok(version) => Ok(version.is_some_and(|version| version >= newest)),
        // 42P01, undefined table: nothing was ever migrated.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42P01") => Ok(false),
        Err(error) => Err(error),
    }
}
