//! What a run carries over, decoded and structured: plain data between the transformation, which makes it, and the target,
//! which stores it.

mod archive;
mod person;
mod service;

pub use archive::{
    Addon, CancelRequest, Credit, Currency, HostServer, Invoice, InvoiceLine, Note, Order, Promotion, Reply, Ticket,
    Transaction,
};
pub use person::{Account, Contact, CustomValue, Membership, PasswordHash, Role, User};
pub use service::{Billing, Cycle, Facts, Link, Service, ServiceStatus};

/// A row's number in its WHMCS table.
pub type LegacyId = i64;

/// A table of WHMCS and the row's number in it: what a record is known by in every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Legacy {
    pub table: &'static str,
    pub id: LegacyId,
}
