//! Showing an operation.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::path::PathOf;
use crate::id::OperationId;
use crate::operation::store;
use crate::operation::view::OperationView;
use crate::problem::{Problem, ProblemBody};

/// Show an operation
#[utoipa::path(
    get, path = "/v1/operations/{id}", tag = "Operations", operation_id = "showOperation",
    params(("id" = OperationId, Path, description = "The operation's id")),
    responses(
        (status = 200, body = OperationView, description = "The operation"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn show(state: State<App>, caller: Caller, id: PathOf<OperationId>) -> Result<Json<OperationView>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let operation = store::find(&mut connection, id.0).await?;
    let operation = operation.filter(|operation| caller.sees(operation.account_id));
    operation.map(Json).ok_or_else(|| Problem::not_found("operation"))
}
