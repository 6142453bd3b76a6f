//! The places where servers run.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store;
use crate::catalogue::view::SiteView;
use crate::http::page::Items;
use crate::problem::Problem;

/// List the sites
#[utoipa::path(
    get, path = "/v1/sites", tag = "Catalogue", operation_id = "listSites",
    responses(
        (status = 200, body = Items<SiteView>, description = "All of them, by name"),
    )
)]
pub async fn sites(state: State<App>, caller: Caller) -> Result<Json<Items<SiteView>>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let mut items = store::sites(&mut connection).await?;
    if !caller.staff {
        for site in &mut items {
            site.message = None;
        }
    }
    Ok(Json(Items { items }))
}
