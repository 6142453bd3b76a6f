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
#[x_kube(
    validation = Rule::new("self == oldSelf").message("an action is immutable: create another one"),
    validation = Rule::new("has(self.snapshot) == (self.verb in ['Snapshot', 'DeleteSnapshot', 'Rollback'])")
        .message("snapshot names the snapshot of a Snapshot, DeleteSnapshot or Rollback, and stands in no other verb").field_path(".snapshot"),
    validation = Rule::new("!(has(self.includeMemory) && self.includeMemory) || self.verb == 'Snapshot'")
        .message("includeMemory stands in a Snapshot only").field_path(".includeMemory"),
    validation = Rule::new("has(self.backup) == (self.verb in ['Restore', 'DeleteBackup'])")
        .message("backup names the backup of a Restore or DeleteBackup, and stands in no other verb").field_path(".backup"),
    validation = Rule::new("has(self.imageRef) == (self.verb == 'Rebuild')")
        .message("imageRef names the image of a Rebuild, and stands in no other verb").field_path(".imageRef"),
    validation = Rule::new("has(self.disk) ? self.verb in ['DestroyDisk', 'Rebuild'] : self.verb != 'DestroyDisk'")
        .message("disk names the detached disk that a DestroyDisk destroys or a Rebuild puts back, and stands in no other verb").field_path(".disk"),
    validation = Rule::new("has(self.node) == (self.verb == 'Migrate')")
        .message("node names where a Migrate goes, and stands in no other verb").field_path(".node"),
    validation = Rule::new("!(self.verb in ['Rebuild', 'Rollback', 'Restore', 'DestroyDisk']) || has(self.serverRef.uid)")
        .message("serverRef.uid is required: this verb replaces data, and must not meet a later server of the same name").field_path(".serverRef"),
)]
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
    /// Snapshot, DeleteSnapshot, Rollback: the snapshot's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 40), regex(pattern = r"^[a-zA-Z][a-zA-Z0-9_-]{1,39}$"))]
    #[x_kube(validation = Rule::new("!(self in ['current', 'pending'])").message("Proxmox VE keeps the names current and pending for itself"))]
    pub snapshot: Option<String>,
    /// Snapshot: the memory of the running guest too. A rollback to it goes on where the guest was.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub include_memory: bool,
    /// Restore, DeleteBackup: the backup's volume, as status.backups names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 255), regex(pattern = r"^[a-zA-Z][a-zA-Z0-9._-]*:[^\s]+$"))]
    pub backup: Option<String>,
    /// Rebuild: the OSImage to install.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub image_ref: Option<String>,
    /// DestroyDisk: the detached disk, as status.detached names it. Rebuild: the one to put back instead of a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub disk: Option<String>,
    /// Migrate: the node to go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"))]
    pub node: Option<String>,
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
    /// Reset the machine at once, as its button would.
    Reset,
    /// Keep the disks (and the memory, with `includeMemory`) as they are now.
    Snapshot,
    /// Forget a snapshot.
    DeleteSnapshot,
    /// Go back to a snapshot. What was written since is lost.
    Rollback,
    /// Copy the disks to the site's backup storage.
    Backup,
    /// Put a backup of this server in place of its disks. What was written since is lost.
    Restore,
    /// Remove a backup of this server.
    DeleteBackup,
    /// Provider only: move it to another node, running if it runs.
    Migrate,
    /// Install another image (or put a detached root disk back). The old root disk stays detached for 24 hours.
    Rebuild,
    /// Destroy a detached disk.
    DestroyDisk,
}

impl Verb {
    pub const ALL: [Self; 14] = [
        Self::Start,
        Self::Shutdown,
        Self::Stop,
        Self::Restart,
        Self::Reset,
        Self::Snapshot,
        Self::DeleteSnapshot,
        Self::Rollback,
        Self::Backup,
        Self::Restore,
        Self::DeleteBackup,
        Self::Migrate,
        Self::Rebuild,
        Self::DestroyDisk,
    ];

    /// Data is replaced or destroyed: it needs `serverRef.uid`, and a site that this control plane is in charge of.
    pub const fn replaces_data(self) -> bool {
        matches!(self, Self::Rebuild | Self::Rollback | Self::Restore | Self::DestroyDisk)
    }
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
