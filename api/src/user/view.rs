//! A user as the REST API shows them to staff.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::id::UserId;

/// A person who can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserView {
    pub id: UserId,
    pub email: String,
    pub name: String,
    /// Works for the provider and sees every account.
    pub staff: bool,
    /// Cannot log in.
    pub disabled: bool,
    pub has_password: bool,
    pub created_at: DateTime<Utc>,
}
