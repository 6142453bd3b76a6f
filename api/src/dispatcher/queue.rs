//! The dirty set: servers whose newest wish is not in Kubernetes yet.
//!
//! Whoever marks a server has locked its row before. The dispatcher locks that row before it unmarks, and then looks
//! once more whether there is something newer: so no mark is ever lost between the two.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::id::ServerId;
use crate::server::store;

/// The channel that wakes dispatchers.
pub const CHANNEL: &str = "slipway_dirty";

/// Marks the server and wakes a dispatcher when the transaction commits.
pub async fn mark_dirty(
    connection: &mut PgConnection,
    server: ServerId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    store::lock(connection, server).await?;
    sqlx::query!(
        "insert into dirty_servers (server_id, not_before) values ($1, $2) on conflict do nothing",
        server.0,
        now
    )
    .execute(&mut *connection)
    .await?;
    wake(connection).await
}

/// Wakes a dispatcher when the transaction commits.
pub async fn wake(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(connection).await?;
    Ok(())
}

/// A marked server that this transaction has locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub server: ServerId,
    /// Failed attempts since it was marked.
    pub attempts: i32,
}

/// Locks one due server that no other dispatcher has; `None` when there is none, or dispatch is halted.
pub async fn claim(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Option<Claimed>, sqlx::Error> {
    sqlx::query_as!(
        Claimed,
        r#"select server_id as "server: ServerId", attempts from dirty_servers
           where not_before <= $1 and not exists (select from mirror_state where halted_reason is not null)
           order by not_before limit 1 for update skip locked"#,
        now
    )
    .fetch_optional(connection)
    .await
}

/// Takes the mark off, unless something newer than what was dispatched has been asked for meanwhile.
pub async fn unmark(
    connection: &mut PgConnection,
    server: ServerId,
    dispatched_revision: i64,
) -> Result<(), sqlx::Error> {
    store::lock(connection, server).await?;
    sqlx::query!(
        "delete from dirty_servers d where d.server_id = $1
           and not exists (select from server_revisions r where r.server_id = $1 and r.origin = 'api' and r.number > $2)
           and not exists (select from actions a join operations o on o.id = a.operation_id
                           where a.server_id = $1 and a.delivered_at is null and o.status in ('accepted', 'running'))
           and not exists (select from operations o
                           where o.server_id = $1 and o.kind in ('delete', 'purge') and o.status = 'accepted' and o.uid is null)",
        server.0,
        dispatched_revision
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps the mark for a later attempt.
pub async fn postpone(
    connection: &mut PgConnection,
    server: ServerId,
    not_before: DateTime<Utc>,
    failed: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update dirty_servers set not_before = $2, attempts = attempts + $3 where server_id = $1",
        server.0,
        not_before,
        i32::from(failed)
    )
    .execute(connection)
    .await?;
    Ok(())
}
