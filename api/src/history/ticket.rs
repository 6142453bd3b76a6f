//! One ticket with its replies. What people wrote is text: whatever looks like HTML in it was written, not meant as markup.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::history::tickets::TicketView;
use crate::history::{list, reader};
use crate::http::page;
use crate::http::path::PathOf;
use crate::id::AccountId;
use crate::problem::{Problem, ProblemBody};

/// A reply to a ticket.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedReply)]
pub struct ReplyView {
    pub id: Uuid,
    pub author: String,
    pub by_staff: bool,
    /// Plain text.
    pub message: String,
    #[schema(required)]
    pub at: Option<DateTime<Utc>>,
}

/// A ticket with its replies, the oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedTicketDetail)]
pub struct TicketDetail {
    #[serde(flatten)]
    #[schema(inline)]
    pub ticket: TicketView,
    pub author: String,
    pub email: String,
    /// Plain text.
    pub message: String,
    pub replies: Vec<ReplyView>,
}

/// Show a ticket from before the cut-over, with its replies
#[utoipa::path(
    get, path = "/v1/accounts/{id}/tickets/{ticketId}", tag = "History", operation_id = "showCarriedTicket",
    params(
        ("id" = AccountId, Path, description = "The account's id"),
        ("ticketId" = Uuid, Path, description = "The ticket's id"),
    ),
    responses(
        (status = 200, body = TicketDetail, description = "The ticket"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account or ticket, or not yours"),
    )
)]
pub async fn show(
    state: State<App>,
    caller: Caller,
    ids: PathOf<(AccountId, Uuid)>,
) -> Result<Json<TicketDetail>, Problem> {
    let (account, id) = ids.0;
    let mut connection = page::moment(&state.0.pool).await?;
    reader::admit(&mut connection, &caller, account).await?;
    let ticket = list::one::<TicketView>(&mut connection, &caller, account, id).await?;
    let ticket = ticket.ok_or_else(|| Problem::not_found("ticket"))?;
    Ok(Json(complete(&mut connection, ticket).await?))
}

async fn complete(connection: &mut PgConnection, ticket: TicketView) -> Result<TicketDetail, sqlx::Error> {
    let more = sqlx::query!("select author, email, message from tickets where id = $1", ticket.id)
        .fetch_one(&mut *connection)
        .await?;
    let replies = sqlx::query_as!(
        ReplyView,
        "select id, author, by_staff, message, at from ticket_replies where ticket_id = $1 order by legacy_id",
        ticket.id
    )
    .fetch_all(connection)
    .await?;
    Ok(TicketDetail { ticket, author: more.author, email: more.email, message: more.message, replies })
}
