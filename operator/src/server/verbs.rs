//! Actions inside the server's plan: one at a time, in order, once or not at all.

use proxmox_client::{NodeName, TaskState, Vmid};
use slipway_crds::{ActionPhase, RunPolicy, Verb, words::WaitingReason};

use super::{
    desired::Desired,
    observed::{ActionView, Observed, TaskView, VmView},
    plan::{Hold, Plan},
    step::Step,
};
use crate::mark::{self, Verdict};

/// What must happen to actions before anything else: those that end without a call, and the one that runs.
pub(super) fn bookkeeping(desired: &Desired, seen: &Observed) -> Plan {
    let ended: Vec<Step> = seen.actions.iter().filter_map(|a| refusal(desired, seen, a)).collect();
    if !ended.is_empty() {
        return Plan { steps: ended, ..Plan::default() };
    }
    let Some(running) = seen.actions.iter().find(|a| a.phase == ActionPhase::Running) else { return Plan::default() };
    match (&running.upid, &running.task) {
        (Some(_), Some(TaskView::Ended(state))) => only(end_of_task(running, state)),
        (Some(_), Some(TaskView::Unknown { message })) => {
            Plan::waiting(WaitingReason::NodeUnavailable, message.clone())
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
            (None, Verb::Start | Verb::Stop | Verb::Shutdown) => Plan::default(),
            (None, Verb::Restart) => only(end(
                running,
                ActionPhase::OutcomeUnknown,
                "AnswerLost",
                "the answer of Proxmox was lost; look at the server before you repeat it",
            )),
        },
    }
}

/// The next verb for a VM that can be acted on now.
pub(super) fn next(seen: &Observed, running: bool, node: &NodeName, vmid: Vmid) -> Vec<Step> {
    let ready = |a: &&ActionView| a.after_generation.is_none_or(|g| seen.generation >= g);
    // The one whose answer was lost is repeated before another begins.
    let lost = seen.actions.iter().find(|a| a.phase == ActionPhase::Running);
    let Some(action) = lost.or_else(|| seen.actions.iter().find(ready)) else { return vec![] };
    let done = |message: &str| vec![end(action, ActionPhase::Succeeded, "AlreadySo", message)];
    match (action.verb, running) {
        (Verb::Start, true) => done("the server was running already"),
        (Verb::Shutdown | Verb::Stop, false) => done("the server was stopped already"),
        (Verb::Restart, false) => {
            vec![end(action, ActionPhase::Refused, "NotRunning", "the server is stopped; use Start")]
        }
        _ => vec![act(action, node, vmid, false)],
    }
}

fn act(action: &ActionView, node: &NodeName, vmid: Vmid, overrule: bool) -> Step {
    Step::Act { action: action.name.clone(), verb: action.verb, node: node.clone(), vmid, overrule }
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
    if action.for_another {
        return refused("AnotherServer", "serverRef.uid is not this server's: it was deleted and created again");
    }
    if seen.now >= action.not_after {
        return Some(end(action, ActionPhase::Expired, "NotAfter", "notAfter passed before it could run"));
    }
    match (action.verb, desired.run_policy) {
        (Verb::Start | Verb::Restart, RunPolicy::Stopped) => {
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
        Verdict::Ours(_) => Some(act(stop, node, vmid, true)),
        Verdict::Foreign { .. } | Verdict::Undetermined { .. } => None,
    }
}

/// A Stop that waits, if there is one.
pub(super) fn waiting_stop(actions: &[ActionView]) -> Option<&ActionView> {
    actions.iter().find(|a| a.verb == Verb::Stop && a.phase == ActionPhase::Pending)
}

fn end_of_task(action: &ActionView, state: &TaskState) -> Step {
    match state {
        TaskState::Running | TaskState::Succeeded { .. } => end(action, ActionPhase::Succeeded, "Done", "done"),
        // What was asked for is so, whoever did it.
        TaskState::Failed { exit_status } if action.verb == Verb::Start && exit_status.contains("already running") => {
            end(action, ActionPhase::Succeeded, "AlreadySo", "the server was running already")
        }
        TaskState::Failed { exit_status } => {
            let hint = if action.verb == Verb::Shutdown || action.verb == Verb::Restart {
                "; the guest did not shut down: use Stop to cut its power"
            } else {
                ""
            };
            end(action, ActionPhase::Failed, "TaskFailed", &format!("{exit_status}{hint}"))
        }
    }
}

fn end(action: &ActionView, phase: ActionPhase, reason: &'static str, message: &str) -> Step {
    Step::EndAction { action: action.name.clone(), verb: action.verb, phase, reason, message: message.to_owned() }
}

fn only(step: Step) -> Plan {
    Plan { steps: vec![step], ..Plan::default() }
}
