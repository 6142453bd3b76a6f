//! Verbs on their way to Kubernetes, in Postgres.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::id::{OperationId, ServerId};
use crate::operation::view::Verb;
use crate::server::parameters::Parameters;

/// How long a verb may wait: an hour below the 24 that admission allows, for clocks that differ.
const LIFETIME: TimeDelta = TimeDelta::hours(23);

/// A verb that has not been delivered.
#[derive(Debug, Clone)]
pub struct Undelivered {
    pub operation: OperationId,
    pub verb: Verb,
    pub parameters: Json<Parameters>,
    pub sequence: i64,
    pub not_after: DateTime<Utc>,
    pub object_name: String,
    pub request_id: String,
}

/// Queues the operation's verb behind the server's earlier ones; the server's row is locked.
pub async fn insert(
    connection: &mut PgConnection,
    operation: OperationId,
    server: ServerId,
    parameters: &Parameters,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into actions (operation_id, server_id, sequence, not_after, object_name, parameters)
         select $1, s.id, 1 + coalesce((select max(a.sequence) from actions a where a.server_id = s.id), 0), $3,
                s.object_name || '-' || $4, $5
         from servers s where s.id = $2",
        operation.0,
        server.0,
        now + LIFETIME,
        operation.suffix(),
        Json(parameters) as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// In the order in which they were asked for.
pub async fn undelivered(connection: &mut PgConnection, server: ServerId) -> Result<Vec<Undelivered>, sqlx::Error> {
    sqlx::query_as!(
        Undelivered,
        r#"select a.operation_id as "operation: OperationId", o.verb as "verb!: Verb",
                  a.parameters as "parameters: Json<Parameters>", a.sequence, a.not_after, a.object_name, o.request_id
           from actions a join operations o on o.id = a.operation_id
           where a.server_id = $1 and a.delivered_at is null and o.status in ('accepted', 'running')
           order by a.sequence"#,
        server.0
    )
    .fetch_all(connection)
    .await
}

pub async fn delivered(
    connection: &mut PgConnection,
    operation: OperationId,
    uid: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update actions set delivered_at = $2, uid = $3 where operation_id = $1", operation.0, now, uid)
        .execute(connection)
        .await?;
    Ok(())
}
