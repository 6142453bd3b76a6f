//! Suspended by the provider: kept off, started by nobody, and afterwards as it was.

use proxmox_client::{NodeName, Vmid};
use slipway_crds::{PowerState, RunPolicy, SuspensionStatus, Verb};

use super::{desired::Desired, observed::Observed, step::Step, verbs};

/// Whether a verb powers the guest on.
pub(super) const fn starts(verb: Verb) -> bool {
    matches!(verb, Verb::Start | Verb::Restart | Verb::Reset)
}

/// Why a verb is refused, for the customer to read.
pub(super) fn refusal(reason: &str) -> String {
    format!("the server is suspended: {reason}")
}

/// What policy says about power while it is suspended: off, unless it was suspended when it was adopted.
pub(super) fn wanted_power(seen: Option<SuspensionStatus>) -> Option<bool> {
    if seen.is_some_and(|s| s.spares) { None } else { Some(false) }
}

/// What keeps a suspended guest off. It does not wait for what the wish waits for: a plan that does not exist frees nobody.
pub(super) fn enforce(desired: &Desired, seen: &Observed, running: bool, node: &NodeName, vmid: Vmid) -> Vec<Step> {
    let turn = turn(desired, seen, running, node, vmid);
    if turn.is_some() || desired.suspended.is_none() || !running || wanted_power(seen.status.suspension).is_none() {
        return turn.into_iter().collect();
    }
    vec![Step::Shutdown { node: node.clone(), vmid, because: "it is suspended" }]
}

/// What a suspension begins or ends with: the power that was interrupted is remembered before it is cut, and given back
/// before it is forgotten.
fn turn(desired: &Desired, seen: &Observed, running: bool, node: &NodeName, vmid: Vmid) -> Option<Step> {
    let remembered = seen.status.suspension;
    match (&desired.suspended, remembered) {
        (Some(_), None) => {
            let power = if running { PowerState::Running } else { PowerState::Stopped };
            Some(Step::Suspend { vmid, suspension: SuspensionStatus { power, spares: false } })
        }
        (None, Some(before)) => {
            let resumes = desired.run_policy == RunPolicy::Managed
                && before.power == PowerState::Running
                && seen.status.power_wish != Some(PowerState::Stopped)
                && !running;
            if resumes && verbs::goes_first(seen) {
                return None;
            }
            Some(if resumes { Step::Start { node: node.clone(), vmid } } else { Step::EndSuspension { vmid } })
        }
        _ => None,
    }
}
