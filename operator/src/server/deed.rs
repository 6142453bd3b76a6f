//! A deed: what a verb does to a VM, with everything that its call needs.

use std::fmt;

use proxmox_client::{ConfigChange, NodeName, ProxmoxRequest, Upid, Vmid};
use slipway_crds::{TaskKind, Verb};

use super::step::{Impact, SHUTDOWN_TIMEOUT};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    Start,
    Shutdown,
    /// `overrule` aborts a shutdown of ours that still waits.
    Stop {
        overrule: bool,
    },
    Restart,
    Reset,
    Snapshot {
        name: String,
        memory: bool,
    },
    DeleteSnapshot {
        name: String,
    },
    Rollback {
        name: String,
    },
    Backup {
        storage: String,
        notes: String,
    },
    Restore {
        archive: String,
        pool: String,
        /// In the place of the VM that is there; else the number must be free.
        overwrite: bool,
    },
    DeleteBackup {
        volid: String,
    },
    Migrate {
        target: NodeName,
        online: bool,
        local_disks: bool,
    },
    /// Another volume in the root disk's slot.
    Rebuild {
        change: ConfigChange,
    },
    /// The volume in an `unusedN` slot.
    DestroyDisk {
        slot: String,
    },
}

impl Deed {
    pub fn request(&self, node: &NodeName, vmid: Vmid) -> ProxmoxRequest {
        let node = node.clone();
        match self {
            Self::Start => ProxmoxRequest::Start { node, vmid },
            Self::Shutdown => ProxmoxRequest::Shutdown { node, vmid, timeout: SHUTDOWN_TIMEOUT, force: false },
            Self::Stop { overrule } => ProxmoxRequest::Stop { node, vmid, overrule: *overrule },
            Self::Restart => ProxmoxRequest::Reboot { node, vmid, timeout: SHUTDOWN_TIMEOUT },
            Self::Reset => ProxmoxRequest::Reset { node, vmid },
            Self::Snapshot { name, memory } => {
                ProxmoxRequest::CreateSnapshot { node, vmid, name: name.clone(), memory: *memory }
            }
            Self::DeleteSnapshot { name } => ProxmoxRequest::DeleteSnapshot { node, vmid, name: name.clone() },
            Self::Rollback { name } => ProxmoxRequest::Rollback { node, vmid, name: name.clone() },
            Self::Backup { storage, notes } => {
                ProxmoxRequest::Backup { node, vmid, storage: storage.clone(), notes: notes.clone() }
            }
            Self::Restore { archive, pool, overwrite } => ProxmoxRequest::Restore {
                node,
                vmid,
                archive: archive.clone(),
                pool: pool.clone(),
                overwrite: *overwrite,
            },
            Self::DeleteBackup { volid } => ProxmoxRequest::DeleteVolume { node, volid: volid.clone() },
            Self::Migrate { target, online, local_disks } => ProxmoxRequest::Migrate {
                node,
                vmid,
                target: target.clone(),
                online: *online,
                local_disks: *local_disks,
            },
            Self::Rebuild { change } => ProxmoxRequest::SetConfigInTask { node, vmid, change: change.clone() },
            Self::DestroyDisk { slot } => ProxmoxRequest::Unlink { node, vmid, slot: slot.clone() },
        }
    }

    pub const fn task_kind(&self) -> Option<TaskKind> {
        Some(match self {
            Self::Start => TaskKind::Start,
            Self::Shutdown => TaskKind::Shutdown,
            Self::Stop { .. } => TaskKind::Stop,
            Self::Restart => TaskKind::Reboot,
            _ => return None,
        })
    }

    pub const fn impact(&self) -> Impact {
        match self {
            Self::Restart => Impact::Reboot,
            Self::Start | Self::Shutdown | Self::Stop { .. } | Self::Reset => Impact::Offline,
            Self::Snapshot { .. } | Self::Backup { .. } | Self::Migrate { .. } => Impact::Live,
            Self::DeleteSnapshot { .. }
            | Self::Rollback { .. }
            | Self::Restore { .. }
            | Self::DeleteBackup { .. }
            | Self::Rebuild { .. }
            | Self::DestroyDisk { .. } => Impact::Destructive,
        }
    }
}

/// What it is about, after the verb's own name.
impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot { name, memory: true } => write!(f, " to {name}, with memory"),
            Self::Snapshot { name, .. } => write!(f, " to {name}"),
            Self::DeleteSnapshot { name } => write!(f, ", snapshot {name}"),
            Self::Rollback { name } => write!(f, " to snapshot {name}"),
            Self::Backup { storage, .. } => write!(f, " to storage {storage}"),
            Self::Restore { archive, .. } => write!(f, " from {archive}"),
            Self::DeleteBackup { volid } => write!(f, ", backup {volid}"),
            Self::Migrate { target, .. } => write!(f, " to node {target}"),
            Self::DestroyDisk { slot } => write!(f, ", disk {slot}"),
            _ => Ok(()),
        }
    }
}

/// The Proxmox task type of a verb; none when its call leaves no task.
pub const fn task_type(verb: Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::Start => "qmstart",
        Verb::Shutdown => "qmshutdown",
        Verb::Stop => "qmstop",
        Verb::Restart => "qmreboot",
        Verb::Reset => "qmreset",
        Verb::Snapshot => "qmsnapshot",
        Verb::DeleteSnapshot => "qmdelsnapshot",
        Verb::Rollback => "qmrollback",
        Verb::Backup => "vzdump",
        Verb::Restore => "qmrestore",
        Verb::DeleteBackup => "imgdel",
        Verb::Migrate => "qmigrate",
        Verb::Rebuild => "qmconfig",
        Verb::DestroyDisk => return None,
    })
}

/// Whether a task is about this VM. The removal of a volume names its owner and its storage.
pub fn is_about(upid: &Upid, vmid: Vmid) -> bool {
    upid.id().split('@').next() == Some(vmid.to_string().as_str())
}

/// Repeating it harms nobody.
pub const fn may_repeat(verb: Verb) -> bool {
    matches!(verb, Verb::Start | Verb::Stop | Verb::Shutdown)
}
