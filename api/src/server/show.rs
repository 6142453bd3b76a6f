//! Showing a server.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::path::PathOf;
use crate::id::ServerId;
use crate::problem::{Problem, ProblemBody};
use crate::server::store;
use crate::server::view::{Phase, ServerView};

/// Show a server with its conditions
#[utoipa::path(
    get, path = "/v1/servers/{id}", tag = "Servers", operation_id = "showServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    responses(
        (status = 200, body = ServerView, description = "The server"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such server, or not yours"),
    )
)]
pub async fn show(state: State<App>, caller: Caller, id: PathOf<ServerId>) -> Result<Json<ServerView>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let server = store::find(&mut connection, id.0, caller.staff).await?;
    let server =
        server.filter(|server| caller.sees(server.account_id) && (caller.staff || server.phase != Phase::Unlinked));
    server.map(Json).ok_or_else(|| Problem::not_found("server"))
}
