//! Listing servers: one page is three indexed queries at most, however many servers there are.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::page::{self, Page};
use crate::http::query::Query;
use crate::id::AccountId;
use crate::problem::Problem;
use crate::server::sort::{Cursor, Sort};
use crate::server::store::{self, Filter};
use crate::server::view::{Phase, ServerView};

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListServers {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
    /// Part of a name or of an address.
    pub search: Option<String>,
    /// `-createdAt` when not given.
    #[param(inline)]
    pub sort: Option<Sort>,
    #[param(inline)]
    pub phase: Option<Phase>,
    pub account_id: Option<AccountId>,
    pub site: Option<String>,
}

/// List servers: yours, or everybody's for staff
#[utoipa::path(
    get, path = "/v1/servers", tag = "Servers", operation_id = "listServers",
    params(ListServers),
    responses(
        (status = 200, body = Page<ServerView>, description = "One page"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    query: Query<ListServers>,
) -> Result<Json<Page<ServerView>>, Problem> {
    let asked = query.0;
    let limit = page::limit(asked.limit)?;
    let sort = asked.sort.unwrap_or(Sort::CreatedAtDescending);
    let after = page::decode::<Cursor>(asked.cursor.as_deref())?;
    if after.as_ref().is_some_and(|cursor| !cursor.belongs_to(sort)) {
        return Err(
            Problem::invalid("The cursor belongs to another order.").with_field("cursor", "start again without it")
        );
    }
    let filter = Filter {
        accounts: caller.scope(),
        account: asked.account_id,
        search: asked.search.filter(|text| !text.is_empty()),
        phase: asked.phase,
        site: asked.site,
    };
    let mut connection = page::moment(&state.0.pool).await?;
    let rows = store::list(&mut connection, &filter, sort, after.as_ref(), limit + 1).await?;
    let total = match page::total_of_one_page(&rows, after.is_none(), limit) {
        Some(total) => total,
        None => store::count(&mut connection, &filter).await?,
    };
    let page = page::cut(rows, limit, total, |row| Cursor::at(sort, row))?;
    let items = store::complete(&mut connection, page.items, caller.staff).await?;
    Ok(Json(Page { items, next_cursor: page.next_cursor, total: page.total }))
}
