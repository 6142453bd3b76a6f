//! Pages of one account's history, newest first: every kind of row is read in the same way.

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::history::reader;
use crate::http::page::{self, Page};
use crate::id::AccountId;
use crate::problem::Problem;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListHistory {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// A kind of row that accounts have.
pub trait Historic: for<'r> FromRow<'r, PgRow> + Send + Unpin {
    const TABLE: &'static str;
    /// With the words that turn them into what is shown: money is text.
    const COLUMNS: &'static str;
    /// Which rows customers see, when not all.
    const SHOWN: Option<&'static str> = None;

    /// The row's number in the billing system that it came from.
    fn legacy_id(&self) -> i64;

    /// Takes away what is not for customers.
    #[must_use]
    fn for_customer(self) -> Self {
        self
    }
}

/// The key of the last row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByLegacyId {
    number: i64,
}

/// One page for the caller, with the total, of one moment.
pub async fn page<H: Historic>(
    app: &App,
    caller: &Caller,
    account: AccountId,
    asked: &ListHistory,
) -> Result<Page<H>, Problem> {
    let mut connection = page::moment(&app.pool).await?;
    read(&mut connection, caller, account, asked).await
}

/// The page as the connection's moment has it.
pub async fn read<H: Historic>(
    connection: &mut PgConnection,
    caller: &Caller,
    account: AccountId,
    asked: &ListHistory,
) -> Result<Page<H>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after: Option<ByLegacyId> = page::decode(asked.cursor.as_deref())?;
    reader::admit(connection, caller, account).await?;
    let mut rows = query::<H>(account, caller.staff, after.map(|key| key.number), limit + 1);
    let rows: Vec<H> = rows.build_query_as().fetch_all(&mut *connection).await?;
    let total = count::<H>(account, caller.staff).build_query_scalar().fetch_one(connection).await?;
    let page = page::cut(rows, limit, total, |row| ByLegacyId { number: row.legacy_id() })?;
    if caller.staff {
        return Ok(page);
    }
    Ok(Page { items: page.items.into_iter().map(H::for_customer).collect(), ..page })
}

/// The page's statement.
pub fn query<H: Historic>(account: AccountId, staff: bool, after: Option<i64>, limit: i64) -> QueryBuilder<Postgres> {
    let mut query = of_account::<H>(H::COLUMNS, account, staff);
    if let Some(after) = after {
        query.push(" and legacy_id < ").push_bind(after);
    }
    query.push(" order by legacy_id desc limit ").push_bind(limit);
    query
}

/// The total's statement.
pub fn count<H: Historic>(account: AccountId, staff: bool) -> QueryBuilder<Postgres> {
    of_account::<H>("count(*)", account, staff)
}

fn of_account<H: Historic>(columns: &str, account: AccountId, staff: bool) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(format!("select {columns} from {} where account_id = ", H::TABLE));
    query.push_bind(account.0);
    if let Some(shown) = H::SHOWN.filter(|_| !staff) {
        query.push(format!(" and {shown}"));
    }
    query
}

/// One row of the account; one of another account is not there.
pub async fn one<H: Historic>(
    connection: &mut PgConnection,
    caller: &Caller,
    account: AccountId,
    id: uuid::Uuid,
) -> Result<Option<H>, sqlx::Error> {
    let mut query = of_account::<H>(H::COLUMNS, account, caller.staff);
    query.push(" and id = ").push_bind(id);
    let row: Option<H> = query.build_query_as().fetch_optional(connection).await?;
    Ok(row.map(|row| if caller.staff { row } else { row.for_customer() }))
}
