//! Faults: what has hurt real users, to be switched on. Some happen at once (a node goes down), some wait for their
//! call or task (the next answer is lost), some last (a storage is full). All are data and drawn from the seeded
//! generator only, so that a run with faults repeats itself.
//!
//! [`Fault`] says what goes wrong, [`Order`] how often, how likely and for how long. `catalogue.rs` lists them for
//! people, `call.rs`, `task.rs`, `node.rs`, `guest.rs` and `hand.rs` do them, `plan.rs` does them later.

mod armed;
mod call;
mod catalogue;
mod guest;
mod hand;
mod node;
mod order;
mod plan;
mod select;
mod task;

use std::collections::{BTreeMap, BTreeSet};

pub use armed::{Armed, FaultId};
pub(super) use call::Fate;
pub use catalogue::{Entry, catalogue};
pub use order::{Order, Times, parse_duration};
pub use plan::{Moment, Plan};
pub use select::{Calls, Tasks};
use serde::{Deserialize, Serialize};

use crate::{
    model::Vmid,
    request::{Answer, Body, Delivery, Millis},
};

/// On which side of its effect a call is hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// Nothing happened.
    Before,
    /// It happened, but the caller is not told.
    #[default]
    After,
}

/// The pseudo status of a proxy that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum ProxyStatus {
    /// `Connection refused`, at once.
    Refused,
    /// `Connection timed out`, after half a minute.
    TimedOut,
    /// `Too many redirections`, at once.
    Redirections,
}

impl From<ProxyStatus> for u16 {
    fn from(status: ProxyStatus) -> Self {
        match status {
            ProxyStatus::Refused => 595,
            ProxyStatus::TimedOut => 596,
            ProxyStatus::Redirections => 599,
        }
    }
}

impl TryFrom<u16> for ProxyStatus {
    type Error = String;

    fn try_from(status: u16) -> Result<Self, String> {
        match status {
            595 => Ok(Self::Refused),
            596 => Ok(Self::TimedOut),
            599 => Ok(Self::Redirections),
            other => Err(format!("{other} is no status of the proxy: 595, 596 or 599")),
        }
    }
}

/// How a guest crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crash {
    /// The disk fails: QEMU stops the guest, which is `running` with `qmpstatus: io-error` until it is stopped.
    IoError,
    /// QEMU itself is gone.
    Gone,
}

/// When a stolen number is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theft {
    /// Just before the call: it is refused at once.
    #[default]
    Call,
    /// Between the call and its task (clones only): the task fails.
    Task,
}

/// What goes wrong. In JSON: `{"fault":"storage-full","storage":"local-lvm"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// Calls are slower by `millis` and up to `jitter` more. `before` delays the call itself: it takes effect late.
    Latency {
        millis: Millis,
        #[serde(default)]
        jitter: Millis,
        #[serde(default)]
        loss: Loss,
        #[serde(default)]
        on: Calls,
    },
    /// The proxy gives up: 595 before the effect and 596 after it, unless `status` says otherwise.
    AnswerLost {
        #[serde(default)]
        on: Calls,
        loss: Loss,
        #[serde(default)]
        status: Option<ProxyStatus>,
    },
    /// The connection is reset: before the effect, or in the middle of the answer.
    ConnectionReset {
        #[serde(default)]
        on: Calls,
        #[serde(default)]
        loss: Loss,
    },
    /// The `pvedaemon` worker that has the call is killed: `596 Broken pipe`.
    WorkerKilled {
        #[serde(default)]
        on: Calls,
        #[serde(default)]
        loss: Loss,
    },
    /// `pvedaemon` of a node is down: `595 Connection refused` for protected calls, all others go on.
    PvedaemonDown { node: String },
    /// The node shows a certificate that is not the pinned one, so no other node talks to it.
    CertificateChanged { node: String },
    /// The worker of a task is killed: locks and volumes stay behind, the exit status is `unexpected status`.
    WorkerDeath {
        #[serde(default)]
        on: Tasks,
    },
    /// A task cleans up and fails with this text.
    TaskError {
        #[serde(default)]
        on: Tasks,
        text: String,
    },
    /// A task ends well but with so many warnings.
    TaskWarnings {
        #[serde(default)]
        on: Tasks,
        count: u32,
    },
    /// Somebody else's VM appears when a create or clone for the number arrives.
    VmidStolen {
        #[serde(default)]
        vmid: Option<Vmid>,
        /// Where it appears; on the node that was asked when absent.
        #[serde(default)]
        node: Option<String>,
        #[serde(default)]
        moment: Theft,
    },
    /// No volume can be made there any more.
    StorageFull {
        storage: String,
        #[serde(default)]
        node: Option<String>,
    },
    /// The cluster has no quorum: nothing can be written, and tasks under way fail where they write next.
    QuorumLost,
    /// Nobody answers: connections are closed without an answer.
    Unreachable,
    /// `pvestatd` measures nothing: rows turn `unknown` after five minutes.
    StatisticsStale {
        #[serde(default)]
        node: Option<String>,
    },
    /// A node's clock is off by so many seconds.
    ClockSkew { node: String, seconds: i64 },
    /// Every ACL entry of this `user@realm[!token]` is removed, at once.
    AclLost { authid: String },
    /// The token or user expires, at once.
    TokenExpired { authid: String },
    /// Somebody else makes a VM with this number, at once.
    ForeignVm { node: String, vmid: Vmid },
    /// The node loses power, at once: its guests and workers die.
    NodeDown { node: String },
    /// The node is back, at once; guests with `onboot` start.
    NodeUp { node: String },
    /// HA restarts the guest on another node, at once.
    HaMove { vmid: Vmid, node: String },
    /// Somebody moves the guest to another node, at once; it keeps running.
    HandMove { vmid: Vmid, node: String },
    /// Somebody edits the VM's file, at once: name, tags, a card, a lock left behind or taken away.
    HandEdit {
        vmid: Vmid,
        #[serde(default)]
        set: BTreeMap<String, String>,
        #[serde(default)]
        delete: BTreeSet<String>,
    },
    /// Somebody destroys the VM, at once, protected or not.
    HandDestroy { vmid: Vmid },
    /// The guest ignores ACPI and the agent's shutdown.
    GuestDeaf { vmid: Vmid },
    /// The guest has no agent, or it hangs.
    GuestNoAgent { vmid: Vmid },
    /// The guest powers itself off, at once.
    GuestOff { vmid: Vmid },
    /// The guest crashes, at once.
    GuestCrash { vmid: Vmid, how: Crash },
}

impl Answer {
    /// No answer at all: the connection is closed.
    pub fn nothing() -> Self {
        Self {
            status: 0,
            reason: "connection closed".to_owned(),
            body: Body::Empty,
            proxied: false,
            delivery: Delivery::Whole,
        }
    }

    /// No answer: the connection is reset.
    pub fn reset() -> Self {
        Self { reason: "connection reset".to_owned(), delivery: Delivery::Reset, ..Self::nothing() }
    }
}
