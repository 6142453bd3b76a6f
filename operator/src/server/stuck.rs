//! What stands still: a number whose clone cannot be judged, a lock that nobody works under, a VM that never reached our
//! pool. It is waited for as long as anything may still come of it; then it needs root, and the server goes on without.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proxmox_client::{NodeName, ProxmoxAnswer, ProxmoxRequest, VmConfig, Vmid};
use slipway_crds::{
    VirtualServerStatus,
    words::{StalledReason, WaitingReason},
};

use super::{
    desired::Desired,
    observed::{Observed, PoolView, VmView, WorkView},
    plan::{Hold, Plan, was_configured},
    step::Step,
};
use crate::{
    mark::{self, MarkState, Verdict},
    site::Site,
};

/// How long nothing may happen before it counts as over.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// The clocks of a node and of ours may differ by this much.
const SKEW: i64 = 5;
/// Locked on purpose: it hibernates, and unlocking would lose its memory.
pub(crate) const HIBERNATES: &str = "suspended";

/// Whether a task explains what a direct read of the VM showed.
pub(super) async fn look(site: &Site, desired: &Desired, seen: &Observed, vmid: Vmid) -> WorkView {
    let VmView::Found { node, config, .. } = &seen.vm else { return WorkView::NotAsked };
    if !stands_still(desired, seen, vmid, config) {
        return WorkView::NotAsked;
    }
    let Ok(ProxmoxAnswer::Tasks(rows)) = site.call(&ProxmoxRequest::RunningTasks { node: node.clone() }).await else {
        return WorkView::Unknown;
    };
    let since = seen.status.stuck_since.as_ref().map_or(i64::MAX, |t| t.0.as_second().saturating_add(SKEW));
    let explains = |upid: &proxmox_client::Upid| match upid.kind() {
        // Its UPID carries the template's number, not ours; one that began later cannot be ours.
        "qmclone" => desired.image.templates.iter().any(|t| is(upid.id(), t.vmid)) && upid.start_time() <= since,
        // A backup of many guests names none.
        "vzdump" => upid.id().is_empty() || is(upid.id(), vmid),
        _ => is(upid.id(), vmid),
    };
    if rows.iter().any(|row| explains(&row.upid)) { WorkView::Runs } else { WorkView::Idle }
}

fn is(id: &str, vmid: Vmid) -> bool {
    id.parse() == Ok(vmid.get())
}

fn stands_still(desired: &Desired, seen: &Observed, vmid: Vmid, config: &VmConfig) -> bool {
    match mark::verdict(config, &desired.identity, vmid) {
        Verdict::Undetermined { .. } => true,
        Verdict::Ours(mark) => {
            config.lock().is_some() || (mark.state == MarkState::Provisional && seen.pool == PoolView::Outside)
        }
        Verdict::Foreign { .. } => false,
    }
}

pub(super) fn remember(status: &mut VirtualServerStatus, seen: &Observed) {
    let before = status.stuck_since.as_ref().map(|t| t.0);
    status.stuck_since = since(seen.work, before, seen.now).map(Time);
}

/// Since when it stands still; forgotten as soon as it does not.
pub(crate) fn since(work: WorkView, before: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    match work {
        WorkView::Idle | WorkView::Runs => before.or(Some(now)),
        WorkView::Unknown => before,
        WorkView::NotAsked => None,
    }
}

/// Nothing works on it, and has not for long enough.
pub(crate) fn is_over(work: WorkView, since: Option<Timestamp>, now: Timestamp) -> bool {
    work == WorkView::Idle && since.is_some_and(|t| now.duration_since(t) >= PATIENCE)
}

fn server_is_over(seen: &Observed) -> bool {
    is_over(seen.work, seen.status.stuck_since.as_ref().map(|t| t.0), seen.now)
}

/// The node that a task ran on is silent, but the VM reads unlocked on another: what ran there works on it no more. On
/// the same node nobody can say; many a task takes no lock.
pub(crate) fn outlives_task(ran_on: &str, node: &NodeName, config: &VmConfig) -> bool {
    node.as_str() != ran_on && config.lock().is_none()
}

/// The VM on our number cannot be judged.
pub(super) fn undetermined(seen: &Observed, node: &NodeName, vmid: Vmid, config: &VmConfig, why: &str) -> Plan {
    if !server_is_over(seen) {
        let message = format!("VM {vmid} on node {node} cannot be judged yet: {why}");
        return Plan { hold: Some(Hold::Waiting(WaitingReason::Locked, message)), ..Plan::default() };
    }
    if was_configured(&seen.status) {
        return Plan { hold: Some(stale(node, vmid, config.lock().unwrap_or("clone"))), ..Plan::default() };
    }
    let dead_clone = config.lock().is_none_or(|lock| ["clone", "create"].contains(&lock));
    let (reason, command) = if dead_clone {
        let reason =
            format!("what was to become VM {vmid} on node {node} was left unfinished ({why}) by a task that is gone");
        (reason, format!("qm unlock {vmid}; qm destroy {vmid}"))
    } else {
        let reason = format!("VM {vmid} on node {node} cannot be judged ({why}), and no task works on it");
        (reason, format!("qm unlock {vmid}"))
    };
    quarantine(node, vmid, reason, &command)
}

/// A clone of ours whose last act, joining our pool, never happened: Proxmox refuses us everything on it.
pub(super) fn outside_pool(seen: &Observed, node: &NodeName, vmid: Vmid) -> Plan {
    if !server_is_over(seen) {
        let message = format!("VM {vmid} on node {node} was cloned but is not in Slipway's pool yet");
        return Plan { hold: Some(Hold::Waiting(WaitingReason::Locked, message)), ..Plan::default() };
    }
    let reason =
        format!("VM {vmid} on node {node} was cloned by a task that is gone, and never reached Slipway's pool");
    quarantine(node, vmid, reason, &format!("qm destroy {vmid}"))
}

fn quarantine(node: &NodeName, vmid: Vmid, reason: String, command: &str) -> Plan {
    let command = format!("on node {node}: {command}");
    Plan { steps: vec![Step::Quarantine { vmid, reason, command }], ..Plan::default() }
}

/// Why a locked VM of ours waits, or that its lock is left over.
pub(super) fn locked(seen: &Observed, node: &NodeName, vmid: Vmid, lock: &str) -> Hold {
    if server_is_over(seen) && lock != HIBERNATES {
        return stale(node, vmid, lock);
    }
    Hold::Waiting(WaitingReason::Locked, format!("VM {vmid} is locked ({lock}) by another task"))
}

/// A lock that was left over, and what removes it.
pub(crate) fn stale(node: &NodeName, vmid: Vmid, lock: &str) -> Hold {
    let message = format!(
        "VM {vmid} is locked ({lock}), and no task has worked on it for 10 minutes; as root on node {node}: qm unlock {vmid}"
    );
    Hold::Stalled(StalledReason::LockStale, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_task_of_a_silent_node_is_over_only_for_a_vm_that_is_unlocked_elsewhere() {
        let (here, free) = (NodeName::try_from("pve1").unwrap(), VmConfig::from_json(&json!({})));
        assert!(outlives_task("pve2", &here, &free));
        assert!(!outlives_task("pve1", &here, &free), "a start takes no lock");
        assert!(!outlives_task("pve2", &here, &VmConfig::from_json(&json!({ "lock": "migrate" }))));
    }

    #[test]
    fn what_stands_still_is_over_after_ten_minutes_in_which_nothing_is_known_to_run() {
        let begun: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(since(WorkView::Unknown, Some(begun), begun + PATIENCE), Some(begun));
        assert_eq!(since(WorkView::NotAsked, Some(begun), begun), None);
        assert!(!is_over(WorkView::Idle, Some(begun), begun + SignedDuration::from_mins(9)));
        assert!(is_over(WorkView::Idle, Some(begun), begun + PATIENCE));
        assert!(!is_over(WorkView::Runs, Some(begun), begun + PATIENCE));
    }
}
