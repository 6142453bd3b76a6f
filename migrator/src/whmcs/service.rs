//! One service with everything that says something about it.

use rust_decimal::Decimal;

use super::{CancelRow, UpgradeRow};
use crate::carried::LegacyId;

/// A row of `tblhosting` and the rows that hang on it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServiceBundle {
    pub row: HostingRow,
    /// `None`: the client is gone (trap 17).
    pub client: Option<ServiceClient>,
    /// `tblhostingconfigoptions` with this `relid`, by id.
    pub answers: Vec<AnswerRow>,
    /// `tblcustomfieldsvalues` with this `relid` whose field is of `type = 'product'`, by id.
    pub values: Vec<ValueRow>,
    /// Rows of [`super::MODULE_TABLES`] and of the mapping's own, found by their service column.
    pub modules: Vec<ModuleRow>,
    /// `tblupgrades` with this `relid` and `status = 'Pending'`, of types `package`, `configoptions` and `service`.
    pub upgrades: Vec<UpgradeRow>,
    pub cancels: Vec<CancelRow>,
}

/// What a service needs to know of its client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceClient {
    pub id: LegacyId,
    /// `tblclients.currency`.
    pub currency: LegacyId,
}

/// `tblhosting`. `password` stays behind: root passwords of years ago help nobody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostingRow {
    pub id: LegacyId,
    pub userid: LegacyId,
    pub orderid: LegacyId,
    pub packageid: LegacyId,
    pub server: LegacyId,
    pub regdate: Option<String>,
    pub domain: String,
    pub paymentmethod: String,
    /// Absent before 8.0.
    pub qty: Option<i64>,
    pub firstpaymentamount: Decimal,
    pub amount: Decimal,
    pub billingcycle: String,
    pub nextduedate: Option<String>,
    pub termination_date: Option<String>,
    pub domainstatus: String,
    pub username: String,
    pub notes: String,
    pub subscriptionid: String,
    pub promoid: LegacyId,
    pub suspendreason: String,
    pub dedicatedip: String,
    pub assignedips: String,
}

/// `tblhostingconfigoptions`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerRow {
    pub id: LegacyId,
    pub relid: LegacyId,
    pub configid: LegacyId,
    pub optionid: LegacyId,
    pub qty: i64,
}

/// `tblcustomfieldsvalues`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValueRow {
    pub id: LegacyId,
    pub fieldid: LegacyId,
    pub relid: LegacyId,
    pub value: String,
}

/// A row of a module's own table, every column as text; a NULL is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleRow {
    pub table: String,
    pub columns: Vec<(String, String)>,
}

impl ModuleRow {
    /// The column's text, without spaces around it; `None` where it is NULL, empty or not there.
    pub fn get(&self, column: &str) -> Option<&str> {
        let (_, value) = self.columns.iter().find(|(name, _)| name.eq_ignore_ascii_case(column))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }
}
