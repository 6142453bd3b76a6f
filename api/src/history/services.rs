//! What was sold, with its contract.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::{FromRow, PgConnection};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::history::list::{self, Historic, ListHistory};
use crate::http::page::{self, Page};
use crate::http::path::PathOf;
use crate::http::query::Query;
use crate::id::{AccountId, ServerId};
use crate::problem::{Problem, ProblemBody};
use crate::text_enum::text_enum;

text_enum!(
    /// Where a service stood.
    ServiceStatus {
        Active = "active",
        Suspended = "suspended",
        Pending = "pending",
        Terminated = "terminated",
        Cancelled = "cancelled",
        Fraud = "fraud",
        Completed = "completed",
    }
);

text_enum!(
    /// How often a service was billed.
    BillingCycle {
        Free = "free",
        OneTime = "one-time",
        Monthly = "monthly",
        Quarterly = "quarterly",
        SemiAnnually = "semi-annually",
        Annually = "annually",
        Biennially = "biennially",
        Triennially = "triennially",
    }
);

/// Something that was sold beside a service.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedAddon)]
pub struct AddonView {
    pub name: String,
    pub price: String,
    /// As the billing system spelled it, like the status.
    pub cycle: String,
    pub status: String,
    #[schema(required)]
    pub next_due: Option<NaiveDate>,
}

/// That somebody asked for the service's end.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedCancellation)]
pub struct CancellationView {
    #[schema(required)]
    pub at: Option<DateTime<Utc>>,
    pub reason: String,
    /// As the billing system spelled it.
    #[schema(example = "End of Billing Period")]
    pub kind: String,
}

/// A service: the machine as it was sold, and its contract. Amounts are decimal numbers in its currency.
#[derive(Debug, Clone, Serialize, FromRow, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CarriedService)]
pub struct ServiceView {
    pub id: Uuid,
    pub legacy_id: i64,
    pub product: String,
    pub status: ServiceStatus,
    /// Empty when it was not suspended.
    pub suspend_reason: String,
    #[schema(required)]
    pub hostname: Option<String>,
    #[schema(required)]
    pub plan: Option<String>,
    #[schema(required)]
    pub cores: Option<i32>,
    #[serde(rename = "memoryMiB")]
    #[schema(required)]
    pub memory_mib: Option<i32>,
    #[serde(rename = "diskGiB")]
    #[schema(required)]
    pub disk_gib: Option<i32>,
    #[schema(required)]
    pub image: Option<String>,
    #[schema(required)]
    pub region: Option<String>,
    pub addresses: Vec<String>,
    /// For one period, without addons and tax.
    #[schema(example = "24.90")]
    pub price: String,
    #[schema(example = "EUR")]
    pub currency: String,
    pub cycle: BillingCycle,
    pub quantity: i32,
    #[schema(required)]
    pub registered_on: Option<NaiveDate>,
    #[schema(required)]
    pub next_due: Option<NaiveDate>,
    pub payment_method: String,
    /// The server that it became; for customers only one that has a machine.
    #[schema(required)]
    pub server_id: Option<ServerId>,
    /// Why no machine was linked to the server; for staff only.
    #[schema(required)]
    pub unlinked_reason: Option<String>,
    /// For staff only.
    #[schema(required)]
    pub notes: Option<String>,
    #[sqlx(skip)]
    pub addons: Vec<AddonView>,
    #[sqlx(skip)]
    pub cancellations: Vec<CancellationView>,
    #[serde(skip)]
    unlinked: bool,
}

impl Historic for ServiceView {
    const TABLE: &'static str = "services";
    const COLUMNS: &'static str =
        "id, legacy_id, product_name as product, status, suspend_reason, hostname, plan, cores, memory_mib,
         disk_gib, image, region, addresses, price::text as price, currency, cycle, quantity, registered_on, next_due,
         payment_method, server_id, unlinked_reason, notes,
         exists (select from servers s where s.id = services.server_id and s.phase = 'Unlinked') as unlinked";

    fn legacy_id(&self) -> i64 {
        self.legacy_id
    }

    fn for_customer(self) -> Self {
        let server_id = self.server_id.filter(|_| !self.unlinked);
        Self { server_id, unlinked_reason: None, notes: None, ..self }
    }
}

/// List an account's services as they were sold before the cut-over
#[utoipa::path(
    get, path = "/v1/accounts/{id}/services", tag = "History", operation_id = "listCarriedServices",
    params(("id" = AccountId, Path, description = "The account's id"), ListHistory),
    responses(
        (status = 200, body = Page<ServiceView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such account, or not yours"),
    )
)]
pub async fn list(
    state: State<App>,
    caller: Caller,
    id: PathOf<AccountId>,
    query: Query<ListHistory>,
) -> Result<Json<Page<ServiceView>>, Problem> {
    let mut connection = page::moment(&state.0.pool).await?;
    let mut page: Page<ServiceView> = list::read(&mut connection, &caller, id.0, &query.0).await?;
    complete(&mut connection, &mut page.items).await?;
    Ok(Json(page))
}

/// Adds addons and cancellations to a page of services.
async fn complete(connection: &mut PgConnection, services: &mut [ServiceView]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = services.iter().map(|service| service.id).collect();
    let mut addons: HashMap<Uuid, Vec<AddonView>> = HashMap::new();
    let found = sqlx::query!(
        r#"select service_id as "service_id!", name, price::text as "price!", cycle, status, next_due
           from service_addons where service_id = any($1) order by service_id, legacy_id"#,
        &ids
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in found {
        let addon = AddonView {
            name: row.name,
            price: row.price,
            cycle: row.cycle,
            status: row.status,
            next_due: row.next_due,
        };
        addons.entry(row.service_id).or_default().push(addon);
    }
    let mut cancellations: HashMap<Uuid, Vec<CancellationView>> = HashMap::new();
    let found = sqlx::query!(
        r#"select service_id as "service_id!", at, reason, kind
           from cancel_requests where service_id = any($1) order by service_id, legacy_id"#,
        &ids
    )
    .fetch_all(connection)
    .await?;
    for row in found {
        let cancellation = CancellationView { at: row.at, reason: row.reason, kind: row.kind };
        cancellations.entry(row.service_id).or_default().push(cancellation);
    }
    for service in services {
        service.addons = addons.remove(&service.id).unwrap_or_default();
        service.cancellations = cancellations.remove(&service.id).unwrap_or_default();
    }
    Ok(())
}
