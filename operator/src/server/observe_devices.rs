//! What else is read of a VM of ours: what waits for a restart, and what its guest may send.

use proxmox_client::{FirewallCall, NodeName, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::{TaskKind, VirtualServerStatus};

use super::{
    addresses::Claims,
    desired::Desired,
    filters::{set_name, slot_of_set},
    interpret::reason_of,
    observed::{Addressing, FilterView, Filters, Observed, TaskView, VmView},
    plan::is_provisioned,
};
use crate::{
    mark::{Verdict, verdict},
    site::Site,
};

/// Nothing of a VM that is not ours; and nothing again when a start has just ended, which changes neither.
pub(super) async fn observe_devices(site: &Site, desired: &Desired, seen: &mut Observed, vmid: Vmid) {
    let VmView::Found { node, config, status: power } = &seen.vm else { return };
    if !matches!(verdict(config, &desired.identity, vmid), Verdict::Ours(_)) {
        return;
    }
    let status = &seen.status;
    let ended = |kind| {
        let task = status.task.as_ref().is_some_and(|task| task.kind == kind);
        task && matches!(seen.task, Some(TaskView::Ended(_)))
    };
    if ended(TaskKind::Start) {
        return;
    }
    let node = node.clone();
    if power.as_ref().is_some_and(|p| p.running)
        && is_provisioned(status)
        && let Ok(ProxmoxAnswer::Pending(pending)) =
            site.call(&ProxmoxRequest::Pending { node: node.clone(), vmid }).await
    {
        seen.pending = pending;
    }
    // A clone that has just ended has none, and what was put there on the way to its first start is remembered. One whose
    // call's answer was lost may have some.
    let is_known = ended(TaskKind::Clone) || is_filtered(status, seen);
    if is_provisioned(status) || status.reown.is_some() || !is_known {
        seen.filters = match read(site, &node, vmid).await {
            Ok(found) => FilterView::Read(found),
            Err(error) => {
                let (reason, hint) = reason_of(&error);
                FilterView::Failed {
                    reason,
                    message: format!("the filters of VM {vmid} cannot be read: {error}; {hint}"),
                }
            }
        };
    }
}

/// Every interface of the wish was seen with a filter that lets its addresses through and nothing else.
fn is_filtered(status: &VirtualServerStatus, seen: &Observed) -> bool {
    let Ok(claims) = Claims::settled(&seen.addresses, |_| Addressing::default()) else { return true };
    seen.addresses.keys().all(|name| {
        let mut wanted: Vec<String> = claims.of(name).iter().map(super::observed::Claim::cidr).collect();
        let mut known = status.networks.get(name).map(|network| network.filter.clone()).unwrap_or_default();
        wanted.sort();
        known.sort();
        wanted == known
    })
}

async fn read(site: &Site, node: &NodeName, vmid: Vmid) -> Result<Filters, ProxmoxError> {
    let ask = |call| ProxmoxRequest::GuestFirewall { node: node.clone(), vmid, call };
    let mut found = Filters::default();
    if let ProxmoxAnswer::FirewallOptions(options) = site.call(&ask(FirewallCall::Options)).await? {
        found.options = options;
    }
    let ProxmoxAnswer::IpSets(names) = site.call(&ask(FirewallCall::Sets)).await? else { return Ok(found) };
    for slot in names.iter().filter_map(|name| slot_of_set(name)) {
        let set = FirewallCall::Set { name: set_name(slot) };
        if let ProxmoxAnswer::IpSet(members) = site.call(&ask(set)).await? {
            found.sets.insert(slot.to_owned(), members);
        }
    }
    Ok(found)
}
