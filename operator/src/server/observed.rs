//! What is there: plain data, gathered by `observe`, read by `plan`. The time is data too.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use jiff::Timestamp;
use proxmox_client::{
    BackupRow, GuestStatus, MigratePreconditions, NodeName, SetMember, SnapshotRow, TaskState, Upid, VmConfig, Vmid,
};
use slipway_crds::{
    ActionPhase, ProviderValues, RetainedPhase, TakenFrom, Verb, VirtualServerStatus, words::WaitingReason,
};

use crate::site::inventory::Storages;

#[derive(Debug, Clone)]
pub struct Observed {
    pub now: Timestamp,
    /// The generation of the spec that `Desired` was made from.
    pub generation: i64,
    pub status: VirtualServerStatus,
    pub site: SiteView,
    /// Interface → one view for each family that it has.
    pub addresses: BTreeMap<String, Vec<AddressView>>,
    /// Claims of this server that no interface of the wish needs any more.
    pub spare_claims: Vec<SpareClaim>,
    pub template: TemplateView,
    pub vm: VmView,
    /// Options that the running machine does not have yet.
    pub pending: Vec<String>,
    pub filters: FilterView,
    /// Whether the VM is in our pool, when that is in doubt.
    pub pool: PoolView,
    /// What works on the VM, when it is locked or cannot be judged.
    pub work: WorkView,
    /// Of the task in `status.task`.
    pub task: Option<TaskView>,
    /// Actions that have not ended, in the order in which they run.
    pub actions: Vec<ActionView>,
    /// What the verb that is next, or whose task just ended, wants to know.
    pub stored: Stored,
    /// What `spec.undelete` names.
    pub undo: UndoView,
    /// What `spec.adopt` names, until it was taken over.
    pub adopt: AdoptView,
    /// What was planned last did not succeed: verbs and the run policy get a turn before it is tried again.
    pub gives_way: bool,
    /// Why no more may be made in this namespace now.
    pub quota: Option<String>,
    /// A VM that carries this namespace and name, but that the status does not name.
    pub previous: Option<PreviousVm>,
    /// Why it is not known whether there is one.
    pub previous_unsure: Option<String>,
}

/// What the site lets us do.
#[derive(Debug, Clone, Default)]
pub struct SiteView {
    /// Why nothing may be created or destroyed now.
    pub frozen: Option<(WaitingReason, String)>,
    /// Why nothing may be created, though it may be destroyed and adopted.
    pub creates_held: Option<String>,
    pub nodes: Vec<NodeView>,
    /// The storage of each template's disk, as far as they were read.
    pub templates: Arc<BTreeMap<Vmid, String>>,
    /// A VM's row in the inventory names its node; a VM moves by hand or by HA.
    pub guest_node: Option<NodeName>,
    /// The row says that it is not in our pool; rows lag.
    pub guest_outside: bool,
    /// The Proxmox pool that the row shows it in.
    pub guest_pool: Option<String>,
    /// Where backups go.
    pub backup_storage: Option<String>,
    /// Backups that one server may have; none where the site was not read yet.
    pub most_backups: Option<u32>,
}

/// A direct read of our pool's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PoolView {
    #[default]
    NotAsked,
    Member,
    Outside,
    Unknown,
}

/// The tasks that run on the VM's node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WorkView {
    /// The VM is as it should be: nobody needs to work on it.
    #[default]
    NotAsked,
    /// One of them explains what the VM looks like.
    Runs,
    Idle,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    pub name: NodeName,
    pub online: bool,
    pub cordoned: bool,
    /// A server of the same anti-affinity group is on it, or on its way there.
    pub apart: bool,
    /// MiB that may still be given away; negative when more was.
    pub free_memory_mib: i64,
    /// Cores that may still be given away; negative when more were.
    pub free_cores: i64,
    /// Those that our token may see there.
    pub storages: Arc<Storages>,
    /// GiB of them that are on their way there.
    pub claimed_gib: BTreeMap<String, i64>,
}

impl NodeView {
    /// GiB that may still be given away; none when that cannot be seen.
    pub fn free_gib(&self, storage: &str) -> Option<i64> {
        let claimed = self.claimed_gib.get(storage).copied().unwrap_or_default();
        self.storages.get(storage).map(|s| s.free_gib - claimed)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressView {
    /// Claimed by this very server.
    Claimed(Claim),
    /// The one to claim next.
    Free(Claim),
    /// An adopted VM's own, which lies in none of our pools: it stays as it is.
    Own,
    /// None is free, the static one is taken, or the namespace may have no more.
    Exhausted { reason: WaitingReason, message: String },
}

impl AddressView {
    /// No pool has one.
    pub const fn none(message: String) -> Self {
        Self::Exhausted { reason: WaitingReason::PoolEmpty, message }
    }

    /// What it has, or gets.
    pub(super) const fn claim_mut(&mut self) -> Option<&mut Claim> {
        match self {
            Self::Claimed(claim) | Self::Free(claim) => Some(claim),
            Self::Own | Self::Exhausted { .. } => None,
        }
    }
}

/// An address (or prefix) with what a guest needs to use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The interface's name.
    pub interface: String,
    pub pool: String,
    pub scope: String,
    /// What is claimed: the first address of it.
    pub address: IpAddr,
    /// Of what is claimed: 32 or 128 for one address.
    pub length: u8,
    /// The guest's own address in it.
    pub own: IpAddr,
    /// Of the subnet, as 24.
    pub prefix: u8,
    pub gateway: IpAddr,
    pub nameservers: Vec<String>,
}

impl Claim {
    /// As Proxmox writes it.
    pub fn ip_config(&self) -> String {
        let Self { own, prefix, gateway, .. } = self;
        match own {
            IpAddr::V4(_) => format!("ip={own}/{prefix},gw={gateway}"),
            IpAddr::V6(_) => format!("ip6={own}/{prefix},gw6={gateway}"),
        }
    }

    /// What is claimed, as a set of addresses writes it.
    pub fn cidr(&self) -> String {
        cidr(self.address, self.length)
    }
}

/// A claim of this server's that nothing of its wish needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpareClaim {
    /// The object's name.
    pub name: String,
    pub interface: String,
    pub address: IpAddr,
    pub length: u8,
}

/// A single address needs no length.
pub fn cidr(address: IpAddr, length: u8) -> String {
    let single = if address.is_ipv4() { 32 } else { 128 };
    if length == single { address.to_string() } else { format!("{address}/{length}") }
}

/// What Proxmox lets the guest send.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FilterView {
    /// It was seen as it must be, or there is nothing yet.
    #[default]
    NotAsked,
    Read(Filters),
    Failed {
        reason: WaitingReason,
        message: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    pub options: BTreeMap<String, String>,
    /// `netN` → the members of its set.
    pub sets: BTreeMap<String, Vec<SetMember>>,
}

/// What the guest is told of its address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addressing {
    /// As Proxmox writes it.
    pub ip_config: String,
    pub nameservers: Vec<String>,
}

impl Addressing {
    /// As the VM has it now in a `netN` slot.
    pub fn found(config: &VmConfig, slot: &str) -> Self {
        let option = format!("ipconfig{}", slot.trim_start_matches("net"));
        Self {
            ip_config: config.get(&option).unwrap_or_default().to_owned(),
            nameservers: config.get("nameserver").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateView {
    /// Nothing is to be cloned now.
    NotNeeded,
    /// It is read when the server has its turn.
    Later {
        node: NodeName,
        vmid: Vmid,
    },
    /// The configuration of the template that would be cloned.
    Read {
        node: NodeName,
        vmid: Vmid,
        config: VmConfig,
    },
    /// No node can take the server; says why.
    NoNode {
        reason: WaitingReason,
        message: String,
    },
    Failed {
        message: String,
        reason: WaitingReason,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmView {
    /// There is no number yet, or a task of ours works on it.
    NotAsked,
    /// Proven: the number is free in the whole quorate cluster, twice.
    Absent,
    /// Cannot be judged now.
    Unreadable {
        reason: WaitingReason,
        message: String,
    },
    Found {
        node: NodeName,
        config: Box<VmConfig>,
        status: Option<GuestStatus>,
    },
}

/// What is kept of the VM beside itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    pub snapshots: Listing<SnapshotRow>,
    /// All of its number, ours and others.
    pub backups: Listing<BackupRow>,
    /// One row: what stands in its way to another node.
    pub migration: Listing<MigratePreconditions>,
    /// The disk that a rebuild would install.
    pub source: Source,
    /// The first user of a server that is rebuilt.
    pub user: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Source {
    #[default]
    NotAsked,
    /// The template's own disk.
    Volume(String),
    /// There is none on the VM's node; says why.
    None {
        message: String,
    },
    Failed {
        reason: WaitingReason,
        message: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Listing<T> {
    #[default]
    NotAsked,
    Read(Vec<T>),
    Failed {
        reason: WaitingReason,
        message: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskView {
    Running,
    Ended(TaskState),
    /// Its node no longer knows it: settled from state.
    Lost,
    /// Its node does not answer: it may still run.
    Unknown {
        message: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct ActionView {
    pub name: String,
    pub verb: Verb,
    pub phase: ActionPhase,
    /// Another uid than this server's is meant.
    pub for_another: bool,
    /// Its server is named by uid.
    pub uid_given: bool,
    pub after_generation: Option<i64>,
    pub not_after: Timestamp,
    pub started_at: Option<Timestamp>,
    pub upid: Option<Upid>,
    /// For an intent without UPID: a task of ours of this verb's type, newer than those before the call.
    pub found: Option<Upid>,
    /// The tasks could not be listed: whether the call was made is not known yet.
    pub unsure: bool,
    pub task: Option<TaskView>,
    pub arguments: Arguments,
}

/// What a verb is given, as far as it takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arguments {
    pub snapshot: Option<String>,
    pub include_memory: bool,
    pub backup: Option<String>,
    pub image: Option<String>,
    pub disk: Option<String>,
    pub node: Option<String>,
}

/// What is left of a deleted server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum UndoView {
    /// Nothing is to be taken back, or it was already.
    #[default]
    NotAsked,
    /// Neither a record nor (where that may be looked for) a VM.
    Nothing,
    Found(Box<Takeable>),
}

/// The VM that is to be adopted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AdoptView {
    /// None is, or it was already.
    #[default]
    NotAsked,
    Unsure {
        reason: WaitingReason,
        message: String,
    },
    /// Proven: no guest has the number.
    Absent,
    Container,
    Found(Box<Adoptable>),
}

/// A VM that somebody else made, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoptable {
    pub node: NodeName,
    pub vmid: Vmid,
    pub config: VmConfig,
    pub running: bool,
    pub in_our_pool: bool,
    pub other_pool: Option<String>,
    /// Another server has it, or a record of one that was deleted.
    pub owned: bool,
}

/// A VM that may be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takeable {
    /// Its record; none when a provider takes it by its mark.
    pub record: Option<String>,
    pub phase: RetainedPhase,
    pub taken_by: Option<String>,
    /// A person deleted the record.
    pub deleted: bool,
    /// It is on its way to what it was before it was adopted.
    pub given_back: bool,
    /// Deleted in this very namespace.
    pub same_namespace: bool,
    pub suspended: Option<String>,
    /// Provider's values that stand in the record and not in the spec.
    pub missing: ProviderValues,
    /// The server's id in the database, where the server has none.
    pub server_id: Option<String>,
    pub vmid: Vmid,
    pub node: Option<NodeName>,
    pub from: TakenFrom,
    pub born: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousVm {
    pub uid: String,
    pub vmid: Vmid,
    /// Where it is, if it was read there.
    pub node: Option<NodeName>,
    /// Its mark says that it was configured.
    pub owned: bool,
}
