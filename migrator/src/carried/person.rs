//! People: accounts (WHMCS clients), users with their logins, and who belongs to whom.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{Legacy, LegacyId};

/// A row of `tblclients`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    pub id: LegacyId,
    /// Never empty, at most 100 characters: the company, else the person, else `Client <id>`.
    pub name: String,
    pub company: String,
    pub first_name: String,
    pub last_name: String,
    /// As it stands in the source, decoded; not checked.
    pub email: String,
    pub phone: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state: String,
    pub postcode: String,
    /// ISO 3166-1 alpha-2; what stood there when it is none.
    pub country: String,
    pub tax_id: String,
    /// ISO 4217 code of `tblcurrencies`.
    pub currency: String,
    /// May be negative.
    pub credit: Decimal,
    /// `Active`, `Inactive`, `Closed`.
    pub status: String,
    pub group: Option<String>,
    pub created_on: Option<NaiveDate>,
    pub notes: String,
    /// Values of its custom fields (`type = 'client'`).
    pub fields: Vec<CustomValue>,
}

/// The value of a custom field that has no column of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomValue {
    pub name: String,
    pub value: String,
}

/// Someone who logs in: a row of `tblusers`, or before 8.0 of `tblclients` and of `tblcontacts` with a password.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct User {
    pub legacy: Legacy,
    /// Lower case, well formed, unique within a run.
    pub email: String,
    pub name: String,
    #[serde(skip)]
    pub password: PasswordHash,
    pub created_at: Option<DateTime<Utc>>,
    pub last_login: Option<DateTime<Utc>>,
    /// It had a second factor, which has to be set up again.
    pub had_second_factor: bool,
}

/// What stood in the password column, by its prefix.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordHash {
    /// `$2a$`, `$2b$`, `$2y$`: kept as it is.
    Bcrypt(String),
    /// `$argon2id$`: kept as it is.
    Argon2id(String),
    /// `md5(salt + password)`: 32 hex digits, and a salt of any characters. Wrapped before it is stored.
    Md5 { digest: String, salt: String },
    /// Empty, or of a scheme that nobody can verify: a link sets a new one.
    None,
}

impl std::fmt::Debug for PasswordHash {
    /// Its kind only: a hash is never printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bcrypt(_) => "Bcrypt",
            Self::Argon2id(_) => "Argon2id",
            Self::Md5 { .. } => "Md5",
            Self::None => "None",
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Owner,
    Member,
}

/// Which user may act for which account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Membership {
    pub account: LegacyId,
    pub user: Legacy,
    pub role: Role,
}

/// A row of `tblcontacts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contact {
    pub id: LegacyId,
    pub account: LegacyId,
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
