//! From a plan to what people and scripts read: conditions, phase, and nothing written that has not changed.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use slipway_crds::{
    PlannedStep, PowerState, ServerPhase, VirtualServer, VirtualServerStatus, names::ANNOTATION_REQUEST_ID,
    words::condition,
};

use super::{
    plan::{Hold, Plan, is_provisioned},
    told::told,
};

pub const MOST_ENTRIES: usize = 16;

pub const WAITS_FOR_TURN: &str = "waits for its turn: other tasks run on this site";

/// The status as the plan says it should read; `now` stands in conditions that changed.
pub fn report(
    server: &VirtualServer,
    status: &VirtualServerStatus,
    plan: &Plan,
    now: Timestamp,
) -> VirtualServerStatus {
    let mut next = status.clone();
    let generation = server.metadata.generation;
    next.observed_generation = generation;
    let (ready, stalled, reason, message) = headline(plan);
    let mut set = |type_: &str, value: bool, reason: &str, message: &str| {
        set_condition(&mut next.conditions, condition_of(type_, value, reason, message, generation, now));
    };
    set(condition::READY, ready, reason, &message);
    set(condition::RECONCILING, !ready && !stalled, reason, if ready || stalled { "" } else { &message });
    set(condition::STALLED, stalled, if stalled { reason } else { "AsExpected" }, if stalled { &message } else { "" });
    let suspended = server.spec.suspended.as_ref().map(|s| s.reason.as_str());
    let why = if suspended.is_some() { "Suspended" } else { "NotSuspended" };
    set(condition::SUSPENDED, suspended.is_some(), why, suspended.unwrap_or_default());
    let (why, text) = if plan.restart_required {
        (
            "PendingChanges",
            "the running machine has other sizes or devices than its configuration; restart it to apply them",
        )
    } else {
        ("UpToDate", "")
    };
    set(condition::RESTART_REQUIRED, plan.restart_required, why, text);
    let drifted = !plan.drift.is_empty();
    set(condition::DRIFT_DETECTED, drifted, if drifted { "HandEdit" } else { "NoDrift" }, &drift_text(plan));
    next.drift = plan.drift.iter().take(MOST_ENTRIES).cloned().collect();
    next.plan = plan
        .steps
        .iter()
        .take(MOST_ENTRIES)
        .map(|s| PlannedStep { step: s.to_string(), impact: s.impact().as_str().to_owned() })
        .collect();
    next.phase = Some(match phase(&next, plan) {
        ServerPhase::Running | ServerPhase::Stopped if suspended.is_some() => ServerPhase::Suspended,
        phase => phase,
    });
    next
}

/// The condition that the first start ended OK; it never goes back.
pub fn set_provisioned(status: &mut VirtualServerStatus, generation: Option<i64>, now: Timestamp) {
    let provisioned =
        condition_of(condition::PROVISIONED, true, "Started", "the first start ended OK", generation, now);
    set_condition(&mut status.conditions, provisioned);
    let configured = condition_of(
        condition::GUEST_CONFIGURED,
        true,
        "CloudInit",
        "the guest was started with its cloud-init data",
        generation,
        now,
    );
    set_condition(&mut status.conditions, configured);
}

/// The same for a VM that ran before it was this server's: its guest got nothing from us.
pub fn set_taken_over(status: &mut VirtualServerStatus, generation: Option<i64>, now: Timestamp) {
    let message = "the VM was taken over as it was";
    let provisioned = condition_of(condition::PROVISIONED, true, "TakenOver", message, generation, now);
    set_condition(&mut status.conditions, provisioned);
}

/// Sets a condition; its time changes only with its status.
pub fn set_condition(conditions: &mut Vec<Condition>, new: Condition) {
    match conditions.iter_mut().find(|c| c.type_ == new.type_) {
        Some(old) => {
            let since = if old.status == new.status {
                old.last_transition_time.clone()
            } else {
                new.last_transition_time.clone()
            };
            *old = Condition { last_transition_time: since, ..new };
        }
        None => conditions.push(new),
    }
}

/// The id of the request that caused the newest write, for log lines.
pub fn request_id(server: &VirtualServer) -> &str {
    server.metadata.annotations.as_ref().and_then(|a| a.get(ANNOTATION_REQUEST_ID)).map_or("", String::as_str)
}

/// Logs the whole of what a condition tells tenants the gist of.
pub fn log_hold(server: &VirtualServer, plan: &Plan) {
    let Some((hold, (reason, text))) = plan.hold.as_ref().and_then(|hold| Some((hold, told(hold)?))) else { return };
    let (Hold::Waiting(_, detail) | Hold::Stalled(_, detail)) = hold else { return };
    if *detail != text {
        let (namespace, name) = (server.metadata.namespace.as_deref(), server.metadata.name.as_deref());
        tracing::warn!(namespace, name, request_id = request_id(server), reason, detail, "a server waits");
    }
}

/// The reason of the Ready condition, for Events on transitions.
pub fn ready_reason(status: Option<&VirtualServerStatus>) -> Option<(&str, &str)> {
    let ready = status?.conditions.iter().find(|c| c.type_ == condition::READY)?;
    Some((&ready.reason, &ready.message))
}

fn headline(plan: &Plan) -> (bool, bool, &'static str, String) {
    match &plan.hold {
        None if plan.steps.is_empty() => (true, false, "AsWished", "everything is as wished".to_owned()),
        None => (false, false, "Progressing", plan.steps.first().map(ToString::to_string).unwrap_or_default()),
        Some(Hold::Task) => (false, false, "Progressing", "a Proxmox task is running".to_owned()),
        Some(Hold::Turn { .. }) => (false, false, "Progressing", WAITS_FOR_TURN.to_owned()),
        Some(hold @ (Hold::Waiting(..) | Hold::Stalled(..))) => {
            let (reason, message) = told(hold).unwrap_or_default();
            (false, matches!(hold, Hold::Stalled(..)), reason, message.into_owned())
        }
    }
}

fn drift_text(plan: &Plan) -> String {
    let all: Vec<String> =
        plan.drift.iter().take(4).map(|d| format!("{}: wanted `{}`, found `{}`", d.field, d.wanted, d.found)).collect();
    all.join("; ")
}

fn phase(status: &VirtualServerStatus, plan: &Plan) -> ServerPhase {
    let running = status.power_state == Some(PowerState::Running);
    match &plan.hold {
        Some(Hold::Stalled(..)) => ServerPhase::Failed,
        _ if plan.is_settled() => {
            if running {
                ServerPhase::Running
            } else {
                ServerPhase::Stopped
            }
        }
        _ if is_provisioned(status) => ServerPhase::Updating,
        Some(Hold::Waiting(..)) => ServerPhase::Pending,
        _ => ServerPhase::Provisioning,
    }
}

fn condition_of(
    type_: &str,
    value: bool,
    reason: &str,
    message: &str,
    generation: Option<i64>,
    now: Timestamp,
) -> Condition {
    Condition {
        type_: type_.to_owned(),
        status: if value { "True" } else { "False" }.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        observed_generation: generation,
        last_transition_time: Time(now),
    }
}
