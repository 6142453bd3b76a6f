//! Changing a user.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Staff;
use crate::auth::session;
use crate::display_name::DisplayName;
use crate::http::body::Body;
use crate::http::idempotency::{Begun, Reply};
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::UserId;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::user::store;
use crate::user::view::UserView;

/// What to change; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateUser {
    #[schema(max_length = 100)]
    pub name: Option<String>,
    pub staff: Option<bool>,
    pub disabled: Option<bool>,
}

/// Change a user; disabling one ends their sessions
#[utoipa::path(
    patch, path = "/v1/users/{id}", tag = "Staff", operation_id = "updateUser",
    params(("id" = UserId, Path, description = "The user's id")),
    request_body = UpdateUser,
    responses(
        (status = 200, body = UserView, description = "Changed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: you cannot disable or demote yourself"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`"),
    )
)]
pub async fn update(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    id: PathOf<UserId>,
    body: Body<UpdateUser>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &staff.0).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let change = body.value;
    if id.0 == staff.0.user && (change.disabled == Some(true) || change.staff == Some(false)) {
        return Err(Problem::new(Kind::Conflict, "You cannot lock yourself out: let a colleague do it."));
    }
    let name = change.name.map(DisplayName::try_from).transpose()?;
    store::update(attempt.connection(), id.0, name.as_ref(), change.staff, change.disabled).await?;
    if change.disabled == Some(true) {
        session::revoke_others(attempt.connection(), id.0, None, app.env.now()).await?;
    }
    let user = store::find(attempt.connection(), id.0).await?.ok_or_else(|| Problem::not_found("user"))?;
    let mut entry = Entry::new(Some(staff.0.user), "user.update", &request_id);
    entry.detail = format!("user {}, staff {}, disabled {}", user.id, user.staff, user.disabled);
    audit::record(attempt.connection(), &app.env, entry).await?;
    attempt.finish(Reply::json(StatusCode::OK, &user)?).await
}
