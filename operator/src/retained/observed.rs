//! What is there of a retained VM: plain data, gathered by `look`, read by `plan`.

use jiff::Timestamp;
use proxmox_client::{GuestStatus, NodeName, VmConfig, Vmid};
use slipway_crds::{Original, RetainedPhase, words::WaitingReason};

use super::step::TaskEnd;
use crate::{
    mark::{self, Identity, MarkState},
    server::{observed::WorkView, stuck},
};

#[derive(Debug, Clone)]
pub struct Observed {
    pub now: Timestamp,
    pub phase: RetainedPhase,
    pub identity: Identity,
    pub vmid: Vmid,
    pub until: Option<Timestamp>,
    /// A person deleted the record: the VM is left to them.
    pub deleted: bool,
    /// The brake has counted this deletion.
    pub counted: bool,
    /// This is not the cluster that the record is about: nothing that it says proves anything.
    pub distrust: Option<(WaitingReason, String)>,
    /// What became of the task in the status, if there is one.
    pub task: Option<TaskView>,
    pub vm: VmView,
    /// Whether a task explains that the VM cannot be judged or is locked, and since when nothing does.
    pub work: WorkView,
    pub stuck_since: Option<Timestamp>,
    /// After a rollback or restore of ours, a VM in our pool may have no mark or an older one of this origin.
    pub reowns: Option<String>,
    /// The VM was adopted, and becomes what it was.
    pub gives_back: Option<GivesBack>,
    /// Uncached: a `VirtualServer` names this number or uid (again).
    pub claimed_again: Option<String>,
    /// It was suspended: what is kept for good is kept off.
    pub stays_off: bool,
    /// The site forbids destroying.
    pub frozen: Option<(WaitingReason, String)>,
}

impl Observed {
    /// Whether nothing but the brake and the fence stands before the VM's end.
    pub fn is_due(&self) -> bool {
        self.phase == RetainedPhase::Retained && self.end().is_some_and(|end| end <= self.now)
    }

    /// Nothing works on the VM, and has not for long enough to be over.
    pub(super) fn stands_still(&self) -> bool {
        stuck::is_over(self.work, self.stuck_since, self.now)
    }

    /// When the VM is destroyed. A clone that was never configured holds nobody's data: at once, whatever the record says.
    pub(super) fn end(&self) -> Option<Timestamp> {
        match &self.vm {
            VmView::Found { config, .. }
                if mark::find(config.description()).is_some_and(|m| m.state == MarkState::Provisional) =>
            {
                Some(self.now)
            }
            _ => self.until,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskView {
    Running,
    Ended(TaskEnd),
    /// Its node does not say, and may never again.
    Unknown {
        node: NodeName,
        reason: WaitingReason,
        message: String,
    },
    /// The call's answer was lost: it may begin until then.
    Unanswered {
        until: Timestamp,
    },
}

/// What is known of a VM that becomes what it was before it was adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivesBack {
    pub original: Option<Original>,
    /// Its mark was about to be taken off.
    pub unmarking: bool,
    pub pools: PoolsView,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolsView {
    /// Not looked at: the mark comes first.
    NotAsked,
    Unreadable {
        reason: WaitingReason,
        message: String,
    },
    Seen {
        in_ours: bool,
        origin: Origin,
    },
}

/// The pool that an adopted VM came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// There was none, or nobody knows it.
    Nowhere,
    /// The VM is in it again.
    There,
    /// Our token may put the VM there.
    Open,
    /// It is gone, or not ours to change.
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmView {
    /// Not looked at: the task comes first.
    NotAsked,
    /// Proven: the number is free in the whole quorate cluster, twice.
    Absent,
    Unreadable {
        reason: WaitingReason,
        message: String,
    },
    Found {
        node: NodeName,
        config: Box<VmConfig>,
        status: GuestStatus,
    },
}
