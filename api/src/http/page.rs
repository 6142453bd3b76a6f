//! Keyset pages: `?limit&cursor` in, `{items, nextCursor, total}` out. A cursor holds the sort key and id of the last
//! row, so a page costs the same however deep it is and no row is shown twice when others come or go.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{PgPool, Postgres, Transaction};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Rows of a page when the client does not say.
pub const DEFAULT_LIMIT: i64 = 50;
/// Rows of a page at most.
pub const MAX_LIMIT: i64 = 200;
/// Lists that grow with the provider are counted no further: each poll would pay for all rows.
pub const MAX_TOTAL: i64 = 10_000;

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it back as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many rows match in all pages together. Servers, operations, accounts and users are counted up to 10000: that
    /// number says that there are as many or more.
    pub total: i64,
}

/// A whole list without pages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Items<T> {
    pub items: Vec<T>,
}

/// One moment of the database: a page and its total are read in it, so that they agree.
pub async fn moment(pool: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    pool.begin_with("begin isolation level repeatable read, read only").await
}

/// Checks `limit`.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    match asked.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAX_LIMIT => Ok(limit),
        _ => Err(Problem::invalid("The page size is out of range.")
            .with_field("limit", format!("must be between 1 and {MAX_LIMIT}"))),
    }
}

/// Turns the key of a page's last row into an opaque cursor.
pub fn encode<K: Serialize>(key: &K) -> Result<String, Problem> {
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).map_err(Problem::internal)?))
}

/// Reads a cursor that [`encode`] made.
pub fn decode<K: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<K>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).map(Some).ok_or_else(
        || Problem::invalid("The cursor is not one of ours.").with_field("cursor", "start again without it"),
    )
}

/// Cuts rows read with `limit + 1` down to a page; `key` names the sort key of a row.
pub fn cut<T, K: Serialize>(
    mut items: Vec<T>,
    limit: i64,
    total: i64,
    key: impl Fn(&T) -> K,
) -> Result<Page<T>, Problem> {
    let limit = usize::try_from(limit).map_err(Problem::internal)?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = if more { items.last().map(|last| encode(&key(last))).transpose()? } else { None };
    Ok(Page { items, next_cursor, total })
}

/// The total of a list whose first page, read with `limit + 1`, holds all of it; `None`: the rows have to be counted.
pub fn total_of_one_page<T>(items: &[T], first: bool, limit: i64) -> Option<i64> {
    i64::try_from(items.len()).ok().filter(|found| first && *found <= limit)
}

/// The key of lists that are sorted by id alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ById {
    pub id: uuid::Uuid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_way_to_the_client_and_back() {
        let cursor = encode(&("web-1", 7)).unwrap();
        assert_eq!(decode::<(String, i32)>(Some(&cursor)).unwrap(), Some(("web-1".to_owned(), 7)));
    }

    #[test]
    fn a_cursor_that_is_not_ours_is_refused() {
        assert!(decode::<ById>(Some("!!!")).is_err());
        assert!(decode::<ById>(Some("e30")).is_err());
    }

    #[test]
    fn the_last_page_has_no_next_cursor() {
        let page = cut(vec![1, 2], 2, 2, |n| *n).unwrap();
        assert_eq!((page.items.len(), page.next_cursor), (2, None));
        let page = cut(vec![1, 2, 3], 2, 3, |n| *n).unwrap();
        assert_eq!(page.items, [1, 2]);
        assert_eq!(decode::<i32>(page.next_cursor.as_deref()).unwrap(), Some(2));
    }

    #[test]
    fn a_first_page_with_room_left_needs_no_count() {
        assert_eq!(total_of_one_page(&[1, 2], true, 2), Some(2));
        assert_eq!(total_of_one_page(&[1, 2, 3], true, 2), None);
        assert_eq!(total_of_one_page(&[1], false, 2), None);
    }

    #[test]
    fn a_page_size_out_of_range_is_refused() {
        assert!(limit(Some(0)).is_err());
        assert!(limit(Some(201)).is_err());
        assert_eq!(limit(None).unwrap(), 50);
    }
}
