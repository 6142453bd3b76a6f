//! Continuing a session.

use axum::extract::State;
use axum::response::IntoResponse;
use http::HeaderMap;

use crate::app::App;
use crate::auth::login::AccessToken;
use crate::auth::session::{self, Rotation};
use crate::auth::{cookie, login};
use crate::http::request_id::RequestId;
use crate::problem::{Kind, Problem, ProblemBody};

/// Exchange the refresh cookie for a new access token
#[utoipa::path(
    post, path = "/v1/auth/refresh", tag = "Session", operation_id = "refresh",
    security(()),
    responses(
        (status = 200, body = AccessToken, description = "A new access token, and the next refresh token in the cookie"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`session-expired`: the cookie is missing, unknown, used before or too old"),
    )
)]
pub async fn refresh(
    state: State<App>,
    request_id: RequestId,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let app = state.0;
    let token = cookie::read(&headers).ok_or_else(expired)?;
    let mut transaction = app.pool.begin().await?;
    let rotation = session::rotate(&mut transaction, &app.tokens, token, app.env.now()).await?;
    transaction.commit().await?;
    match rotation {
        Rotation::Continued(continued) => login::answer(&app, &continued),
        Rotation::Expired => Err(expired()),
        Rotation::Reused(user) => {
            tracing::warn!(%user, request_id = request_id.as_str(), "a used refresh token came again: its session is ended");
            Err(expired())
        }
    }
}

fn expired() -> Problem {
    Problem::new(Kind::SessionExpired, "The session has ended. Log in again.")
}
