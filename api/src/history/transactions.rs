//! Money that came in or went out.

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
use crate::text_enum::text_enum;

text_enum!(
    /// Which way the money went.
    TransactionKind { Payment = "payment", Refund = "refund" }
);

/// A payment or a refund.
#[derive(Debug, Clone, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedTransaction)]
pub struct TransactionView {
    pub id: Uuid,
    pub legacy_id: i64,
    pub kind: TransactionKind,
    #[schema(required)]
    pub at: Option<DateTime<Utc>>,
    pub currency: String,
    pub gateway: String,
    /// The gateway's own id of it.
    pub gateway_id: String,
    pub description: String,
    #[schema(example = "24.90")]
    pub amount_in: String,
    #[schema(example = "0.00")]
    pub amount_out: String,
    /// What the gateway kept; for staff only.
    #[schema(required)]
    pub fees: Option<String>,
    /// The invoice that it was for.
    #[schema(required)]
    pub invoice_id: Option<Uuid>,
    /// That invoice's number.
    #[schema(required)]
    pub invoice_number: Option<String>,
    /// `legacyId` of the transaction that this one refunds.
    #[schema(required)]
    pub refund_of: Option<i64>,
}

impl Historic for TransactionView {
    const TABLE: &'static str = "transactions";
    const COLUMNS: &'static str =
        "id, legacy_id, at, currency, gateway, gateway_id, description, fees::text as fees, refund_of,
         case when refund_of is not null or amount_out > amount_in then 'refund' else 'payment' end as kind,
         amount_in::text as amount_in, amount_out::text as amount_out,
         (select i.id from invoices i where i.account_id = transactions.account_id
                                        and i.legacy_id = transactions.invoice_id limit 1) as invoice_id,
         (select i.number from invoices i where i.account_id = transactions.account_id
                                            and i.legacy_id = transactions.invoice_id limit 1) as invoice_number";

    fn legacy_id(&self) -> i64 {
        self.legacy_id
    }

    fn for_customer(self) -> Self {
        Self { fees: None, ..self }
    }
}

/// List an account's payments and refunds from before the cut-over
#[utoipa::path(
    get, path = "/v1/accounts/{id}/transactions", tag = "History", operation_id = "listCarriedTransactions",
    params(("id" = AccountId, Path, description = "The account's id"), ListHistory),
    responses(
        (status = 200, body = Page<TransactionView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account, or not yours"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    id: PathOf<AccountId>,
    query: Query<ListHistory>,
) -> Result<Json<Page<TransactionView>>, Problem> {
    list::page(&state.0, &caller, id.0, &query.0).await.map(Json)
}
