//! Making an account.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::account::store;
use crate::account::view::AccountView;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Staff;
use crate::display_name::DisplayName;
use crate::http::body::Body;
use crate::http::idempotency::{Begun, Reply};
use crate::http::request_id::RequestId;
use crate::problem::{Problem, ProblemBody};

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateAccount {
    /// 1 to 100 characters.
    #[schema(max_length = 100)]
    pub name: String,
}

/// Make an account
#[utoipa::path(
    post, path = "/v1/accounts", tag = "Staff", operation_id = "createAccount",
    request_body = CreateAccount,
    responses(
        (status = 201, body = AccountView, description = "Made"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: the name is empty or too long"),
    )
)]
pub async fn create(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    body: Body<CreateAccount>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &staff.0).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let name = DisplayName::try_from(body.value.name)?;
    let id = store::insert(attempt.connection(), &app.env, &name).await?;
    let mut entry = Entry::new(Some(staff.0.user), "account.create", &request_id);
    (entry.account, entry.detail) = (Some(id), format!("name {name}"));
    audit::record(attempt.connection(), &app.env, entry).await?;
    let account = store::find(attempt.connection(), id).await?.ok_or_else(|| Problem::not_found("account"))?;
    let reply = Reply::json(StatusCode::CREATED, &account)?.with_location(format!("/v1/accounts/{id}"));
    attempt.finish(reply).await
}
