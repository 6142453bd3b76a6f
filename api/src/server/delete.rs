//! Deleting a server. A protected one needs its name as confirmation, which lifts the protection first.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::idempotency::{Begun, Idempotency};
use crate::http::path::PathOf;
use crate::http::query::Query;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::OperationKind;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::spec::Field;
use crate::server::view::Accepted;
use crate::server::{ownership, revision, store};

/// How sure you are.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteServer {
    /// The server's name: lifts its protection.
    pub confirm: Option<String>,
}

/// Delete a server
#[utoipa::path(
    delete, path = "/v1/servers/{id}", tag = "Servers", operation_id = "deleteServer",
    params(("id" = ServerId, Path, description = "The server's id"), DeleteServer),
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`protected`: repeat with `confirm`, `owned-by-git`, `conflict`: it is being deleted already"),
    )
)]
pub async fn delete(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    id: PathOf<ServerId>,
    query: Query<DeleteServer>,
    idempotency: Idempotency,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let connection = attempt.connection();
    let current = store::lock_changeable(connection, id.0, &caller).await?;
    // Git would put the server back: the manifest has to go first.
    ownership::refuse_git(connection, id.0, Field::ALL).await?;
    if current.deletion_protection {
        if query.0.confirm.as_deref() != Some(current.name.as_str()) {
            return Err(Problem::new(
                Kind::Protected,
                "The server is protected. Confirm with its name to delete it anyway.",
            )
            .with_field("confirm", "must be the server's name"));
        }
        let mut owned = revision::next_owned(connection, id.0).await?;
        owned.deletion_protection = Some(false);
        revision::insert_owned(connection, &app.env, id.0, &owned, caller.user).await?;
    }
    store::request_delete(connection, id.0, app.env.now()).await?;
    let change =
        Change { caller: &caller, request: &request_id, server: id.0, kind: OperationKind::Delete, action: None };
    accept::accept(attempt, &app, change, format!("protected {}", current.deletion_protection)).await
}
