//! Listing users.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::page::{self, ById, Page};
use crate::http::query::Query;
use crate::problem::Problem;
use crate::user::store;
use crate::user::view::UserView;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListUsers {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// List users
#[utoipa::path(
    get, path = "/v1/users", tag = "Staff", operation_id = "listUsers",
    params(ListUsers),
    responses(
        (status = 200, body = Page<UserView>, description = "One page"),
    )
)]
pub async fn list(state: State<App>, _staff: Staff, query: Query<ListUsers>) -> Result<Json<Page<UserView>>, Problem> {
    let limit = page::limit(query.0.limit)?;
    let after: Option<ById> = page::decode(query.0.cursor.as_deref())?;
    let mut connection = page::moment(&state.0.pool).await?;
    let users = store::list(&mut connection, after.map(|key| key.id), limit + 1).await?;
    let total = store::count(&mut connection).await?;
    Ok(Json(page::cut(users, limit, total, |user| ById { id: user.id.0 })?))
}
