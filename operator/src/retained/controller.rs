//! Carrying out what a `RetainedServer` owes: look, plan, one step, report.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Preconditions},
    runtime::controller::Action,
};
use proxmox_client::{Fault, NodeName, ProxmoxAnswer, ProxmoxRequest, TaskState, Upid, Vmid};
use slipway_crds::{
    ProxmoxSite, RetainedPhase, RetainedServer, RetainedServerStatus, TaskStatus, VirtualServer,
    words::{StalledReason, WaitingReason, condition},
};

use super::plan::{Observed, Plan, Step, VmView, plan};
use crate::{
    claims,
    kubernetes::{self, KubernetesError, replace_status, timed},
    mark::Identity,
    metrics::KindLabels,
    server::{context::Context, controller::ReconcileError, interpret::reason_of, plan::Hold, report::set_condition},
    site::Site,
};

const POLL: Duration = Duration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Reconciles one record.
pub async fn reconcile(record: Arc<RetainedServer>, ctx: Arc<Context>) -> Result<Action, ReconcileError> {
    ctx.metrics.reconciles.get_or_create(&KindLabels { kind: "RetainedServer" }).inc();
    Ok(reconcile_record((*record).clone(), &ctx).await?)
}

/// When to come back after an error.
#[expect(clippy::needless_pass_by_value, reason = "the controller's signature")]
pub fn error_policy(record: Arc<RetainedServer>, error: &ReconcileError, ctx: Arc<Context>) -> Action {
    if error.is_conflict() {
        return Action::requeue(Duration::from_millis(200));
    }
    ctx.metrics.reconcile_errors.get_or_create(&KindLabels { kind: "RetainedServer" }).inc();
    tracing::warn!(name = record.name_any(), %error, "reconciling a retained server failed; trying again");
    Action::requeue(ctx.waits.next(&record.uid().unwrap_or_default()))
}

async fn reconcile_record(mut record: RetainedServer, ctx: &Context) -> Result<Action, KubernetesError> {
    if !ctx.config.has_site(&record.spec.site_ref) {
        return Ok(Action::await_change());
    }
    if !kubernetes::has_finalizer(&record) {
        if record.metadata.deletion_timestamp.is_some() {
            return Ok(Action::await_change());
        }
        record = kubernetes::add_finalizer(&ctx.client, &record).await?;
    }
    let uid = record.uid().unwrap_or_default();
    let Some(site) = ctx.sites.get(&record.spec.site_ref) else {
        let message = format!("ProxmoxSite `{}` does not exist or could not be contacted yet", record.spec.site_ref);
        report(ctx, record, Some(&Hold::Waiting(WaitingReason::SiteUnreachable, message))).await?;
        return Ok(Action::requeue(ctx.waits.next(&uid)));
    };
    record = settle(ctx, &site, record).await?;
    let Some(seen) = observe(ctx, &site, &record).await? else { return Ok(Action::requeue(ctx.waits.next(&uid))) };
    match plan(&seen) {
        Plan::Hold(Hold::Task) => Ok(Action::requeue(POLL)),
        Plan::Hold(hold) => {
            report(ctx, record, Some(&hold)).await?;
            Ok(Action::requeue(ctx.waits.next(&uid)))
        }
        Plan::Rest { until } => {
            ctx.waits.reset(&uid);
            report(ctx, record, None).await?;
            let pause = until.map(|t| t.duration_since(seen.now)).and_then(|d| Duration::try_from(d).ok());
            Ok(Action::requeue(pause.unwrap_or(Duration::from_hours(24)).max(POLL)))
        }
        Plan::Step(step) => take(ctx, &site, record, &step, &seen).await,
    }
}

async fn take(
    ctx: &Context,
    site: &Site,
    mut record: RetainedServer,
    step: &Step,
    seen: &Observed,
) -> Result<Action, KubernetesError> {
    let request_id = record.spec.request_id.clone().unwrap_or_default();
    tracing::info!(record = record.name_any(), request_id, "{step}");
    match step {
        Step::Finish => {
            claims::release(&ctx.client, &ctx.catalogue, &record.spec.uid, seen.now).await?;
            ctx.events.publish(&record, false, "Gone", "the VM is proven absent; its addresses are released").await;
            forget(ctx, &record).await?;
            return Ok(Action::await_change());
        }
        Step::LetGo => {
            ctx.events.publish(&record, true, "LetGo", "the VM is left as it is and no longer kept by Slipway").await;
            forget(ctx, &record).await?;
            return Ok(Action::await_change());
        }
        Step::BeginPurge => {
            let mut status = record.status.clone().unwrap_or_default();
            status.phase = RetainedPhase::Purging;
            record.status = Some(status);
            let record = replace_status(&ctx.client, &record).await?;
            ctx.events.publish(&record, false, "Purging", &step.to_string()).await;
            return Ok(Action::requeue(Duration::ZERO));
        }
        // Counted before it is done, so that a crash loop grants nothing.
        Step::Stop { .. } => count_deletion(ctx, site, seen.now).await?,
        Step::Mark { .. } | Step::Unprotect { .. } | Step::Destroy { .. } => {}
    }
    let Some(request) = step.request() else { return Ok(Action::requeue(POLL)) };
    match site.call(&request).await {
        Ok(ProxmoxAnswer::Started(upid)) => {
            let note = format!("{step} ({upid})");
            let mut status = record.status.clone().unwrap_or_default();
            status.node = Some(upid.node().to_string());
            status.task = Some(TaskStatus {
                node: upid.node().to_string(),
                upid: Some(upid.to_string()),
                kind: step.task_kind(),
                started_at: Time(seen.now),
            });
            record.status = Some(status);
            let record = replace_status(&ctx.client, &record).await?;
            ctx.events.publish(&record, false, "Step", &note).await;
            Ok(Action::requeue(POLL))
        }
        Ok(_) => {
            ctx.events.publish(&record, false, "Step", &step.to_string()).await;
            Ok(Action::requeue(Duration::ZERO))
        }
        Err(error) => {
            let (reason, hint) = reason_of(&error);
            let uid = record.uid().unwrap_or_default();
            report(ctx, record, Some(&Hold::Waiting(reason, format!("could not {step}: {error}; {hint}")))).await?;
            Ok(Action::requeue(ctx.waits.next(&uid)))
        }
    }
}

/// The task in the status: still running, or ended and forgotten (what is there decides what is next).
async fn settle(ctx: &Context, site: &Site, mut record: RetainedServer) -> Result<RetainedServer, KubernetesError> {
    let Some(task) = record.status.as_ref().and_then(|s| s.task.clone()) else { return Ok(record) };
    let Some(upid) = task.upid.as_deref().and_then(|u| u.parse::<Upid>().ok()) else { return Ok(record) };
    let ended = match site.call(&ProxmoxRequest::TaskStatus { upid }).await {
        Ok(ProxmoxAnswer::TaskState(TaskState::Running)) => return Ok(record),
        Ok(ProxmoxAnswer::TaskState(state)) => Some(state),
        Err(error) if error.fault == Fault::NoSuchTask => None,
        // Not to be had now: it may still run.
        _ => return Ok(record),
    };
    if let Some(TaskState::Failed { exit_status }) = ended {
        let note = format!("{:?} failed: {exit_status} ({})", task.kind, task.upid.unwrap_or_default());
        ctx.events.publish(&record, true, "TaskFailed", &note).await;
    }
    let mut status = record.status.clone().unwrap_or_default();
    status.task = None;
    record.status = Some(status);
    replace_status(&ctx.client, &record).await
}

async fn observe(ctx: &Context, site: &Site, record: &RetainedServer) -> Result<Option<Observed>, KubernetesError> {
    let Ok(vmid) = Vmid::try_from(record.spec.vmid) else { return Ok(None) };
    let now = Timestamp::now();
    let status = record.status.clone().unwrap_or_default();
    let view = site.view(Some(vmid));
    let mut seen = Observed {
        now,
        phase: status.phase,
        identity: Identity {
            installation: site.installation.clone(),
            namespace: record.spec.namespace.clone(),
            name: record.spec.name.clone(),
            uid: record.spec.uid.clone(),
        },
        vmid,
        until: record.spec.until.as_ref().map(|t| t.0),
        deleted: record.metadata.deletion_timestamp.is_some(),
        busy: status.task.is_some(),
        vm: VmView::Unreadable { reason: WaitingReason::SiteUnreachable, message: String::new() },
        claimed_again: None,
        frozen: view.frozen,
        brake: brake(ctx, site, now).await?,
    };
    if seen.busy {
        return Ok(Some(seen));
    }
    let remembered = status.node.as_deref().and_then(|n| NodeName::try_from(n).ok());
    seen.vm = look(site, view.guest_node.or(remembered), vmid).await;
    let due = seen.until.is_some_and(|t| t <= now);
    if due && seen.phase == RetainedPhase::Retained {
        seen.claimed_again = claimed_again(ctx, record).await?;
    }
    Ok(Some(seen))
}

/// A direct read, or the proof that there is nothing: the number is free twice, with quorum.
async fn look(site: &Site, node: Option<NodeName>, vmid: Vmid) -> VmView {
    if let Some(node) = node {
        match read(site, node, vmid).await {
            Ok(found) => return found,
            Err(error) if matches!(error.fault, Fault::Missing | Fault::Forbidden) => {}
            Err(error) => return unreadable(&error),
        }
    }
    match site.call(&ProxmoxRequest::ClusterStatus).await {
        Ok(ProxmoxAnswer::ClusterStatus(cluster)) if cluster.quorate => {}
        Ok(_) => {
            return VmView::Unreadable {
                reason: WaitingReason::NodeUnavailable,
                message: "the cluster has no quorum".into(),
            };
        }
        Err(error) => return unreadable(&error),
    }
    for _ in 0..2 {
        match site.call(&ProxmoxRequest::NextId { vmid }).await {
            Ok(ProxmoxAnswer::Free(true)) => {}
            Ok(_) => {
                let message =
                    format!("VM {vmid} exists, but not where it was looked for; the next inventory shows its node");
                return VmView::Unreadable { reason: WaitingReason::NodeUnavailable, message };
            }
            Err(error) => return unreadable(&error),
        }
    }
    VmView::Absent
}

async fn read(site: &Site, node: NodeName, vmid: Vmid) -> Result<VmView, proxmox_client::ProxmoxError> {
    let config = site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await?;
    let status = site.call(&ProxmoxRequest::Status { node: node.clone(), vmid }).await?;
    Ok(match (config, status) {
        (ProxmoxAnswer::Config(config), ProxmoxAnswer::Status(status)) => {
            VmView::Found { node, config: Box::new(config), status }
        }
        _ => VmView::Unreadable {
            reason: WaitingReason::SiteUnreachable,
            message: "the answers do not fit the questions".into(),
        },
    })
}

fn unreadable(error: &proxmox_client::ProxmoxError) -> VmView {
    let (reason, hint) = reason_of(error);
    VmView::Unreadable { reason, message: format!("{error}; {hint}") }
}

/// Uncached: does any server of this site name the number, or carry the uid?
async fn claimed_again(ctx: &Context, record: &RetainedServer) -> Result<Option<String>, KubernetesError> {
    let api: Api<VirtualServer> = Api::all(ctx.client.clone());
    let servers = timed(api.list(&kube::api::ListParams::default())).await?;
    let again = servers.items.iter().find(|s| {
        let names_number =
            s.spec.site_ref == record.spec.site_ref && s.status.as_ref().and_then(|t| t.vmid) == Some(record.spec.vmid);
        let adopts = s.spec.adopt.as_ref().is_some_and(|a| a.vmid == record.spec.vmid);
        names_number || adopts || s.uid().as_deref() == Some(&record.spec.uid)
    });
    Ok(again.map(|s| format!("VirtualServer {}/{}", s.namespace().unwrap_or_default(), s.name_any())))
}

/// Why another deletion must wait this hour: max(5, x %) of the site's servers.
async fn brake(ctx: &Context, site: &Site, now: Timestamp) -> Result<Option<String>, KubernetesError> {
    let object = timed(Api::<ProxmoxSite>::all(ctx.client.clone()).get(&site.name)).await?;
    let recent = recent_deletions(&object, now).len();
    let servers = ctx.catalogue.servers.state().iter().filter(|s| s.spec.site_ref == site.name).count() + recent;
    let limit = (servers * site.spec.limits.deletions_percent as usize / 100).max(5);
    Ok((recent >= limit).then(|| {
        format!("{recent} servers of site `{}` were deleted within the last hour, and {limit} is the limit; it goes on by itself", site.name)
    }))
}

async fn count_deletion(ctx: &Context, site: &Site, now: Timestamp) -> Result<(), KubernetesError> {
    let api: Api<ProxmoxSite> = Api::all(ctx.client.clone());
    loop {
        let mut object = timed(api.get(&site.name)).await?;
        let mut deletions = recent_deletions(&object, now);
        deletions.push(Time(now));
        let mut status = object.status.take().unwrap_or_default();
        status.brakes.get_or_insert_default().deletions = deletions;
        object.status = Some(status);
        match replace_status(&ctx.client, &object).await {
            Err(error) if error.is_conflict() => {}
            other => return other.map(|_| ()),
        }
    }
}

fn recent_deletions(site: &ProxmoxSite, now: Timestamp) -> Vec<Time> {
    let all = site.status.iter().flat_map(|s| &s.brakes).flat_map(|b| &b.deletions);
    all.filter(|t| now.duration_since(t.0) < HOUR).cloned().collect()
}

/// Deletes the record, then lets it go.
async fn forget(ctx: &Context, record: &RetainedServer) -> Result<(), KubernetesError> {
    let api: Api<RetainedServer> = Api::all(ctx.client.clone());
    if record.metadata.deletion_timestamp.is_none() {
        let exactly_this = Preconditions { uid: record.uid(), ..Preconditions::default() };
        let params = DeleteParams { preconditions: Some(exactly_this), ..DeleteParams::default() };
        match timed(api.delete(&record.name_any(), &params)).await {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    match timed(api.get(&record.name_any())).await {
        Ok(current) => kubernetes::remove_finalizer(&ctx.client, &current).await,
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error),
    }
}

async fn report(ctx: &Context, mut record: RetainedServer, hold: Option<&Hold>) -> Result<(), KubernetesError> {
    let now = Timestamp::now();
    let (stalled, reason, message) = match hold {
        None | Some(Hold::Task) => (false, "Kept", "the VM is kept".to_owned()),
        Some(Hold::Waiting(reason, message)) => (false, reason.as_str(), message.clone()),
        Some(Hold::Stalled(reason, message)) => (true, StalledReason::as_str(*reason), message.clone()),
    };
    let mut status: RetainedServerStatus = record.status.clone().unwrap_or_default();
    for (type_, value) in [(condition::READY, hold.is_none()), (condition::STALLED, stalled)] {
        set_condition(
            &mut status.conditions,
            Condition {
                type_: type_.to_owned(),
                status: if value { "True" } else { "False" }.to_owned(),
                reason: reason.to_owned(),
                message: message.clone(),
                observed_generation: record.metadata.generation,
                last_transition_time: Time(now),
            },
        );
    }
    if record.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let transition =
        record.status.as_ref().and_then(|s| s.conditions.first()).map(|c| c.reason.clone()) != Some(reason.to_owned());
    record.status = Some(status);
    let record = replace_status(&ctx.client, &record).await?;
    if transition {
        ctx.events.publish(&record, hold.is_some(), reason, &message).await;
    }
    Ok(())
}
