//! A step: the smallest thing that is done, with everything it needs, so that nothing is chosen while doing it.

use std::{collections::BTreeMap, net::IpAddr};

use proxmox_client::{ConfigChange, FirewallCall, NodeName, ProxmoxRequest, Vmid};
use slipway_crds::{
    ActionPhase, Applied, DetachedDisk, Original, ProviderValues, Reown, SuspensionStatus, TakenFrom, TaskKind, Verb,
};

use super::{deed::Deed, filters::Confirmed, observed::Claim};
use crate::mark::{Mark, MarkState};

/// Seconds that a guest gets to shut down.
pub const SHUTDOWN_TIMEOUT: u32 = 120;

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Take the next VMID and remember it before anything is made with it.
    ReserveVmid {
        node: NodeName,
    },
    /// The status was lost, but a VM with our very uid exists: its number is ours.
    RecallVmid {
        vmid: Vmid,
        node: NodeName,
        owned: bool,
    },
    /// Forget a number that turned out to be somebody else's; it is never taken again. `found` is for the operator's log.
    BurnVmid {
        vmid: Vmid,
        found: String,
    },
    /// Set a number aside whose VM cannot be removed by us, and go on with the next.
    Quarantine {
        vmid: Vmid,
        reason: String,
        /// What root would type.
        command: String,
    },
    /// Creating the claim object *is* the claim.
    ClaimAddress {
        claim: Claim,
    },
    /// Nothing is read or claimed for a clone before the server has its turn.
    AwaitTurn {
        node: NodeName,
        template: Vmid,
        vmid: Vmid,
        full_to: Option<String>,
        room: Room,
    },
    /// A clone into our pool, with the mark in the call itself: linked to the template, or a full copy on a storage.
    Clone {
        node: NodeName,
        template: Vmid,
        vmid: Vmid,
        name: String,
        mark: Mark,
        full_to: Option<String>,
        room: Room,
    },
    /// One PUT that makes `applied` true.
    Configure {
        node: NodeName,
        vmid: Vmid,
        change: ConfigChange,
        applied: Box<Applied>,
        fields: Vec<String>,
        first: bool,
        /// Something of it has no effect on the running machine before it is started anew.
        waits_for_restart: bool,
    },
    /// One call that makes the VM's filters let through what is claimed, and nothing else.
    Filter {
        node: NodeName,
        vmid: Vmid,
        call: FirewallCall,
        confirms: Option<Confirmed>,
    },
    /// An empty volume in a free slot, or one that was taken out and belongs there; the second line names it in the same call.
    Attach {
        node: NodeName,
        vmid: Vmid,
        name: String,
        slot: String,
        size_gib: u32,
        change: ConfigChange,
        waits_for_restart: bool,
    },
    /// Its volume is kept in an `unusedN` slot.
    Detach {
        node: NodeName,
        vmid: Vmid,
        name: String,
        slot: String,
        waits_for_restart: bool,
    },
    /// The VM was seen without it: its quarantine begins.
    ReleaseAddress {
        claim: String,
        address: IpAddr,
    },
    /// Protection was found off on an owned VM.
    Protect {
        node: NodeName,
        vmid: Vmid,
        digest: String,
    },
    Resize {
        node: NodeName,
        vmid: Vmid,
        disk: String,
        from_gib: u32,
        to_gib: u32,
    },
    Start {
        node: NodeName,
        vmid: Vmid,
    },
    /// By run policy `Stopped` or a suspension: asks first, then cuts the power.
    Shutdown {
        node: NodeName,
        vmid: Vmid,
        because: &'static str,
    },
    /// Put the provider's values of a deleted server into the spec, before its VM is taken back.
    BringBack {
        values: Box<ProviderValues>,
        server_id: Option<String>,
    },
    /// Take a deleted server's VM from its record.
    TakeBack {
        record: Option<String>,
        vmid: Vmid,
        node: Option<NodeName>,
        from: TakenFrom,
        born: String,
    },
    /// The VM that was taken back gets this server's mark.
    Remark {
        node: NodeName,
        vmid: Vmid,
        change: ConfigChange,
    },
    /// Remember what the VM is that is to be adopted, so that it can become that again.
    Note {
        vmid: Vmid,
        original: Box<Original>,
    },
    /// From here on this VM, which somebody else made, is meant by the server.
    Adopt {
        node: NodeName,
        vmid: Vmid,
        born: String,
        /// Disk name → slot.
        disks: BTreeMap<String, String>,
        on_boot: bool,
    },
    /// Mark, tag and protection on the adopted VM: nothing that it runs with changes.
    TakeOver {
        node: NodeName,
        vmid: Vmid,
        change: ConfigChange,
        applied: Box<Applied>,
        suspension: Option<SuspensionStatus>,
    },
    /// The adopted VM carries this server's mark already.
    TakenOver {
        vmid: Vmid,
        /// Where the VM does not say what was applied, differences are wishes.
        applied: Option<Box<Applied>>,
        suspension: Option<SuspensionStatus>,
    },
    /// Remember what a suspension interrupts, before it does.
    Suspend {
        vmid: Vmid,
        suspension: SuspensionStatus,
    },
    /// The server has its power back.
    EndSuspension {
        vmid: Vmid,
    },
    /// A verb of a `VirtualServerAction`.
    Act {
        action: String,
        verb: Verb,
        node: NodeName,
        vmid: Vmid,
        deed: Deed,
    },
    /// From here on a rollback, restore or rebuild is under way: the VM's power is remembered, and what it may look like after.
    Prepare {
        reown: Box<Reown>,
    },
    /// Power off, protected as it is, for what needs a stopped VM.
    PowerOff {
        action: String,
        node: NodeName,
        vmid: Vmid,
    },
    /// Just before what Proxmox refuses of a protected VM. A plan that finds it off puts it back first.
    Unprotect {
        action: Option<String>,
        node: NodeName,
        vmid: Vmid,
        digest: String,
    },
    /// Mark, protection, tags, name, addresses and MAC again, after a rollback, restore or rebuild and before any start.
    Reown {
        node: NodeName,
        vmid: Vmid,
        change: ConfigChange,
    },
    /// It is ours in every respect again.
    Reowned {
        action: String,
        applied: Box<Applied>,
        /// The root disk that a rebuild took out.
        detached: Option<DetachedDisk>,
        /// It ran before, and its start did not succeed yet: it is remembered as after a suspension.
        owes_start: bool,
    },
    /// A detached disk whose time is over.
    DropDisk {
        node: NodeName,
        vmid: Vmid,
        name: String,
        slot: String,
    },
    /// An action ends without a call.
    EndAction {
        action: String,
        verb: Verb,
        phase: ActionPhase,
        reason: &'static str,
        message: String,
    },
    /// The task of a lost answer was found.
    FollowTask {
        action: String,
        upid: String,
    },
}

/// What a new server takes of its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub memory_mib: u32,
    pub cores: u32,
    /// Storage → GiB.
    pub disks: BTreeMap<String, i64>,
    /// Namespace and name of its anti-affinity group.
    pub group: Option<(String, String)>,
}

/// What a step means for a running guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impact {
    Live,
    /// Takes effect at the next restart.
    Reboot,
    /// The guest is powered off, or not yet on.
    Offline,
    Destructive,
}

impl Impact {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Reboot => "Reboot",
            Self::Offline => "Offline",
            Self::Destructive => "Destructive",
        }
    }
}

impl Step {
    /// The call that it makes, if it makes one.
    pub fn request(&self) -> Option<ProxmoxRequest> {
        Some(match self {
            Self::ReserveVmid { .. }
            | Self::RecallVmid { .. }
            | Self::BurnVmid { .. }
            | Self::Quarantine { .. }
            | Self::BringBack { .. }
            | Self::TakeBack { .. }
            | Self::Note { .. }
            | Self::Adopt { .. }
            | Self::TakenOver { .. }
            | Self::Suspend { .. }
            | Self::EndSuspension { .. }
            | Self::ClaimAddress { .. }
            | Self::AwaitTurn { .. }
            | Self::ReleaseAddress { .. }
            | Self::EndAction { .. }
            | Self::Prepare { .. }
            | Self::Reowned { .. }
            | Self::FollowTask { .. } => return None,
            Self::PowerOff { node, vmid, .. } => {
                ProxmoxRequest::Stop { node: node.clone(), vmid: *vmid, overrule: false }
            }
            Self::Unprotect { node, vmid, digest, .. } => ProxmoxRequest::SetConfig {
                node: node.clone(),
                vmid: *vmid,
                change: ConfigChange { set: vec![], delete: vec!["protection".into()], digest: digest.clone() },
            },
            // Of a disk that is plugged in, Proxmox keeps the volume; of one that is not, nothing.
            Self::DropDisk { node, vmid, slot, .. } | Self::Detach { node, vmid, slot, .. } => {
                ProxmoxRequest::Unlink { node: node.clone(), vmid: *vmid, slot: slot.clone() }
            }
            Self::Clone { node, template, vmid, name, mark, full_to, .. } => ProxmoxRequest::Clone {
                node: node.clone(),
                template: *template,
                newid: *vmid,
                name: name.clone(),
                pool: mark.identity.pool(),
                description: Mark { state: MarkState::Provisional, ..mark.clone() }.to_string(),
                full_to: full_to.clone(),
            },
            Self::Configure { node, vmid, change, .. }
            | Self::Remark { node, vmid, change }
            | Self::TakeOver { node, vmid, change, .. }
            | Self::Reown { node, vmid, change } => {
                ProxmoxRequest::SetConfig { node: node.clone(), vmid: *vmid, change: change.clone() }
            }
            Self::Filter { node, vmid, call, .. } => {
                ProxmoxRequest::GuestFirewall { node: node.clone(), vmid: *vmid, call: call.clone() }
            }
            Self::Attach { node, vmid, change, .. } => {
                ProxmoxRequest::SetConfigInTask { node: node.clone(), vmid: *vmid, change: change.clone() }
            }
            Self::Protect { node, vmid, digest } => ProxmoxRequest::SetConfig {
                node: node.clone(),
                vmid: *vmid,
                change: ConfigChange {
                    set: vec![("protection".into(), "1".into())],
                    delete: vec![],
                    digest: digest.clone(),
                },
            },
            Self::Resize { node, vmid, disk, to_gib, .. } => {
                ProxmoxRequest::Resize { node: node.clone(), vmid: *vmid, disk: disk.clone(), size_gib: *to_gib }
            }
            Self::Start { node, vmid } => ProxmoxRequest::Start { node: node.clone(), vmid: *vmid },
            Self::Shutdown { node, vmid, .. } => {
                ProxmoxRequest::Shutdown { node: node.clone(), vmid: *vmid, timeout: SHUTDOWN_TIMEOUT, force: true }
            }
            Self::Act { node, vmid, deed, .. } => deed.request(node, *vmid),
        })
    }

    /// The kind of task that its call starts.
    pub const fn task_kind(&self) -> Option<TaskKind> {
        Some(match self {
            Self::Clone { .. } => TaskKind::Clone,
            Self::Attach { .. } => TaskKind::Attach,
            Self::Resize { .. } => TaskKind::Resize,
            Self::Start { .. } => TaskKind::Start,
            Self::Shutdown { .. } => TaskKind::Shutdown,
            Self::PowerOff { .. } => TaskKind::Stop,
            Self::Act { deed, .. } => return deed.task_kind(),
            _ => return None,
        })
    }

    pub fn impact(&self) -> Impact {
        match self {
            // What follows loses what was written since.
            Self::Prepare { .. } | Self::DropDisk { .. } => Impact::Destructive,
            Self::Act { deed, .. } => deed.impact(),
            Self::ReserveVmid { .. }
            | Self::BurnVmid { .. }
            | Self::Quarantine { .. }
            | Self::ClaimAddress { .. }
            | Self::AwaitTurn { .. }
            | Self::Clone { .. }
            | Self::Configure { first: true, .. }
            | Self::Start { .. }
            | Self::Shutdown { .. }
            | Self::PowerOff { .. } => Impact::Offline,
            Self::Configure { waits_for_restart: true, .. }
            | Self::Attach { waits_for_restart: true, .. }
            | Self::Detach { waits_for_restart: true, .. } => Impact::Reboot,
            Self::Configure { .. }
            | Self::Unprotect { .. }
            | Self::Reown { .. }
            | Self::Reowned { .. }
            | Self::Protect { .. }
            | Self::Filter { .. }
            | Self::Attach { .. }
            | Self::Detach { .. }
            | Self::ReleaseAddress { .. }
            | Self::Resize { .. }
            | Self::RecallVmid { .. }
            | Self::BringBack { .. }
            | Self::TakeBack { .. }
            | Self::Remark { .. }
            | Self::Note { .. }
            | Self::Adopt { .. }
            | Self::TakeOver { .. }
            | Self::TakenOver { .. }
            | Self::Suspend { .. }
            | Self::EndSuspension { .. }
            | Self::EndAction { .. }
            | Self::FollowTask { .. } => Impact::Live,
        }
    }

    /// After it, the VM has another digest than it was read with.
    pub const fn writes_config(&self) -> bool {
        matches!(
            self,
            Self::Configure { .. }
                | Self::Protect { .. }
                | Self::Unprotect { .. }
                | Self::Attach { .. }
                | Self::Resize { .. }
        )
    }

    /// The action that must not have been carried out yet.
    pub fn waits_for(&self) -> Option<&str> {
        match self {
            Self::Act { action, .. } | Self::PowerOff { action, .. } => Some(action),
            Self::Unprotect { action, .. } => action.as_deref(),
            Self::Prepare { reown } => Some(&reown.action),
            _ => None,
        }
    }

    /// Name for metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ReserveVmid { .. } => "reserve_vmid",
            Self::RecallVmid { .. } => "recall_vmid",
            Self::BurnVmid { .. } => "burn_vmid",
            Self::Quarantine { .. } => "quarantine",
            Self::ClaimAddress { .. } => "claim_address",
            Self::AwaitTurn { .. } => "await_turn",
            Self::Clone { .. } => "clone",
            Self::Configure { .. } => "configure",
            Self::Filter { .. } => "filter",
            Self::Attach { .. } => "attach",
            Self::Detach { .. } => "detach",
            Self::ReleaseAddress { .. } => "release_address",
            Self::Protect { .. } => "protect",
            Self::Resize { .. } => "resize",
            Self::Start { .. } => "start",
            Self::Shutdown { .. } => "shutdown",
            Self::BringBack { .. } => "bring_back",
            Self::TakeBack { .. } => "take_back",
            Self::Remark { .. } => "remark",
            Self::Note { .. } => "note",
            Self::Adopt { .. } => "adopt",
            Self::TakeOver { .. } => "take_over",
            Self::TakenOver { .. } => "taken_over",
            Self::Suspend { .. } => "suspend",
            Self::EndSuspension { .. } => "end_suspension",
            Self::Act { .. } => "act",
            Self::Prepare { .. } => "prepare",
            Self::PowerOff { .. } => "power_off",
            Self::Unprotect { .. } => "unprotect",
            Self::Reown { .. } => "reown",
            Self::Reowned { .. } => "reowned",
            Self::DropDisk { .. } => "drop_disk",
            Self::EndAction { .. } => "end_action",
            Self::FollowTask { .. } => "follow_task",
        }
    }
}
