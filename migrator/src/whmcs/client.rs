//! One client with the people around it.

use rust_decimal::Decimal;

use super::ValueRow;
use crate::carried::LegacyId;

/// A row of `tblclients` and the rows that hang on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClientBundle {
    pub row: ClientRow,
    pub contacts: Vec<ContactRow>,
    /// `tblusers_clients` of this client; empty before 8.0.
    pub memberships: Vec<MembershipRow>,
    /// `tblcustomfieldsvalues` with this `relid` whose field is of `type = 'client'`.
    pub values: Vec<ValueRow>,
}

/// `tblclients`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClientRow {
    pub id: LegacyId,
    pub firstname: String,
    pub lastname: String,
    pub companyname: String,
    pub email: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state: String,
    pub postcode: String,
    pub country: String,
    pub phonenumber: String,
    /// Absent before 7.7.
    pub tax_id: Option<String>,
    /// The login's hash before 8.0; stale since.
    pub password: String,
    pub currency: LegacyId,
    pub credit: Decimal,
    pub datecreated: Option<String>,
    pub notes: String,
    pub groupid: LegacyId,
    pub status: String,
    pub lastlogin: Option<String>,
    pub created_at: Option<String>,
}

/// `tblusers`, since 8.0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserRow {
    pub id: LegacyId,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub password: String,
    pub second_factor: String,
    pub last_login: Option<String>,
    pub created_at: Option<String>,
}

/// `tblusers_clients`, since 8.0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MembershipRow {
    pub id: LegacyId,
    pub auth_user_id: LegacyId,
    pub client_id: LegacyId,
    pub owner: bool,
}

/// `tblcontacts`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactRow {
    pub id: LegacyId,
    pub userid: LegacyId,
    pub firstname: String,
    pub lastname: String,
    pub companyname: String,
    pub email: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state: String,
    pub postcode: String,
    pub country: String,
    pub phonenumber: String,
    /// It had a login of its own before 8.0.
    pub subaccount: bool,
    pub password: String,
    pub created_at: Option<String>,
}
