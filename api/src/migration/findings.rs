//! Listing what a run found.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::page::{self, Page};
use crate::http::path::PathOf;
use crate::http::query::Query;
use crate::migration::store;
use crate::migration::view::FindingView;
use crate::problem::{Problem, ProblemBody};

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListFindings {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
    /// Only those of this code.
    pub code: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ByPosition {
    position: i64,
}

/// List what a run of the migration found, in the order of the run
#[utoipa::path(
    get, path = "/v1/migrations/{id}/findings", tag = "Staff", operation_id = "listMigrationFindings",
    params(("id" = Uuid, Path, description = "The run's id"), ListFindings),
    responses(
        (status = 200, body = Page<FindingView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn list(
    state: State<App>,
    _staff: Staff,
    id: PathOf<Uuid>,
    query: Query<ListFindings>,
) -> Result<Json<Page<FindingView>>, Problem> {
    let limit = page::limit(query.0.limit)?;
    let after: Option<ByPosition> = page::decode(query.0.cursor.as_deref())?;
    let code = query.0.code.as_deref();
    let mut connection = page::moment(&state.0.pool).await?;
    store::find(&mut connection, id.0).await?.ok_or_else(|| Problem::not_found("migration"))?;
    let mut rows = store::findings_query(id.0, code, after.map(|key| key.position), limit + 1);
    let rows: Vec<FindingView> = rows.build_query_as().fetch_all(&mut *connection).await?;
    let total = store::count_findings(&mut connection, id.0, code).await?;
    Ok(Json(page::cut(rows, limit, total, |finding| ByPosition { position: finding.position })?))
}
