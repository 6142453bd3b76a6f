//! Showing a site to staff.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::path::PathOf;
use crate::problem::{Problem, ProblemBody};
use crate::site::store;
use crate::site::view::SiteDetailView;

/// Show a site: conditions, nodes, quarantine, orphans, brakes, doctor
#[utoipa::path(
    get, path = "/v1/sites/{name}", tag = "Staff", operation_id = "showSite",
    params(("name" = String, Path, description = "The site's name")),
    responses(
        (status = 200, body = SiteDetailView, description = "The site"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn show(state: State<App>, _staff: Staff, name: PathOf<String>) -> Result<Json<SiteDetailView>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let site = store::find(&mut connection, &name.0).await?;
    site.map(Json).ok_or_else(|| Problem::not_found("site"))
}
