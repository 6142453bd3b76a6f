//! Listing accounts.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::account::store;
use crate::account::view::AccountView;
use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::page::{self, ById, Page};
use crate::http::query::Query;
use crate::problem::Problem;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListAccounts {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// List accounts
#[utoipa::path(
    get, path = "/v1/accounts", tag = "Staff", operation_id = "listAccounts",
    params(ListAccounts),
    responses(
        (status = 200, body = Page<AccountView>, description = "One page"),
    )
)]
pub async fn list(
    state: State<App>,
    _staff: Staff,
    query: Query<ListAccounts>,
) -> Result<Json<Page<AccountView>>, Problem> {
    let limit = page::limit(query.0.limit)?;
    let after: Option<ById> = page::decode(query.0.cursor.as_deref())?;
    let mut connection = page::moment(&state.0.pool).await?;
    let accounts = store::list(&mut connection, after.map(|key| key.id), limit + 1).await?;
    let total = store::count(&mut connection).await?;
    Ok(Json(page::cut(accounts, limit, total, |account| ById { id: account.id.0 })?))
}
