//! `Installation`: exactly one object, the random id that every mark of ours carries.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "Installation",
    plural = "installations",
    category = "slipway",
    derive = "PartialEq",
    doc = "This installation's identity on every Proxmox site. Exactly one, named slipway.",
    validation = Rule::new("self.metadata.name == 'slipway'").message("there is exactly one Installation, named slipway"),
    printcolumn(name = "Id", type_ = "string", json_path = ".spec.id"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct InstallationSpec {
    /// 12 random characters of a-z and 0-9. Immutable.
    #[schemars(regex(pattern = r"^[a-z0-9]{12}$"))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("the installation id is immutable: every VM's mark carries it"))]
    pub id: String,
    /// Other installations that share a site with this one, as a person said: VMs in their pools are theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(regex(pattern = r"^[a-z0-9]{12}$")))]
    pub neighbours: Vec<String>,
}
