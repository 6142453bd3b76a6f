//! Objects that could not be mirrored: shown to staff, and out of the others' way.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::mirror::session::Reference;

pub async fn set(
    connection: &mut PgConnection,
    kind: &str,
    object: &Reference,
    message: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into mirror_flags (kind, namespace, name, message, at) values ($1, $2, $3, $4, $5)
         on conflict (kind, namespace, name) do update set message = excluded.message, at = excluded.at",
        kind,
        object.namespace,
        object.name,
        message,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn clear(connection: &mut PgConnection, kind: &str, object: &Reference) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from mirror_flags where kind = $1 and namespace = $2 and name = $3",
        kind,
        object.namespace,
        object.name
    )
    .execute(connection)
    .await?;
    Ok(())
}
