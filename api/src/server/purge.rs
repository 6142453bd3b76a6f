//! Purging a deleted server: the machine that is kept for a while is destroyed at once.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::body::Body;
use crate::http::idempotency::Begun;
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::OperationKind;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::kept;
use crate::server::view::Accepted;

/// How sure you are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurgeServer {
    /// The server's name.
    #[schema(max_length = 63, example = "web-1")]
    pub confirm: String,
}

/// Destroy a deleted server's machine before its time; nothing brings it back
#[utoipa::path(
    post, path = "/v1/servers/{id}/purge", tag = "Servers", operation_id = "purgeServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    request_body = PurgeServer,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`protected`: `confirm` is not its name, `conflict`: it is not deleted, is being purged already, its machine is gone, or it was suspended"),
    )
)]
pub async fn purge(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    id: PathOf<ServerId>,
    body: Body<PurgeServer>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let kept = kept::lock(attempt.connection(), id.0, &caller).await?;
    if body.value.confirm != kept.name {
        return Err(Problem::new(Kind::Protected, "Confirm with the server's name: what is purged cannot come back.")
            .with_field("confirm", "must be the server's name"));
    }
    kept.refuse_suspended(&caller, "Only your provider can destroy it before its time.")?;
    let change =
        Change { caller: &caller, request: &request_id, server: id.0, kind: OperationKind::Purge, action: None };
    accept::accept(attempt, &app, change, format!("of {}", kept.uid)).await
}
