//! Ending a session.

use axum::extract::State;
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode, header};

use crate::app::App;
use crate::auth::{cookie, session};
use crate::problem::Problem;

/// End the session of the refresh cookie
#[utoipa::path(
    post, path = "/v1/auth/logout", tag = "Session", operation_id = "logout",
    security(()),
    responses(
        (status = 204, description = "Logged out, whether or not somebody was logged in"),
    )
)]
pub async fn logout(state: State<App>, headers: HeaderMap) -> Result<impl IntoResponse, Problem> {
    let app = state.0;
    if let Some(token) = cookie::read(&headers) {
        let mut connection = app.pool.acquire().await?;
        session::revoke_by_token(&mut connection, &token, app.env.now()).await?;
    }
    let forget = cookie::clear(app.settings.secure_cookies())?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, forget)]))
}
