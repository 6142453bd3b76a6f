//! `ServerPlan`: a size. Immutable but for `deprecated`: a new size is a new plan. Prices live in the database.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "ServerPlan",
    plural = "serverplans",
    shortname = "plan",
    category = "slipway",
    derive = "PartialEq",
    doc = "A size that servers can have.",
    printcolumn(name = "Cores", type_ = "integer", json_path = ".spec.cores"),
    printcolumn(name = "Memory-MiB", type_ = "integer", json_path = ".spec.memoryMiB"),
    printcolumn(name = "Disk-GiB", type_ = "integer", json_path = ".spec.diskGiB"),
    printcolumn(name = "Mbps", type_ = "integer", json_path = ".spec.networkMbps"),
    printcolumn(name = "Deprecated", type_ = "boolean", json_path = ".spec.deprecated"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.cores == oldSelf.cores && self.memoryMiB == oldSelf.memoryMiB && self.diskGiB == oldSelf.diskGiB && self.maxDiskGiB == oldSelf.maxDiskGiB && (has(self.networkMbps) ? has(oldSelf.networkMbps) && self.networkMbps == oldSelf.networkMbps : !has(oldSelf.networkMbps))")
        .message("a plan's size is immutable: make a new plan and deprecate this one"),
    validation = Rule::new("self.diskGiB <= self.maxDiskGiB").message("maxDiskGiB must not be below diskGiB"),
)]
pub struct ServerPlanSpec {
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub display_name: Option<String>,
    /// A few words for those who choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub description: Option<String>,
    /// Virtual CPU cores.
    #[schemars(range(min = 1, max = 512))]
    pub cores: u32,
    /// Memory in MiB.
    #[serde(rename = "memoryMiB")]
    #[schemars(range(min = 128, max = 16_777_216))]
    pub memory_mib: u32,
    /// Root disk in GiB.
    #[serde(rename = "diskGiB")]
    #[schemars(range(min = 1, max = 131_072))]
    pub disk_gib: u32,
    /// How much disk a tenant's server may have in all, in GiB.
    #[serde(rename = "maxDiskGiB")]
    #[schemars(range(min = 1, max = 131_072))]
    pub max_disk_gib: u32,
    /// Port speed in Mbit/s; none means unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 400_000))]
    pub network_mbps: Option<u32>,
    /// Servers keep it, but nobody can choose it any more.
    #[serde(default)]
    pub deprecated: bool,
}
