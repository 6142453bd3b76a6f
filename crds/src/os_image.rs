//! `OSImage`: an operating system to install, and the cloud-init templates that hold it on each node.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "OSImage",
    plural = "osimages",
    shortname = "osimage",
    category = "slipway",
    derive = "PartialEq",
    doc = "An operating system that servers can be installed from.",
    printcolumn(name = "Name", type_ = "string", json_path = ".spec.displayName"),
    printcolumn(name = "Family", type_ = "string", json_path = ".spec.osFamily"),
    printcolumn(name = "Version", type_ = "string", json_path = ".spec.version"),
    printcolumn(name = "End-Of-Life", type_ = "string", json_path = ".spec.endOfLife"),
    printcolumn(name = "Deprecated", type_ = "boolean", json_path = ".spec.deprecated"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct OSImageSpec {
    /// Name for people.
    #[schemars(length(min = 1, max = 128))]
    pub display_name: String,
    /// As `debian`, `ubuntu`.
    #[schemars(length(min = 1, max = 63))]
    pub os_family: String,
    /// As `13`, `24.04`.
    #[schemars(length(min = 1, max = 63))]
    pub version: String,
    /// `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub end_of_life: Option<String>,
    /// The user that cloud-init makes when a server names none.
    #[schemars(length(min = 1, max = 32))]
    pub default_user: String,
    /// The name that a template must carry on Proxmox.
    #[schemars(length(min = 1, max = 63))]
    pub template_name: String,
    /// The tag that a template must carry on Proxmox.
    #[schemars(length(min = 1, max = 63))]
    pub template_tag: String,
    /// Where the templates are.
    #[schemars(length(max = 256))]
    pub templates: Vec<TemplateLocation>,
    /// Servers keep it, but nobody can choose it any more.
    #[serde(default)]
    pub deprecated: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TemplateLocation {
    /// The ProxmoxSite that has it.
    #[schemars(length(min = 1, max = 63))]
    pub site_ref: String,
    /// The node that has it.
    #[schemars(length(min = 1, max = 63))]
    pub node: String,
    /// The template's number on Proxmox.
    #[schemars(range(min = 100, max = 999_999_999))]
    pub vmid: u32,
}
