//! An account as the REST API shows it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::id::AccountId;

/// An account: one customer with its own Kubernetes namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub struct AccountView {
    pub id: AccountId,
    pub name: String,
    /// The name in lower case letters, digits and dashes; fixed when the account was made.
    pub slug: String,
    /// The Kubernetes namespace; it is made with the account's first server.
    pub namespace: String,
    pub created_at: DateTime<Utc>,
    pub server_count: i64,
    pub member_count: i64,
    /// When it came from another billing system: there is history to read. Null when it was made here.
    #[schema(required)]
    pub carried_over_at: Option<DateTime<Utc>>,
}
