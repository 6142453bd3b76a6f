//! Looking at what is kept of a VM beside itself, when the verb that is next or has just ended is about it.

use proxmox_client::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest};
use slipway_crds::Verb;

use super::{
    interpret::reason_of,
    observed::{Listing, Observed, Stored, VmView},
    verbs,
};
use crate::site::Site;

pub(super) async fn observe_stored(site: &Site, seen: &Observed) -> Stored {
    let mut stored = Stored::default();
    let Some(action) = verbs::current(&seen.actions, seen.generation) else { return stored };
    let VmView::Found { node, .. } = &seen.vm else { return stored };
    let Some(vmid) = seen.status.vmid.and_then(|n| n.try_into().ok()) else { return stored };
    let node = node.clone();
    if matches!(action.verb, Verb::Snapshot | Verb::DeleteSnapshot | Verb::Rollback) {
        stored.snapshots = match site.call(&ProxmoxRequest::Snapshots { node, vmid }).await {
            Ok(ProxmoxAnswer::Snapshots(rows)) => Listing::Read(rows),
            Ok(_) => Listing::NotAsked,
            Err(error) => failed(&error),
        };
    }
    stored
}

fn failed<T>(error: &ProxmoxError) -> Listing<T> {
    let (reason, hint) = reason_of(error);
    Listing::Failed { reason, message: format!("{error}; {hint}") }
}
