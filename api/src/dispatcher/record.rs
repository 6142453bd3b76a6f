//! What the dispatcher writes down after Kubernetes answered.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::dispatcher::wish::Wish;
use crate::id::{OperationId, ServerId};
use crate::operation::settle::settle;
use crate::operation::store;
use crate::operation::view::OperationStatus;
use crate::server::revision::{self, Answer};
use crate::server::store as servers;

/// The revision is in Kubernetes: its operations end by what is observed from the answer's generation on.
pub async fn applied(
    connection: &mut PgConnection,
    server: ServerId,
    number: i64,
    answer: &Answer,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    servers::lock(connection, server).await?;
    revision::settle(connection, server, number, Some(answer), now).await?;
    found(connection, server, &answer.uid).await?;
    let open = sqlx::query_scalar!(
        r#"update operations set uid = $3, generation = $4
           where server_id = $1 and revision <= $2 and kind in ('create', 'update', 'undelete') and status in ('accepted', 'running')
           returning id as "id: OperationId""#,
        server.0,
        number,
        answer.uid,
        answer.generation
    )
    .fetch_all(&mut *connection)
    .await?;
    for id in open {
        let message = "The wish is in Kubernetes; the operator takes over.";
        store::set_status(connection, id, OperationStatus::Running, ("Delivered", message), now).await?;
    }
    settle(connection, server, now).await
}

/// The server's object is known to exist.
pub async fn found(connection: &mut PgConnection, server: ServerId, uid: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update servers set uid = $2 where id = $1 and uid is null", server.0, uid)
        .execute(connection)
        .await?;
    Ok(())
}

/// The revision will never be accepted: its operations fail and it is not tried again.
pub async fn refused(
    connection: &mut PgConnection,
    wish: &Wish,
    number: i64,
    reason: &str,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    servers::lock(connection, wish.server).await?;
    revision::settle(connection, wish.server, number, None, now).await?;
    if wish.uid.is_none() {
        sqlx::query!("update servers set phase = 'Failed', updated_at = $2 where id = $1", wish.server.0, now)
            .execute(&mut *connection)
            .await?;
    }
    let open = sqlx::query_scalar!(
        r#"select id as "id: OperationId" from operations
           where server_id = $1 and revision <= $2 and kind <> 'delete' and uid is null
             and status in ('accepted', 'running')"#,
        wish.server.0,
        number
    )
    .fetch_all(&mut *connection)
    .await?;
    for id in open {
        store::set_status(connection, id, OperationStatus::Failed, (reason, message), now).await?;
    }
    Ok(())
}

/// The server was deleted before it was ever made.
pub async fn never_made(
    connection: &mut PgConnection,
    server: ServerId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update servers set absent_at = $2, updated_at = $2 where id = $1", server.0, now)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from sealed_secrets where server_id = $1", server.0).execute(&mut *connection).await?;
    let open = sqlx::query!(
        r#"select id as "id: OperationId", kind from operations
           where server_id = $1 and status in ('accepted', 'running')"#,
        server.0
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in open {
        let status = if row.kind == "delete" { OperationStatus::Succeeded } else { OperationStatus::Failed };
        let message = "The server was deleted before it was made.";
        store::set_status(connection, row.id, status, ("Deleted", message), now).await?;
    }
    Ok(())
}

/// Kubernetes was told to delete; the operation ends when the uid is absent.
pub async fn delete_sent(
    connection: &mut PgConnection,
    server: ServerId,
    uid: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    servers::lock(connection, server).await?;
    let open = sqlx::query_scalar!(
        r#"update operations set uid = $2, generation = 0
           where server_id = $1 and kind = 'delete' and status in ('accepted', 'running')
           returning id as "id: OperationId""#,
        server.0,
        uid
    )
    .fetch_all(&mut *connection)
    .await?;
    for id in open {
        let message = "Kubernetes was told; the operator takes the machine out of service.";
        store::set_status(connection, id, OperationStatus::Running, ("Delivered", message), now).await?;
    }
    settle(connection, server, now).await
}

/// The record's time is over; the operation ends when the record is gone.
pub async fn purge_sent(
    connection: &mut PgConnection,
    server: ServerId,
    uid: &str,
    generation: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    servers::lock(connection, server).await?;
    let open = sqlx::query_scalar!(
        r#"update operations set uid = $2, generation = $3
           where server_id = $1 and kind = 'purge' and status in ('accepted', 'running')
           returning id as "id: OperationId""#,
        server.0,
        uid,
        generation
    )
    .fetch_all(&mut *connection)
    .await?;
    for id in open {
        let message = "Kubernetes was told; the operator destroys the machine.";
        store::set_status(connection, id, OperationStatus::Running, ("Delivered", message), now).await?;
    }
    settle(connection, server, now).await
}

/// The record is not that of the server any more, or Kubernetes does not take the change.
pub async fn purge_refused(
    connection: &mut PgConnection,
    server: ServerId,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let open = sqlx::query_scalar!(
        r#"select id as "id: OperationId" from operations
           where server_id = $1 and kind = 'purge' and status in ('accepted', 'running')"#,
        server.0
    )
    .fetch_all(&mut *connection)
    .await?;
    for id in open {
        store::set_status(connection, id, OperationStatus::Failed, ("Refused", message), now).await?;
    }
    Ok(())
}

/// The verb is in Kubernetes; its operation ends by the phase of its object.
pub async fn action_delivered(
    connection: &mut PgConnection,
    wish: &Wish,
    operation: OperationId,
    server_uid: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    servers::lock(connection, wish.server).await?;
    let generation = wish.revision.as_ref().and_then(|revision| revision.generation).unwrap_or_default();
    let open = sqlx::query!(
        "update operations set uid = $2, generation = $3 where id = $1 and status in ('accepted', 'running')",
        operation.0,
        server_uid,
        generation
    )
    .execute(&mut *connection)
    .await?;
    if open.rows_affected() == 0 {
        return Ok(());
    }
    let message = "The verb is in Kubernetes; the operator takes over.";
    store::set_status(connection, operation, OperationStatus::Running, ("Delivered", message), now).await
}

/// The verb will never be accepted.
pub async fn action_refused(
    connection: &mut PgConnection,
    operation: OperationId,
    reason: &str,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    store::set_status(connection, operation, OperationStatus::Failed, (reason, message), now).await
}
