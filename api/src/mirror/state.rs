//! What the mirror remembers of itself: how far it got, and whether dispatch is halted.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::metrics::Metrics;

/// Halts dispatch when the list is older than what was mirrored before: an etcd from a backup.
pub async fn compare_resource_version(connection: &mut PgConnection, listed: i64) -> Result<(), sqlx::Error> {
    let stored = sqlx::query_scalar!("select resource_version from mirror_state").fetch_one(&mut *connection).await?;
    if listed < stored {
        let message = format!(
            "Kubernetes is at version {listed}, but version {stored} was mirrored before: its store seems to be a \
             restored one. Nothing is dispatched. Check it, then run `slipway-api resync`."
        );
        return halt(connection, "StateOlderThanMirror", &message).await;
    }
    sqlx::query!("update mirror_state set resource_version = $1", listed).execute(connection).await?;
    Ok(())
}

/// Stops the dispatcher until `slipway-api resync`; the first reason stays.
pub async fn halt(connection: &mut PgConnection, reason: &str, message: &str) -> Result<(), sqlx::Error> {
    tracing::error!(reason, "dispatch is halted: {message}");
    sqlx::query!(
        "update mirror_state set halted_reason = $1, halted_message = $2 where halted_reason is null",
        reason,
        message
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A complete list was compared.
pub async fn synced(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update mirror_state set synced_at = $1, accept_deletions = false", now).execute(connection).await?;
    Ok(())
}

/// Shows in the metrics whether dispatch is halted.
pub async fn publish(connection: &mut PgConnection, metrics: &Metrics) -> Result<(), sqlx::Error> {
    let halted = sqlx::query_scalar!(r#"select halted_reason is not null as "halted!" from mirror_state"#)
        .fetch_one(connection)
        .await?;
    metrics.halted.set(i64::from(halted));
    Ok(())
}
