//! `RetainedServer` `<site>.<vmid>`: a VM whose `VirtualServer` was deleted. Without such a record nothing is ever destroyed.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    Resources, Suspended, VirtualServerSpec,
    virtual_server_status::{Original, TaskStatus},
};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "RetainedServer",
    plural = "retainedservers",
    shortname = "retained",
    category = "slipway",
    status = "RetainedServerStatus",
    derive = "PartialEq",
    selectable = ".spec.siteRef",
    selectable = ".spec.uid",
    doc = "A VM whose VirtualServer was deleted: kept until a time, or until a person says.",
    validation = Rule::new("self.metadata.name.startsWith(self.spec.siteRef + '.') && self.metadata.name.matches('[.][1-9][0-9]+$') && int(self.metadata.name.substring(size(self.spec.siteRef) + 1)) == self.spec.vmid")
        .message("metadata.name must be <siteRef>.<vmid>"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Namespace", type_ = "string", json_path = ".spec.namespace"),
    printcolumn(name = "Server", type_ = "string", json_path = ".spec.name"),
    printcolumn(name = "Until", type_ = "string", json_path = ".spec.until"),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!(has(self.giveBack) && has(self.until))")
    .message("a VM that is given back is never destroyed").field_path(".until"))]
pub struct RetainedServerSpec {
    /// The ProxmoxSite that the VM is on.
    #[schemars(length(min = 1, max = 63))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("siteRef is immutable"))]
    pub site_ref: String,
    /// The VM's number on Proxmox.
    #[schemars(range(min = 100, max = 999_999_999))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("vmid is immutable"))]
    pub vmid: u32,
    /// Where the VirtualServer stood.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// That namespace's uid: one made again under the same name is another.
    #[schemars(length(max = 64))]
    pub namespace_uid: String,
    /// The VirtualServer's name.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The VirtualServer's uid: what the VM's mark must carry.
    #[schemars(length(min = 1, max = 64))]
    pub uid: String,
    /// The uid of the VirtualServer that the VM was first made for.
    #[schemars(length(min = 1, max = 64))]
    pub born: String,
    /// When the VM is destroyed; none means a person decides. Set it to now to purge early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Address claims that are held until the VM is proven absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub claims: Vec<String>,
    /// The server's id in the database, as its label said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub server_id: Option<String>,
    /// The host name, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub hostname: Option<String>,
    /// The id of the request that deleted the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub request_id: Option<String>,
    /// The node that the VM was last on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub node: Option<String>,
    /// What only the provider may set: it comes back with the server.
    #[serde(default, skip_serializing_if = "ProviderValues::is_empty")]
    pub provider_values: ProviderValues,
    /// A rollback or restore was under way when the VirtualServer was deleted: the VM may carry no mark, or an older one of
    /// the same origin, and gets this server's back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reown: bool,
    /// Suspended when it was adopted: what runs is not stopped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spares: bool,
    /// Its backups, as they were last listed: they stay on the storage when the VM is gone, until a person removes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 255)))]
    pub backups: Vec<String>,
    /// The task that ran when the VirtualServer was deleted: until it has ended, a VM that is not there may yet appear.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskStatus>,
    /// The VM was adopted, and becomes what it was before; then the record goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give_back: Option<GiveBack>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct GiveBack {
    /// None where nobody knows any more: then protection, tags and `onboot` stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
}

/// The values of a server that only the provider may set.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct ProviderValues {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspended>,
    /// `paused`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// `placement.node`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub node: Option<String>,
    /// Interface name → its static IPv4 address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 8))]
    pub addresses: BTreeMap<String, String>,
    /// Interface name → its static IPv6 address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 8))]
    pub addresses6: BTreeMap<String, String>,
}

impl ProviderValues {
    /// Whether the provider had set nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the provider set in a spec.
    pub fn of(spec: &VirtualServerSpec) -> Self {
        Self {
            resources: spec.resources.clone(),
            suspended: spec.suspended.clone(),
            paused: spec.paused,
            node: spec.placement.as_ref().and_then(|p| p.node.clone()),
            addresses: spec.networks.iter().filter_map(|n| Some((n.name.clone(), n.address.clone()?))).collect(),
            addresses6: spec.networks.iter().filter_map(|n| Some((n.name.clone(), n.address6.clone()?))).collect(),
        }
    }
}

impl RetainedServer {
    /// The status, which begins with what the VirtualServer handed over.
    pub fn status_or_inherited(&self) -> RetainedServerStatus {
        self.status.clone().unwrap_or_else(|| RetainedServerStatus {
            node: self.spec.node.clone(),
            task: self.spec.task.clone(),
            ..RetainedServerStatus::default()
        })
    }
}

/// Moves by compare-and-swap only: `Retained → Purging | Taken`.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RetainedPhase {
    #[default]
    Retained,
    /// Only now may the fence run.
    Purging,
    /// Undone: another VirtualServer owns the VM again.
    Taken,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct RetainedServerStatus {
    pub phase: RetainedPhase,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskStatus>,
    /// Who took it: the uid of the VirtualServer that owns the VM again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// Since when the VM cannot be judged, or is locked, by nothing that is known to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck_since: Option<Time>,
    /// Counted by the site's brake on deletions: once, before anything is done to the VM.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub counted: bool,
    /// The mark of a VM that is given back is being taken off: without it, the VM is still this record's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unmarking: bool,
}
