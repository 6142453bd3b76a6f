//! `slipway-api resync`: a person has looked, and what Kubernetes holds counts from now on.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::id::OperationId;
use crate::operation::store;
use crate::operation::view::OperationStatus;

/// Tells the mirroring replica to start over.
pub const CHANNEL: &str = "slipway_resync";

/// Lifts a halt and starts the mirror over. Creates that were never delivered are not trusted after a restore: they may
/// have been delivered before, so they fail and staff ask again.
pub async fn resync(
    connection: &mut PgConnection,
    accept_deletions: bool,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let halted =
        sqlx::query_scalar!("select halted_reason from mirror_state for update").fetch_one(&mut *connection).await?;
    if matches!(halted.as_deref(), Some("StateOlderThanMirror" | "RevisionAheadOfDatabase")) {
        fail_undelivered_creates(connection, now).await?;
    }
    sqlx::query!(
        "update mirror_state set halted_reason = null, halted_message = null, resource_version = 0, accept_deletions = $1",
        accept_deletions
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("update servers set resource_version = 0").execute(&mut *connection).await?;
    for table in ["plans", "images", "sites", "networks", "account_namespaces"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("update {table} set resource_version = 0")))
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(connection).await?;
    Ok(())
}

async fn fail_undelivered_creates(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let undelivered = sqlx::query_scalar!(
        r#"select o.id as "id: OperationId" from operations o join servers s on s.id = o.server_id
           where o.kind = 'create' and o.status in ('accepted', 'running') and s.uid is null"#
    )
    .fetch_all(&mut *connection)
    .await?;
    for id in undelivered {
        let message = "It was waiting when the system was restored from a backup. Check whether the server exists, then order again.";
        store::set_status(connection, id, OperationStatus::Failed, ("ResyncRequired", message), now).await?;
    }
    sqlx::query!(
        "update server_revisions r set applied_at = $1 from servers s
         where s.id = r.server_id and s.uid is null and r.applied_at is null",
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
