//! Looking at a server's actions: which have not ended, and what became of their tasks.

use std::sync::Arc;

use kube::ResourceExt as _;
use proxmox_client::{NodeName, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Upid, Vmid};
use slipway_crds::{ActionPhase, Verb, VirtualServer, VirtualServerAction, VirtualServerStatus};

use super::{
    context::Context,
    deed::{is_about, task_type},
    observe::task_view,
    observed::{ActionView, Arguments},
};
use crate::site::Site;

/// The actions of this server that have not ended, in their order, with what became of their tasks.
pub(super) async fn observe_actions(
    ctx: &Context,
    site: &Site,
    server: &VirtualServer,
    vmid: Option<Vmid>,
    status: &VirtualServerStatus,
) -> Vec<ActionView> {
    let mut open = open_actions(ctx, server);
    open.sort_by_key(|a| (a.spec.sequence, a.creation_timestamp().map(|t| t.0), a.name_any()));
    let mut views = Vec::with_capacity(open.len());
    for action in open {
        let state = action.status.clone().unwrap_or_default();
        let upid = state.upid.as_deref().and_then(|u| u.parse::<Upid>().ok());
        let task = match &upid {
            Some(upid) => Some(task_view(site, upid).await),
            None => None,
        };
        let lost = state.phase == ActionPhase::Running && upid.is_none();
        let node = state.node.as_deref().or(status.node.as_deref()).and_then(|n| NodeName::try_from(n).ok());
        let found = match (lost, vmid, node) {
            (true, Some(vmid), Some(node)) => newer_task(site, &node, vmid, action.spec.verb, &state).await,
            _ => Ok(None),
        };
        views.push(ActionView {
            name: action.name_any(),
            verb: action.spec.verb,
            phase: state.phase,
            for_another: is_for_another(&action, server),
            uid_given: action.spec.server_ref.uid.is_some(),
            after_generation: action.spec.after_generation,
            not_after: action.spec.not_after.0,
            started_at: state.started_at.map(|t| t.0),
            upid,
            unsure: found.is_err(),
            found: found.ok().flatten(),
            task,
            arguments: Arguments {
                snapshot: action.spec.snapshot.clone(),
                include_memory: action.spec.include_memory,
                backup: action.spec.backup.clone(),
                image: action.spec.image_ref.clone(),
                disk: action.spec.disk.clone(),
                node: action.spec.node.clone(),
            },
        });
    }
    views
}

fn is_for_another(action: &VirtualServerAction, server: &VirtualServer) -> bool {
    action.spec.server_ref.uid.as_ref().is_some_and(|uid| Some(uid) != server.metadata.uid.as_ref())
}

fn open_actions(ctx: &Context, server: &VirtualServer) -> Vec<Arc<VirtualServerAction>> {
    let (namespace, name) = (server.namespace(), server.name_any());
    ctx.catalogue
        .actions
        .state()
        .into_iter()
        .filter(|a| a.namespace() == namespace && a.spec.server_ref.name == name)
        .filter(|a| a.status.as_ref().is_none_or(|s| !s.phase.is_terminal()))
        // One that runs for an earlier server of this name was ended with it, and the cache does not show it yet.
        .filter(|a| !is_for_another(a, server) || a.status.as_ref().is_none_or(|s| s.phase == ActionPhase::Pending))
        .collect()
}

/// The newest task of this verb on the VM, if it is newer than the newest one before the call.
async fn newer_task(
    site: &Site,
    node: &NodeName,
    vmid: Vmid,
    verb: Verb,
    state: &slipway_crds::ActionStatus,
) -> Result<Option<Upid>, ProxmoxError> {
    let Some(upid) = newest_task(site, node, vmid, verb).await? else { return Ok(None) };
    let before = state.newest_upid_before.as_deref().and_then(|u| u.parse::<Upid>().ok());
    // Both times are of the node's clock. An older one may come first once the newest has left the node's list.
    let is_newer = before.is_none_or(|before| upid != before && upid.start_time() >= before.start_time());
    Ok(is_newer.then_some(upid))
}

/// The newest task of a verb on a VM.
pub(super) async fn newest_task(
    site: &Site,
    node: &NodeName,
    vmid: Vmid,
    verb: Verb,
) -> Result<Option<Upid>, ProxmoxError> {
    let Some(kind) = task_type(verb) else { return Ok(None) };
    // The removal of a volume is not filed under the number of its owner.
    let filed = (verb != Verb::DeleteBackup).then_some(vmid);
    Ok(match site.call(&ProxmoxRequest::Tasks { node: node.clone(), kind, vmid: filed }).await? {
        // The newest stand first, also of those that began in the same second.
        ProxmoxAnswer::Tasks(rows) => rows
            .into_iter()
            .map(|r| r.upid)
            .filter(|upid| is_about(upid, vmid))
            .min_by_key(|upid| std::cmp::Reverse(upid.start_time())),
        _ => None,
    })
}
