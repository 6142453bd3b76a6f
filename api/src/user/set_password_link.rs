//! Links that let a user set a password, once.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Staff;
use crate::auth::token::RefreshToken;
use crate::environment::Env;
use crate::http::idempotency::{Begun, Idempotency, Reply};
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::UserId;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::user::store;

/// How long a link is good.
const LIFETIME: TimeDelta = TimeDelta::hours(72);

/// A link that lets its holder set the user's password, once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SetPasswordLink {
    pub url: String,
    pub expires_at: DateTime<Utc>,
}

/// Make a single-use link to set a password; earlier links of the user end
#[utoipa::path(
    post, path = "/v1/users/{id}/set-password-link", tag = "Staff", operation_id = "createSetPasswordLink",
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 201, body = SetPasswordLink, description = "Made"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: the user is disabled"),
    )
)]
pub async fn create(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    id: PathOf<UserId>,
    idempotency: Idempotency,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match idempotency.begin(&app, &staff.0).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let user = store::find(attempt.connection(), id.0).await?.ok_or_else(|| Problem::not_found("user"))?;
    if user.disabled {
        return Err(Problem::new(Kind::Conflict, "The user is disabled."));
    }
    let link = make(attempt.connection(), &app.env, &app.settings.public_url, id.0).await?;
    let mut entry = Entry::new(Some(staff.0.user), "user.set-password-link", &request_id);
    entry.detail = format!("user {}", id.0);
    audit::record(attempt.connection(), &app.env, entry).await?;
    attempt.finish(Reply::json(StatusCode::CREATED, &link)?).await
}

/// Makes a link; earlier ones of the user end. The token is in the fragment, so that it reaches no server's log.
pub async fn make(
    connection: &mut sqlx::PgConnection,
    env: &Env,
    public_url: &str,
    user: UserId,
) -> Result<SetPasswordLink, sqlx::Error> {
    let (token, now) = (RefreshToken::random(env), env.now());
    let expires_at = now + LIFETIME;
    store::put_password_link(connection, user, &token, now, expires_at).await?;
    Ok(SetPasswordLink { url: format!("{public_url}/set-password#token={}", token.reveal()), expires_at })
}
