//! Listing operations.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::page::{self, ById, Page};
use crate::http::query::Query;
use crate::id::ServerId;
use crate::operation::store::{self, Filter};
use crate::operation::view::{OperationStatus, OperationView};
use crate::problem::Problem;

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListOperations {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
    pub server_id: Option<ServerId>,
    #[param(inline)]
    pub status: Option<OperationStatus>,
    /// Only unfinished ones that wait for something to be put right.
    #[serde(default)]
    #[param(required = false)]
    pub waiting: bool,
}

/// List operations, newest first
#[utoipa::path(
    get, path = "/v1/operations", tag = "Operations", operation_id = "listOperations",
    params(ListOperations),
    responses(
        (status = 200, body = Page<OperationView>, description = "One page"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    query: Query<ListOperations>,
) -> Result<Json<Page<OperationView>>, Problem> {
    let limit = page::limit(query.0.limit)?;
    let after: Option<ById> = page::decode(query.0.cursor.as_deref())?;
    let ListOperations { server_id: server, status, waiting, .. } = query.0;
    let filter = Filter { accounts: caller.scope(), server, status, waiting };
    let mut connection = page::moment(&state.0.pool).await?;
    let after = after.map(|key| key.id);
    let operations = store::list(&mut connection, &filter, after, limit + 1).await?;
    let total = match page::total_of_one_page(&operations, after.is_none(), limit) {
        Some(total) => total,
        None => store::count(&mut connection, &filter).await?,
    };
    let page = page::cut(operations, limit, total, |operation| ById { id: operation.id.0 })?;
    Ok(Json(page))
}
