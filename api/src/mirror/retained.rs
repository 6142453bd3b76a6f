//! `RetainedServer`s: a deleted server's machine that is kept. The server's row shows until when.

use chrono::{DateTime, Utc};
use slipway_crds::{RetainedPhase, RetainedServer};
use sqlx::PgConnection;

use crate::id::ServerId;
use crate::kube_time::from_kube;
use crate::operation::settle::settle;

/// A taken record is over: another server owns the machine again.
pub async fn upsert(
    connection: &mut PgConnection,
    record: &RetainedServer,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let taken = record.status.as_ref().is_some_and(|status| status.phase == RetainedPhase::Taken);
    let since = record.metadata.creation_timestamp.as_ref().map_or(now, from_kube);
    let server = sqlx::query_scalar!(
        r#"update servers set retained_since = $2, retained_until = $3, retained_name = $4,
               retained_uid = case when $5 then null else retained_uid end
           where (retained_uid = $1 or uid = $1 and retained_uid is null)
             and (retained_since, retained_until) is distinct from ($2, $3)
           returning id as "id: ServerId""#,
        record.spec.uid,
        (!taken).then_some(since),
        record.spec.until.as_ref().filter(|_| !taken).map(from_kube),
        record.metadata.name,
        taken
    )
    .fetch_optional(&mut *connection)
    .await?;
    match server {
        Some(server) => settle(connection, server, now).await,
        None => Ok(()),
    }
}

/// The record is gone, and with it the machine.
pub async fn forget(connection: &mut PgConnection, name: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update servers set retained_since = null, retained_until = null, retained_name = null, retained_uid = null,
             updated_at = $2
         where retained_name = $1",
        name,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// After a complete list: every other record is gone.
pub async fn keep_only(connection: &mut PgConnection, names: &[String], now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update servers set retained_since = null, retained_until = null, retained_name = null, retained_uid = null,
             updated_at = $2
         where retained_name is not null and retained_name <> all($1)",
        names,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
