//! The operating systems that can be ordered.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store;
use crate::catalogue::view::ImageView;
use crate::http::page::Items;
use crate::problem::Problem;

/// List the operating system images
#[utoipa::path(
    get, path = "/v1/images", tag = "Catalogue", operation_id = "listImages",
    responses(
        (status = 200, body = Items<ImageView>, description = "All of them, by name"),
    )
)]
pub async fn images(state: State<App>, _caller: Caller) -> Result<Json<Items<ImageView>>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    Ok(Json(Items { items: store::images(&mut connection).await? }))
}
