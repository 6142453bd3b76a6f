//! Deleting never waits for Proxmox: a `RetainedServer` takes over what is owed, then the finalizer goes.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{
    api::core::v1::Namespace,
    apimachinery::pkg::apis::meta::v1::{MicroTime, Time},
};
use kube::{
    Api, ResourceExt as _,
    api::{ListParams, ObjectMeta, PostParams},
    runtime::controller::Action,
};
use proxmox_client::{NodeName, ProxmoxAnswer, ProxmoxRequest, VmConfig, Vmid};
use slipway_crds::{
    DeletionPolicy, GiveBack, ProviderValues, ProxmoxSite, RetainedServer, RetainedServerSpec, ServerPhase, TaskKind,
    TaskStatus, VirtualServer,
    names::{ANNOTATION_REQUEST_ID, FINALIZER, LABEL_SERVER_ID, MANAGER_OPERATOR},
    words::{StalledReason, WaitingReason},
};

use super::{
    context::Context,
    plan::{Hold, Plan, was_configured},
    previous::find_marked,
    report::{log_hold, ready_reason, report},
    undo,
    validate::identity,
};
use crate::{
    actions, claims,
    kubernetes::{self, KubernetesError, timed},
    mark::{self, Mark, MarkState, Verdict, verdict},
    site::Site,
};

/// The number that the server's VM has.
enum Number {
    /// A record of it names its VM.
    Recorded,
    Known(Vmid),
    /// It never had one, or its VM is nowhere.
    None,
    /// Not to be said now: letting go could leave a VM without an owner.
    Unsure(WaitingReason, String),
}

/// What a direct read says about the VM of a server that is being deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// Cloned, never configured: nobody's data is on it.
    Provisional,
    /// Ours with data on it, or not to be judged now: kept as policy says.
    Ours,
    Foreign,
}

/// Hands the VM over to a `RetainedServer` and lets the object go.
pub async fn delete(ctx: &Context, server: &VirtualServer) -> Result<Action, KubernetesError> {
    if !kubernetes::has_finalizer(server) {
        return Ok(Action::await_change());
    }
    let uid = server.uid().unwrap_or_default();
    let site = ctx.sites.get(&server.spec.site_ref);
    let now = ctx.ambient.now();
    // What it took back and never made its own goes back to its record.
    let given_back = match undo::give_back(ctx, server, site.as_deref()).await? {
        Ok(given_back) => given_back,
        Err(why) => return hold(ctx, server, why).await,
    };
    if given_back {
        actions::end_all_of(&ctx.client, server, now).await?;
        kubernetes::remove_finalizer(&ctx.client, server).await?;
        ctx.waits.reset(&uid);
        return Ok(Action::await_change());
    }
    match number(ctx, server, site.as_deref()).await? {
        Number::Unsure(reason, message) => return hold(ctx, server, Hold::Waiting(reason, message)).await,
        Number::Recorded => {}
        Number::None => claims::release(&ctx.client, &uid, now).await?,
        Number::Known(vmid) => match found(server, site.as_deref(), vmid).await {
            Found::Foreign => {
                let note = format!("VM {vmid} carries another mark; it is left alone and no record is kept");
                ctx.events.publish(server, true, "ForeignVM", &note).await;
                // A VM of ours whose notes a person edited still uses its address.
                if !is_configured(server) || give_back(server).is_some() {
                    claims::release(&ctx.client, &uid, now).await?;
                }
            }
            found => {
                if let Err(why) = retain(ctx, server, vmid, found).await? {
                    return hold(ctx, server, why).await;
                }
            }
        },
    }
    actions::end_all_of(&ctx.client, server, now).await?;
    kubernetes::remove_finalizer(&ctx.client, server).await?;
    ctx.waits.reset(&uid);
    Ok(Action::await_change())
}

/// The number in the status, else that of a VM that carries our mark.
async fn number(ctx: &Context, server: &VirtualServer, site: Option<&Site>) -> Result<Number, KubernetesError> {
    if let Some(vmid) = server.status.as_ref().and_then(|s| s.vmid).and_then(|n| n.try_into().ok()) {
        return Ok(Number::Known(vmid));
    }
    // Its record was made, and the status was lost before the object could go: the record owes the rest.
    let records: Api<RetainedServer> = Api::all(ctx.client.clone());
    let uid = server.uid().unwrap_or_default();
    let of_it = ListParams::default().fields(&format!("spec.uid={uid}"));
    if !timed(records.list(&of_it)).await?.items.is_empty() {
        return Ok(Number::Recorded);
    }
    let Some(site) = site else { return without_site(ctx, server).await };
    if let Some((reason, message)) = site.distrust() {
        return Ok(Number::Unsure(reason, message));
    }
    let identity = identity(server, &site.installation);
    let ours = |mark: &Mark| mark.identity == identity;
    Ok(match find_marked(ctx, site, ours).await {
        Ok(Some((mark, _))) => Number::Known(mark.vmid),
        Ok(_) => Number::None,
        Err(why) => Number::Unsure(WaitingReason::NodeUnavailable, why),
    })
}

/// A site that cannot be asked may hold the VM. One that does not exist cannot, unless the server got as far as an
/// address: then the `ProxmoxSite` existed.
async fn without_site(ctx: &Context, server: &VirtualServer) -> Result<Number, KubernetesError> {
    let name = &server.spec.site_ref;
    let sites: Api<ProxmoxSite> = Api::all(ctx.client.clone());
    if timed(sites.get_opt(name)).await?.is_some() {
        let message = format!("site `{name}` could not be contacted yet, and the server's VM must be looked for there");
        return Ok(Number::Unsure(WaitingReason::SiteUnreachable, message));
    }
    let uid = server.uid().unwrap_or_default();
    let holds_address = |c: &slipway_crds::AddressClaim| c.spec.owner.uid == uid && c.spec.released_at.is_none();
    if ctx.catalogue.claims.state().iter().any(|c| holds_address(c)) {
        let message = format!("ProxmoxSite `{name}` does not exist and may hold the server's VM; create it again");
        return Ok(Number::Unsure(WaitingReason::SiteUnreachable, message));
    }
    Ok(Number::None)
}

async fn found(server: &VirtualServer, site: Option<&Site>, vmid: Vmid) -> Found {
    // What another cluster than the pinned one says is of no worth.
    let Some(site) = site.filter(|s| s.distrust().is_none()) else { return Found::Ours };
    let row = site.view(Some(vmid)).guest_node;
    let remembered = server.status.as_ref().and_then(|s| s.node.clone()).and_then(|n| NodeName::try_from(n).ok());
    // A number without a node was never used.
    let Some(node) = row.or(remembered) else { return Found::Provisional };
    match site.call(&ProxmoxRequest::Config { node, vmid }).await {
        Ok(ProxmoxAnswer::Config(config)) => match verdict(&config, &identity(server, &site.installation), vmid) {
            Verdict::Ours(mark) if mark.state == MarkState::Provisional => Found::Provisional,
            Verdict::Foreign { .. } if was_brought_back(server, site, vmid, &config) => Found::Ours,
            Verdict::Foreign { .. } => Found::Foreign,
            // It was to be adopted, and was not yet.
            Verdict::Undetermined { .. } if server.spec.adopt.is_some() && !is_configured(server) => Found::Foreign,
            Verdict::Ours(_) | Verdict::Undetermined { .. } => Found::Ours,
        },
        _ => Found::Ours,
    }
}

/// A rollback or restore of ours is under way, and this is what it can leave.
fn was_brought_back(server: &VirtualServer, site: &Site, vmid: Vmid, config: &VmConfig) -> bool {
    let in_our_pool = site.view(Some(vmid)).guest_pool == Some(site.pool());
    let reown = server.status.as_ref().and_then(|s| s.reown.as_ref()).filter(|r| r.kind.brings_back());
    reown.is_some_and(|r| in_our_pool && mark::may_be_reowned(config.description(), &site.installation, &r.born))
}

/// Says why the server cannot go yet, and tries again with backoff.
async fn hold(ctx: &Context, server: &VirtualServer, why: Hold) -> Result<Action, KubernetesError> {
    let plan = Plan { hold: Some(why), ..Plan::default() };
    let mut status = report(server, &server.status.clone().unwrap_or_default(), &plan, ctx.ambient.now());
    status.phase = Some(ServerPhase::Deleting);
    let reason = |status| ready_reason(status).map(|(reason, _)| reason.to_owned());
    let transition = reason(server.status.as_ref()) != reason(Some(&status));
    if server.status.as_ref() != Some(&status) {
        let server = ctx.write_status(&VirtualServer { status: Some(status), ..server.clone() }).await?;
        if let Some((reason, message)) = ready_reason(server.status.as_ref()).filter(|_| transition) {
            log_hold(&server, &plan);
            ctx.events.publish(&server, true, reason, message).await;
        }
    }
    Ok(Action::requeue(ctx.waits.next(&server.uid().unwrap_or_default())))
}

/// Makes the record that owes the rest. `Err` says why there is none.
async fn retain(
    ctx: &Context,
    server: &VirtualServer,
    vmid: Vmid,
    found: Found,
) -> Result<Result<(), Hold>, KubernetesError> {
    let namespace = server.namespace().unwrap_or_default();
    let namespaces: Api<Namespace> = Api::all(ctx.client.clone());
    let namespace_uid = timed(namespaces.get_opt(&namespace)).await?.and_then(|n| n.uid()).unwrap_or_default();
    let deleted = server.metadata.deletion_timestamp.as_ref().map_or_else(|| ctx.ambient.now(), |t| t.0);
    let uid = server.uid().unwrap_or_default();
    let record = RetainedServer {
        metadata: ObjectMeta {
            name: Some(record_name(&server.spec.site_ref, vmid)),
            finalizers: Some(vec![FINALIZER.to_owned()]),
            ..ObjectMeta::default()
        },
        spec: RetainedServerSpec {
            site_ref: server.spec.site_ref.clone(),
            vmid: vmid.get(),
            name: server.name_any(),
            namespace,
            namespace_uid,
            born: server.status.as_ref().and_then(|s| s.born.clone()).unwrap_or_else(|| uid.clone()),
            until: until(server, found, deleted).map(Time),
            claims: ctx
                .catalogue
                .claims
                .state()
                .iter()
                .filter(|c| c.spec.owner.uid == uid)
                .map(|c| c.name_any())
                .collect(),
            server_id: server.labels().get(LABEL_SERVER_ID).cloned(),
            hostname: server.spec.hostname.clone(),
            request_id: server.annotations().get(ANNOTATION_REQUEST_ID).cloned(),
            node: server.status.as_ref().and_then(|s| s.node.clone()),
            provider_values: ProviderValues::of(&server.spec),
            reown: server.status.as_ref().and_then(|s| s.reown.as_ref()).is_some_and(|r| r.kind.brings_back()),
            spares: server.status.as_ref().and_then(|s| s.suspension).is_some_and(|s| s.spares),
            backups: server.status.iter().flat_map(|s| &s.backups).map(|backup| backup.volid.clone()).collect(),
            task: task(server, deleted),
            give_back: give_back(server),
            uid,
        },
        status: None,
    };
    let api: Api<RetainedServer> = Api::all(ctx.client.clone());
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    match timed(api.create(&params, &record)).await {
        Err(error) if error.is_already_exists() => {
            let held = timed(api.get(&record.name_any())).await?;
            // Its own was made before a crash.
            if held.spec.uid != record.spec.uid {
                tracing::error!(
                    record = held.name_any(),
                    namespace = held.spec.namespace,
                    uid = held.spec.uid,
                    "a VM has two owners; look at its mark and delete the record that is wrong"
                );
                let message = format!("VM {vmid} is in the keeping of another record; ask the provider");
                return Ok(Err(Hold::Stalled(StalledReason::Invalid, message)));
            }
        }
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let note = match &record.spec.until {
        None if record.spec.give_back.is_some() => {
            format!("VM {vmid} becomes what it was before it was adopted (RetainedServer {})", record.name_any())
        }
        None => format!("VM {vmid} is kept until a person decides (RetainedServer {})", record.name_any()),
        Some(until) => format!("VM {vmid} is destroyed on {} (RetainedServer {})", until.0, record.name_any()),
    };
    ctx.events.publish(server, false, "Retained", &note).await;
    Ok(Ok(()))
}

/// Only what was adopted can be given back.
fn give_back(server: &VirtualServer) -> Option<GiveBack> {
    server.spec.adopt.as_ref().filter(|adopt| adopt.give_back)?;
    Some(GiveBack { original: server.status.as_ref().and_then(|status| status.original.clone()) })
}

/// What may still run or begin. A clone whose answer was lost leaves no task in the status, only the node it went to.
fn task(server: &VirtualServer, deleted: Timestamp) -> Option<TaskStatus> {
    let status = server.status.as_ref()?;
    status.task.clone().or_else(|| {
        let node = status.node.clone().filter(|_| !is_configured(server))?;
        Some(TaskStatus { upid: None, kind: TaskKind::Clone, node, started_at: MicroTime(deleted) })
    })
}

fn is_configured(server: &VirtualServer) -> bool {
    server.status.as_ref().is_some_and(was_configured)
}

/// `<site>.<vmid>`.
pub fn record_name(site: &str, vmid: Vmid) -> String {
    format!("{site}.{vmid}")
}

/// When the VM is destroyed; `None` means that a person decides.
fn until(server: &VirtualServer, found: Found, deleted: Timestamp) -> Option<Timestamp> {
    if give_back(server).is_some() {
        return None;
    }
    if found == Found::Provisional {
        return Some(deleted);
    }
    if server.spec.deletion_protection || server.spec.deletion_policy == DeletionPolicy::Retain {
        return None;
    }
    let grace =
        SignedDuration::try_from(server.spec.deletion_grace_period.get()).unwrap_or(SignedDuration::from_hours(72));
    Some(deleted + grace)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn server(spec: &serde_json::Value) -> VirtualServer {
        let mut all = json!({ "siteRef": "home", "planRef": "small", "imageRef": "debian-13" });
        all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": "web", "namespace": "a" }, "spec": all
        }))
        .unwrap()
    }

    #[test]
    fn a_protected_or_retained_server_is_kept_until_a_person_decides() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        assert_eq!(until(&server(&json!({ "deletionProtection": true })), Found::Ours, now), None);
        assert_eq!(until(&server(&json!({ "deletionPolicy": "Retain" })), Found::Ours, now), None);
    }

    #[test]
    fn a_vm_that_is_given_back_has_no_end_whatever_else_is_wished() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let adopted = |more: serde_json::Value| server(&json!({ "adopt": more, "deletionGracePeriod": "0s" }));
        let given = adopted(json!({ "vmid": 501, "giveBack": true }));
        for found in [Found::Ours, Found::Provisional] {
            assert_eq!(until(&given, found, now), None);
        }
        assert_eq!(give_back(&given), Some(GiveBack::default()), "what it was is not known");
        assert_eq!(give_back(&adopted(json!({ "vmid": 501 }))), None);
    }

    #[test]
    fn the_grace_period_counts_from_the_deletion() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        assert_eq!(until(&server(&json!({})), Found::Ours, now), Some("2026-11-28T12:00:00Z".parse().unwrap()));
        assert_eq!(until(&server(&json!({ "deletionGracePeriod": "0s" })), Found::Ours, now), Some(now));
    }

    #[test]
    fn a_vm_that_was_never_configured_is_not_kept() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        assert_eq!(until(&server(&json!({ "deletionProtection": true })), Found::Provisional, now), Some(now));
    }

    #[test]
    fn a_clone_whose_answer_was_lost_is_handed_over_as_one_that_may_yet_begin() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let left = |status: serde_json::Value| {
            let server = VirtualServer { status: serde_json::from_value(status).unwrap(), ..server(&json!({})) };
            task(&server, now)
        };
        assert_eq!(left(json!({ "vmid": 100_000 })), None, "nothing was sent for it");
        let begun = left(json!({ "vmid": 100_000, "node": "pve1" })).unwrap();
        assert_eq!((begun.kind, begun.upid, begun.started_at), (TaskKind::Clone, None, MicroTime(now)));
        let provisioned = json!([{
            "type": "Provisioned", "status": "True", "reason": "Started", "message": "", "lastTransitionTime": now.to_string()
        }]);
        assert_eq!(left(json!({ "vmid": 100_000, "node": "pve1", "conditions": provisioned })), None);
        let running = json!({ "kind": "Start", "node": "pve1", "upid": "UPID:…", "startedAt": now.to_string() });
        let start = left(json!({ "vmid": 100_000, "node": "pve1", "task": running })).unwrap();
        assert_eq!(start.kind, TaskKind::Start);
    }
}
