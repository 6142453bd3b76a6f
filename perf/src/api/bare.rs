//! What the list of servers would be without all that is around it: the same statements and the same JSON on axum and sqlx
//! alone. It believes whoever asks; it knows no errors, no `ETag`s, no metrics, no log.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::get,
};
use slipway_api::{
    http::page::{self, DEFAULT_LIMIT, Page},
    server::{
        sort::{Cursor, Sort},
        store::{self, Filter},
        view::ServerView,
    },
};
use sqlx::PgPool;
use uuid::Uuid;

const SORT: Sort = Sort::CreatedAtDescending;

pub(super) fn router(pool: PgPool) -> Router {
    Router::new().route("/accounts/{id}/servers", get(servers)).with_state(pool)
}

async fn servers(State(pool): State<PgPool>, Path(account): Path<Uuid>) -> Result<Json<Page<ServerView>>, StatusCode> {
    page_of(&pool, account).await.map(Json).map_err(|error| {
        eprintln!("the bare server failed: {error:#}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

async fn page_of(pool: &PgPool, account: Uuid) -> anyhow::Result<Page<ServerView>> {
    let filter = Filter { accounts: Some(vec![account]), ..Filter::default() };
    let mut connection = page::moment(pool).await?;
    let rows = store::list(&mut connection, &filter, SORT, None, DEFAULT_LIMIT + 1).await?;
    let total = match page::total_of_one_page(&rows, true, DEFAULT_LIMIT) {
        Some(total) => total,
        None => store::count(&mut connection, &filter).await?,
    };
    let page = page::cut(rows, DEFAULT_LIMIT, total, |row| Cursor::at(SORT, row));
    let page = page.map_err(|_| anyhow::anyhow!("a cursor cannot be made"))?;
    let items = store::complete(&mut connection, page.items, false).await?;
    Ok(Page { items, next_cursor: page.next_cursor, total: page.total })
}
