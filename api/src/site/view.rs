//! A site as staff sees it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::server::view::ConditionView;
use crate::site::acknowledgement::AcknowledgementView;

/// A node of the site's cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SiteNode)]
pub struct NodeView {
    pub name: String,
    pub online: bool,
    /// It gets no new servers.
    pub cordoned: bool,
    pub cores: i64,
    #[serde(rename = "memoryMiB")]
    pub memory_mib: i64,
}

/// A number that was set aside, because Proxmox VE refuses to remove what is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = QuarantinedVmid)]
pub struct QuarantineView {
    pub vmid: i64,
    pub reason: String,
    /// What root types on the node to clean it up.
    pub command: String,
    pub since: DateTime<Utc>,
}

/// A machine that nothing accounts for: a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Orphan)]
pub struct OrphanView {
    pub vmid: i64,
    pub node: String,
    pub name: String,
    /// What it is, and what a person could do.
    pub why: String,
    pub since: DateTime<Utc>,
}

/// What was looked at of the site's setup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = DoctorFinding)]
pub struct DoctorView {
    /// What needs it.
    #[schema(example = "snapshots")]
    pub feature: String,
    pub ok: bool,
    pub message: String,
    /// What a person would type or change; empty when it is fine.
    pub fix: String,
}

/// How much of what destroys machines is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Brakes)]
pub struct BrakesView {
    /// Deletions an hour that are allowed, in percent of the site's servers, and never fewer than 5.
    pub deletions_percent: i64,
    /// When the deletions that count began.
    pub deletions: Vec<DateTime<Utc>>,
    pub sweeps_per_hour: i64,
    pub sweeps: Vec<DateTime<Utc>>,
    /// Since when deletions wait; null: they do not.
    #[schema(required)]
    pub held_since: Option<DateTime<Utc>>,
    /// When a person released the brake last.
    #[schema(required)]
    pub released_at: Option<DateTime<Utc>>,
}

/// The mark that one control plane leaves at the site, so that an older copy of it does not act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Epoch)]
pub struct EpochView {
    pub number: i64,
    pub nonce: String,
}

/// What the mirror keeps of a site beside its catalogue entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Detail {
    pub endpoints: Vec<String>,
    pub version: Option<String>,
    pub cluster_identity: Option<String>,
    pub observed_at: Option<DateTime<Utc>>,
    pub vmid_start: i64,
    pub vmid_end: i64,
    pub next_vmid: Option<i64>,
    pub conditions: Vec<ConditionView>,
    pub nodes: Vec<NodeView>,
    pub quarantine: Vec<QuarantineView>,
    pub orphans: Vec<OrphanView>,
    pub brakes: BrakesView,
    pub doctor: Vec<DoctorView>,
    pub epochs: Vec<EpochView>,
}

/// A site with everything that staff looks after.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SiteDetail)]
pub struct SiteDetailView {
    pub name: String,
    pub display_name: String,
    pub region: String,
    pub ready: bool,
    #[schema(required)]
    pub reason: Option<String>,
    #[schema(required)]
    pub message: Option<String>,
    /// Servers there, deleted ones that are kept included.
    pub servers: i64,
    pub endpoints: Vec<String>,
    /// Of Proxmox VE.
    #[schema(required)]
    pub version: Option<String>,
    /// Which cluster it was at first contact.
    #[schema(required)]
    pub cluster_identity: Option<String>,
    /// When the inventory was read last.
    #[schema(required)]
    pub observed_at: Option<DateTime<Utc>>,
    /// The numbers that new machines get.
    pub vmid_start: i64,
    pub vmid_end: i64,
    #[schema(required)]
    pub next_vmid: Option<i64>,
    pub conditions: Vec<ConditionView>,
    pub nodes: Vec<NodeView>,
    pub quarantine: Vec<QuarantineView>,
    pub orphans: Vec<OrphanView>,
    pub brakes: BrakesView,
    pub doctor: Vec<DoctorView>,
    /// The newest last.
    pub epochs: Vec<EpochView>,
    /// What a person acknowledged last.
    #[schema(required)]
    pub acknowledgement: Option<AcknowledgementView>,
}
