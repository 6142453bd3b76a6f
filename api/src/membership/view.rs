//! A membership as the REST API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::id::UserId;
use crate::text_enum::text_enum;

text_enum!(
    /// What a person is in an account.
    Role { Owner = "owner", Member = "member" }
);

/// A person in an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Membership)]
pub struct MembershipView {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
}
