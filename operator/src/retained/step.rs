//! What can be done for a retained VM: data, with the call that each step is.

use std::fmt;

use jiff::Timestamp;
use proxmox_client::{ConfigChange, NodeName, ProxmoxRequest, Vmid};
use slipway_crds::TaskKind;

/// Seconds that a guest gets to shut down before its power is cut.
const SHUTDOWN_TIMEOUT: u32 = 30;

/// How a task of ours ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskEnd {
    Succeeded,
    Failed {
        exit_status: String,
    },
    /// Nobody knows, and the VM shows that it is over.
    Unclear,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The task in the status is over, or no longer matters: what is there decides.
    EndTask { end: TaskEnd },
    /// Asks the site's brake, once for each record and before anything is done to the VM.
    Count,
    /// Asks first, then cuts the power.
    Stop { node: NodeName, vmid: Vmid },
    /// Writes the mark that says what the VM waits for, with protection on.
    Mark { node: NodeName, vmid: Vmid, change: ConfigChange, until: Option<Timestamp> },
    /// `Retained → Purging`, by compare-and-swap.
    BeginPurge,
    /// Takes the protection off, guarded by the digest of the configuration that was matched.
    Unprotect { node: NodeName, vmid: Vmid, digest: String },
    Destroy {
        node: NodeName,
        vmid: Vmid,
        /// Managed by the HA stack.
        purge: bool,
    },
    /// Root has to clean it up: the site's quarantine says how, and the record is over.
    Quarantine { reason: String, command: String },
    /// Absent: addresses are released and the record goes.
    Finish,
    /// The VM is left as it is and the record goes.
    LetGo,
    /// From here on the VM is this record's without a mark, too.
    BeginUnmark { vmid: Vmid },
    /// Mark and tag off, protection and `onboot` as they were before the VM was adopted.
    Restore { node: NodeName, vmid: Vmid, change: ConfigChange },
    /// Back into the pool that it came from, and so out of ours.
    JoinPool { vmid: Vmid, pool: String },
    /// Out of our pool.
    LeavePool { vmid: Vmid, pool: String },
    /// The VM is what it was; `told` is what a person has to know.
    GivenBack { vmid: Vmid, told: Option<String> },
    /// The VM that was to be given back is somebody else's already.
    Disown { vmid: Vmid, found: Option<String> },
}

impl Step {
    /// The call to Proxmox; none for what happens in Kubernetes alone.
    pub fn request(&self) -> Option<ProxmoxRequest> {
        Some(match self {
            Self::EndTask { .. }
            | Self::Count
            | Self::BeginPurge
            | Self::Quarantine { .. }
            | Self::Finish
            | Self::LetGo
            | Self::BeginUnmark { .. }
            | Self::GivenBack { .. }
            | Self::Disown { .. } => return None,
            Self::Stop { node, vmid } => {
                ProxmoxRequest::Shutdown { node: node.clone(), vmid: *vmid, timeout: SHUTDOWN_TIMEOUT, force: true }
            }
            Self::JoinPool { vmid, pool } => ProxmoxRequest::JoinPool { pool: pool.clone(), vmid: *vmid },
            Self::LeavePool { vmid, pool } => ProxmoxRequest::LeavePool { pool: pool.clone(), vmid: *vmid },
            Self::Mark { node, vmid, change, .. } | Self::Restore { node, vmid, change } => {
                ProxmoxRequest::SetConfig { node: node.clone(), vmid: *vmid, change: change.clone() }
            }
            Self::Unprotect { node, vmid, digest } => ProxmoxRequest::SetConfig {
                node: node.clone(),
                vmid: *vmid,
                change: ConfigChange { set: vec![], delete: vec!["protection".into()], digest: digest.clone() },
            },
            Self::Destroy { node, vmid, purge } => {
                ProxmoxRequest::Destroy { node: node.clone(), vmid: *vmid, purge: *purge }
            }
        })
    }

    pub const fn task_kind(&self) -> TaskKind {
        match self {
            Self::Stop { .. } => TaskKind::Shutdown,
            _ => TaskKind::Destroy,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndTask { .. } => f.write_str("go on after the task"),
            Self::Count => f.write_str("count the deletion"),
            Self::Stop { vmid, .. } => write!(f, "stop VM {vmid}"),
            Self::Mark { vmid, until: Some(until), .. } => write!(f, "mark VM {vmid} as retained until {until}"),
            Self::Mark { vmid, until: None, .. } => write!(f, "mark VM {vmid} as retained until a person decides"),
            Self::BeginPurge => f.write_str("begin to purge: from here on it cannot be undone"),
            Self::Unprotect { vmid, .. } => write!(f, "take the protection off VM {vmid}"),
            Self::Destroy { vmid, .. } => write!(f, "destroy VM {vmid}"),
            Self::Quarantine { reason, .. } => write!(f, "set the number aside: {reason}"),
            Self::Finish => f.write_str("release the addresses and forget the record"),
            Self::LetGo => f.write_str("leave the VM as it is and forget the record"),
            Self::BeginUnmark { vmid } => write!(f, "begin to give VM {vmid} back"),
            Self::Restore { vmid, .. } => {
                write!(f, "take mark and tag off VM {vmid}, with protection and onboot as they were")
            }
            Self::JoinPool { vmid, pool } => write!(f, "put VM {vmid} back into pool {pool}"),
            Self::LeavePool { vmid, pool } => write!(f, "take VM {vmid} out of pool {pool}"),
            Self::GivenBack { vmid, told: None } => write!(f, "VM {vmid} is what it was before it was adopted"),
            Self::GivenBack { vmid, told: Some(told) } => write!(f, "VM {vmid} is given back: {told}"),
            Self::Disown { vmid, found: None } => {
                write!(f, "leave VM {vmid} alone: it carries no mark of ours any more")
            }
            Self::Disown { vmid, found: Some(found) } => {
                write!(f, "leave VM {vmid} alone: it carries another mark (`{found}`)")
            }
        }
    }
}
