//! Orders that were placed.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::history::list::{self, Historic, ListHistory};
use crate::http::page::Page;
use crate::http::path::PathOf;
use crate::http::query::Query;
use crate::id::AccountId;
use crate::problem::{Problem, ProblemBody};

/// An order.
#[derive(Debug, Clone, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedOrder)]
pub struct OrderView {
    pub id: Uuid,
    pub legacy_id: i64,
    pub number: String,
    #[schema(required)]
    pub ordered_at: Option<DateTime<Utc>>,
    #[schema(example = "24.90")]
    pub amount: String,
    /// As the billing system spelled it.
    pub status: String,
    /// The number of its invoice there.
    #[schema(required)]
    pub invoice_legacy_id: Option<i64>,
}

impl Historic for OrderView {
    const TABLE: &'static str = "orders";
    const COLUMNS: &'static str =
        "id, legacy_id, number, ordered_at, amount::text as amount, status, invoice_id as invoice_legacy_id";

    fn legacy_id(&self) -> i64 {
        self.legacy_id
    }
}

/// List an account's orders from before the cut-over
#[utoipa::path(
    get, path = "/v1/accounts/{id}/orders", tag = "History", operation_id = "listCarriedOrders",
    params(("id" = AccountId, Path, description = "The account's id"), ListHistory),
    responses(
        (status = 200, body = Page<OrderView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account, or not yours"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    id: PathOf<AccountId>,
    query: Query<ListHistory>,
) -> Result<Json<Page<OrderView>>, Problem> {
    list::page(&state.0, &caller, id.0, &query.0).await.map(Json)
}
