//! Listing the people in an account.

use axum::Json;
use axum::extract::State;

use crate::account;
use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::page::Items;
use crate::http::path::PathOf;
use crate::id::AccountId;
use crate::membership::store;
use crate::membership::view::MembershipView;
use crate::problem::{Problem, ProblemBody};

/// List the people in an account
#[utoipa::path(
    get, path = "/v1/accounts/{id}/memberships", tag = "Staff", operation_id = "listMemberships",
    params(("id" = AccountId, Path, description = "The account's id")),
    responses(
        (status = 200, body = Items<MembershipView>, description = "All of them, by email"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn list(
    state: State<App>,
    _staff: Staff,
    id: PathOf<AccountId>,
) -> Result<Json<Items<MembershipView>>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    account::store::find(&mut connection, id.0).await?.ok_or_else(|| Problem::not_found("account"))?;
    Ok(Json(Items { items: store::list(&mut connection, id.0).await? }))
}
