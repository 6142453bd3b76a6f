//! Making a user.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Staff;
use crate::auth::password::check_strength;
use crate::display_name::DisplayName;
use crate::http::body::Body;
use crate::http::idempotency::{Begun, Reply};
use crate::http::request_id::RequestId;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::user::email::Email;
use crate::user::store::{self, NewUser};
use crate::user::view::UserView;
use secrecy::SecretString;

/// A user to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateUser {
    pub email: String,
    #[schema(max_length = 100)]
    pub name: String,
    #[serde(default)]
    #[schema(required = false)]
    pub staff: bool,
    /// 10 to 200 characters. Without one the user needs a link.
    #[schema(format = Password)]
    pub password: Option<String>,
}

/// Make a user
#[utoipa::path(
    post, path = "/v1/users", tag = "Staff", operation_id = "createUser",
    request_body = CreateUser,
    responses(
        (status = 201, body = UserView, description = "Made"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`name-taken`: the email is in use"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: no valid email, name or password"),
    )
)]
pub async fn create(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    body: Body<CreateUser>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &staff.0).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let email = Email::try_from(body.value.email)?;
    let new = NewUser { name: DisplayName::try_from(body.value.name)?, staff: body.value.staff, email };
    let id = store::insert(attempt.connection(), &app.env, &new).await?.ok_or_else(|| {
        Problem::new(Kind::NameTaken, "Another user has this email.").with_field("email", "is in use")
    })?;
    if let Some(password) = body.value.password.map(SecretString::from) {
        check_strength(&password, "password")?;
        let hash = app.passwords.hash(&app.env, password).await?;
        store::set_password(attempt.connection(), id, &hash, app.env.now()).await?;
    }
    let mut entry = Entry::new(Some(staff.0.user), "user.create", &request_id);
    entry.detail = format!("user {id} {}, staff {}", new.email, new.staff);
    audit::record(attempt.connection(), &app.env, entry).await?;
    let user = store::find(attempt.connection(), id).await?.ok_or_else(|| Problem::not_found("user"))?;
    attempt.finish(Reply::json(StatusCode::CREATED, &user)?.with_location(format!("/v1/users/{id}"))).await
}
