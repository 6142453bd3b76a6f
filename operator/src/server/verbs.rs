//! Actions inside the server's plan: one at a time, in order, once or not at all.

use proxmox_client::{NodeName, TaskState, VmConfig, Vmid};
use slipway_crds::{ActionPhase, RunPolicy, Verb, words::WaitingReason};

use super::{
    deed::{Deed, may_repeat},
    desired::Desired,
    detached, migrate,
    observed::{ActionView, Observed, TaskView, VmView},
    plan::{Hold, Plan},
    replace,
    step::Step,
    stored, stuck, suspension,
};
use crate::mark::{self, Mark, Verdict};

/// A VM of ours that can be acted on now, as it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine<'a> {
    pub mark: &'a Mark,
    pub node: &'a NodeName,
    pub config: &'a VmConfig,
    pub running: bool,
}

/// What must happen to actions before anything else: those that end without a call, and the one that runs.
pub(super) fn bookkeeping(desired: &Desired, seen: &Observed) -> Plan {
    let ended: Vec<Step> = seen.actions.iter().filter_map(|a| refusal(desired, seen, a)).collect();
    if !ended.is_empty() {
        return Plan { steps: ended, ..Plan::default() };
    }
    let Some(running) = seen.actions.iter().find(|a| a.phase == ActionPhase::Running) else { return Plan::default() };
    match (&running.upid, &running.task) {
        (Some(_), Some(TaskView::Ended(state))) => only(end_of_task(running, state, seen.status.vmid)),
        (Some(upid), Some(TaskView::Unknown { message })) => {
            let is_over = match &seen.vm {
                VmView::Absent => true,
                VmView::Found { node, config, .. } => stuck::outlives_task(upid.node().as_str(), node, config),
                VmView::NotAsked | VmView::Unreadable { .. } => false,
            };
            if is_over {
                let why = "the node that it ran on does not answer, and the server is elsewhere by now";
                only(end(running, ActionPhase::OutcomeUnknown, "TaskLost", why))
            } else {
                Plan::waiting(WaitingReason::NodeUnavailable, message.clone())
            }
        }
        (Some(_), Some(TaskView::Lost)) => {
            only(end(running, ActionPhase::OutcomeUnknown, "TaskLost", "Proxmox no longer knows the task"))
        }
        (Some(_), _) => match overruling_stop(desired, seen, running) {
            Some(stop) => only(stop),
            None => Plan { hold: Some(Hold::Task), ..Plan::default() },
        },
        (None, _) if running.unsure => {
            Plan::waiting(WaitingReason::SiteUnreachable, "whether the call was made is looked up; it is tried again")
        }
        (None, _) => match (&running.found, running.verb) {
            (Some(upid), _) => only(Step::FollowTask { action: running.name.clone(), upid: upid.to_string() }),
            // Repeating these is safe; a second restart is not.
            (None, verb) if may_repeat(verb) => Plan::default(),
            (None, _) => only(end(
                running,
                ActionPhase::OutcomeUnknown,
                "AnswerLost",
                "the answer of Proxmox was lost; look at the server before you repeat it",
            )),
        },
    }
}

/// The one that is carried out, or would be next.
pub(super) fn current(actions: &[ActionView], generation: i64) -> Option<&ActionView> {
    let ready = |a: &&ActionView| a.after_generation.is_none_or(|g| generation >= g);
    // The one whose answer was lost is repeated before another begins.
    let running = actions.iter().find(|a| a.phase == ActionPhase::Running);
    running.or_else(|| actions.iter().find(ready))
}

/// What was planned before it did not succeed, and it may be the cure: it goes first, every second time.
pub(super) fn goes_first(seen: &Observed) -> bool {
    seen.gives_way && current(&seen.actions, seen.generation).is_some()
}

/// The next verb for a VM that can be acted on now.
pub(super) fn next(desired: &Desired, seen: &Observed, machine: Machine<'_>) -> Plan {
    let Some(action) = current(&seen.actions, seen.generation) else { return Plan::default() };
    let done = |message: &str| only(end(action, ActionPhase::Succeeded, "AlreadySo", message));
    let deed = match (action.verb, machine.running) {
        (Verb::Start, true) => return done("the server was running already"),
        (Verb::Shutdown | Verb::Stop, false) => return done("the server was stopped already"),
        (Verb::Restart | Verb::Reset, false) => {
            return only(end(action, ActionPhase::Refused, "NotRunning", "the server is stopped; use Start"));
        }
        (Verb::Start, _) => Deed::Start,
        (Verb::Shutdown, _) => Deed::Shutdown,
        (Verb::Stop, _) => Deed::Stop { overrule: false },
        (Verb::Restart, _) => Deed::Restart,
        (Verb::Reset, _) => Deed::Reset,
        (Verb::Snapshot | Verb::DeleteSnapshot, _) => match stored::snapshot(seen, action) {
            Ok(deed) => deed,
            Err(plan) => return plan,
        },
        (Verb::Backup | Verb::DeleteBackup, _) => match stored::backup(seen, machine, action) {
            Ok(deed) => deed,
            Err(plan) => return plan,
        },
        (Verb::Migrate, _) => match migrate::migrate(seen, machine, action) {
            Ok(deed) => deed,
            Err(plan) => return plan,
        },
        (Verb::DestroyDisk, _) => return detached::destroy(seen, machine, action),
        (Verb::Rollback | Verb::Restore | Verb::Rebuild, _) => return replace::plan(desired, seen, machine, action),
    };
    only(act(action, machine.node, machine.mark.vmid, deed))
}

/// It was decided on a read that a step before it would make stale.
pub(super) fn wants_a_fresh_read(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| match step {
        Step::Act { deed, .. } => deed.task_kind().is_none(),
        Step::Prepare { .. } | Step::PowerOff { .. } | Step::Unprotect { .. } => true,
        _ => false,
    })
}

pub(super) fn act(action: &ActionView, node: &NodeName, vmid: Vmid, deed: Deed) -> Step {
    Step::Act { action: action.name.clone(), verb: action.verb, node: node.clone(), vmid, deed }
}

/// Actions that can never run.
fn refusal(desired: &Desired, seen: &Observed, action: &ActionView) -> Option<Step> {
    // A verb whose call may have been made is not carried out days later.
    let lost =
        action.phase == ActionPhase::Running && action.upid.is_none() && action.found.is_none() && !action.unsure;
    if lost && seen.now >= action.not_after {
        let why = "the answer of Proxmox was lost and notAfter has passed; look at the server";
        return Some(end(action, ActionPhase::OutcomeUnknown, "AnswerLost", why));
    }
    if action.phase != ActionPhase::Pending {
        return None;
    }
    let refused = |reason, message: &str| Some(end(action, ActionPhase::Refused, reason, message));
    if action.verb.replaces_data() && !action.uid_given {
        return refused("UidMissing", "serverRef.uid is missing: this verb must not meet a later server of this name");
    }
    if action.for_another {
        return refused("AnotherServer", "serverRef.uid is not this server's: it was deleted and created again");
    }
    if seen.now >= action.not_after {
        return Some(end(action, ActionPhase::Expired, "NotAfter", "notAfter passed before it could run"));
    }
    if let Some(why) = desired.suspended.as_ref().filter(|_| suspension::starts(action.verb)) {
        return refused("Suspended", &suspension::refusal(why));
    }
    match (action.verb, desired.run_policy) {
        (Verb::Start | Verb::Restart | Verb::Reset, RunPolicy::Stopped) => {
            refused("RunPolicy", "spec.runPolicy is Stopped: change it to Managed first")
        }
        (Verb::Stop | Verb::Shutdown, RunPolicy::Running) => {
            refused("RunPolicy", "spec.runPolicy is Running: change it to Managed first")
        }
        _ => None,
    }
}

/// Stop overrules a running Shutdown instead of queueing behind it. The VM is looked at like before any other call.
fn overruling_stop(desired: &Desired, seen: &Observed, running: &ActionView) -> Option<Step> {
    let stop = waiting_stop(&seen.actions).filter(|_| running.verb == Verb::Shutdown && !desired.paused)?;
    if stop.after_generation.is_some_and(|g| seen.generation < g) {
        return None;
    }
    let VmView::Found { node, config, .. } = &seen.vm else { return None };
    let vmid = Vmid::try_from(seen.status.vmid?).ok()?;
    match mark::verdict(config, &desired.identity, vmid) {
        Verdict::Ours(_) => Some(act(stop, node, vmid, Deed::Stop { overrule: true })),
        Verdict::Foreign { .. } | Verdict::Undetermined { .. } => None,
    }
}

/// A Stop that waits, if there is one.
pub(super) fn waiting_stop(actions: &[ActionView]) -> Option<&ActionView> {
    actions.iter().find(|a| a.verb == Verb::Stop && a.phase == ActionPhase::Pending)
}

/// The exit status of a task whose worker was killed.
const WORKER_DIED: &str = "unexpected status";

fn end_of_task(action: &ActionView, state: &TaskState, vmid: Option<u32>) -> Step {
    match state {
        TaskState::Running | TaskState::Succeeded { .. } => end(action, ActionPhase::Succeeded, "Done", "done"),
        // What was asked for is so, whoever did it.
        TaskState::Failed { exit_status } if action.verb == Verb::Start && exit_status.contains("already running") => {
            end(action, ActionPhase::Succeeded, "AlreadySo", "the server was running already")
        }
        TaskState::Failed { exit_status } => {
            let hint = match (action.verb, vmid) {
                (Verb::Shutdown | Verb::Restart, _) => {
                    "; the guest did not shut down: use Stop to cut its power".to_owned()
                }
                // A worker that dies leaves the volumes that it has made, and no listing of ours shows them.
                (Verb::Restore, Some(vmid)) if exit_status == WORKER_DIED => {
                    format!(
                        "; its worker died. What it left on the storage, root can show: qm disk rescan --vmid {vmid}"
                    )
                }
                _ => String::new(),
            };
            end(action, ActionPhase::Failed, "TaskFailed", &format!("{exit_status}{hint}"))
        }
    }
}

pub(super) fn end(action: &ActionView, phase: ActionPhase, reason: &'static str, message: &str) -> Step {
    Step::EndAction { action: action.name.clone(), verb: action.verb, phase, reason, message: message.to_owned() }
}

pub(super) fn only(step: Step) -> Plan {
    Plan { steps: vec![step], ..Plan::default() }
}
