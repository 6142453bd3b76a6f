//! Listing runs.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::migration::store::{self, ByStart};
use crate::migration::view::RunView;
use crate::problem::Problem;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListMigrations {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// List the migration's runs, newest first
#[utoipa::path(
    get, path = "/v1/migrations", tag = "Staff", operation_id = "listMigrations",
    params(ListMigrations),
    responses(
        (status = 200, body = Page<RunView>, description = "One page"),
    )
)]
pub async fn list(
    state: State<App>,
    _staff: Staff,
    query: Query<ListMigrations>,
) -> Result<Json<Page<RunView>>, Problem> {
    let limit = page::limit(query.0.limit)?;
    let after: Option<ByStart> = page::decode(query.0.cursor.as_deref())?;
    let mut connection = page::moment(&state.0.pool).await?;
    let runs = store::list(&mut connection, after.as_ref(), limit + 1).await?;
    let total = store::count(&mut connection).await?;
    Ok(Json(page::cut(runs, limit, total, |run| ByStart { started_at: run.started_at, id: run.id })?))
}
