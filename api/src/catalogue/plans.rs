//! The sizes that can be ordered.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store;
use crate::catalogue::view::PlanView;
use crate::http::page::Items;
use crate::problem::Problem;

/// List the plans
#[utoipa::path(
    get, path = "/v1/plans", tag = "Catalogue", operation_id = "listPlans",
    responses(
        (status = 200, body = Items<PlanView>, description = "All of them, by name"),
    )
)]
pub async fn plans(state: State<App>, _caller: Caller) -> Result<Json<Items<PlanView>>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    Ok(Json(Items { items: store::plans(&mut connection).await? }))
}
