//! Taking a deleted server back while its machine is kept: the same server, as a new object that names the old one's uid.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::account;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::idempotency::{Begun, Idempotency};
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::OperationKind;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::kept::{self, Kept};
use crate::server::spec::Undelete;
use crate::server::view::Accepted;
use crate::server::{revision, store};

/// Take a deleted server back while its machine is kept
#[utoipa::path(
    post, path = "/v1/servers/{id}/undelete", tag = "Servers", operation_id = "undeleteServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: it is not deleted, its machine is gone or being purged, or it was suspended; `name-taken`"),
    )
)]
pub async fn undelete(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    id: PathOf<ServerId>,
    idempotency: Idempotency,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let connection = attempt.connection();
    let kept = kept::lock(connection, id.0, &caller).await?;
    kept.refuse_suspended(&caller, "Ask your provider to take it back.")?;
    refuse_taken(connection, &kept).await?;
    let mut owned = revision::newest_effective(connection, id.0).await?;
    // The protection was lifted to delete it.
    owned.deletion_protection = Some(true);
    owned.image.clone_from(&kept.image);
    // It is taken over from its record now.
    owned.adopt = None;
    owned.undelete = Some(Undelete { uid: kept.uid.clone(), overridden: kept.suspended.is_some() });
    bring_back(connection, id.0, &kept.uid, app.env.now()).await?;
    revision::insert_owned(connection, &app.env, id.0, &owned, caller.user).await?;
    let change =
        Change { caller: &caller, request: &request_id, server: id.0, kind: OperationKind::Undelete, action: None };
    accept::accept(attempt, &app, change, format!("of {}", kept.uid)).await
}

/// Its names may have been given to another server meanwhile.
async fn refuse_taken(connection: &mut PgConnection, kept: &Kept) -> Result<(), Problem> {
    if let Some(account) = kept.account {
        account::store::lock(connection, account).await?;
        if store::name_exists(connection, account, &kept.name).await? {
            let message = format!("Another server of the account is called {} now. Rename that one first.", kept.name);
            return Err(Problem::new(Kind::NameTaken, message));
        }
    }
    let taken = sqlx::query_scalar!(
        r#"select exists (select from servers where namespace = $1 and object_name = $2 and absent_at is null) as "e!""#,
        kept.namespace,
        kept.object_name
    )
    .fetch_one(connection)
    .await?;
    if taken {
        let message = format!("Another server is called {} in Kubernetes now.", kept.object_name);
        return Err(Problem::new(Kind::NameTaken, message));
    }
    Ok(())
}

/// The row waits for its new object, and remembers whose record keeps the machine.
async fn bring_back(
    connection: &mut PgConnection,
    id: ServerId,
    uid: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update servers set uid = null, retained_uid = $2, absent_at = null, delete_requested = false, resource_version = 0,
             generation = null, observed_generation = null, spec_hash = null, phase = 'Pending', power_state = 'unknown',
             updated_at = $3
         where id = $1",
        id.0,
        uid,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from server_conditions where server_id = $1", id.0).execute(&mut *connection).await?;
    // Who held the old object's fields holds none of the new one's.
    sqlx::query!("delete from server_field_owners where server_id = $1", id.0).execute(connection).await?;
    Ok(())
}
