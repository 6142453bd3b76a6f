//! Services: what was sold, as sizes, places and addresses, and which machine it is.

use std::net::IpAddr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{CustomValue, Legacy, LegacyId};

/// A row of `tblhosting` whose product is a virtual server by the mapping.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Service {
    pub id: LegacyId,
    pub account: LegacyId,
    pub product: LegacyId,
    pub product_name: String,
    pub facts: Facts,
    pub billing: Billing,
    pub status: ServiceStatus,
    /// What WHMCS says why it is suspended; empty when it is not.
    pub suspend_reason: String,
    pub link: Link,
    /// Option answers and field values that are kept as text: nothing of Slipway's own is made of them.
    pub kept: Vec<CustomValue>,
    pub notes: String,
    /// Every row it was made of.
    pub sources: Vec<Legacy>,
}

/// What the service is, out of its product, its option answers and its field values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Facts {
    pub plan: Option<String>,
    pub cores: Option<u32>,
    pub memory_mib: Option<u64>,
    pub disk_gib: Option<u64>,
    pub image: Option<String>,
    pub region: Option<String>,
    pub hostname: Option<String>,
    pub ssh_keys: Vec<String>,
    pub addresses: Vec<IpAddr>,
    pub network_mbps: Option<u32>,
    pub traffic_gib: Option<u64>,
    pub backups: Option<u32>,
    pub snapshots: Option<u32>,
    pub site: Option<String>,
    pub node: Option<String>,
    pub vmid: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Billing {
    pub price: Decimal,
    pub first_payment: Decimal,
    /// ISO 4217 code, of the account.
    pub currency: String,
    pub cycle: Cycle,
    /// Never 0.
    pub quantity: u32,
    pub registered_on: Option<NaiveDate>,
    pub next_due: Option<NaiveDate>,
    pub promotion: Option<LegacyId>,
    pub payment_method: String,
    /// The gateway's own number of a recurring payment, to be cancelled there.
    pub subscription: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cycle {
    Free,
    OneTime,
    Monthly,
    Quarterly,
    SemiAnnually,
    Annually,
    Biennially,
    Triennially,
}

/// What becomes of a service, by the mapping of `domainstatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceStatus {
    Active,
    Suspended,
    Pending,
    /// Ended in WHMCS: history, never a server.
    Terminated,
    Cancelled,
    Fraud,
    Completed,
}

/// Which machine the service is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// One machine, which every locator that answered and the inventory agree on.
    Machine {
        site: String,
        node: String,
        vmid: u32,
        /// How its network cards differ from what WHMCS says; told, and not carried over.
        #[serde(skip)]
        other_cards: Option<String>,
    },
    /// Live, but not identified, and why: loaded without a custom resource.
    /// `cause` is one of a few, for counting; `reason` tells it of this service.
    Unlinked { cause: &'static str, reason: String },
    /// Not live: nothing is looked for.
    History,
}
