//! Money, orders and tickets: readable history. Nothing is charged or sent because of it.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::LegacyId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Currency {
    pub id: LegacyId,
    /// ISO 4217.
    pub code: String,
    pub prefix: String,
    pub suffix: String,
    pub rate: Decimal,
    pub is_default: bool,
}

/// A row of `tblhostingaddons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Addon {
    pub id: LegacyId,
    pub service: LegacyId,
    pub account: Option<LegacyId>,
    pub name: String,
    pub price: Decimal,
    pub cycle: String,
    pub status: String,
    pub next_due: Option<NaiveDate>,
}

/// A row of `tblservers`: where services were provisioned. Credentials are not carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostServer {
    pub id: LegacyId,
    pub name: String,
    pub hostname: String,
    pub address: String,
    pub module: String,
    pub active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Order {
    pub id: LegacyId,
    pub account: Option<LegacyId>,
    pub number: String,
    pub ordered_at: Option<DateTime<Utc>>,
    pub amount: Decimal,
    pub status: String,
    pub invoice: Option<LegacyId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invoice {
    pub id: LegacyId,
    pub account: Option<LegacyId>,
    /// What people see: `invoicenum`, else the id.
    pub number: String,
    pub currency: String,
    /// As spelled by WHMCS: Draft, Unpaid, Paid, Cancelled, Refunded, Collections, Payment Pending.
    pub status: String,
    pub issued_on: Option<NaiveDate>,
    pub due_on: Option<NaiveDate>,
    pub paid_on: Option<NaiveDate>,
    pub subtotal: Decimal,
    pub credit: Decimal,
    pub tax: Decimal,
    pub tax2: Decimal,
    pub total: Decimal,
    pub payment_method: String,
    /// The client's name and address, frozen at issue; empty when none was.
    pub billed_to: String,
    pub notes: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvoiceLine {
    pub id: LegacyId,
    pub invoice: LegacyId,
    /// `Hosting`, `Addon`, `Invoice` (a mass payment), … as spelled by WHMCS.
    pub kind: String,
    /// The service, addon or invoice that it is about, by `kind`.
    pub about: Option<LegacyId>,
    pub description: String,
    pub amount: Decimal,
    pub taxed: bool,
    /// Start of the billed period.
    pub period_from: Option<NaiveDate>,
}

/// A row of `tblaccounts`: money that came in or went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transaction {
    pub id: LegacyId,
    pub account: Option<LegacyId>,
    pub invoice: Option<LegacyId>,
    pub currency: String,
    pub at: Option<DateTime<Utc>>,
    pub gateway: String,
    pub description: String,
    pub amount_in: Decimal,
    pub amount_out: Decimal,
    pub fees: Decimal,
    pub gateway_id: String,
    /// The transaction that this one refunds.
    pub refund_of: Option<LegacyId>,
}

/// A row of `tblcredit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credit {
    pub id: LegacyId,
    pub account: Option<LegacyId>,
    pub on: Option<NaiveDate>,
    pub description: String,
    pub amount: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ticket {
    pub id: LegacyId,
    /// `None`: of a guest.
    pub account: Option<LegacyId>,
    /// What people see, `ABC-123456`.
    pub number: String,
    pub department: String,
    pub author: String,
    pub email: String,
    pub subject: String,
    pub message: String,
    pub status: String,
    pub priority: String,
    pub opened_at: Option<DateTime<Utc>>,
    pub service: Option<LegacyId>,
    /// The ticket that it was merged into.
    pub merged_into: Option<LegacyId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reply {
    pub id: LegacyId,
    pub ticket: LegacyId,
    pub author: String,
    pub by_staff: bool,
    pub message: String,
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CancelRequest {
    pub id: LegacyId,
    pub service: LegacyId,
    pub at: Option<DateTime<Utc>>,
    pub reason: String,
    /// `Immediate`, or `End of Billing Period`.
    pub kind: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Promotion {
    pub id: LegacyId,
    pub code: String,
    pub kind: String,
    pub value: Decimal,
    pub recurring: bool,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
    pub notes: String,
}

/// A row of `tblnotes`: for staff only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub id: LegacyId,
    pub account: LegacyId,
    pub at: Option<DateTime<Utc>>,
    pub text: String,
}
