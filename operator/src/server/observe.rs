//! Looking, in as few calls as the plan needs: the only part of a reconciliation that reads Proxmox.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, ResourceExt as _};
use proxmox_client::{Fault, NodeName, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Upid, Vmid};
use slipway_crds::{
    ReownKind, RetainedPhase, SiteLimits, TaskKind, VirtualServer, VirtualServerStatus, words::WaitingReason,
};

use super::{
    adopt,
    choice::{Choice, chance},
    context::Context,
    desired::{Desired, Password},
    interpret::reason_of,
    observe_actions::observe_actions,
    observe_devices::observe_devices,
    observe_stored::observe_stored,
    observed::{
        AddressView, AdoptView, FilterView, Observed, PoolView, SiteView, SpareClaim, Stored, TaskView, TemplateView,
        UndoView, VmView, WorkView,
    },
    placement::place,
    plan::{is_provisioned, wanted_power},
    prefix::Family,
    previous::previous,
    slots::{Slots, came_with},
    squatters::squatted,
    stuck, turn, undo,
    validate::{References, network_names},
    verbs::waiting_stop,
};
use crate::{
    catalogue::Catalogue,
    kubernetes::timed,
    mark::{self, MarkState},
    site::{Absence, Site},
};

/// What the spec's names stand for now.
pub async fn dereference(ctx: &Context, site: &Site, server: &VirtualServer) -> References {
    let spec = &server.spec;
    let (password, password_error) = password(ctx, server).await;
    References {
        installation: site.installation.clone(),
        default_network: site.spec.default_network.clone(),
        plan: spec.plan_ref.as_deref().and_then(|name| Catalogue::get(&ctx.catalogue.plans, name)),
        image: spec.image_ref.as_deref().and_then(|name| Catalogue::get(&ctx.catalogue.images, name)),
        networks: network_names(server, &site.spec.default_network)
            .filter_map(|name| Some((name.to_owned(), Catalogue::get(&ctx.catalogue.networks, name)?)))
            .collect(),
        taken: undo::decided(&ctx.catalogue.retained.state(), server),
        most_disk_gib: site.spec.limits.disk_gib_per_server,
        storage: site.spec.storage.clone(),
        storage_classes: site.spec.storage_classes.clone(),
        password,
        password_error,
    }
}

/// The password acts at creation only, so it is read only until it was applied.
async fn password(ctx: &Context, server: &VirtualServer) -> (Option<Password>, Option<String>) {
    let rebuilt = |s: &VirtualServerStatus| s.reown.as_ref().is_some_and(|r| r.kind == ReownKind::Rebuild);
    let applied = server.status.as_ref().is_some_and(|s| s.applied.is_some() && !rebuilt(s));
    let reference = server.spec.access.as_ref().and_then(|a| a.password_secret_ref.as_ref());
    let (Some(reference), false) = (reference, applied) else { return (None, None) };
    let secrets: Api<Secret> = Api::namespaced(ctx.client.clone(), &server.namespace().unwrap_or_default());
    match timed(secrets.get(&reference.name)).await {
        Ok(secret) => match secret
            .data
            .as_ref()
            .and_then(|d| d.get(&reference.key))
            .and_then(|b| String::from_utf8(b.0.clone()).ok())
        {
            Some(text) if !text.is_empty() => (Some(Password::new(text)), None),
            _ => (None, Some(format!("Secret `{}` has no key `{}`", reference.name, reference.key))),
        },
        Err(error) if error.is_not_found() => (None, Some(format!("Secret `{}` does not exist", reference.name))),
        Err(error) => (None, Some(error.to_string())),
    }
}

/// Everything that `plan` reads.
pub async fn observe(
    ctx: &Context,
    site: &Site,
    server: &VirtualServer,
    desired: &Desired,
    status: &VirtualServerStatus,
) -> Observed {
    let vmid = status.vmid.and_then(|n| Vmid::try_from(n).ok());
    let view = site.view(vmid);
    let task = match &status.task {
        Some(task) => match task.upid.as_deref().and_then(|u| u.parse::<Upid>().ok()) {
            Some(upid) => Some(task_view(site, &upid).await),
            // The call may or may not have been made: state decides.
            None => Some(TaskView::Lost),
        },
        None => None,
    };
    let actions = observe_actions(ctx, site, server, vmid, status).await;
    let (addresses, spare_claims) = choose(ctx, site, desired, status, BTreeSet::new(), BTreeMap::new());
    let mut seen = Observed {
        now: ctx.ambient.now(),
        generation: server.metadata.generation.unwrap_or_default(),
        status: status.clone(),
        addresses,
        spare_claims,
        adopt: AdoptView::NotAsked,
        previous: None,
        undo: UndoView::NotAsked,
        gives_way: ctx.waits.gives_way(&desired.identity.uid),
        quota: quota(ctx, site, desired, status),
        previous_unsure: None,
        site: view,
        template: TemplateView::NotNeeded,
        vm: VmView::NotAsked,
        pending: vec![],
        filters: FilterView::NotAsked,
        pool: PoolView::NotAsked,
        work: WorkView::NotAsked,
        task,
        actions,
        stored: Stored::default(),
    };
    if !is_provisioned(status) {
        turn::keep_apart(ctx, site, server, &mut seen);
    }
    // Of what another cluster says, nothing may be concluded.
    if let Some((reason, message)) = site.distrust() {
        seen.vm = VmView::Unreadable { reason, message };
        return seen;
    }
    match previous(ctx, site, desired, status).await {
        Ok(previous) => seen.previous = previous,
        Err(why) => seen.previous_unsure = Some(why),
    }
    match undo::look(ctx, site, server, desired).await {
        Ok(found) => seen.undo = found,
        Err(why) => seen.previous_unsure = Some(why),
    }
    seen.adopt = adopt::look(ctx, site, server, desired).await;
    if desired.adopt.is_none() && wants_address(&seen) {
        let squatted = squatted(ctx, site, vmid).await;
        (seen.addresses, seen.spare_claims) = choose(ctx, site, desired, status, squatted, BTreeMap::new());
    }
    let busy = seen.task == Some(TaskView::Running) || seen.actions.iter().any(|a| a.task == Some(TaskView::Running));
    // A Stop that overrules a running Shutdown is a mutation like any other: it wants a direct read.
    if let (Some(vmid), true) = (vmid, !busy || waiting_stop(&seen.actions).is_some()) {
        let just_settled = matches!(seen.task, Some(TaskView::Ended(_)));
        seen.vm = look_at(site, &seen.site, desired, status, vmid, just_settled).await;
        seen.pool = pool(site, &seen, vmid).await;
        seen.work = stuck::look(site, desired, &seen, vmid).await;
        if seen.vm == VmView::Absent && !is_provisioned(status) {
            seen.template = template(site, desired, &seen).await;
        }
        if !busy {
            observe_devices(site, desired, &mut seen, vmid).await;
            seen.stored = observe_stored(ctx, site, server, &seen).await;
        }
    }
    // Of one that cannot be read now, nothing is planned.
    if let (Some(adopt), Some(config)) = (&desired.adopt, adopted(&seen)) {
        let carried = came_with(&desired.networks, &Slots::of(desired, status, config), status, config);
        (seen.addresses, seen.spare_claims) = choose(ctx, site, desired, status, BTreeSet::new(), carried.clone());
        if wants_address(&seen) {
            let squatted = squatted(ctx, site, adopt.vmid.try_into().ok()).await;
            (seen.addresses, seen.spare_claims) = choose(ctx, site, desired, status, squatted, carried);
        }
    }
    seen
}

fn wants_address(seen: &Observed) -> bool {
    seen.addresses.values().flatten().any(|view| matches!(view, AddressView::Free(_)))
}

/// Asked only where the inventory's row denies it, for a VM that was never configured.
async fn pool(site: &Site, seen: &Observed, vmid: Vmid) -> PoolView {
    let provisional = |config: &proxmox_client::VmConfig| {
        mark::find(config.description()).is_some_and(|m| m.state == MarkState::Provisional)
    };
    match &seen.vm {
        VmView::Found { config, .. } if seen.site.guest_outside && provisional(config) => {}
        _ => return PoolView::NotAsked,
    }
    match site.call(&ProxmoxRequest::Pool { pool: site.pool() }).await {
        Ok(ProxmoxAnswer::Pool(Some(pool))) if pool.members.contains(&vmid) => PoolView::Member,
        Ok(ProxmoxAnswer::Pool(_)) => PoolView::Outside,
        _ => PoolView::Unknown,
    }
}

/// Deleted servers that are kept hold disks and addresses: they count.
fn quota(ctx: &Context, site: &Site, desired: &Desired, status: &VirtualServerStatus) -> Option<String> {
    if status.vmid.is_some() {
        return None;
    }
    let namespace = &desired.identity.namespace;
    let records = ctx.catalogue.retained.state();
    let here = records.iter().filter(|r| r.spec.namespace == *namespace && r.spec.site_ref == site.name);
    let (mut kept, mut for_good) = (0, 0);
    for record in here {
        kept += 1;
        let taken = record.status.as_ref().is_some_and(|s| s.phase == RetainedPhase::Taken);
        for_good += u32::from(record.spec.until.is_none() && !taken);
    }
    over_quota(kept, for_good, &site.spec.limits)
}

fn over_quota(kept: u32, for_good: u32, limits: &SiteLimits) -> Option<String> {
    let SiteLimits { retained_per_namespace: most, retained_for_good_per_namespace: most_for_good, .. } = limits;
    if kept >= *most {
        return Some(format!(
            "{kept} deleted servers of this namespace are still kept, and {most} is the limit; purge some, or wait until they are gone"
        ));
    }
    (for_good >= *most_for_good).then(|| {
        format!(
            "{for_good} deleted servers of this namespace are kept for good and may run on, and {most_for_good} is the limit; purge some, or take them back"
        )
    })
}

/// An adopted VM as it was read, before it was taken over or after.
fn adopted(seen: &Observed) -> Option<&proxmox_client::VmConfig> {
    match (&seen.adopt, &seen.vm) {
        (AdoptView::Found(found), _) => Some(&found.config),
        (_, VmView::Found { config, .. }) => Some(config),
        _ => None,
    }
}

/// The VM that is taken over, until it is.
fn reclaims(desired: &Desired, status: &VirtualServerStatus) -> Option<u32> {
    desired.adopt.as_ref().filter(|_| !is_provisioned(status)).map(|adopt| adopt.vmid)
}

/// Which addresses the server's interfaces have or get, and which of its claims they need no more.
fn choose(
    ctx: &Context,
    site: &Site,
    desired: &Desired,
    status: &VirtualServerStatus,
    squatted: BTreeSet<IpAddr>,
    adopted: BTreeMap<String, BTreeMap<Family, Option<IpAddr>>>,
) -> (BTreeMap<String, Vec<AddressView>>, Vec<SpareClaim>) {
    let pools = |network: &str| {
        let network = Catalogue::get(&ctx.catalogue.networks, network);
        let names: Vec<String> = network.iter().flat_map(|n| n.spec.pools.clone()).collect();
        names.iter().filter_map(|name| Catalogue::get(&ctx.catalogue.pools, name)).collect()
    };
    let claims = ctx.catalogue.claims.state();
    let choice = Choice {
        uid: &desired.identity.uid,
        chance: chance(&desired.identity.uid),
        taken_from: status.taken_from.as_ref().map(|from| from.uid.as_str()),
        applied: status.applied.as_ref(),
        pools: desired.networks.iter().map(|i| (i.name.as_str(), pools(&i.network))).collect(),
        all_pools: ctx.catalogue.pools.state(),
        held: claims.iter().filter(|c| c.spec.owner.namespace == desired.identity.namespace).count(),
        most: site.spec.limits.addresses_per_namespace as usize,
        claims,
        squatted,
        adopts: reclaims(desired, status),
        adopted,
    };
    let views = choice.choose(&desired.networks);
    let spare = choice.spare(&views);
    (views, spare)
}

pub(super) async fn task_view(site: &Site, upid: &Upid) -> TaskView {
    match site.call(&ProxmoxRequest::TaskStatus { upid: upid.clone() }).await {
        Ok(ProxmoxAnswer::TaskState(proxmox_client::TaskState::Running)) => TaskView::Running,
        Ok(ProxmoxAnswer::TaskState(state)) => TaskView::Ended(state),
        Err(ProxmoxError { fault: Fault::NoSuchTask, .. }) => TaskView::Lost,
        Ok(_) => TaskView::Running,
        Err(error) => {
            let (_, hint) = reason_of(&error);
            TaskView::Unknown { message: format!("task {upid} cannot be asked for: {error}; {hint}") }
        }
    }
}

/// A direct read of the VM on our number, wherever it is.
async fn look_at(
    site: &Site,
    view: &SiteView,
    desired: &Desired,
    status: &VirtualServerStatus,
    vmid: Vmid,
    just_settled: bool,
) -> VmView {
    let remembered = status.node.as_deref().and_then(|n| NodeName::try_from(n).ok());
    let Some(node) = view.guest_node.clone().or(remembered) else {
        // A number without a node was never used: nothing was sent for it yet.
        return VmView::Absent;
    };
    match read(site, &node, vmid, desired, status, just_settled).await {
        Ok(found) => found,
        Err(error) if error.fault == Fault::Missing || error.fault == Fault::Forbidden => {
            absent(site, vmid, &error).await
        }
        Err(error) => unreadable(&error),
    }
}

async fn read(
    site: &Site,
    node: &NodeName,
    vmid: Vmid,
    desired: &Desired,
    status: &VirtualServerStatus,
    just_settled: bool,
) -> Result<VmView, ProxmoxError> {
    let ProxmoxAnswer::Config(config) = site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await? else {
        return Ok(VmView::NotAsked);
    };
    // Power matters once it was started, or is to stay off; a start that just ended well says it itself.
    let started_now = just_settled && status.task.as_ref().is_some_and(|t| t.kind == TaskKind::Start);
    let matters = || status.power_state.is_some() || wanted_power(desired, status) == Some(false);
    let power = if is_provisioned(status) || (status.applied.is_some() && !started_now && matters()) {
        match site.call(&ProxmoxRequest::Status { node: node.clone(), vmid }).await? {
            ProxmoxAnswer::Status(power) => Some(power),
            _ => None,
        }
    } else {
        None
    };
    Ok(VmView::Found { node: node.clone(), config: Box::new(config), status: power })
}

/// What could not be read on its node is gone only if the whole cluster says so.
async fn absent(site: &Site, vmid: Vmid, error: &ProxmoxError) -> VmView {
    match site.prove_absence(vmid).await {
        Absence::Proven => VmView::Absent,
        Absence::Exists => unreadable(error),
        Absence::NoQuorum => VmView::Unreadable {
            reason: WaitingReason::NodeUnavailable,
            message: "the cluster has no quorum; it goes on when it has".into(),
        },
        Absence::Unanswered(error) => unreadable(&error),
    }
}

fn unreadable(error: &ProxmoxError) -> VmView {
    let (reason, hint) = reason_of(error);
    VmView::Unreadable { reason, message: format!("{error}; {hint}") }
}

async fn template(site: &Site, desired: &Desired, seen: &Observed) -> TemplateView {
    let node = match place(desired, seen) {
        Ok(node) => node,
        Err((reason, message)) => return TemplateView::NoNode { reason, message },
    };
    let Some(vmid) = desired.image.templates.iter().find(|t| t.node == node).map(|t| t.vmid) else {
        return TemplateView::NotNeeded;
    };
    if !site.has_turn(&desired.identity.uid) {
        return TemplateView::Later { node, vmid };
    }
    read_template(site, desired, node, vmid).await
}

/// The template that would be cloned, without a turn too.
pub async fn read_template(site: &Site, desired: &Desired, node: NodeName, vmid: Vmid) -> TemplateView {
    match site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await {
        Ok(ProxmoxAnswer::Config(config)) => {
            if let Some(storage) = config.boot_disk().and_then(|slot| config.storage(slot)) {
                site.remember_template(vmid, storage);
            }
            TemplateView::Read { node, vmid, config }
        }
        Ok(_) => TemplateView::NotNeeded,
        Err(error) => {
            let (reason, hint) = match error.fault {
                Fault::Missing => (WaitingReason::NoTemplate, "make the template, or correct the OSImage"),
                _ => reason_of(&error),
            };
            let message = format!(
                "template {vmid} of image `{}` on node {node} cannot be read: {error}; {hint}",
                desired.image.name
            );
            TemplateView::Failed { reason, message }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_good_counts_on_its_own_for_it_may_run_on() {
        let limits = SiteLimits::default();
        assert_eq!(over_quota(99, 9, &limits), None);
        assert!(over_quota(10, 10, &limits).is_some_and(|why| why.contains("kept for good")));
        assert!(over_quota(100, 0, &limits).is_some_and(|why| why.contains("still kept")));
    }
}
