//! Showing a user.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::path::PathOf;
use crate::id::UserId;
use crate::problem::{Problem, ProblemBody};
use crate::user::store;
use crate::user::view::UserView;

/// Show a user
#[utoipa::path(
    get, path = "/v1/users/{id}", tag = "Staff", operation_id = "showUser",
    params(("id" = UserId, Path, description = "The user's id")),
    responses(
        (status = 200, body = UserView, description = "The user"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn show(state: State<App>, _staff: Staff, id: PathOf<UserId>) -> Result<Json<UserView>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let user = store::find(&mut connection, id.0).await?;
    user.map(Json).ok_or_else(|| Problem::not_found("user"))
}
