//! Ending a server's open operations by what is known of it. Mirror and dispatcher both do this after they wrote, so it
//! does not matter which of them came first.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::id::{OperationId, ServerId};
use crate::operation::store;
use crate::operation::verdict::{Applied, Condition, MAX_WAIT, Observed, Open, verdict};
use crate::operation::view::{OperationKind, OperationStatus};
use crate::server::store as servers;
use crate::server::view::ConditionStatus;

/// Settles what can be settled.
pub async fn settle(connection: &mut PgConnection, server: ServerId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let open = sqlx::query!(
        r#"select id as "id: OperationId", kind as "kind: OperationKind", uid, generation, created_at
           from operations where server_id = $1 and status in ('accepted', 'running') order by id"#,
        server.0
    )
    .fetch_all(&mut *connection)
    .await?;
    if open.is_empty() {
        return Ok(());
    }
    let observed = observed(connection, server).await?;
    for row in open {
        let applied = row.uid.zip(row.generation).map(|(uid, generation)| Applied { uid, generation });
        let operation = Open { kind: row.kind, applied, created_at: row.created_at };
        if let Some(new) = verdict(&operation, &observed, now) {
            store::set_status(connection, row.id, new.status, (&new.reason, &new.message), now).await?;
        }
    }
    Ok(())
}

async fn observed(connection: &mut PgConnection, server: ServerId) -> Result<Observed, sqlx::Error> {
    let row = sqlx::query!(
        r#"select uid, absent_at is not null as "absent!", retained_since is not null as "retained!", observed_generation
           from servers where id = $1"#,
        server.0
    )
    .fetch_one(&mut *connection)
    .await?;
    let conditions = sqlx::query!(
        r#"select type as kind, status as "status: ConditionStatus", reason, message, observed_generation
           from server_conditions where server_id = $1 and type in ('Ready', 'Stalled')"#,
        server.0
    )
    .fetch_all(connection)
    .await?;
    let mut observed = Observed {
        uid: row.uid,
        absent: row.absent,
        retained: row.retained,
        observed_generation: row.observed_generation,
        ..Observed::default()
    };
    for row in conditions {
        let (status, observed_generation) = (row.status, row.observed_generation);
        let condition = Some(Condition { status, reason: row.reason, message: row.message, observed_generation });
        match row.kind.as_str() {
            "Ready" => observed.ready = condition,
            _ => observed.stalled = condition,
        }
    }
    Ok(observed)
}

/// Ends what waited too long, in any server: operations after 7 days, and actions whose time is over and that are not in
/// Kubernetes (not yet or not any more).
pub async fn expire(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let late = sqlx::query!(
        r#"select id as "id!: OperationId", server_id as "server!: ServerId" from operations
           where status in ('accepted', 'running') and created_at < $1
           union
           select o.id, o.server_id from actions a join operations o on o.id = a.operation_id
           where a.not_after < $2 and (a.delivered_at is null or a.absent_at is not null)
             and o.status in ('accepted', 'running')
           order by 2, 1"#,
        now - MAX_WAIT,
        now
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in late {
        servers::lock(connection, row.server).await?;
        let message = "It waited too long. A wish in the server's spec stays; an action has to be asked for again.";
        store::set_status(connection, row.id, OperationStatus::Expired, ("Expired", message), now).await?;
    }
    Ok(())
}
