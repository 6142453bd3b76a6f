//! The networks that the caller may use.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store;
use crate::catalogue::view::NetworkView;
use crate::http::page::Items;
use crate::problem::Problem;

/// List the networks that you may use
#[utoipa::path(
    get, path = "/v1/networks", tag = "Catalogue", operation_id = "listNetworks",
    responses(
        (status = 200, body = Items<NetworkView>, description = "All of them, by name"),
    )
)]
pub async fn networks(state: State<App>, caller: Caller) -> Result<Json<Items<NetworkView>>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    Ok(Json(Items { items: store::networks(&mut connection, caller.scope().as_deref()).await? }))
}
