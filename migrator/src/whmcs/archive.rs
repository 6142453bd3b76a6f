//! Rows of money, orders and tickets.

use rust_decimal::Decimal;

use crate::carried::LegacyId;

/// `tblorders`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderRow {
    pub id: LegacyId,
    pub ordernum: String,
    pub userid: LegacyId,
    pub date: Option<String>,
    pub amount: Decimal,
    pub status: String,
    pub invoiceid: LegacyId,
}

/// `tblhostingaddons`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddonRow {
    pub id: LegacyId,
    pub hostingid: LegacyId,
    /// 0 for a custom addon, which has its own `name`.
    pub addonid: LegacyId,
    pub userid: LegacyId,
    pub name: String,
    pub qty: Option<i64>,
    pub recurring: Decimal,
    pub billingcycle: String,
    pub status: String,
    pub nextduedate: Option<String>,
}

/// `tblupgrades`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpgradeRow {
    pub id: LegacyId,
    pub relid: LegacyId,
    /// `service`, `addon`, `package`, `configoptions`.
    pub kind: String,
    pub date: Option<String>,
    pub status: String,
    pub paid: bool,
}

/// `tblcancelrequests`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancelRow {
    pub id: LegacyId,
    pub relid: LegacyId,
    pub date: Option<String>,
    pub reason: String,
    pub kind: String,
}

/// `tblinvoices`, with `mod_invoicedata.clientsdetails` where there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceRow {
    pub id: LegacyId,
    pub userid: LegacyId,
    /// `tblclients.currency`; `None` when the client is gone.
    pub currency: Option<LegacyId>,
    pub invoicenum: String,
    pub date: Option<String>,
    pub duedate: Option<String>,
    pub datepaid: Option<String>,
    pub subtotal: Decimal,
    pub credit: Decimal,
    pub tax: Decimal,
    pub tax2: Decimal,
    pub total: Decimal,
    pub status: String,
    pub paymentmethod: String,
    pub notes: String,
    pub clientsdetails: Option<String>,
}

/// `tblinvoiceitems`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceItemRow {
    pub id: LegacyId,
    pub invoiceid: LegacyId,
    pub kind: String,
    pub relid: LegacyId,
    pub description: String,
    pub amount: Decimal,
    pub taxed: bool,
    pub duedate: Option<String>,
}

/// `tblaccounts`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransactionRow {
    pub id: LegacyId,
    pub userid: LegacyId,
    /// 0 when a client is linked.
    pub currency: LegacyId,
    /// `tblclients.currency`; `None` when there is no such client.
    pub client_currency: Option<LegacyId>,
    pub gateway: String,
    pub date: Option<String>,
    pub description: String,
    pub amountin: Decimal,
    pub fees: Decimal,
    pub amountout: Decimal,
    pub transid: String,
    pub invoiceid: LegacyId,
    pub refundid: LegacyId,
}

/// `tblcredit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreditRow {
    pub id: LegacyId,
    pub clientid: LegacyId,
    pub date: Option<String>,
    pub description: String,
    pub amount: Decimal,
}

/// `tbltickets`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketRow {
    pub id: LegacyId,
    pub tid: Option<String>,
    pub did: LegacyId,
    pub userid: LegacyId,
    pub name: String,
    pub email: String,
    pub date: Option<String>,
    pub title: String,
    pub message: String,
    pub status: String,
    pub urgency: String,
    /// The staff member who opened it.
    pub admin: String,
    /// `S123` for a service.
    pub service: String,
    pub merged_ticket_id: Option<LegacyId>,
}

/// `tblticketreplies`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyRow {
    pub id: LegacyId,
    pub tid: LegacyId,
    pub name: String,
    pub email: String,
    pub date: Option<String>,
    pub message: String,
    pub admin: String,
}

/// `tblpromotions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PromotionRow {
    pub id: LegacyId,
    pub code: String,
    pub kind: String,
    pub recurring: bool,
    pub value: Decimal,
    pub startdate: Option<String>,
    pub expirationdate: Option<String>,
    pub notes: String,
}

/// `tblnotes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoteRow {
    pub id: LegacyId,
    pub userid: LegacyId,
    pub created: Option<String>,
    pub note: String,
}
