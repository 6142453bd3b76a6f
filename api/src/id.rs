//! Typed ids: a server's id cannot be passed where an account's is wanted. All are UUID v7, so they sort by age.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl $name {
            /// The last eight hex digits: the random end of a UUID v7, short enough for an object's name.
            pub fn suffix(self) -> String {
                let hex = self.0.simple().to_string();
                hex[hex.len() - 8..].to_owned()
            }
        }
    };
}

typed_id!(
    /// An account: one customer, one Kubernetes namespace.
    AccountId
);
typed_id!(
    /// A person who can log in.
    UserId
);
typed_id!(
    /// A server, whichever side made it.
    ServerId
);
typed_id!(
    /// One request to change something, and what became of it.
    OperationId
);
typed_id!(
    /// A login: the family of refresh tokens that descend from one password check.
    SessionId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_is_the_random_end_of_the_id() {
        let id: ServerId = "0197a3c2-7c5e-7d31-9e4f-0a1b2c3d4e5f".parse().unwrap();
        assert_eq!(id.suffix(), "2c3d4e5f");
    }
}
