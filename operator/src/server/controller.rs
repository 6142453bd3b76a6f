//! One reconciliation: dereference, validate, observe, plan, act, report; and when to come back.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use kube::{ResourceExt as _, runtime::controller::Action};
use proxmox_client::TaskState;
use slipway_crds::{
    PowerState, VirtualServer, VirtualServerStatus,
    words::{StalledReason, WaitingReason, condition},
};
use tracing::Instrument as _;

use super::{
    act::{act, write_changes},
    context::Context,
    deletion,
    desired::Desired,
    detached,
    interpret::{self, Next, interpret_task},
    observe::{dereference, observe},
    observed::{Observed, TaskView, VmView},
    plan::{Hold, Plan, is_provisioned, plan, plan_verbs},
    remember::remember,
    report::{log_hold, ready_reason, report},
    stored, stuck, turn,
    validate::{as_applied, validate},
};
use crate::{
    claims,
    kubernetes::{self, KubernetesError},
    mark::{Verdict, verdict},
    metrics::{ErrorLabels, KindLabels},
    site::{Contact, Site},
};

/// Between two looks at a verb's task.
const VERB_POLL: Duration = Duration::from_secs(2);
/// Every server's configuration is re-read once a day to find hand edits that no inventory row shows; earlier by chance,
/// so that a fleet that was looked at together is not so each day.
const AUDIT: Duration = Duration::from_hours(24);
/// A guest that just went off although it was last wished on may be between the two halves of a reboot: `qmeventd` starts
/// it again after the task's end, and an inventory that lags shows no gap that would wake us.
const REBOOTING: Duration = Duration::from_secs(3);
/// Who waits for a turn is woken when it comes; this is for a wake that was lost.
const TURN: Duration = Duration::from_mins(2);
/// More rounds than any create needs; a bug must not become a loop against the cluster.
const MOST_ROUNDS: usize = 12;

#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
}

impl ReconcileError {
    /// Somebody else wrote first: look again soon.
    pub fn is_conflict(&self) -> bool {
        let Self::Kubernetes(error) = self;
        error.is_conflict()
    }

    pub fn category(&self) -> &'static str {
        let Self::Kubernetes(error) = self;
        error.category()
    }
}

/// Reconciles one server.
pub async fn reconcile(server: Arc<VirtualServer>, ctx: Arc<Context>) -> Result<Action, ReconcileError> {
    let began = std::time::Instant::now();
    let server = ctx.own_writes.newest(server);
    // On the heap: the future holds a whole round's data.
    let span = tracing::info_span!(
        "reconcile",
        kind = "VirtualServer",
        namespace = server.namespace(),
        name = server.name_any()
    );
    let action = Box::pin(reconcile_server((*server).clone(), &ctx)).instrument(span).await;
    ctx.metrics
        .reconcile_seconds
        .get_or_create(&KindLabels { kind: "VirtualServer" })
        .observe(began.elapsed().as_secs_f64());
    action
}

/// When to come back after an error.
#[expect(clippy::needless_pass_by_value, reason = "the controller's signature")]
pub fn error_policy(server: Arc<VirtualServer>, error: &ReconcileError, ctx: Arc<Context>) -> Action {
    let labels = ErrorLabels { kind: "VirtualServer", category: error.category() };
    ctx.metrics.reconcile_errors.get_or_create(&labels).inc();
    if error.is_conflict() {
        return Action::requeue(Duration::from_millis(200));
    }
    tracing::warn!(namespace = server.namespace(), name = server.name_any(), %error, "reconciling a server failed; trying again");
    Action::requeue(ctx.waits.next(&server.uid().unwrap_or_default()))
}

async fn reconcile_server(mut server: VirtualServer, ctx: &Context) -> Result<Action, ReconcileError> {
    if !ctx.config.has_site(&server.spec.site_ref) {
        return Ok(Action::await_change());
    }
    if server.metadata.deletion_timestamp.is_some() {
        if let Some(site) = ctx.sites.get(&server.spec.site_ref) {
            turn::leave(ctx, &site, &server);
        }
        return Ok(deletion::delete(ctx, &server).await?);
    }
    let site = match contacted(ctx, &server) {
        Ok(site) => site,
        // What was as wished when we last looked stays so until we can look again.
        Err(_) if is_settled(&server) => return Ok(Action::requeue(ctx.waits.next(&server.uid().unwrap_or_default()))),
        Err(why) => return hold(ctx, server, why).await,
    };
    if !kubernetes::has_finalizer(&server) {
        server = kubernetes::add_finalizer(&ctx.client, &server).await?;
        ctx.own_writes.keep(&server, ctx.ambient.now());
    }
    let references = dereference(ctx, &site, &server).await;
    let desired = match validate(&server, &references) {
        Ok(desired) => desired,
        // The wish cannot be planned; a server that exists can still be acted on, as it was applied.
        Err(why) => match as_applied(&server, &site.installation) {
            Some(applied) => return Box::pin(rounds(ctx, &site, server, &applied, Some(&why))).await,
            None => return hold(ctx, server, why).await,
        },
    };
    Box::pin(rounds(ctx, &site, server, &desired, None)).await
}

/// Rounds, one after the other; and whether a turn is kept for what is left.
async fn rounds(
    ctx: &Context,
    site: &Site,
    server: VirtualServer,
    desired: &Desired,
    why: Option<&Hold>,
) -> Result<Action, ReconcileError> {
    // There is nothing yet that could be looked at or acted on: it costs no call until its turn has come.
    if site.waits_for_turn(&desired.identity.uid) && !server.status.as_ref().is_some_and(is_provisioned) {
        return Ok(Action::requeue(TURN));
    }
    let power_before = server.status.as_ref().and_then(|s| s.power_state);
    let (server, end) = go_on(ctx, site, server, desired, why).await?;
    let uid = &desired.identity.uid;
    match end {
        Some(Next::AwaitTask | Next::Hold(Hold::Task)) => {
            turn::keep(ctx, site, &server);
            return Ok(Action::requeue(poll_pause(ctx, &server)));
        }
        Some(Next::Hold(why @ Hold::Turn { .. })) => {
            hold(ctx, server, why).await?;
            return Ok(Action::requeue(TURN));
        }
        _ => turn::leave(ctx, site, &server),
    }
    match end {
        Some(Next::Hold(why)) => hold(ctx, server, why).await,
        Some(_) => Ok(Action::requeue(ctx.waits.next(uid))),
        None => {
            ctx.waits.reset(uid);
            let rest = || AUDIT.mul_f64(0.5 + f64::from(ctx.ambient.chance()) / f64::from(u32::MAX) / 2.0);
            let pause = if just_went_off(power_before, server.status.as_ref()) { REBOOTING } else { rest() };
            Ok(Action::requeue(pause))
        }
    }
}

/// Round after round, until a task runs, something holds, or nothing is left (`None`). `why` says what keeps the wish
/// from being planned.
async fn go_on(
    ctx: &Context,
    site: &Site,
    mut server: VirtualServer,
    desired: &Desired,
    why: Option<&Hold>,
) -> Result<(VirtualServer, Option<Next>), ReconcileError> {
    for _ in 0..MOST_ROUNDS {
        let (again, next) = Box::pin(round(ctx, site, server, desired, why)).await?;
        server = again;
        if !matches!(next, Some(Next::Observe | Next::Continue)) {
            return Ok((server, next));
        }
    }
    Ok((server, Some(Next::Observe)))
}

/// Until the next look at the task that runs: the server's own, or one of its verbs'.
fn poll_pause(ctx: &Context, server: &VirtualServer) -> Duration {
    let Some(task) = server.status.as_ref().and_then(|s| s.task.as_ref()) else { return VERB_POLL };
    let ran = Duration::try_from(ctx.ambient.now().duration_since(task.started_at.0)).unwrap_or_default();
    ctx.pace.pause(&server.spec.site_ref, task.kind, ran)
}

/// It was read as stopped for the first time, and the last wish was another one.
fn just_went_off(before: Option<PowerState>, status: Option<&VirtualServerStatus>) -> bool {
    let Some(status) = status else { return false };
    before != status.power_state
        && status.power_state == Some(PowerState::Stopped)
        && status.power_wish != Some(PowerState::Stopped)
}

/// The server's site, or why it cannot be asked.
fn contacted(ctx: &Context, server: &VirtualServer) -> Result<Arc<Site>, Hold> {
    let name = &server.spec.site_ref;
    let waiting = |message| Hold::Waiting(WaitingReason::SiteUnreachable, message);
    match ctx.sites.contact(name) {
        Some(Contact::Made(site)) => Ok(site),
        Some(Contact::Failed(standing)) => {
            let (reason, message) = standing.frozen(name).unwrap_or((WaitingReason::SiteUnreachable, String::new()));
            Err(Hold::Waiting(reason, message))
        }
        Some(Contact::Pending) => Err(waiting(format!("site `{name}` is being contacted"))),
        None => Err(waiting(format!(
            "ProxmoxSite `{name}` does not exist; create it, or correct spec.siteRef by creating the server anew"
        ))),
    }
}

/// Ready, and nothing was wished since.
fn is_settled(server: &VirtualServer) -> bool {
    let observed = server.status.as_ref().and_then(|s| s.observed_generation);
    is_ready(server.status.as_ref()) && observed == server.metadata.generation
}

/// Looks, plans, and takes the plan's steps up to the first task. `None` when nothing is left to do.
async fn round(
    ctx: &Context,
    site: &Site,
    server: VirtualServer,
    desired: &Desired,
    why: Option<&Hold>,
) -> Result<(VirtualServer, Option<Next>), ReconcileError> {
    let mut status = server.status.clone().unwrap_or_default();
    let mut seen = observe(ctx, site, &server, desired, &status).await;
    let mut server = server;
    match settle(&seen) {
        Settled::Outcome(outcome) => {
            if let Some(task) = &status.task {
                let took = Duration::try_from(seen.now.duration_since(task.started_at.0)).unwrap_or_default();
                let labels = KindLabels { kind: task.kind.as_str() };
                ctx.metrics.task_seconds.get_or_create(&labels).observe(took.as_secs_f64());
                ctx.pace.ended(&site.name, task.kind, took);
            }
            if let Some(ended_well) = outcome.adapts() {
                site.adapt_turns(&site.turn_uses(&desired.identity.uid), ended_well);
            }
            server = write_changes(ctx, server, &outcome.changes, seen.now).await?;
            if let Next::Hold(why) = outcome.next {
                return Ok((server, Some(Next::Hold(why))));
            }
            ctx.waits.reset(&desired.identity.uid);
            status = server.status.clone().unwrap_or_default();
            seen.status = status.clone();
            seen.task = None;
        }
        Settled::Forgotten => {
            status.task = None;
            seen.status.task = None;
            seen.task = None;
        }
        Settled::Nothing => {}
    }
    stuck::remember(&mut status, &seen);
    stored::forget_removed(&mut status, &seen.actions);
    let followed = claims::have_followed(&ctx.catalogue, status.taken_from.as_ref());
    learn(&mut status, &seen, desired, followed);
    seen.status = status.clone();
    let plan = match why {
        None => plan(desired, &seen),
        Some(why) => plan_verbs(desired, &seen, why.clone()),
    };
    // A retry is no news: what it waits for stays to be read until a step succeeds.
    let retry = !plan.steps.is_empty() && ctx.waits.waited(&desired.identity.uid);
    let server = if retry { server } else { write_report(ctx, server, &status, &plan, seen.now).await? };
    if plan.steps.is_empty() {
        return Ok((server, plan.hold.map(Next::Hold)));
    }
    let acted = Box::pin(act(ctx, site, server, &plan.steps)).await?;
    Ok((acted.server, Some(acted.next)))
}

enum Settled {
    Nothing,
    /// The task's end means this.
    Outcome(interpret::Outcome),
    /// Nobody knows the task: what is there decides.
    Forgotten,
}

fn settle(seen: &Observed) -> Settled {
    match (&seen.status.task, &seen.task) {
        (Some(_), Some(TaskView::Lost)) => Settled::Forgotten,
        (Some(task), Some(TaskView::Unknown { .. })) => match &seen.vm {
            VmView::Absent => Settled::Forgotten,
            VmView::Found { node, config, .. } if stuck::outlives_task(&task.node, node, config) => Settled::Forgotten,
            _ => Settled::Nothing,
        },
        (Some(_), Some(TaskView::Ended(TaskState::Running))) => Settled::Nothing,
        (Some(task), Some(TaskView::Ended(state))) => Settled::Outcome(interpret_task(task, state)),
        _ => Settled::Nothing,
    }
}

/// Puts what a direct read of our own VM says into the status. `followed`: so have the claims of a VM that was taken back.
fn learn(status: &mut VirtualServerStatus, seen: &Observed, desired: &Desired, followed: bool) {
    let VmView::Found { node, config, status: power } = &seen.vm else { return };
    let Some(vmid) = status.vmid.and_then(|n| n.try_into().ok()) else { return };
    let Verdict::Ours(mark) = verdict(config, &desired.identity, vmid) else { return };
    if followed {
        status.taken_from = None;
    }
    stored::remember(status, &seen.stored, &mark);
    detached::remember(status, config, seen.now);
    // A rollback brought back older slots and addresses, which are about to be replaced.
    if status.reown.is_some() {
        return;
    }
    remember(status, desired, seen, config, node.as_str());
    if let Some(power) = power {
        status.power_state = Some(match (power.running, power.paused) {
            (true, true) => PowerState::Paused,
            (true, false) => PowerState::Running,
            (false, _) => PowerState::Stopped,
        });
    }
}

/// A hold that was found without looking at the VM: reported, and tried again with backoff.
async fn hold(ctx: &Context, server: VirtualServer, why: Hold) -> Result<Action, ReconcileError> {
    let uid = server.uid().unwrap_or_default();
    let status = server.status.clone().unwrap_or_default();
    let stalled = matches!(why, Hold::Stalled(..));
    let restart_required =
        status.conditions.iter().any(|c| c.type_ == condition::RESTART_REQUIRED && c.status == "True");
    let plan = Plan { hold: Some(why), drift: status.drift.clone(), restart_required, ..Plan::default() };
    write_report(ctx, server, &status, &plan, ctx.ambient.now()).await?;
    // A person must act, and whatever they do wakes the server; the slow look is for what no watch shows.
    Ok(Action::requeue(if stalled { Duration::from_mins(5) } else { ctx.waits.next(&uid) }))
}

async fn write_report(
    ctx: &Context,
    mut server: VirtualServer,
    status: &VirtualServerStatus,
    plan: &Plan,
    now: Timestamp,
) -> Result<VirtualServer, ReconcileError> {
    let next = report(&server, status, plan, now);
    let was_ready = is_ready(server.status.as_ref());
    let transition = ready_reason(server.status.as_ref()).map(|(reason, _)| reason.to_owned())
        != ready_reason(Some(&next)).map(|(reason, _)| reason.to_owned());
    if server.status.as_ref() != Some(&next) {
        server.status = Some(next);
        server = ctx.write_status(&server).await?;
    }
    if transition
        && let Some((reason, message)) = ready_reason(server.status.as_ref())
        && reason != "Progressing"
    {
        log_hold(&server, plan);
        let ready = is_ready(server.status.as_ref());
        let note = if ready { "the server is as wished" } else { message };
        ctx.events.publish(&server, !ready, if ready { "Ready" } else { reason }, note).await;
        if ready
            && !was_ready
            && let Some(created) = server.creation_timestamp()
        {
            ctx.metrics.ready_seconds.observe(now.duration_since(created.0).as_secs_f64());
        }
        if matches!(&plan.hold, Some(Hold::Stalled(StalledReason::ForeignVM | StalledReason::VMLost, _))) {
            tracing::error!(
                namespace = server.namespace(),
                name = server.name_any(),
                reason,
                message,
                "a server needs a person"
            );
        }
    }
    Ok(server)
}

fn is_ready(status: Option<&VirtualServerStatus>) -> bool {
    status.iter().flat_map(|s| &s.conditions).any(|c| c.type_ == condition::READY && c.status == "True")
}
