//! Who is logged in.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::id::{AccountId, UserId};
use crate::membership::view::Role;
use crate::problem::Problem;

/// The person who is logged in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub staff: bool,
    pub accounts: Vec<MyAccount>,
}
/// An account the person belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MyAccount {
    pub id: AccountId,
    pub name: String,
    pub role: Role,
    /// When it came from another billing system: there is history to read. Null when it was made here.
    #[schema(required)]
    pub carried_over_at: Option<DateTime<Utc>>,
}

/// Show who is logged in and to which accounts they belong
#[utoipa::path(
    get, path = "/v1/me", tag = "Me", operation_id = "showMe",
    responses(
        (status = 200, body = Me, description = "You"),
    )
)]
pub async fn show(state: State<App>, caller: Caller) -> Result<Json<Me>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let user = sqlx::query!(r#"select id as "id: UserId", email, name, staff from users where id = $1"#, caller.user.0)
        .fetch_one(&mut *connection)
        .await?;
    let accounts = sqlx::query_as!(
        MyAccount,
        r#"select a.id as "id: AccountId", a.name, m.role as "role: Role", c.carried_over_at as "carried_over_at?"
           from memberships m join accounts a on a.id = m.account_id
           left join carried_accounts c on c.account_id = a.id where m.user_id = $1 order by a.name, a.id"#,
        caller.user.0
    )
    .fetch_all(&mut *connection)
    .await?;
    Ok(Json(Me { id: user.id, email: user.email, name: user.name, staff: user.staff, accounts }))
}
