//! Setting a password with a link that staff made.

use axum::extract::State;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::password::check_strength;
use crate::auth::session;
use crate::auth::token::RefreshToken;
use crate::http::body::Body;
use crate::http::client_address::ClientAddress;
use crate::http::request_id::RequestId;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::user::store;

/// The token of a link, and the password to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetPassword {
    /// From the link.
    pub token: String,
    /// 10 to 200 characters.
    #[schema(format = Password)]
    pub password: String,
}

/// Set a password with a single-use link
#[utoipa::path(
    post, path = "/v1/auth/set-password", tag = "Session", operation_id = "setPassword",
    request_body = SetPassword,
    security(()),
    responses(
        (status = 204, description = "The password is set; the link is used up"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`invalid-credentials`: the link is unknown, used or too old"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: the password is too short or too long"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too-many-requests`"),
    )
)]
pub async fn set_password(
    state: State<App>,
    address: ClientAddress,
    request_id: RequestId,
    body: Body<SetPassword>,
) -> Result<StatusCode, Problem> {
    let app = state.0;
    app.throttle.check(address.0, None)?;
    let password = SecretString::from(body.value.password);
    check_strength(&password, "password")?;
    let token = RefreshToken::parse(&body.value.token).ok_or_else(dead_link)?;
    let now = app.env.now();
    let mut transaction = app.pool.begin().await?;
    // Taking the link is the first write: a second request with it waits here and then finds nothing.
    let user = store::take_password_link(&mut transaction, &token, now).await?.ok_or_else(dead_link)?;
    let hash = app.passwords.hash(&app.env, password).await?;
    store::set_password(&mut transaction, user, &hash, now).await?;
    session::revoke_others(&mut transaction, user, None, now).await?;
    audit::record(&mut transaction, &app.env, Entry::new(Some(user), "user.set-password", &request_id)).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn dead_link() -> Problem {
    Problem::new(Kind::InvalidCredentials, "The link was used, is too old, or is not complete. Ask for another one.")
}
