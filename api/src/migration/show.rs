//! Showing a run.

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::page;
use crate::http::path::PathOf;
use crate::migration::store;
use crate::migration::view::RunDetail;
use crate::problem::{Problem, ProblemBody};

/// Show a run of the migration, with its findings counted by code
#[utoipa::path(
    get, path = "/v1/migrations/{id}", tag = "Staff", operation_id = "showMigration",
    params(("id" = Uuid, Path, description = "The run's id")),
    responses(
        (status = 200, body = RunDetail, description = "The run"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn show(state: State<App>, _staff: Staff, id: PathOf<Uuid>) -> Result<Json<RunDetail>, Problem> {
    let mut connection = page::moment(&state.0.pool).await?;
    let run = store::find(&mut connection, id.0).await?.ok_or_else(|| Problem::not_found("migration"))?;
    let codes = store::codes(&mut connection, id.0).await?;
    Ok(Json(RunDetail { run, codes }))
}
