//! Credit: what was put on an account, and what was taken from it.

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
use crate::text_enum::text_enum;

text_enum!(
    /// Whether credit came or went.
    CreditKind { Added = "added", Used = "used" }
);

/// A movement of credit.
#[derive(Debug, Clone, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedCredit)]
pub struct CreditView {
    pub id: Uuid,
    pub legacy_id: i64,
    pub kind: CreditKind,
    #[schema(required)]
    pub on_date: Option<NaiveDate>,
    pub description: String,
    /// In the account's currency; negative when it was used.
    #[schema(example = "-4.90")]
    pub amount: String,
}

impl Historic for CreditView {
    const TABLE: &'static str = "credits";
    const COLUMNS: &'static str = "id, legacy_id, case when amount < 0 then 'used' else 'added' end as kind, on_date, \
         description, amount::text as amount";

    fn legacy_id(&self) -> i64 {
        self.legacy_id
    }
}

/// List an account's credit movements from before the cut-over
#[utoipa::path(
    get, path = "/v1/accounts/{id}/credits", tag = "History", operation_id = "listCarriedCredits",
    params(("id" = AccountId, Path, description = "The account's id"), ListHistory),
    responses(
        (status = 200, body = Page<CreditView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account, or not yours"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    id: PathOf<AccountId>,
    query: Query<ListHistory>,
) -> Result<Json<Page<CreditView>>, Problem> {
    list::page(&state.0, &caller, id.0, &query.0).await.map(Json)
}
