//! From a step's answer to what is now known: pure, so that every interleaving can be explored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use proxmox_client::{Fault, ProxmoxAnswer, ProxmoxError, TaskState};
use slipway_crds::{
    ActionPhase, Applied, DetachedDisk, DiskStatus, Original, PowerState, Reown, SuspensionStatus, TakenFrom, TaskKind,
    TaskStatus, Verb, VirtualServerStatus,
    words::{StalledReason, WaitingReason},
};

use super::{filters::Confirmed, plan::Hold, step::Step, told};

/// What an answer changes, and what comes next.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub changes: Vec<Change>,
    pub next: Next,
}

impl Outcome {
    /// Of a task's end: whether Proxmox could do it in time (`false`: a lock was not free). None: says nothing about that.
    pub(super) fn adapts(&self) -> Option<bool> {
        match &self.next {
            Next::Hold(Hold::Waiting(WaitingReason::Locked, _)) => Some(false),
            Next::Hold(_) => None,
            _ => Some(true),
        }
    }
}

/// One change of what is known. The status is patched with it; notices become Events.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Task(Option<TaskStatus>),
    Vmid(Option<u32>),
    Node(Option<String>),
    Applied(Box<Applied>),
    /// There is no VM (any more): what was applied to one is forgotten.
    Unmade,
    Power(PowerState),
    PowerWish(PowerState),
    Suspension(Option<SuspensionStatus>),
    /// The VM was another server's.
    TakenFrom {
        from: TakenFrom,
        born: String,
    },
    /// The uid that the VM was first made for.
    Born(String),
    /// What the VM was before it is adopted.
    Original(Box<Original>),
    /// Disk name → slot, as somebody named them.
    Slots(BTreeMap<String, String>),
    /// A VM that ran before is this server's now.
    TakenOver,
    /// A rollback, restore or rebuild is under way, or over.
    Reown(Option<Box<Reown>>),
    Detached(Box<DetachedDisk>),
    /// A volume for this disk is about to be made there: if the answer is lost, it is known whose it is.
    DiskIntended {
        name: String,
        slot: String,
    },
    /// What the filter of an interface holds now; nothing says that it has to be read.
    Filtered(Confirmed),
    /// The first start ended OK.
    Provisioned,
    /// The verb's call was made.
    ActionStarted {
        action: String,
        upid: String,
    },
    /// The call was refused for certain: the verb waits for its next try.
    ActionRefused {
        action: String,
        message: String,
    },
    ActionEnded {
        action: String,
        phase: ActionPhase,
        reason: String,
        message: String,
    },
    Notice {
        warning: bool,
        reason: &'static str,
        note: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Go on with the plan's next step.
    Continue,
    /// Look again at once: the plan rests on what has changed.
    Observe,
    /// A task runs: poll it.
    AwaitTask,
    /// Stop here and try again later.
    Hold(Hold),
}

/// What the answer to a step's call means.
pub fn interpret(step: &Step, answer: &Result<ProxmoxAnswer, ProxmoxError>, now: Timestamp) -> Outcome {
    match answer {
        Ok(ProxmoxAnswer::Started(upid)) => started(step, upid.as_str(), upid.node().as_str(), now),
        Ok(_) => done(step),
        Err(error) => refused(step, error),
    }
}

fn started(step: &Step, upid: &str, node: &str, now: Timestamp) -> Outcome {
    let mut changes = Vec::new();
    match step {
        Step::Act { action, .. } => {
            changes.push(Change::ActionStarted { action: action.clone(), upid: upid.to_owned() });
        }
        _ => changes.extend(step.task_kind().map(|kind| {
            Change::Task(Some(TaskStatus {
                upid: Some(upid.to_owned()),
                kind,
                node: node.to_owned(),
                started_at: MicroTime(now),
            }))
        })),
    }
    changes.push(Change::Notice { warning: false, reason: event_reason(step), note: format!("{step} ({upid})") });
    Outcome { changes, next: Next::AwaitTask }
}

fn done(step: &Step) -> Outcome {
    let mut changes = Vec::new();
    match step {
        Step::Configure { applied, .. } => changes.push(Change::Applied(applied.clone())),
        Step::Filter { confirms: Some(confirmed), .. } => changes.push(Change::Filtered(confirmed.clone())),
        // One line for all of them is enough.
        Step::Filter { confirms: None, .. } => return Outcome { changes, next: Next::Continue },
        Step::TakeOver { applied, suspension, .. } => changes.extend(taken_over(Some(applied.clone()), *suspension)),
        // Some verbs are done with their answer.
        Step::Act { action, verb, .. } => {
            let changes = end_action(action, *verb, ActionPhase::Succeeded, "Done", "done");
            return Outcome { changes, next: Next::Observe };
        }
        _ => {}
    }
    changes.push(Change::Notice { warning: false, reason: event_reason(step), note: step.to_string() });
    let next = match step {
        // The digest guarded the write, so the rest of the plan still rests on what was read.
        Step::Configure { .. } | Step::Unprotect { .. } | Step::Filter { .. } => Next::Continue,
        _ => Next::Observe,
    };
    Outcome { changes, next }
}

/// The adopted VM carries the mark: what is there belongs to this server from here on.
pub fn taken_over(applied: Option<Box<Applied>>, suspension: Option<SuspensionStatus>) -> Vec<Change> {
    let applied = applied.map(Change::Applied);
    let suspension = suspension.map(|s| Change::Suspension(Some(s)));
    [applied, suspension, Some(Change::TakenOver)].into_iter().flatten().collect()
}

fn refused(step: &Step, error: &ProxmoxError) -> Outcome {
    let mut changes = Vec::new();
    if let Step::Clone { .. } = step {
        // From here on the number may be in use: look before anything else is done with it.
        changes.push(Change::Task(None));
    }
    let next = match (&error.fault, step) {
        // A filter that is there already may hold what nobody has looked at.
        (Fault::Exists, Step::Clone { .. } | Step::Filter { .. })
        | (Fault::Running, Step::Start { .. } | Step::Act { verb: Verb::Start, .. })
        | (Fault::NotRunning, Step::Shutdown { .. } | Step::PowerOff { .. }) => Next::Observe,
        (Fault::NotRunning, Step::Act { action, verb: Verb::Restart | Verb::Reset, .. }) => {
            changes.push(Change::ActionEnded {
                action: action.clone(),
                phase: ActionPhase::Refused,
                reason: "NotRunning".into(),
                message: "the server is stopped; use Start".into(),
            });
            Next::Observe
        }
        // The write stands, and the running machine takes it at its next start.
        (Fault::Invalid { fields }, Step::Configure { applied, first: false, .. })
            if !fields.is_empty() && fields.values().all(|why| why.contains("hotplug problem")) =>
        {
            changes.push(Change::Applied(applied.clone()));
            let note = format!("{step}: {error}; restart the server to apply it");
            changes.push(Change::Notice { warning: true, reason: "HotplugFailed", note });
            Next::Observe
        }
        (Fault::UnknownOutcome, _) => Next::Hold(hold_for(step, error)),
        // What Proxmox refuses in words of its own is not healed by waiting, and the words are the result.
        (Fault::Invalid { .. } | Fault::Refused { .. }, Step::Act { action, deed, .. })
            if deed.task_kind().is_none() =>
        {
            changes.push(Change::ActionEnded {
                action: action.clone(),
                phase: ActionPhase::Failed,
                reason: "RefusedByProxmox".into(),
                message: error.to_string(),
            });
            Next::Observe
        }
        (_, Step::Act { action, .. }) => {
            let message = match error.fault {
                Fault::Invalid { .. } => error.to_string(),
                _ => told::waiting(reason_of(error).0, &error.message).into_owned(),
            };
            changes.push(Change::ActionRefused { action: action.clone(), message });
            Next::Hold(hold_for(step, error))
        }
        _ => Next::Hold(hold_for(step, error)),
    };
    Outcome { changes, next }
}

/// The task in `status.task` ended.
pub fn interpret_task(task: &TaskStatus, state: &TaskState) -> Outcome {
    let mut changes = vec![Change::Task(None)];
    let next = match state {
        TaskState::Running => return Outcome { changes: vec![], next: Next::AwaitTask },
        TaskState::Succeeded { warnings } => {
            changes.extend(task_succeeded(task.kind));
            if *warnings {
                let note =
                    format!("{:?} ended with warnings; see task {}", task.kind, task.upid.as_deref().unwrap_or("?"));
                changes.push(Change::Notice { warning: true, reason: "TaskWarnings", note });
            }
            Next::Observe
        }
        TaskState::Failed { exit_status } => task_failed(task, exit_status, &mut changes),
    };
    Outcome { changes, next }
}

fn task_succeeded(kind: TaskKind) -> Vec<Change> {
    match kind {
        TaskKind::Start => vec![Change::Power(PowerState::Running), Change::Provisioned],
        TaskKind::Stop | TaskKind::Shutdown => vec![Change::Power(PowerState::Stopped)],
        TaskKind::Clone | TaskKind::Attach | TaskKind::Resize | TaskKind::Reboot | TaskKind::Destroy => vec![],
    }
}

fn task_failed(task: &TaskStatus, exit_status: &str, changes: &mut Vec<Change>) -> Next {
    if task.kind == TaskKind::Start && exit_status.contains("already running") {
        changes.extend(task_succeeded(TaskKind::Start));
        return Next::Observe;
    }
    let (reason, hint) = reason_of_text(exit_status);
    let note = format!("{:?} failed: {}", task.kind, told::waiting(reason, exit_status));
    changes.push(Change::Notice { warning: true, reason: "TaskFailed", note });
    if task.kind == TaskKind::Clone && (exit_status.contains("already exists") || exit_status.contains("File exists")) {
        // Somebody has the number: whose VM it is, is looked at next.
        return Next::Observe;
    }
    Next::Hold(Hold::Waiting(reason, format!("{:?} failed: {exit_status}; {hint}", task.kind)))
}

fn hold_for(step: &Step, error: &ProxmoxError) -> Hold {
    let message = |hint: &str| format!("could not {step}: {error}; {hint}");
    if error.message.contains("SSH public key validation error") {
        let hint = "an entry of spec.access.sshKeys is no OpenSSH public key; create the server anew with a valid one";
        Hold::Stalled(StalledReason::Invalid, message(hint))
    } else if let Fault::Invalid { .. } = &error.fault {
        Hold::Stalled(StalledReason::Invalid, message("change the field that is named"))
    } else {
        let (reason, hint) = reason_of(error);
        Hold::Waiting(reason, message(hint))
    }
}

/// The waiting reason of an error, and what a person could do about it.
pub fn reason_of(error: &ProxmoxError) -> (WaitingReason, &'static str) {
    match &error.fault {
        Fault::Locked { .. } | Fault::Busy | Fault::DigestMismatch | Fault::Protected | Fault::Running => {
            (WaitingReason::Locked, "it is tried again")
        }
        Fault::Forbidden => (WaitingReason::PermissionMissing, "give the operator's token the privilege that is named"),
        Fault::Unauthenticated => {
            (WaitingReason::PermissionMissing, "put a valid token into the site's credentials Secret")
        }
        Fault::Unreachable | Fault::UnknownOutcome => (WaitingReason::SiteUnreachable, "it is tried again"),
        Fault::NoQuorum => (WaitingReason::NodeUnavailable, "it goes on when the cluster has quorum"),
        _ => reason_of_text(&error.message),
    }
}

/// The same of what a task ended with.
pub fn reason_of_text(text: &str) -> (WaitingReason, &'static str) {
    let lower = text.to_lowercase();
    let has = |needles: &[&str]| needles.iter().any(|n| lower.contains(n));
    // As qemu-img, LVM thin pools, ZFS and Ceph say it.
    if has(&[
        "no space left",
        "reached threshold",
        "insufficient free",
        "out of space",
        "not enough free space",
        "is full",
        "quota exceeded",
    ]) {
        (WaitingReason::StorageFull, "free space on the storage or add a template on another; it is tried again")
    } else if has(&["got timeout", "is locked", "lock"]) {
        (WaitingReason::Locked, "it is tried again")
    } else if has(&["permission"]) {
        (WaitingReason::PermissionMissing, "give the operator's token the privilege that is named")
    } else {
        (WaitingReason::NodeUnavailable, "see the task's log on the node; it is tried again")
    }
}

/// The changes that a step makes which calls nobody but Kubernetes.
pub fn end_action(action: &str, verb: Verb, phase: ActionPhase, reason: &str, message: &str) -> Vec<Change> {
    let mut changes = vec![Change::ActionEnded {
        action: action.to_owned(),
        phase,
        reason: reason.to_owned(),
        message: message.to_owned(),
    }];
    if phase == ActionPhase::Succeeded {
        let wish = match verb {
            Verb::Start | Verb::Restart => Some(PowerState::Running),
            Verb::Stop | Verb::Shutdown => Some(PowerState::Stopped),
            _ => None,
        };
        changes.extend(wish.map(Change::Power));
        changes.extend(wish.map(Change::PowerWish));
        if verb == Verb::Start {
            changes.push(Change::Provisioned);
        }
    }
    let warning = phase != ActionPhase::Succeeded;
    changes.push(Change::Notice {
        warning,
        reason: "ActionEnded",
        note: format!("{verb:?} {phase:?}: {message} (action {action})"),
    });
    changes
}

/// Folds the changes that are about the server itself into its status; answers whether it is provisioned now.
pub fn apply(status: &mut VirtualServerStatus, changes: &[Change]) -> bool {
    let mut provisioned = false;
    for change in changes {
        match change {
            Change::Task(task) => status.task.clone_from(task),
            Change::Vmid(vmid) => status.vmid = *vmid,
            Change::Node(node) => status.node.clone_from(node),
            Change::Applied(applied) => status.applied = Some((**applied).clone()),
            Change::Unmade => {
                status.applied = None;
                status.disks.clear();
                status.networks.clear();
            }
            Change::Power(power) => status.power_state = Some(*power),
            Change::PowerWish(wish) => status.power_wish = Some(*wish),
            Change::TakenFrom { from, born } => {
                status.taken_from = Some(from.clone());
                status.born = Some(born.clone());
            }
            Change::Suspension(suspension) => status.suspension = *suspension,
            Change::Born(born) => status.born = Some(born.clone()),
            Change::Original(original) => status.original = Some((**original).clone()),
            Change::Slots(slots) => {
                let disk = |slot: &String| DiskStatus { slot: slot.clone(), volid: None, size_gib: None };
                status.disks.extend(slots.iter().map(|(name, slot)| (name.clone(), disk(slot))));
            }
            Change::Reown(reown) => status.reown = reown.as_deref().cloned(),
            Change::Detached(disk) => {
                status.detached.retain(|d| d.volid != disk.volid);
                status.detached.push((**disk).clone());
            }
            Change::DiskIntended { name, slot } => {
                let disk = status.disks.entry(name.clone());
                disk.or_insert(DiskStatus { slot: slot.clone(), volid: None, size_gib: None }).slot.clone_from(slot);
            }
            Change::Filtered(confirmed) => {
                let network = status.networks.entry(confirmed.interface.clone()).or_default();
                network.slot.clone_from(&confirmed.slot);
                network.filter.clone_from(&confirmed.members);
            }
            Change::Provisioned => provisioned = true,
            Change::TakenOver
            | Change::ActionStarted { .. }
            | Change::ActionRefused { .. }
            | Change::ActionEnded { .. }
            | Change::Notice { .. } => {}
        }
    }
    provisioned
}

const fn event_reason(step: &Step) -> &'static str {
    match step {
        Step::ReserveVmid { .. } => "NumberTaken",
        Step::RecallVmid { .. } => "NumberRecalled",
        Step::BurnVmid { .. } => "NumberGivenUp",
        Step::Quarantine { .. } => "NumberQuarantined",
        Step::ClaimAddress { .. } => "AddressClaimed",
        Step::AwaitTurn { .. } => "TurnCame",
        Step::Clone { .. } => "CloneStarted",
        Step::Configure { first: true, .. } => "Configured",
        Step::Configure { .. } => "Changed",
        Step::Filter { .. } => "Filtered",
        Step::Attach { .. } => "AttachStarted",
        Step::Detach { .. } => "DiskDetached",
        Step::ReleaseAddress { .. } => "AddressReleased",
        Step::Protect { .. } => "ProtectionRestored",
        Step::Prepare { .. } => "Prepared",
        Step::PowerOff { .. } => "StopStarted",
        Step::Unprotect { .. } => "ProtectionLifted",
        Step::Reown { .. } | Step::Reowned { .. } => "Reowned",
        Step::DropDisk { .. } => "DiskDestroyed",
        Step::Resize { .. } => "ResizeStarted",
        Step::Start { .. } => "StartStarted",
        Step::Shutdown { .. } => "ShutdownStarted",
        Step::BringBack { .. } | Step::TakeBack { .. } | Step::Remark { .. } => "TakenBack",
        Step::Note { .. } | Step::Adopt { .. } => "Adopting",
        Step::TakeOver { .. } | Step::TakenOver { .. } => "Adopted",
        Step::Suspend { .. } => "Suspended",
        Step::EndSuspension { .. } => "SuspensionEnded",
        Step::Act { .. } | Step::FollowTask { .. } => "ActionStarted",
        Step::EndAction { .. } => "ActionEnded",
    }
}
