//! A server as the REST API shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{AccountId, ServerId};
use crate::operation::view::OperationView;
use crate::server::dns::Dns;
use crate::server::stores::{BackupView, DetachedDiskView, DriftView, SnapshotView};
use crate::text_enum::text_enum;

text_enum!(
    /// Where a server stands, in a word for people.
    Phase {
        Pending = "Pending",
        Provisioning = "Provisioning",
        Running = "Running",
        Stopped = "Stopped",
        Updating = "Updating",
        Suspended = "Suspended",
        Deleting = "Deleting",
        Failed = "Failed",
        /// Carried over without an identified machine: nothing is done for it until a migration run links one.
        Unlinked = "Unlinked",
    }
);

text_enum!(
    /// Whether the machine has power, as the hypervisor last said.
    PowerState { Running = "running", Stopped = "stopped", Unknown = "unknown" }
);

text_enum!(
    /// `Managed`: power changes by actions and by the guest. `Running` and `Stopped` are kept so.
    RunPolicy { Managed = "Managed", Running = "Running", Stopped = "Stopped" }
);

text_enum!(
    /// What deleting the server does to its machine.
    DeletionPolicy {
        /// Kept for the grace period, then destroyed.
        Delete = "Delete",
        /// Kept until somebody decides.
        Retain = "Retain",
    }
);

text_enum!(
    /// What becomes of a change by hand on Proxmox: put back, or only shown.
    DriftPolicy { Correct = "Correct", Report = "Report" }
);

text_enum!(
    /// Who made the server.
    Origin {
        /// The REST API or the dashboard.
        Api = "api",
        /// kubectl, a Git pipeline or another Kubernetes client.
        Kubernetes = "kubernetes",
    }
);

text_enum!(
    /// Kubernetes' three truth values.
    ConditionStatus { True = "True", False = "False", Unknown = "Unknown" }
);

/// One aspect of a state, as Kubernetes conditions say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConditionView {
    #[serde(rename = "type")]
    #[schema(example = "Ready")]
    pub kind: String,
    pub status: ConditionStatus,
    #[schema(example = "Running")]
    pub reason: String,
    pub message: String,
    pub last_transition_time: DateTime<Utc>,
}

/// The server's Kubernetes object was deleted; the machine is kept for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RetainedView {
    /// When the machine will be destroyed; null: kept until somebody decides.
    #[schema(required)]
    pub until: Option<DateTime<Utc>>,
    /// It is being destroyed, or was asked to be: nothing takes it back.
    pub purging: bool,
}

/// A disk of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerDisk)]
pub struct DiskView {
    /// `root` is the one that the system is on.
    pub name: String,
    #[serde(rename = "sizeGiB")]
    pub size_gib: i32,
    /// Null: the site's own storage.
    #[schema(required)]
    pub storage_class: Option<String>,
    /// The machine has it, in this size.
    pub ready: bool,
}

/// A network interface of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ServerInterface)]
pub struct InterfaceView {
    pub name: String,
    /// Null until it is known: the site's default.
    #[schema(required)]
    pub network: Option<String>,
    /// Null: the machine does not have it yet.
    #[schema(required)]
    pub mac: Option<String>,
    pub addresses: Vec<String>,
}

/// The provider keeps the server off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuspendedView {
    /// Why.
    pub reason: String,
}

/// A server: what is wished and what is known.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "they are facts of their own")]
#[serde(rename_all = "camelCase")]
#[schema(as = Server)]
pub struct ServerView {
    pub id: ServerId,
    /// The host name, unique in its account.
    pub name: String,
    /// Null when the server's namespace belongs to no account; only staff see such servers.
    #[schema(required)]
    pub account_id: Option<AccountId>,
    #[schema(required)]
    pub account_name: Option<String>,
    pub origin: Origin,
    /// The Kubernetes namespace.
    pub namespace: String,
    /// The name of the `VirtualServer` object.
    pub object_name: String,
    pub site: String,
    #[schema(required)]
    pub region: Option<String>,
    /// The plan's name; empty when the provider set the resources one by one.
    pub plan: String,
    /// What is installed; empty when that is not known, as of an adopted VM.
    pub image: String,
    /// The first network; null: the site's default.
    #[schema(required)]
    pub network: Option<String>,
    pub cores: i32,
    #[serde(rename = "memoryMiB")]
    pub memory_mib: i32,
    #[serde(rename = "diskGiB")]
    pub disk_gib: i32,
    pub addresses: Vec<String>,
    pub phase: Phase,
    pub power_state: PowerState,
    /// Nothing is left to do.
    pub ready: bool,
    /// Why it is not ready, in one word.
    #[schema(required)]
    pub reason: Option<String>,
    /// Why it is not ready and what comes next, for people.
    #[schema(required)]
    pub message: Option<String>,
    /// A change waits for the next restart.
    pub restart_required: bool,
    /// Empty in lists.
    pub conditions: Vec<ConditionView>,
    /// The root disk first; empty in lists.
    pub disks: Vec<DiskView>,
    /// Empty in lists.
    pub networks: Vec<InterfaceView>,
    /// The oldest first; empty in lists.
    pub snapshots: Vec<SnapshotView>,
    /// The oldest first; empty in lists.
    pub backups: Vec<BackupView>,
    /// Empty in lists.
    pub detached_disks: Vec<DetachedDiskView>,
    /// What differs on Proxmox; shown to staff only, empty in lists.
    pub drift: Vec<DriftView>,
    pub run_policy: RunPolicy,
    pub deletion_protection: bool,
    pub deletion_policy: DeletionPolicy,
    pub deletion_grace_period_hours: i32,
    pub drift_policy: DriftPolicy,
    pub dns: Dns,
    /// Of a size outside the plans, in Mbit/s; null: the plan's, or unlimited.
    #[schema(required)]
    pub network_mbps: Option<i32>,
    /// The node that staff wants it created on; shown to staff only.
    #[schema(required)]
    pub wanted_node: Option<String>,
    /// Servers of the account in the same group are made on different nodes.
    #[schema(required)]
    pub anti_affinity_group: Option<String>,
    /// No step is taken, by the provider's wish.
    pub paused: bool,
    #[schema(required)]
    pub suspended: Option<SuspendedView>,
    /// The number on Proxmox; shown to staff only.
    #[schema(required)]
    pub vmid: Option<i32>,
    /// The Proxmox node; shown to staff only.
    #[schema(required)]
    pub node: Option<String>,
    /// Field managers of Git that hold some of it: change that in Git. Empty in lists.
    pub git_managers: Vec<String>,
    #[schema(required)]
    pub retained: Option<RetainedView>,
    /// It was deleted and its machine is not kept: nothing is left but its history.
    pub gone: bool,
    /// The newest unfinished operation, or the last failed one when nothing came after it.
    #[schema(required)]
    pub operation: Option<OperationView>,
    /// Counts the versions of the desired state.
    pub revision: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The answer to an accepted change: nothing has happened yet, follow the operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    pub operation: OperationView,
    pub server: ServerView,
}
