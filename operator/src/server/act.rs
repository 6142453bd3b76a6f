//! Carrying out a plan: each step as it stands, until the first task. Nothing is chosen here.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use kube::{Api, ResourceExt as _, api::PostParams};
use slipway_crds::{
    ActionPhase, ActionStatus, ClaimOwner, PowerState, SuspensionStatus, TaskKind, TaskStatus, VirtualServer,
    VirtualServerAction,
    words::{StalledReason, WaitingReason},
};

use super::{
    adopt,
    context::Context,
    deed::may_repeat,
    interpret::{Change, Next, Outcome, apply, end_action, interpret, reason_of},
    observe_actions::newest_task,
    plan::{Hold, is_provisioned},
    report,
    step::Step,
    turn, undo,
};
use crate::{
    claims,
    events::cut,
    kubernetes::{self, KubernetesError, timed},
    metrics::StepLabels,
    site::{Site, numbers, quarantine},
};

/// What is left to do when the plan's steps are done, or stopped.
#[derive(Debug)]
pub struct Acted {
    pub server: VirtualServer,
    pub next: Next,
}

/// Takes the steps in order and stops at the first task, hold or need to look again.
pub async fn act(
    ctx: &Context,
    site: &Site,
    mut server: VirtualServer,
    steps: &[Step],
) -> Result<Acted, KubernetesError> {
    let mut next = Next::Observe;
    for step in steps {
        ctx.metrics.steps.get_or_create(&StepLabels { step: step.name() }).inc();
        if let Step::BurnVmid { vmid, found } = step {
            // A tenant reads the Event, and must not learn whose VM it is.
            tracing::warn!(site = %site.name, %vmid, found, "the number holds another VM");
        }
        tracing::info!(
            namespace = server.namespace(),
            name = server.name_any(),
            request_id = report::request_id(&server),
            step = step.name(),
            "{step}"
        );
        (server, next) = Box::pin(take(ctx, site, server, step)).await?;
        if next != Next::Continue {
            break;
        }
    }
    if next == Next::Continue {
        next = Next::Observe;
    }
    Ok(Acted { server, next })
}

async fn take(
    ctx: &Context,
    site: &Site,
    server: VirtualServer,
    step: &Step,
) -> Result<(VirtualServer, Next), KubernetesError> {
    let now = ctx.ambient.now();
    if let Some(instead) = stopped(ctx, site, &server, step).await? {
        return Ok((server, instead));
    }
    let outcome = match step {
        Step::Prepare { reown } => Outcome { changes: vec![Change::Reown(Some(reown.clone()))], next: Next::Observe },
        Step::Reowned { applied, detached, owes_start, .. } => Outcome {
            changes: [Change::Applied(applied.clone()), Change::Reown(None)]
                .into_iter()
                .chain(owes_start.then_some(Change::Suspension(Some(INTERRUPTED))))
                .chain(detached.clone().map(|disk| Change::Detached(Box::new(disk))))
                .chain([Change::Notice { warning: false, reason: "Reowned", note: step.to_string() }])
                .collect(),
            next: Next::Observe,
        },
        Step::ReserveVmid { .. } => match numbers::take(&ctx.client, site).await {
            Ok(vmid) => {
                Outcome { changes: vec![Change::Vmid(Some(vmid.get())), Change::Node(None)], next: Next::Observe }
            }
            Err(numbers::NumberError::Kubernetes(error)) => return Err(error),
            Err(error) => Outcome {
                changes: vec![],
                next: Next::Hold(Hold::Waiting(
                    if matches!(error, numbers::NumberError::Exhausted) {
                        WaitingReason::NoCapacity
                    } else {
                        WaitingReason::SiteUnreachable
                    },
                    error.to_string(),
                )),
            },
        },
        Step::RecallVmid { vmid, node, owned } => Outcome {
            changes: [Change::Vmid(Some(vmid.get())), Change::Node(Some(node.to_string()))]
                .into_iter()
                .chain(owned.then_some(Change::Provisioned))
                .chain([Change::Notice { warning: true, reason: "NumberRecalled", note: step.to_string() }])
                .collect(),
            next: Next::Observe,
        },
        Step::BurnVmid { .. } => without_number("NumberGivenUp", step),
        Step::Quarantine { vmid, reason, command } => {
            if quarantine::add(&ctx.client, site, *vmid, reason, command, now).await? {
                without_number("NumberQuarantined", step)
            } else {
                let message = "the site's quarantine is full; clean up what status.quarantine of the site lists";
                let hold = Hold::Waiting(WaitingReason::SiteFrozen, message.to_owned());
                Outcome { changes: vec![], next: Next::Hold(hold) }
            }
        }
        Step::BringBack { values, server_id } => {
            let server = undo::bring_back(ctx, &server, values, server_id.as_deref()).await?;
            // The wish is another one now: it is planned anew.
            return Ok((server, Next::AwaitTask));
        }
        Step::TakeBack { record, vmid, node, from, born } => {
            if !undo::take(ctx, &server, record.as_deref(), from).await? {
                return Ok((server, Next::Hold(undo::missed())));
            }
            let changes = vec![
                Change::Vmid(Some(vmid.get())),
                Change::Node(node.as_ref().map(ToString::to_string)),
                Change::TakenFrom { from: from.clone(), born: born.clone() },
                Change::Provisioned,
                Change::Notice { warning: false, reason: "TakenBack", note: step.to_string() },
            ];
            Outcome { changes, next: Next::Observe }
        }
        Step::Note { .. } | Step::Adopt { .. } | Step::TakenOver { .. } => adopt::outcome(step),
        Step::Suspend { suspension, .. } => suspension_is(Some(*suspension), "Suspended", step),
        Step::EndSuspension { .. } => suspension_is(None, "SuspensionEnded", step),
        Step::AwaitTurn { .. } => Outcome { changes: vec![], next: Next::Observe },
        Step::ClaimAddress { claim } => {
            let owner = owner(&server, &claim.interface);
            let is_adopted = server.spec.adopt.is_some() && !server.status.as_ref().is_some_and(is_provisioned);
            let ours = claims::create(&ctx.client, claim, owner, is_adopted).await?;
            let note = Change::Notice { warning: false, reason: "AddressClaimed", note: step.to_string() };
            // Lost to another server: the cache shows the claim soon, and the next free one is chosen.
            if ours {
                Outcome { changes: vec![note], next: Next::Continue }
            } else {
                Outcome { changes: vec![], next: Next::Observe }
            }
        }
        Step::ReleaseAddress { claim, .. } => {
            claims::release_one(&ctx.client, claim, &server.uid().unwrap_or_default(), now).await?;
            let note = Change::Notice { warning: false, reason: "AddressReleased", note: step.to_string() };
            // The cache shows it soon.
            Outcome { changes: vec![note], next: Next::AwaitTask }
        }
        Step::EndAction { action, verb, phase, reason, message } => {
            Outcome { changes: end_action(action, *verb, *phase, reason, message), next: Next::Observe }
        }
        Step::FollowTask { action, upid } => Outcome {
            changes: vec![Change::ActionStarted { action: action.clone(), upid: upid.clone() }],
            next: Next::AwaitTask,
        },
        _ => return call(ctx, site, server, step, now).await,
    };
    commit(ctx, server, outcome, now).await
}

/// What comes instead of a step that must not be taken now.
async fn stopped(
    ctx: &Context,
    site: &Site,
    server: &VirtualServer,
    step: &Step,
) -> Result<Option<Next>, KubernetesError> {
    if let Some(action) = step.waits_for()
        && !may_start(ctx, server, action).await?
    {
        // The cache was behind: it was carried out already.
        return Ok(Some(Next::AwaitTask));
    }
    if !turn::take_place(ctx, site, step) {
        return Ok(Some(Next::Observe));
    }
    Ok(turn::enter(ctx, site, server, step).map(Next::Hold))
}

fn owner(server: &VirtualServer, interface: &str) -> ClaimOwner {
    ClaimOwner {
        namespace: server.namespace().unwrap_or_default(),
        name: server.name_any(),
        uid: server.uid().unwrap_or_default(),
        vmid: server.status.as_ref().and_then(|s| s.vmid).unwrap_or_default(),
        network: interface.to_owned(),
    }
}

/// A guest that ran, and is to run again.
const INTERRUPTED: SuspensionStatus = SuspensionStatus { power: PowerState::Running, spares: false };

fn suspension_is(suspension: Option<SuspensionStatus>, reason: &'static str, step: &Step) -> Outcome {
    let note = Change::Notice { warning: false, reason, note: step.to_string() };
    Outcome { changes: vec![Change::Suspension(suspension), note], next: Next::Observe }
}

/// The server has no number and no VM any more: it begins anew.
fn without_number(reason: &'static str, step: &Step) -> Outcome {
    let changes = vec![
        Change::Vmid(None),
        Change::Node(None),
        Change::Task(None),
        Change::Unmade,
        Change::Notice { warning: true, reason, note: step.to_string() },
    ];
    Outcome { changes, next: Next::Observe }
}

/// A step that calls Proxmox: intent first, where a repetition could harm; then the call; then what it means.
async fn call(
    ctx: &Context,
    site: &Site,
    mut server: VirtualServer,
    step: &Step,
    now: Timestamp,
) -> Result<(VirtualServer, Next), KubernetesError> {
    let Some(request) = step.request() else {
        let message = format!("the step `{step}` has no call");
        return Ok((server, Next::Hold(Hold::Stalled(StalledReason::Invalid, message))));
    };
    match step {
        Step::Clone { node, .. } => {
            let intent =
                TaskStatus { upid: None, kind: TaskKind::Clone, node: node.to_string(), started_at: MicroTime(now) };
            let changes = vec![Change::Unmade, Change::Node(Some(node.to_string())), Change::Task(Some(intent))];
            (server, _) = commit(ctx, server, Outcome { changes, next: Next::Continue }, now).await?;
        }
        Step::Attach { name, slot, .. } => {
            let changes = vec![Change::DiskIntended { name: name.clone(), slot: slot.clone() }];
            (server, _) = commit(ctx, server, Outcome { changes, next: Next::Continue }, now).await?;
        }
        Step::Act { action, node, vmid, verb, .. } => {
            let before = match newest_task(site, node, *vmid, *verb).await {
                Ok(newest) => newest.map(|u| u.to_string()),
                // Without it, a lost answer could not be told from an older task.
                Err(error) => {
                    let (reason, hint) = reason_of(&error);
                    return Ok((server, Next::Hold(Hold::Waiting(reason, format!("{error}; {hint}")))));
                }
            };
            set_action(ctx, &server, action, |status| {
                status.phase = ActionPhase::Running;
                status.started_at = Some(Time(now));
                status.node = Some(node.to_string());
                status.newest_upid_before.clone_from(&before);
            })
            .await?;
        }
        _ => {}
    }
    let answer = site.call(&request).await;
    if answer.as_ref().is_err_and(|e| e.fault == proxmox_client::Fault::Busy) {
        site.adapt_turns(&site.turn_uses(&server.uid().unwrap_or_default()), false);
    }
    commit(ctx, server, interpret(step, &answer, now), now).await
}

/// Writes what a step changed: the server's status, then its action's, then the Events.
async fn commit(
    ctx: &Context,
    mut server: VirtualServer,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(VirtualServer, Next), KubernetesError> {
    server = write_changes(ctx, server, &outcome.changes, now).await?;
    Ok((server, outcome.next))
}

pub(super) async fn write_changes(
    ctx: &Context,
    mut server: VirtualServer,
    changes: &[Change],
    now: Timestamp,
) -> Result<VirtualServer, KubernetesError> {
    let mut status = server.status.clone().unwrap_or_default();
    let provisioned = apply(&mut status, changes);
    if provisioned {
        report::set_provisioned(&mut status, server.metadata.generation, now);
    }
    if changes.contains(&Change::TakenOver) {
        report::set_taken_over(&mut status, server.metadata.generation, now);
    }
    if server.status.as_ref() != Some(&status) {
        server.status = Some(status);
        server = ctx.write_status(&server).await?;
    }
    for change in changes {
        match change {
            Change::ActionStarted { action, upid } => {
                set_action(ctx, &server, action, |status| {
                    status.phase = ActionPhase::Running;
                    status.upid = Some(upid.clone());
                })
                .await?;
            }
            Change::ActionRefused { action, message } => {
                set_action(ctx, &server, action, |status| {
                    status.phase = ActionPhase::Pending;
                    status.started_at = None;
                    status.newest_upid_before = None;
                    status.message = Some(cut(message, 1024).to_owned());
                })
                .await?;
            }
            Change::ActionEnded { action, phase, reason, message } => {
                set_action(ctx, &server, action, |status| {
                    status.phase = *phase;
                    status.reason = Some(reason.clone());
                    // A failed start's text holds QEMU's whole command line.
                    status.message = Some(cut(message, 1024).to_owned());
                    status.finished_at = Some(Time(now));
                })
                .await?;
            }
            Change::Notice { warning, reason, note } => ctx.events.publish(&server, *warning, reason, note).await,
            _ => {}
        }
    }
    Ok(server)
}

/// Uncached: only an action that has neither a task nor an end may be started.
async fn may_start(ctx: &Context, server: &VirtualServer, name: &str) -> Result<bool, KubernetesError> {
    let api: Api<VirtualServerAction> = Api::namespaced(ctx.client.clone(), &server.namespace().unwrap_or_default());
    match timed(api.get(name)).await {
        Ok(action) => Ok(action.status.is_none_or(|s| match s.phase {
            ActionPhase::Pending => true,
            // The call may have been made: only what harms nobody is repeated.
            ActionPhase::Running => s.upid.is_none() && may_repeat(action.spec.verb),
            _ => false,
        })),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads the action afresh, changes its status and writes it back. A running one holds the finalizer; an end is final,
/// whatever a cache that is behind makes of it.
async fn set_action(
    ctx: &Context,
    server: &VirtualServer,
    name: &str,
    change: impl Fn(&mut ActionStatus),
) -> Result<(), KubernetesError> {
    let api: Api<VirtualServerAction> = Api::namespaced(ctx.client.clone(), &server.namespace().unwrap_or_default());
    let mut action = match timed(api.get(name)).await {
        Ok(action) => action,
        // Deleted meanwhile: there is nobody left to tell.
        Err(error) if error.is_not_found() => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut status = action.status.clone().unwrap_or_default();
    if status.phase.is_terminal() {
        if kubernetes::has_finalizer(&action) {
            kubernetes::remove_finalizer(&ctx.client, &action).await?;
        }
        return Ok(());
    }
    change(&mut status);
    if !status.phase.is_terminal()
        && !kubernetes::has_finalizer(&action)
        && action.metadata.deletion_timestamp.is_none()
    {
        action = kubernetes::add_finalizer(&ctx.client, &action).await?;
    }
    let ended = status.phase.is_terminal();
    action.status = Some(status);
    let params =
        PostParams { field_manager: Some(slipway_crds::names::MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    let action = timed(api.replace_status(name, &params, &action)).await?;
    if ended && kubernetes::has_finalizer(&action) {
        kubernetes::remove_finalizer(&ctx.client, &action).await?;
    }
    Ok(())
}
