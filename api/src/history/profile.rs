//! Who an account was in the billing system that it came from.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json as Jsonb;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::history::reader;
use crate::http::page;
use crate::http::path::PathOf;
use crate::id::AccountId;
use crate::problem::{Problem, ProblemBody};

/// Somebody who may be written to about the account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedContact)]
pub struct ContactView {
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub phone: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state: String,
    pub postcode: String,
    pub country: String,
}

/// A custom field's name and value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = CarriedField)]
pub struct FieldView {
    pub name: String,
    pub value: String,
}

/// What staff wrote about the account.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CarriedNote)]
pub struct NoteView {
    #[schema(required)]
    pub at: Option<DateTime<Utc>>,
    pub text: String,
}

/// What only staff may read of a profile.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedForStaff)]
pub struct ForStaff {
    pub notes: String,
    #[schema(required)]
    pub client_group: Option<String>,
    pub fields: Vec<FieldView>,
    /// The newest first.
    pub account_notes: Vec<NoteView>,
}

/// An account as the billing system knew it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedProfile)]
pub struct ProfileView {
    pub account_id: AccountId,
    /// The client's number there.
    pub legacy_id: i64,
    /// The cut-over; before it, when the last run ended.
    #[schema(required)]
    pub carried_over_at: Option<DateTime<Utc>>,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub email: String,
    pub phone: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state: String,
    pub postcode: String,
    #[schema(example = "DE")]
    pub country: String,
    pub tax_id: String,
    #[schema(example = "EUR")]
    pub currency: String,
    /// May be negative.
    #[schema(example = "12.00")]
    pub credit: String,
    pub status: String,
    #[schema(required)]
    pub customer_since: Option<NaiveDate>,
    pub contacts: Vec<ContactView>,
    /// Null for customers.
    #[schema(required)]
    pub for_staff: Option<ForStaff>,
}

/// Show who an account was before the cut-over, with its contacts
#[utoipa::path(
    get, path = "/v1/accounts/{id}/profile", tag = "History", operation_id = "showCarriedProfile",
    params(("id" = AccountId, Path, description = "The account's id")),
    responses(
        (status = 200, body = ProfileView, description = "The profile"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account, not yours, or not carried over"),
    )
)]
pub async fn show(state: State<App>, caller: Caller, id: PathOf<AccountId>) -> Result<Json<ProfileView>, Problem> {
    let mut connection = page::moment(&state.0.pool).await?;
    reader::admit(&mut connection, &caller, id.0).await?;
    let profile = find(&mut connection, id.0, caller.staff).await?;
    profile.map(Json).ok_or_else(|| Problem::not_found("profile"))
}

async fn find(
    connection: &mut PgConnection,
    account: AccountId,
    staff: bool,
) -> Result<Option<ProfileView>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select p.legacy_id, c.carried_over_at, p.first_name, p.last_name, p.company, p.email, p.phone, p.address1,
                  p.address2, p.city, p.state, p.postcode, p.country, p.tax_id, p.currency, p.credit::text as "credit!",
                  p.status, p.customer_since, p.notes, p.client_group, p.fields as "fields: Jsonb<Vec<FieldView>>"
           from account_profiles p join carried_accounts c on c.account_id = p.account_id where p.account_id = $1"#,
        account.0
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let contacts = contacts(connection, account).await?;
    let for_staff = if staff {
        let account_notes = notes(connection, account).await?;
        Some(ForStaff { notes: row.notes, client_group: row.client_group, fields: row.fields.0, account_notes })
    } else {
        None
    };
    Ok(Some(ProfileView {
        account_id: account,
        legacy_id: row.legacy_id,
        carried_over_at: row.carried_over_at,
        first_name: row.first_name,
        last_name: row.last_name,
        company: row.company,
        email: row.email,
        phone: row.phone,
        address1: row.address1,
        address2: row.address2,
        city: row.city,
        state: row.state,
        postcode: row.postcode,
        country: row.country,
        tax_id: row.tax_id,
        currency: row.currency,
        credit: row.credit,
        status: row.status,
        customer_since: row.customer_since,
        contacts,
        for_staff,
    }))
}

async fn contacts(connection: &mut PgConnection, account: AccountId) -> Result<Vec<ContactView>, sqlx::Error> {
    sqlx::query_as!(
        ContactView,
        "select first_name, last_name, company, email, phone, address1, address2, city, state, postcode, country
         from contacts where account_id = $1 order by legacy_id",
        account.0
    )
    .fetch_all(connection)
    .await
}

async fn notes(connection: &mut PgConnection, account: AccountId) -> Result<Vec<NoteView>, sqlx::Error> {
    sqlx::query_as!(
        NoteView,
        "select at, text from account_notes where account_id = $1 order by legacy_id desc",
        account.0
    )
    .fetch_all(connection)
    .await
}
