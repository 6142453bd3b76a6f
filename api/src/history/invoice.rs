//! One invoice with its lines.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::history::invoices::InvoiceView;
use crate::history::{list, reader};
use crate::http::page;
use crate::http::path::PathOf;
use crate::id::AccountId;
use crate::problem::{Problem, ProblemBody};

/// A line of an invoice.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedInvoiceLine)]
pub struct InvoiceLineView {
    pub id: Uuid,
    /// What it is about, as the billing system spelled it.
    #[schema(example = "Hosting")]
    pub kind: String,
    pub description: String,
    pub amount: String,
    pub taxed: bool,
    /// The first day of what was billed.
    #[schema(required)]
    pub period_from: Option<NaiveDate>,
}

/// An invoice with its lines.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedInvoiceDetail)]
pub struct InvoiceDetail {
    #[serde(flatten)]
    #[schema(inline)]
    pub invoice: InvoiceView,
    /// Name and address at the time; empty when none was kept.
    pub billed_to: String,
    pub notes: String,
    pub lines: Vec<InvoiceLineView>,
}

/// Show an invoice from before the cut-over, with its lines
#[utoipa::path(
    get, path = "/v1/accounts/{id}/invoices/{invoiceId}", tag = "History", operation_id = "showCarriedInvoice",
    params(
        ("id" = AccountId, Path, description = "The account's id"),
        ("invoiceId" = Uuid, Path, description = "The invoice's id"),
    ),
    responses(
        (status = 200, body = InvoiceDetail, description = "The invoice"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account or invoice, or not yours"),
    )
)]
pub async fn show(
    state: State<App>,
    caller: Caller,
    ids: PathOf<(AccountId, Uuid)>,
) -> Result<Json<InvoiceDetail>, Problem> {
    let (account, id) = ids.0;
    let mut connection = page::moment(&state.0.pool).await?;
    reader::admit(&mut connection, &caller, account).await?;
    let invoice = list::one::<InvoiceView>(&mut connection, &caller, account, id).await?;
    let invoice = invoice.ok_or_else(|| Problem::not_found("invoice"))?;
    Ok(Json(complete(&mut connection, invoice).await?))
}

async fn complete(connection: &mut PgConnection, invoice: InvoiceView) -> Result<InvoiceDetail, sqlx::Error> {
    let more = sqlx::query!("select billed_to, notes from invoices where id = $1", invoice.id)
        .fetch_one(&mut *connection)
        .await?;
    let lines = sqlx::query_as!(
        InvoiceLineView,
        r#"select id, kind, description, amount::text as "amount!", taxed, period_from
           from invoice_lines where invoice_id = $1 order by legacy_id"#,
        invoice.id
    )
    .fetch_all(connection)
    .await?;
    Ok(InvoiceDetail { invoice, billed_to: more.billed_to, notes: more.notes, lines })
}
