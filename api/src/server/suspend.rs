//! Suspending a server and resuming it, by staff: revisions like every other change.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::{Caller, Staff};
use crate::http::body::Body;
use crate::http::idempotency::{Attempt, Begun, Idempotency};
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::OperationKind;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::spec::Field;
use crate::server::suspension::{Reason, Suspension};
use crate::server::view::Accepted;
use crate::server::{ownership, revision, store};

/// Why a server is suspended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendServer {
    /// What the customer reads.
    #[schema(max_length = 256, example = "The invoice of March is unpaid.")]
    pub reason: String,
}

/// Suspend a server: it is shut down, and nobody can start it
#[utoipa::path(
    post, path = "/v1/servers/{id}/suspend", tag = "Staff", operation_id = "suspendServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    request_body = SuspendServer,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`owned-by-git`, `conflict`: the server is being deleted"),
    )
)]
pub async fn suspend(
    state: State<App>,
    caller: Staff,
    request_id: RequestId,
    id: PathOf<ServerId>,
    body: Body<SuspendServer>,
) -> Result<Response, Problem> {
    let (app, caller) = (state.0, caller.0);
    let attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let reason = Reason::try_from(body.value.reason)?;
    let detail = format!("reason {}", reason.as_str());
    wish(attempt, &app, (&caller, &request_id), id.0, Suspension::For(reason), detail).await
}

/// Resume a suspended server: it gets back the power that it had
#[utoipa::path(
    post, path = "/v1/servers/{id}/resume", tag = "Staff", operation_id = "resumeServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`owned-by-git`, `conflict`: the server is not suspended, or is being deleted"),
    )
)]
pub async fn resume(
    state: State<App>,
    caller: Staff,
    request_id: RequestId,
    id: PathOf<ServerId>,
    idempotency: Idempotency,
) -> Result<Response, Problem> {
    let (app, caller) = (state.0, caller.0);
    let mut attempt = match idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let current = store::lock_changeable(attempt.connection(), id.0, &caller).await?;
    if current.suspended.is_none() {
        return Err(Problem::new(Kind::Conflict, "The server is not suspended."));
    }
    wish(attempt, &app, (&caller, &request_id), id.0, Suspension::Lifted, "resumed".to_owned()).await
}

async fn wish(
    mut attempt: Attempt,
    app: &App,
    (caller, request): (&Caller, &RequestId),
    server: ServerId,
    suspension: Suspension,
    detail: String,
) -> Result<Response, Problem> {
    let connection = attempt.connection();
    store::lock_changeable(connection, server, caller).await?;
    ownership::refuse_git(connection, server, &[Field::Suspended]).await?;
    let mut owned = revision::next_owned(connection, server).await?;
    owned.suspended = Some(suspension);
    revision::insert_owned(connection, &app.env, server, &owned, caller.user).await?;
    let change = Change { caller, request, server, kind: OperationKind::Update, action: None };
    accept::accept(attempt, app, change, detail).await
}
