//! Logging in with email and password.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use http::header;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::time::{Duration, Instant};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::cookie;
use crate::auth::password::Verified;
use crate::auth::session::{self, Continued};
use crate::auth::token::ACCESS_SECONDS;
use crate::http::body::Body;
use crate::http::client_address::ClientAddress;
use crate::id::UserId;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::user::email::Email;
use crate::user::store;

/// A refusal takes at least so long: how costly the user's hash is, or that there is none, does not show.
const WRONG_TAKES: Duration = Duration::from_millis(300);

/// An email and a password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    #[schema(example = "you@example.org")]
    pub email: String,
    #[schema(format = Password)]
    pub password: String,
}
/// An access token; the refresh token is in the cookie.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// A JWT for `Authorization: Bearer`.
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds.
    #[schema(example = 600)]
    pub expires_in: i64,
}

/// Log in with email and password
#[utoipa::path(
    post, path = "/v1/auth/login", tag = "Session", operation_id = "login",
    request_body = Login,
    security(()),
    responses(
        (status = 200, body = AccessToken, description = "Logged in; the cookie `slipway_refresh` holds the refresh token"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`invalid-credentials`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too-many-requests`: wait as long as `Retry-After` says"),
    )
)]
pub async fn login(state: State<App>, address: ClientAddress, body: Body<Login>) -> Result<impl IntoResponse, Problem> {
    let app = state.0;
    let answer_at = Instant::now() + WRONG_TAKES;
    let found = check(&app, &address, body.value).await;
    if matches!(&found, Ok(None)) {
        tokio::time::sleep_until(answer_at).await;
    }
    let user = found?.ok_or_else(wrong)?;
    let mut transaction = app.pool.begin().await?;
    let started = session::start(&mut transaction, &app.env, user).await?;
    transaction.commit().await?;
    answer(&app, &started)
}

/// Whose password it is.
async fn check(app: &App, address: &ClientAddress, login: Login) -> Result<Option<UserId>, Problem> {
    let Ok(email) = Email::try_from(login.email) else { return Ok(None) };
    app.throttle.check(address.0, Some(email.as_str()))?;
    let mut connection = app.pool.acquire().await?;
    let credential = store::find_credential(&mut connection, &email).await?;
    drop(connection);
    let (user, hash) = credential.map_or((None, None), |found| (Some(found.user), found.password_hash));
    let password = SecretString::from(login.password);
    let verified = app.passwords.verify(password.clone(), hash.clone()).await?;
    let (Verified::Right { carried }, Some(user)) = (verified, user) else { return Ok(None) };
    if carried && let Some(old) = hash {
        let own = app.passwords.hash(&app.env, password).await?;
        store::replace_hash(&mut *app.pool.acquire().await?, user, &old, &own, app.env.now()).await?;
    }
    Ok(Some(user))
}

fn wrong() -> Problem {
    Problem::new(Kind::InvalidCredentials, "The email or the password is wrong, or the user is disabled.")
}

/// The access token in the body and the refresh token in the cookie.
pub fn answer(app: &App, continued: &Continued) -> Result<impl IntoResponse + use<>, Problem> {
    let now = app.env.now();
    let access_token = app.tokens.sign(continued.user, continued.session, now).map_err(Problem::internal)?;
    let max_age = (continued.expires_at - now).num_seconds();
    let cookie = cookie::set(&continued.token, max_age, app.settings.secure_cookies())?;
    let headers = [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"))];
    Ok((headers, Json(AccessToken { access_token, token_type: "Bearer".to_owned(), expires_in: ACCESS_SECONDS })))
}
