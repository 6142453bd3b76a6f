//! Carrying out what a `RetainedServer` owes: look, plan, one step, report.

use std::{sync::Arc, time::Duration};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, MicroTime, Time};
use kube::{
    Api, ResourceExt as _,
    api::{DeleteParams, Preconditions},
    runtime::controller::Action,
};
use proxmox_client::{Fault, NodeName, ProxmoxAnswer, Vmid};
use slipway_crds::{
    RetainedPhase, RetainedServer, RetainedServerStatus, TaskStatus,
    words::{StalledReason, WaitingReason, condition},
};
use tracing::Instrument as _;

use super::{
    brake, look,
    observed::{GivesBack, Observed, PoolsView, TaskView, VmView},
    plan::{Plan, plan},
    step::{Step, TaskEnd},
    turn,
};
use crate::{
    claims,
    kubernetes::{self, KubernetesError, replace_status, timed},
    mark::Identity,
    metrics::{ErrorLabels, KindLabels},
    server::{
        context::Context,
        controller::ReconcileError,
        interpret::{reason_of, reason_of_text},
        observed::WorkView,
        plan::Hold,
        report::{WAITS_FOR_TURN, set_condition},
        stuck,
    },
    site::{Site, quarantine},
};

const POLL: Duration = Duration::from_secs(1);
/// Who waits for a turn is woken when it comes; this is for a wake that was lost.
const TURN: Duration = Duration::from_mins(2);

/// Reconciles one record.
pub async fn reconcile(record: Arc<RetainedServer>, ctx: Arc<Context>) -> Result<Action, ReconcileError> {
    let began = std::time::Instant::now();
    // On the heap: the future holds a whole round's data.
    let span = tracing::info_span!("reconcile", kind = "RetainedServer", name = record.name_any());
    let action = Box::pin(reconcile_record((*record).clone(), &ctx)).instrument(span).await;
    let seconds = began.elapsed().as_secs_f64();
    ctx.metrics.reconcile_seconds.get_or_create(&KindLabels { kind: "RetainedServer" }).observe(seconds);
    Ok(action?)
}

/// When to come back after an error.
#[expect(clippy::needless_pass_by_value, reason = "the controller's signature")]
pub fn error_policy(record: Arc<RetainedServer>, error: &ReconcileError, ctx: Arc<Context>) -> Action {
    let labels = ErrorLabels { kind: "RetainedServer", category: error.category() };
    ctx.metrics.reconcile_errors.get_or_create(&labels).inc();
    if error.is_conflict() {
        return Action::requeue(Duration::from_millis(200));
    }
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
        return wait(ctx, record, WaitingReason::SiteUnreachable, message).await;
    };
    let Some(seen) = observe(ctx, &site, &record).await? else { return Ok(Action::requeue(ctx.waits.next(&uid))) };
    if record.status_or_inherited().stuck_since.map(|t| t.0) != seen.stuck_since {
        record = write(ctx, record, |status| status.stuck_since = seen.stuck_since.map(Time)).await?;
    }
    match plan(&seen) {
        Plan::Hold(Hold::Task) => {
            turn::keep(&site, &record, &seen);
            Ok(Action::requeue(POLL))
        }
        Plan::Hold(hold) => {
            turn::leave(ctx, &site, &record);
            report(ctx, record, Some(&hold)).await?;
            Ok(Action::requeue(ctx.waits.next(&uid)))
        }
        Plan::Rest { until } => {
            turn::leave(ctx, &site, &record);
            ctx.waits.reset(&uid);
            report(ctx, record, None).await?;
            let pause = until.map(|t| t.duration_since(seen.now)).and_then(|d| Duration::try_from(d).ok());
            Ok(Action::requeue(pause.unwrap_or(Duration::from_hours(24)).max(POLL)))
        }
        Plan::Step(step) => Box::pin(take(ctx, &site, record, &step, &seen)).await,
    }
}

async fn take(
    ctx: &Context,
    site: &Site,
    mut record: RetainedServer,
    step: &Step,
    seen: &Observed,
) -> Result<Action, KubernetesError> {
    if let Some(hold) = turn::enter(ctx, site, &record, step, seen) {
        report(ctx, record, Some(&hold)).await?;
        return Ok(Action::requeue(TURN));
    }
    let request_id = record.spec.request_id.clone().unwrap_or_default();
    tracing::info!(record = record.name_any(), request_id, "{step}");
    let at_once = Action::requeue(Duration::ZERO);
    match step {
        Step::EndTask { end } => return end_task(ctx, site, record, end).await,
        Step::Count => {
            // Uncached: the cache may not show yet that it was counted a moment ago.
            let record = timed(Api::<RetainedServer>::all(ctx.client.clone()).get(&record.name_any())).await?;
            if record.status.as_ref().is_some_and(|s| s.counted) {
                return Ok(Action::requeue(POLL));
            }
            if let Some(why) = brake::count(&ctx.client, &ctx.catalogue, site, &record.spec.namespace, seen.now).await?
            {
                return wait(ctx, record, WaitingReason::Brake, why).await;
            }
            write(ctx, record, |status| status.counted = true).await?;
            return Ok(at_once);
        }
        Step::Finish => {
            site.expect_gone(seen.vmid);
            claims::release(&ctx.client, &record.spec.uid, seen.now).await?;
            return close(ctx, site, &record, (false, "Gone", &gone(&record.spec.backups))).await;
        }
        Step::Quarantine { reason, command } => {
            if !quarantine::add(&ctx.client, site, seen.vmid, reason, command, seen.now).await? {
                let why = "the site's quarantine is full; clean up what its status.quarantine lists".to_owned();
                return wait(ctx, record, WaitingReason::SiteFrozen, why).await;
            }
            // It was never configured: it cannot use an address.
            claims::release(&ctx.client, &record.spec.uid, seen.now).await?;
            return close(ctx, site, &record, (true, "NumberQuarantined", &step.to_string())).await;
        }
        Step::LetGo => {
            let note = "the VM is left as it is and no longer kept by Slipway";
            return close(ctx, site, &record, (true, "LetGo", note)).await;
        }
        Step::GivenBack { .. } | Step::Disown { .. } => {
            claims::release(&ctx.client, &record.spec.uid, seen.now).await?;
            let (warning, reason) = match step {
                Step::GivenBack { told, .. } => (told.is_some(), "GivenBack"),
                _ => (true, StalledReason::ForeignVM.as_str()),
            };
            return close(ctx, site, &record, (warning, reason, &step.to_string())).await;
        }
        Step::BeginUnmark { .. } => {
            write(ctx, record, |status| status.unmarking = true).await?;
            return Ok(at_once);
        }
        Step::BeginPurge => {
            let record = write(ctx, record, |status| status.phase = RetainedPhase::Purging).await?;
            ctx.events.publish(&record, false, "Purging", &step.to_string()).await;
            return Ok(at_once);
        }
        Step::Stop { .. }
        | Step::Mark { .. }
        | Step::Unprotect { .. }
        | Step::Destroy { .. }
        | Step::Restore { .. }
        | Step::JoinPool { .. }
        | Step::LeavePool { .. } => {}
    }
    let Some(request) = step.request() else { return Ok(Action::requeue(POLL)) };
    match site.call(&request).await {
        Ok(ProxmoxAnswer::Started(upid)) => {
            let note = format!("{step} ({upid})");
            record = write(ctx, record, |status| {
                status.node = Some(upid.node().to_string());
                status.task = Some(TaskStatus {
                    node: upid.node().to_string(),
                    upid: Some(upid.to_string()),
                    kind: step.task_kind(),
                    started_at: MicroTime(seen.now),
                });
            })
            .await?;
            ctx.events.publish(&record, false, "Step", &note).await;
            Ok(Action::requeue(POLL))
        }
        Ok(_) => {
            ctx.events.publish(&record, false, "Step", &step.to_string()).await;
            Ok(at_once)
        }
        Err(error) => {
            if error.fault == Fault::Busy {
                turn::slow_down(site, &record);
            }
            turn::leave(ctx, site, &record);
            let (reason, hint) = reason_of(&error);
            wait(ctx, record, reason, format!("could not {step}: {error}; {hint}")).await
        }
    }
}

/// Tells what became of the VM, a warning or not, with the reason; then the record goes.
async fn close(
    ctx: &Context,
    site: &Site,
    record: &RetainedServer,
    (warning, reason, note): (bool, &str, &str),
) -> Result<Action, KubernetesError> {
    turn::leave(ctx, site, record);
    ctx.events.publish(record, warning, reason, note).await;
    forget(ctx, record).await?;
    Ok(Action::await_change())
}

/// Forgets the task; what is there decides what is next. After a failure it is tried again, less and less often.
async fn end_task(
    ctx: &Context,
    site: &Site,
    record: RetainedServer,
    end: &TaskEnd,
) -> Result<Action, KubernetesError> {
    turn::learn(site, &record, end);
    turn::leave(ctx, site, &record);
    let task = record.status_or_inherited().task;
    let record = write(ctx, record, |status| status.task = None).await?;
    match end {
        TaskEnd::Succeeded => ctx.waits.reset(&record.uid().unwrap_or_default()),
        TaskEnd::Unclear => {}
        TaskEnd::Failed { exit_status } => {
            let kind = task.as_ref().map_or_else(|| "the task".to_owned(), |t| format!("{:?}", t.kind));
            let upid = task.and_then(|t| t.upid).unwrap_or_default();
            let note = format!("{kind} failed: {exit_status} ({upid})");
            ctx.events.publish(&record, true, "TaskFailed", &note).await;
            let (reason, hint) = reason_of_text(exit_status);
            return wait(ctx, record, reason, format!("{kind} failed: {exit_status}; {hint}")).await;
        }
    }
    Ok(Action::requeue(Duration::ZERO))
}

/// Says why, and tries again with backoff.
async fn wait(
    ctx: &Context,
    record: RetainedServer,
    reason: WaitingReason,
    message: String,
) -> Result<Action, KubernetesError> {
    let uid = record.uid().unwrap_or_default();
    report(ctx, record, Some(&Hold::Waiting(reason, message))).await?;
    Ok(Action::requeue(ctx.waits.next(&uid)))
}

async fn write(
    ctx: &Context,
    mut record: RetainedServer,
    change: impl FnOnce(&mut RetainedServerStatus),
) -> Result<RetainedServer, KubernetesError> {
    let mut status = record.status_or_inherited();
    change(&mut status);
    record.status = Some(status);
    replace_status(&ctx.client, &record).await
}

async fn observe(ctx: &Context, site: &Site, record: &RetainedServer) -> Result<Option<Observed>, KubernetesError> {
    let Ok(vmid) = Vmid::try_from(record.spec.vmid) else { return Ok(None) };
    let status = record.status_or_inherited();
    let view = site.view(Some(vmid));
    let mut seen = Observed {
        now: ctx.ambient.now(),
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
        counted: status.counted,
        distrust: site.distrust(),
        task: None,
        vm: VmView::NotAsked,
        work: WorkView::NotAsked,
        stuck_since: status.stuck_since.map(|t| t.0),
        reowns: (record.spec.reown && view.guest_pool == Some(site.pool())).then(|| record.spec.born.clone()),
        gives_back: record.spec.give_back.as_ref().map(|give_back| GivesBack {
            original: give_back.original.clone(),
            unmarking: status.unmarking,
            pools: PoolsView::NotAsked,
        }),
        claimed_again: None,
        frozen: view.frozen,
        stays_off: record.spec.provider_values.suspended.is_some() && !record.spec.spares,
    };
    if seen.distrust.is_some() {
        return Ok(Some(seen));
    }
    if let Some(task) = &status.task {
        seen.task = Some(look::task(site, task).await);
    }
    if matches!(seen.task, Some(TaskView::Running | TaskView::Ended(_))) {
        return Ok(Some(seen));
    }
    let remembered = status.node.as_deref().and_then(|n| NodeName::try_from(n).ok());
    seen.vm = look::vm(site, view.guest_node.or(remembered), vmid).await;
    seen.work = look::work(site, &seen).await;
    seen.stuck_since = stuck::since(seen.work, seen.stuck_since, seen.now);
    if let Some(gives) = seen.gives_back.as_mut().filter(|gives| gives.unmarking) {
        let came_from = gives.original.as_ref().and_then(|original| original.pool.as_deref());
        gives.pools = look::pools(site, vmid, came_from).await;
    }
    if seen.is_due() {
        seen.claimed_again = look::claimed_again(&ctx.client, record).await?;
    }
    // Found out meanwhile: then what was just read is of no worth either.
    seen.distrust = site.distrust();
    Ok(Some(seen))
}

/// Backups are not purged: they may be all that is left of somebody's data.
fn gone(backups: &[String]) -> String {
    let gone = "the VM is proven absent; its addresses are released";
    if backups.is_empty() {
        return gone.to_owned();
    }
    let left = backups.join(", ");
    format!("{gone}. {} backups of it stay on the storage until a person removes them: {left}", backups.len())
}

/// Deletes the record, then lets it go.
async fn forget(ctx: &Context, record: &RetainedServer) -> Result<(), KubernetesError> {
    ctx.waits.reset(&record.uid().unwrap_or_default());
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
    let now = ctx.ambient.now();
    let (stalled, reason, message) = match hold {
        None | Some(Hold::Task) => (false, "Kept", "the VM is kept".to_owned()),
        Some(Hold::Turn { .. }) => (false, "Progressing", WAITS_FOR_TURN.to_owned()),
        Some(Hold::Waiting(reason, message)) => (false, reason.as_str(), message.clone()),
        Some(Hold::Stalled(reason, message)) => (true, StalledReason::as_str(*reason), message.clone()),
    };
    let mut status = record.status_or_inherited();
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
        let warning = matches!(hold, Some(Hold::Waiting(..) | Hold::Stalled(..)));
        ctx.events.publish(&record, warning, reason, &message).await;
    }
    Ok(())
}
