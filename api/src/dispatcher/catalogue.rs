//! Making what a migration needs of the catalogue. What is there already is left as it is, whoever made it.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::app::App;
use crate::dispatcher::DispatchError;
use crate::dispatcher::kubernetes::{CatalogueKind, Failure, Kubernetes};

/// Until the next attempt.
const PAUSE: TimeDelta = TimeDelta::seconds(5);
/// One that is refused as it is gets better by another run only.
const REFUSED_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// Makes one due object; `false` when there was none.
pub async fn make_one(app: &App, kubernetes: &Kubernetes) -> Result<bool, DispatchError> {
    let mut transaction = app.pool.begin().await?;
    let now = app.env.now();
    let Some(due) = claim(&mut transaction, now).await? else { return Ok(false) };
    let made = match CatalogueKind::from_str(&due.kind) {
        Ok(kind) => kubernetes.create_in_catalogue(kind, &due.manifest).await,
        Err(_) => Err(Failure::Refused("This kind is not made.".to_owned())),
    };
    match made {
        Ok(()) | Err(Failure::AlreadyExists) => done(&mut transaction, &due, now).await?,
        Err(failure) => {
            tracing::warn!(kind = due.kind, name = due.name, %failure, "not made yet, tried again later");
            let pause = if matches!(failure, Failure::Refused(_)) { REFUSED_PAUSE } else { PAUSE };
            postpone(&mut transaction, &due, &failure.to_string(), now + pause).await?;
        }
    }
    transaction.commit().await?;
    Ok(true)
}

struct Due {
    kind: String,
    name: String,
    manifest: Value,
}

async fn claim(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Option<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        "select kind, name, manifest from catalogue_wishes where applied_at is null and not_before <= $1
         order by not_before, kind, name limit 1 for update skip locked",
        now
    )
    .fetch_optional(connection)
    .await
}

async fn done(connection: &mut PgConnection, due: &Due, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update catalogue_wishes set applied_at = $3, message = null where kind = $1 and name = $2",
        due.kind,
        due.name,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn postpone(
    connection: &mut PgConnection,
    due: &Due,
    message: &str,
    not_before: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update catalogue_wishes set message = $3, not_before = $4 where kind = $1 and name = $2",
        due.kind,
        due.name,
        message,
        not_before
    )
    .execute(connection)
    .await?;
    Ok(())
}
