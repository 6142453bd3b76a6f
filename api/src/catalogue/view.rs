//! What can be ordered, as the REST API shows it. All of it is mirrored from Kubernetes, but for the prices.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

/// What a plan costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Price {
    /// ISO 4217.
    #[schema(example = "EUR")]
    pub currency: String,
    /// For one month, as a decimal number.
    #[schema(example = "4.90")]
    pub monthly: String,
}

/// A size of server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Plan)]
pub struct PlanView {
    pub name: String,
    pub display_name: String,
    #[schema(required)]
    pub description: Option<String>,
    pub cores: i32,
    #[serde(rename = "memoryMiB")]
    pub memory_mib: i32,
    #[serde(rename = "diskGiB")]
    pub disk_gib: i32,
    /// How far the root disk may be grown.
    #[serde(rename = "maxDiskGiB")]
    pub max_disk_gib: i32,
    #[schema(required)]
    pub network_mbps: Option<i32>,
    /// Not for new servers.
    pub deprecated: bool,
    #[schema(required)]
    pub price: Option<Price>,
}

/// An operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Image)]
pub struct ImageView {
    pub name: String,
    pub display_name: String,
    pub os_family: String,
    pub version: String,
    #[schema(required)]
    pub end_of_life: Option<NaiveDate>,
    /// Not for new servers.
    pub deprecated: bool,
    /// The user whose keys and password are set at the first start.
    pub default_user: String,
}

/// A place where servers run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Site)]
pub struct SiteView {
    pub name: String,
    pub display_name: String,
    pub region: String,
    /// What disks can be made on, beside the site's own storage.
    pub storage_classes: Vec<String>,
    pub ready: bool,
    #[schema(required)]
    pub reason: Option<String>,
    /// What is wrong there, for people; shown to staff only, because it may name hosts and other customers' servers.
    #[schema(required)]
    pub message: Option<String>,
}

/// A network that servers can be attached to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Network)]
pub struct NetworkView {
    pub name: String,
    pub display_name: String,
    /// The sites where it exists.
    pub sites: Vec<String>,
}
