//! A VM that is proven gone. Nothing makes another by itself; a person's Restore does, on the same number.

use proxmox_client::{NodeName, VmConfig, Vmid};
use slipway_crds::{ActionPhase, PowerState, Verb, words::WaitingReason};

use super::{
    deed::Deed,
    desired::Desired,
    observed::{Listing, Observed},
    plan::Plan,
    replace,
    step::Step,
    verbs::{Machine, current, end, only},
};
use crate::mark::{Mark, MarkState};

/// What the next verb does, beside what the server is stalled by.
pub(super) fn beside(desired: &Desired, seen: &Observed, vmid: Vmid, stalled: Plan) -> Plan {
    let Some(action) = current(&seen.actions, seen.generation) else { return stalled };
    if action.verb != Verb::Restore {
        let why = format!("VM {vmid} is gone from Proxmox VE: only a Restore of a backup makes it anew");
        return only(end(action, ActionPhase::Refused, "VMLost", &why));
    }
    if let Some(why) = &seen.site.creates_held {
        return Plan::waiting(WaitingReason::SiteFrozen, why.clone());
    }
    let Some(node) = node(seen) else {
        return Plan::waiting(WaitingReason::NodeUnavailable, "the node that the VM was on is not online".to_owned());
    };
    if sees_no_backup(seen, vmid) {
        // With the VM went its place in our pool, and with that our right to see what is kept of it.
        let why = format!(
            "Proxmox VE shows no backup of VM {vmid}. Of a VM that is gone it shows them to who may VM.Backup on its number; give the operator's user that, and ask again: pveum acl modify /vms/{vmid} --users <user> --roles PVEVMAdmin"
        );
        return only(end(action, ActionPhase::Refused, "BackupNotShown", &why));
    }
    let born = seen.status.born.clone().unwrap_or_else(|| desired.identity.uid.clone());
    let mark = Mark { identity: desired.identity.clone(), vmid, born, state: MarkState::Owned };
    let nothing = VmConfig::default();
    let mut plan =
        replace::plan(desired, seen, Machine { mark: &mark, node: &node, config: &nothing, running: false }, action);
    for step in &mut plan.steps {
        match step {
            // It comes back as it was last seen.
            Step::Prepare { reown } => reown.was_running = seen.status.power_state == Some(PowerState::Running),
            // Whoever took the number since the proof keeps it: Proxmox refuses.
            Step::Act { deed: Deed::Restore { overwrite, .. }, .. } => *overwrite = false,
            _ => {}
        }
    }
    plan
}

fn sees_no_backup(seen: &Observed, vmid: Vmid) -> bool {
    matches!(&seen.stored.backups, Listing::Read(rows) if rows.iter().all(|row| row.vmid != Some(vmid)))
}

fn node(seen: &Observed) -> Option<NodeName> {
    let node = seen.status.node.as_deref().and_then(|name| NodeName::try_from(name).ok())?;
    seen.site.nodes.iter().any(|n| n.online && n.name == node).then_some(node)
}
