//! Tickets.

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

/// A ticket.
#[derive(Debug, Clone, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedTicket)]
pub struct TicketView {
    pub id: Uuid,
    pub legacy_id: i64,
    /// What people call it.
    #[schema(example = "ABC-123456")]
    pub number: String,
    pub department: String,
    pub subject: String,
    /// As the billing system spelled it, like the priority.
    pub status: String,
    pub priority: String,
    #[schema(required)]
    pub opened_at: Option<DateTime<Utc>>,
    /// `legacyId` of the service that it was about.
    #[schema(required)]
    pub service_legacy_id: Option<i64>,
    /// `legacyId` of the ticket that it was merged into.
    #[schema(required)]
    pub merged_into: Option<i64>,
}

impl Historic for TicketView {
    const TABLE: &'static str = "tickets";
    const COLUMNS: &'static str = "id, legacy_id, number, department, subject, status, priority, opened_at, service_id as service_legacy_id, merged_into";

    fn legacy_id(&self) -> i64 {
        self.legacy_id
    }
}

/// List an account's tickets from before the cut-over
#[utoipa::path(
    get, path = "/v1/accounts/{id}/tickets", tag = "History", operation_id = "listCarriedTickets",
    params(("id" = AccountId, Path, description = "The account's id"), ListHistory),
    responses(
        (status = 200, body = Page<TicketView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account, or not yours"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    id: PathOf<AccountId>,
    query: Query<ListHistory>,
) -> Result<Json<Page<TicketView>>, Problem> {
    list::page(&state.0, &caller, id.0, &query.0).await.map(Json)
}
