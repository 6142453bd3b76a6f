//! Moving a VM to another node: what stands in the way is asked before, so that the answer names it.

use proxmox_client::NodeName;
use slipway_crds::ActionPhase;

use super::{
    deed::Deed,
    observed::{ActionView, Observed},
    plan::Plan,
    stored::listed,
    verbs::{Machine, end, only},
};

pub(super) fn migrate(seen: &Observed, machine: Machine<'_>, action: &ActionView) -> Result<Deed, Plan> {
    let ended = |phase, reason, message: String| Err(only(end(action, phase, reason, &message)));
    let refused = |reason, message| ended(ActionPhase::Refused, reason, message);
    let name = action.arguments.node.as_deref().unwrap_or_default();
    let Ok(target) = NodeName::try_from(name) else {
        return refused("NodeUnavailable", format!("`{name}` is no node's name"));
    };
    if target == *machine.node {
        return ended(ActionPhase::Succeeded, "AlreadySo", format!("the server is on node {target} already"));
    }
    if !seen.site.nodes.iter().any(|n| n.name == target && n.online) {
        return refused("NodeUnavailable", format!("node {target} is not there or offline"));
    }
    let Some(found) = listed(&seen.stored.migration)?.first() else {
        return refused("NodeUnavailable", "what stands in the way was not answered".to_owned());
    };
    if !found.local_resources.is_empty() {
        let devices = found.local_resources.join(", ");
        return refused("LocalDevices", format!("the VM uses devices of its node: {devices}"));
    }
    if !found.allowed_nodes.iter().any(|n| n == name) {
        return refused("NodeUnavailable", format!("node {target} lacks a storage that the VM's disks are on"));
    }
    Ok(Deed::Migrate { target, online: machine.running, local_disks: !found.local_disks.is_empty() })
}
