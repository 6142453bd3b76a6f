//! What was observed of a `VirtualServer`, and what was last applied to it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, MicroTime, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ByName;

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct VirtualServerStatus {
    /// The generation that this status is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// One word for people; machines read the conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<ServerPhase>,
    /// The number on Proxmox, taken before the clone call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vmid: Option<u32>,
    /// The node it was last seen on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Evidence, not a gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smbios_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power_state: Option<PowerState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub addresses: Vec<String>,
    /// Disk name → where it is on the VM.
    #[serde(skip_serializing_if = "ByName::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub disks: ByName<DiskStatus>,
    /// Interface name → where it is on the VM.
    #[serde(skip_serializing_if = "ByName::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    pub networks: ByName<NetworkStatus>,
    /// The resolved wish as last applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<Applied>,
    /// The Proxmox task of ours that runs now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskStatus>,
    /// The last wish about power under runPolicy Managed: what `onboot` keeps on Proxmox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub power_wish: Option<PowerState>,
    /// The uid that the VM was first made for, when it was another's: it was taken back, or re-homed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub born: Option<String>,
    /// What the adopted VM was before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
    /// Whose mark the VM still carries that was taken back; none once it carries this server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<TakenFrom>,
    /// What a suspension interrupted, or a start that did not succeed after other data was put in the VM's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspension: Option<SuspensionStatus>,
    /// Since when the VM has been locked, or could not be judged, by nothing that is known to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stuck_since: Option<Time>,
    /// The steps that are left, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub plan: Vec<PlannedStep>,
    /// What differs on Proxmox from what was applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub drift: Vec<Drift>,
    /// Its snapshots, the oldest first. Its addresses stay claimed while there is one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub snapshots: Vec<SnapshotStatus>,
    /// Its backups, the oldest first: those whose notes say that they are of this server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["volid"]))]
    pub backups: Vec<BackupStatus>,
    /// Disks that are its own and plugged in nowhere: taken out of spec, or replaced by a rebuild.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub detached: Vec<DetachedDisk>,
    /// A rollback, restore or rebuild is under way: the VM may carry older names and addresses until they are put back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reown: Option<Reown>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotStatus {
    #[schemars(length(max = 40))]
    pub name: String,
    pub created_at: Time,
    /// A rollback to it goes on where the guest was.
    #[serde(default)]
    pub includes_memory: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct BackupStatus {
    /// The volume on Proxmox: what a Restore names.
    #[schemars(length(max = 255))]
    pub volid: String,
    pub created_at: Time,
    /// As it is stored, compressed.
    #[serde(default)]
    pub size_bytes: u64,
    /// It is not pruned, and cannot be deleted.
    #[serde(default)]
    pub protected: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct DetachedDisk {
    /// What a DestroyDisk names.
    #[schemars(length(max = 63))]
    pub name: String,
    #[schemars(length(max = 255))]
    pub volid: String,
    /// As `unused0`.
    #[schemars(length(max = 16))]
    pub slot: String,
    /// As it was last applied; none where nobody knows.
    #[serde(default, rename = "sizeGiB", skip_serializing_if = "Option::is_none")]
    pub size_gib: Option<u32>,
    pub since: Time,
    /// Destroyed then; kept until a person decides when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
}

/// While it stands, the mark may be written over one that a rollback or restore brought back.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Reown {
    /// The action that it is part of.
    #[schemars(length(max = 253))]
    pub action: String,
    pub kind: ReownKind,
    pub since: Time,
    /// What the mark said of the VM's origin: nothing else may be written over.
    #[schemars(length(max = 64))]
    pub born: String,
    /// It ran before, and is started again afterwards.
    #[serde(default)]
    pub was_running: bool,
    /// The image that a rebuild installs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub image: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReownKind {
    Rollback,
    Restore,
    Rebuild,
}

impl ReownKind {
    /// Whether it can bring back an older mark, or none.
    pub const fn brings_back(self) -> bool {
        matches!(self, Self::Rollback | Self::Restore)
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerPhase {
    Pending,
    Provisioning,
    Running,
    Stopped,
    Updating,
    Suspended,
    Deleting,
    Failed,
}

impl ServerPhase {
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Provisioning,
        Self::Running,
        Self::Stopped,
        Self::Updating,
        Self::Suspended,
        Self::Deleting,
        Self::Failed,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Provisioning => "Provisioning",
            Self::Running => "Running",
            Self::Stopped => "Stopped",
            Self::Updating => "Updating",
            Self::Suspended => "Suspended",
            Self::Deleting => "Deleting",
            Self::Failed => "Failed",
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
pub enum PowerState {
    Running,
    Stopped,
    Paused,
    Unknown,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DiskStatus {
    /// The slot on the VM, as `scsi0`.
    pub slot: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", rename = "sizeGiB")]
    pub size_gib: Option<u32>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct NetworkStatus {
    /// The slot on the VM, as `net0`.
    pub slot: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub addresses: Vec<String>,
    /// The Network that it is plugged into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 63))]
    pub network: Option<String>,
    /// The only addresses that Proxmox lets the guest send from; none until its filter was seen in place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub filter: Vec<String>,
}

/// The resolved wish: no references left, so that a later change of a plan or pool is not taken for a wish.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    pub name: String,
    pub cores: u32,
    #[serde(rename = "memoryMiB")]
    pub memory_mib: u32,
    /// What was installed; empty when nobody knows, as of an adopted VM.
    pub image: String,
    pub on_boot: bool,
    #[serde(default)]
    pub nameservers: Vec<String>,
    /// `spec.dns` named them; else they are what the pool named when the server was made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nameservers_wished: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_domain: Option<String>,
    #[serde(default)]
    #[schemars(extend("maxProperties" = 32))]
    pub disks: ByName<AppliedDisk>,
    #[serde(default)]
    #[schemars(extend("maxProperties" = 32))]
    pub networks: ByName<AppliedNetwork>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// SHA-256 (hex) over the SSH keys as sent.
    pub ssh_keys_hash: String,
    /// SHA-256 (hex) over the password Secret's value; Proxmox answers passwords as `**********`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct AppliedDisk {
    #[serde(rename = "sizeGiB")]
    pub size_gib: u32,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct AppliedNetwork {
    /// The Network's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub network: String,
    pub bridge: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<u16>,
    /// Mbit/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_mbps: Option<u32>,
    /// `ip=<cidr>,gw=<address>,ip6=<cidr>,gw6=<address>` as Proxmox writes it.
    pub ip_config: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TaskStatus {
    /// Empty from just before the call until its answer: after a crash, the call may or may not have been made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upid: Option<String>,
    /// What the task does.
    pub kind: TaskKind,
    /// The node that the call went to.
    pub node: String,
    /// To the microsecond: how long tasks of a kind take says when the next look is worth its call.
    pub started_at: MicroTime,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskKind {
    Clone,
    /// A volume for a new disk.
    Attach,
    Resize,
    Start,
    Shutdown,
    Stop,
    Reboot,
    Destroy,
}

impl TaskKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clone => "Clone",
            Self::Attach => "Attach",
            Self::Resize => "Resize",
            Self::Start => "Start",
            Self::Shutdown => "Shutdown",
            Self::Stop => "Stop",
            Self::Reboot => "Reboot",
            Self::Destroy => "Destroy",
        }
    }
}

/// Of an adopted VM, what adoption changes: none where Proxmox had no value. The lines of its description are kept in it.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Original {
    /// As they were written, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4096))]
    pub tags: Option<String>,
    /// Whether it could not be destroyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection: Option<bool>,
    /// Whether it started with its node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_boot: Option<bool>,
    /// The Proxmox pool that it was in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub pool: Option<String>,
}

/// The server that a VM was taken back from.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct TakenFrom {
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SuspensionStatus {
    /// The power that the server had, which it gets back.
    pub power: PowerState,
    /// Suspended when it was adopted: it is not started any more, but it is not stopped either.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spares: bool,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStep {
    /// The step in words.
    pub step: String,
    /// Live, Reboot, Offline or Destructive.
    pub impact: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    pub field: String,
    pub wanted: String,
    pub found: String,
}

impl Drift {
    pub fn new(field: impl Into<String>, wanted: impl Into<String>, found: impl Into<String>) -> Self {
        Self { field: field.into(), wanted: wanted.into(), found: found.into() }
    }
}
