//! Removing a person from an account.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Staff;
use crate::http::idempotency::{Begun, Idempotency, Reply};
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::{AccountId, UserId};
use crate::membership::store;
use crate::problem::{Problem, ProblemBody};

/// Remove a person from an account
#[utoipa::path(
    delete, path = "/v1/accounts/{id}/memberships/{userId}", tag = "Staff", operation_id = "deleteMembership",
    params(("id" = AccountId, Path, description = "The account's id"), ("userId" = UserId, Path, description = "The user's id")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn delete(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    path: PathOf<(AccountId, UserId)>,
    idempotency: Idempotency,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match idempotency.begin(&app, &staff.0).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let (account, user) = path.0;
    if !store::delete(attempt.connection(), account, user).await? {
        return Err(Problem::not_found("membership"));
    }
    let mut entry = Entry::new(Some(staff.0.user), "membership.delete", &request_id);
    (entry.account, entry.detail) = (Some(account), format!("user {user}"));
    audit::record(attempt.connection(), &app.env, entry).await?;
    attempt.finish(Reply::no_content()).await
}
