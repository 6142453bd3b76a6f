//! Adding a person to an account.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Staff;
use crate::http::body::Body;
use crate::http::idempotency::{Begun, Reply};
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::{AccountId, UserId};
use crate::membership::store;
use crate::membership::view::{MembershipView, Role};
use crate::problem::{Problem, ProblemBody};

/// The person's role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PutMembership {
    pub role: Role,
}

/// Add a person to an account, or change their role
#[utoipa::path(
    put, path = "/v1/accounts/{id}/memberships/{userId}", tag = "Staff", operation_id = "putMembership",
    params(("id" = AccountId, Path, description = "The account's id"), ("userId" = UserId, Path, description = "The user's id")),
    request_body = PutMembership,
    responses(
        (status = 200, body = MembershipView, description = "The membership"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account or user"),
    )
)]
pub async fn put(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    path: PathOf<(AccountId, UserId)>,
    body: Body<PutMembership>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &staff.0).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let ((account, user), role) = (path.0, body.value.role);
    let membership = store::put(attempt.connection(), account, user, role, app.env.now()).await?;
    let membership = membership.ok_or_else(|| Problem::not_found("account or user"))?;
    let mut entry = Entry::new(Some(staff.0.user), "membership.put", &request_id);
    (entry.account, entry.detail) = (Some(account), format!("user {user}, role {role}"));
    audit::record(attempt.connection(), &app.env, entry).await?;
    attempt.finish(Reply::json(StatusCode::OK, &membership)?).await
}
