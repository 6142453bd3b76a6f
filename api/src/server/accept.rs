//! The end of every change of desired state: operation, dirty mark, audit and answer, in the change's own transaction.

use axum::response::Response;
use http::StatusCode;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Caller;
use crate::dispatcher::queue;
use crate::http::idempotency::{Attempt, Reply};
use crate::http::request_id::RequestId;
use crate::id::{OperationId, ServerId};
use crate::operation::store::{self as operations, NewOperation};
use crate::operation::view::{OperationKind, Verb};
use crate::problem::Problem;
use crate::server::action;
use crate::server::parameters::Parameters;
use crate::server::store;
use crate::server::view::Accepted;

/// What was changed, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    pub caller: &'a Caller,
    pub request: &'a RequestId,
    pub server: ServerId,
    pub kind: OperationKind,
    /// What is done once, and what it is about.
    pub action: Option<(Verb, &'a Parameters)>,
}

/// Answers `202` with the operation to follow.
pub async fn accept(mut attempt: Attempt, app: &App, change: Change<'_>, detail: String) -> Result<Response, Problem> {
    let connection = attempt.connection();
    let operation = OperationId(app.env.uuid());
    let now = app.env.now();
    // A server that is made with its first change has no earlier ones.
    if !matches!(change.kind, OperationKind::Action | OperationKind::Create) {
        operations::supersede(connection, change.server, change.kind, now).await?;
    }
    let new = NewOperation {
        id: operation,
        server: change.server,
        kind: change.kind,
        verb: change.action.map(|(verb, _)| verb),
        requested_by: Some(change.caller.user),
        request: change.request,
    };
    let account = operations::insert(connection, &new, now).await?;
    if let Some((_, parameters)) = change.action {
        action::insert(connection, operation, change.server, parameters, now).await?;
    }
    queue::mark_dirty(connection, change.server, now).await?;
    let action = format!("server.{}", change.kind);
    let mut entry = Entry::new(Some(change.caller.user), &action, change.request);
    (entry.server, entry.operation, entry.account, entry.detail) =
        (Some(change.server), Some(operation), account, detail);
    audit::record(connection, &app.env, entry).await?;
    let server = store::find(connection, change.server, change.caller.staff).await?;
    let operation_view = operations::find(connection, operation).await?;
    let (Some(server), Some(view)) = (server, operation_view) else {
        return Err(Problem::internal("an accepted change cannot be read back"));
    };
    let reply = Reply::json(StatusCode::ACCEPTED, &Accepted { operation: view, server })?;
    attempt.finish(reply.with_location(format!("/v1/operations/{operation}"))).await
}
