//! Changing your own password.

use axum::extract::State;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Caller;
use crate::auth::password::{Verified, check_strength};
use crate::auth::session;
use crate::http::body::Body;
use crate::http::client_address::ClientAddress;
use crate::http::idempotency::{Begun, Reply};
use crate::http::request_id::RequestId;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::user::store;

/// The password that is, and the one to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    #[schema(format = Password)]
    pub current_password: String,
    /// 10 to 200 characters.
    #[schema(format = Password)]
    pub new_password: String,
}

/// Change your password and end your other sessions
#[utoipa::path(
    put, path = "/v1/me/password", tag = "Me", operation_id = "changeMyPassword",
    request_body = ChangePassword,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`invalid-credentials`: the current password is wrong"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: the new password is too short or too long"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too-many-requests`"),
    )
)]
pub async fn change_password(
    state: State<App>,
    caller: Caller,
    address: ClientAddress,
    request_id: RequestId,
    body: Body<ChangePassword>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    app.throttle.check(address.0, Some(&caller.user.to_string()))?;
    let new = SecretString::from(body.value.new_password);
    check_strength(&new, "newPassword")?;
    let hash = store::password_hash(attempt.connection(), caller.user).await?;
    if app.passwords.verify(SecretString::from(body.value.current_password), hash).await? == Verified::Wrong {
        return Err(Problem::new(Kind::InvalidCredentials, "The current password is wrong.")
            .with_field("currentPassword", "is wrong"));
    }
    let (hash, now) = (app.passwords.hash(&app.env, new).await?, app.env.now());
    store::set_password(attempt.connection(), caller.user, &hash, now).await?;
    session::revoke_others(attempt.connection(), caller.user, Some(caller.session), now).await?;
    let entry = Entry::new(Some(caller.user), "user.change-password", &request_id);
    audit::record(attempt.connection(), &app.env, entry).await?;
    attempt.finish(Reply::no_content()).await
}
