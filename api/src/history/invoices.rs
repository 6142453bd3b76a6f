//! Invoices.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
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

/// An invoice. Amounts are decimal numbers in its currency.
#[derive(Debug, Clone, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedInvoice)]
pub struct InvoiceView {
    pub id: Uuid,
    pub legacy_id: i64,
    /// What people call it.
    pub number: String,
    #[schema(example = "EUR")]
    pub currency: String,
    /// As the billing system spelled it: Unpaid, Paid, Cancelled, Refunded, Collections, …
    #[schema(example = "Paid")]
    pub status: String,
    #[schema(required)]
    pub issued_on: Option<NaiveDate>,
    #[schema(required)]
    pub due_on: Option<NaiveDate>,
    #[schema(required)]
    pub paid_on: Option<NaiveDate>,
    pub subtotal: String,
    /// What credit paid of it.
    pub credit: String,
    pub tax: String,
    /// The second tax.
    pub tax2: String,
    #[schema(example = "24.90")]
    pub total: String,
    pub payment_method: String,
}

impl Historic for InvoiceView {
    const TABLE: &'static str = "invoices";
    const COLUMNS: &'static str = "id, legacy_id, number, currency, status, issued_on, due_on, paid_on, subtotal::text as subtotal, \
         credit::text as credit, tax::text as tax, tax2::text as tax2, total::text as total, payment_method";
    /// A draft was never sent to anybody.
    const SHOWN: Option<&'static str> = Some("status <> 'Draft'");

    fn legacy_id(&self) -> i64 {
        self.legacy_id
    }
}

/// List an account's invoices from before the cut-over
#[utoipa::path(
    get, path = "/v1/accounts/{id}/invoices", tag = "History", operation_id = "listCarriedInvoices",
    params(("id" = AccountId, Path, description = "The account's id"), ListHistory),
    responses(
        (status = 200, body = Page<InvoiceView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account, or not yours"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    id: PathOf<AccountId>,
    query: Query<ListHistory>,
) -> Result<Json<Page<InvoiceView>>, Problem> {
    list::page(&state.0, &caller, id.0, &query.0).await.map(Json)
}
