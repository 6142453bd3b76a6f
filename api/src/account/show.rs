//! Showing an account.

use axum::Json;
use axum::extract::State;

use crate::account::store;
use crate::account::view::AccountView;
use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::path::PathOf;
use crate::id::AccountId;
use crate::problem::{Problem, ProblemBody};

/// Show an account
#[utoipa::path(
    get, path = "/v1/accounts/{id}", tag = "Staff", operation_id = "showAccount",
    params(("id" = AccountId, Path, description = "The account's id")),
    responses(
        (status = 200, body = AccountView, description = "The account"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn show(state: State<App>, _staff: Staff, id: PathOf<AccountId>) -> Result<Json<AccountView>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let account = store::find(&mut connection, id.0).await?;
    account.map(Json).ok_or_else(|| Problem::not_found("account"))
}
