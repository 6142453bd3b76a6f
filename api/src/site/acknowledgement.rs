//! What a person has acknowledged at a site, in Postgres, on its way to the site's annotation.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::id::UserId;
use crate::text_enum::text_enum;

text_enum!(
    /// What stops a site until a person says that it is right.
    Acknowledgeable {
        /// Deletions wait, because there were many within an hour.
        Brake = "Brake",
        /// Many machines vanished from the inventory at once.
        InventoryShrank = "InventoryShrank",
        /// The endpoints lead to another cluster than at first contact.
        SiteIdentityChanged = "SiteIdentityChanged",
        /// Another control plane, or a newer state of this one, was at the site.
        StateOlderThanSite = "StateOlderThanSite",
    }
);

/// What was acknowledged, and whether the site knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Acknowledgement)]
pub struct AcknowledgementView {
    pub condition: Acknowledgeable,
    pub at: DateTime<Utc>,
    /// The email of who did it.
    pub by: String,
    /// When Kubernetes took it; null: it is on its way.
    #[schema(required)]
    pub delivered_at: Option<DateTime<Utc>>,
    /// Why it is still on its way.
    #[schema(required)]
    pub message: Option<String>,
}

pub async fn find(connection: &mut PgConnection, site: &str) -> Result<Option<AcknowledgementView>, sqlx::Error> {
    sqlx::query_as!(
        AcknowledgementView,
        r#"select a.condition as "condition: Acknowledgeable", a.at, u.email as by, a.delivered_at, a.message
           from site_acknowledgements a join users u on u.id = a.requested_by where a.site = $1"#,
        site
    )
    .fetch_optional(connection)
    .await
}

/// Takes the place of an earlier one.
pub async fn put(
    connection: &mut PgConnection,
    site: &str,
    condition: Acknowledgeable,
    by: UserId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into site_acknowledgements (site, condition, at, requested_by, not_before) values ($1, $2, $3, $4, $3)
         on conflict (site) do update set condition = excluded.condition, at = excluded.at,
             requested_by = excluded.requested_by, not_before = excluded.not_before, delivered_at = null, message = null",
        site,
        condition.as_str(),
        now,
        by.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// One that is to be delivered.
#[derive(Debug, Clone)]
pub struct Undelivered {
    pub site: String,
    pub condition: Acknowledgeable,
    pub at: DateTime<Utc>,
}

/// Locks one that is due and that no other dispatcher has.
pub async fn claim(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Option<Undelivered>, sqlx::Error> {
    sqlx::query_as!(
        Undelivered,
        r#"select site, condition as "condition: Acknowledgeable", at from site_acknowledgements
           where delivered_at is null and not_before <= $1 order by not_before limit 1 for update skip locked"#,
        now
    )
    .fetch_optional(connection)
    .await
}

pub async fn delivered(connection: &mut PgConnection, site: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update site_acknowledgements set delivered_at = $2, message = null where site = $1", site, now)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps it for a later attempt, and says why.
pub async fn postpone(
    connection: &mut PgConnection,
    site: &str,
    message: &str,
    not_before: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update site_acknowledgements set message = $2, not_before = $3 where site = $1",
        site,
        message,
        not_before
    )
    .execute(connection)
    .await?;
    Ok(())
}
