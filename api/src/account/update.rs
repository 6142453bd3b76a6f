//! Renaming an account.

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
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::AccountId;
use crate::problem::{Problem, ProblemBody};

/// What to change; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateAccount {
    #[schema(max_length = 100)]
    pub name: Option<String>,
}

/// Rename an account; its slug and namespace stay
#[utoipa::path(
    patch, path = "/v1/accounts/{id}", tag = "Staff", operation_id = "updateAccount",
    params(("id" = AccountId, Path, description = "The account's id")),
    request_body = UpdateAccount,
    responses(
        (status = 200, body = AccountView, description = "Changed"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`"),
    )
)]
pub async fn update(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    id: PathOf<AccountId>,
    body: Body<UpdateAccount>,
) -> Result<Response, Problem> {
    let app = state.0;
    let mut attempt = match body.idempotency.begin(&app, &staff.0).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    if let Some(name) = body.value.name {
        let name = DisplayName::try_from(name)?;
        store::rename(attempt.connection(), id.0, &name).await?;
    }
    let account = store::find(attempt.connection(), id.0).await?.ok_or_else(|| Problem::not_found("account"))?;
    let mut entry = Entry::new(Some(staff.0.user), "account.update", &request_id);
    (entry.account, entry.detail) = (Some(id.0), format!("name {}", account.name));
    audit::record(attempt.connection(), &app.env, entry).await?;
    attempt.finish(Reply::json(StatusCode::OK, &account)?).await
}
