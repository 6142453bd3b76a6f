//! `VirtualServerAction`: a verb, once. It runs inside its server's reconcile and ends in a phase of its own.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "VirtualServerAction",
    plural = "virtualserveractions",
    shortname = "vpsaction",
    category = "slipway",
    namespaced,
    status = "ActionStatus",
    derive = "PartialEq",
    selectable = ".spec.serverRef.name",
    doc = "A verb on a VirtualServer, carried out once or not at all.",
    printcolumn(name = "Server", type_ = "string", json_path = ".spec.serverRef.name"),
    printcolumn(name = "Verb", type_ = "string", json_path = ".spec.verb"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason"),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.message", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self == oldSelf").message("an action is immutable: create another one"))]
pub struct VirtualServerActionSpec {
    /// The server that it is for, in this namespace.
    pub server_ref: ServerRef,
    /// What to do, once.
    pub verb: Verb,
    /// Runs only once the server's generation has reached this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub after_generation: Option<i64>,
    /// Order among the actions of one server; ties go by creation time, then name.
    #[serde(default)]
    #[schemars(range(min = 0))]
    pub sequence: i64,
    /// Absolute; at most 24 hours after creation. A copy kept in Git expires instead of repeating.
    #[schemars(extend("pattern" = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$", "maxLength" = 40))]
    pub not_after: Time,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ServerRef {
    /// The VirtualServer's name.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// When set, only the server with this uid is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub uid: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Power on.
    Start,
    /// Ask the guest to power off; fails when it does not.
    Shutdown,
    /// Cut the power; overrules a running Shutdown.
    Stop,
    /// Shut the guest down and start it again, which also applies changes that wait for a restart.
    Restart,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ActionPhase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    Expired,
    Refused,
    OutcomeUnknown,
}

impl ActionPhase {
    /// Whether it will never change again.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct ActionStatus {
    pub phase: ActionPhase,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub message: Option<String>,
    /// Written before the call: from here on the verb may have been carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The newest task of ours of that VMID and type just before the call; only a newer one can be this action's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_upid_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upid: Option<String>,
}
