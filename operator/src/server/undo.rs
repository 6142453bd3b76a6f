//! Undo: a server takes back the VM of one that was deleted, while its record still keeps it.
//!
//! The record moves `Retained → Taken` by compare-and-swap, so that it is either purged or taken, never both; then the
//! number and the addresses are the taker's, and last the VM's mark is written anew.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api, ResourceExt as _,
    api::{Patch, PatchParams},
};
use proxmox_client::{ConfigChange, Fault, NodeName, ProxmoxAnswer, ProxmoxRequest, VmConfig, Vmid};
use serde_json::json;
use slipway_crds::{
    ProviderValues, RetainedPhase, RetainedServer, TakenFrom, Undelete, VirtualServer,
    names::{LABEL_SERVER_ID, MANAGER_OPERATOR},
    words::{StalledReason, WaitingReason},
};

use super::{
    context::Context,
    desired::Desired,
    observed::{Observed, Takeable, UndoView},
    plan::{Hold, Plan, wanted_on_boot},
    previous::find_marked,
    step::Step,
    stuck,
    validate::identity,
};
use crate::{
    claims,
    kubernetes::{KubernetesError, replace_status, timed},
    mark::{self, Identity, Mark, MarkState, Verdict},
    site::Site,
};

/// What was taken by this server and is not its own yet. That was decided by compare-and-swap, and a spec that changes
/// half way changes nothing: the record would be neither anybody's nor ever purged.
pub(super) fn decided(records: &[Arc<RetainedServer>], server: &VirtualServer) -> Option<Undelete> {
    let is_taken = |record: &&Arc<RetainedServer>| {
        let state = record.status.as_ref();
        state.is_some_and(|s| s.phase == RetainedPhase::Taken && s.taken_by.is_some() && s.taken_by == server.uid())
            && record.spec.site_ref == server.spec.site_ref
    };
    let record = records.iter().find(is_taken).filter(|_| server.status.as_ref().is_none_or(|s| s.vmid.is_none()))?;
    Some(Undelete { uid: record.spec.uid.clone(), overridden: true })
}

/// What `spec.undelete` names; `Err` says why that is not known now.
pub(super) async fn look(
    ctx: &Context,
    site: &Site,
    server: &VirtualServer,
    desired: &Desired,
) -> Result<UndoView, String> {
    let status = server.status.clone().unwrap_or_default();
    let (Some(undelete), None) = (&desired.undelete, status.vmid) else { return Ok(UndoView::NotAsked) };
    let records = ctx.catalogue.retained.state();
    let record = records.iter().find(|r| r.spec.uid == undelete.uid && r.spec.site_ref == site.name);
    if let Some(record) = record {
        let Ok(vmid) = Vmid::try_from(record.spec.vmid) else { return Ok(UndoView::Nothing) };
        let namespaces: Api<Namespace> = Api::all(ctx.client.clone());
        let here = timed(namespaces.get_opt(&desired.identity.namespace)).await.map_err(|e| e.to_string())?;
        let uid = here.and_then(|n| n.uid()).unwrap_or_default();
        let state = record.status_or_inherited();
        let remembered = state.node.clone().and_then(|n| NodeName::try_from(n).ok());
        let has_id = server.labels().contains_key(LABEL_SERVER_ID);
        return Ok(UndoView::Found(Box::new(Takeable {
            record: Some(record.name_any()),
            phase: state.phase,
            taken_by: state.taken_by,
            deleted: record.metadata.deletion_timestamp.is_some(),
            given_back: record.spec.give_back.is_some(),
            same_namespace: record.spec.namespace == desired.identity.namespace && record.spec.namespace_uid == uid,
            suspended: record.spec.provider_values.suspended.as_ref().map(|s| s.reason.clone()),
            missing: missing(&server.spec, &record.spec.provider_values),
            server_id: record.spec.server_id.clone().filter(|_| !has_id),
            vmid,
            node: site.view(Some(vmid)).guest_node.or(remembered),
            from: TakenFrom {
                namespace: record.spec.namespace.clone(),
                name: record.spec.name.clone(),
                uid: record.spec.uid.clone(),
            },
            born: record.spec.born.clone(),
        })));
    }
    if !undelete.overridden {
        return Ok(UndoView::Nothing);
    }
    let wanted = |mark: &Mark| {
        let configured = mark.state != MarkState::Provisional;
        mark.identity.installation == site.installation && mark.identity.uid == undelete.uid && configured
    };
    Ok(find_marked(ctx, site, wanted).await?.map_or(UndoView::Nothing, |(mark, node)| {
        UndoView::Found(Box::new(Takeable {
            record: None,
            phase: RetainedPhase::Retained,
            taken_by: None,
            deleted: false,
            given_back: false,
            same_namespace: false,
            suspended: None,
            missing: ProviderValues::default(),
            server_id: None,
            vmid: mark.vmid,
            node: Some(node),
            from: TakenFrom { namespace: mark.identity.namespace, name: mark.identity.name, uid: mark.identity.uid },
            born: mark.born,
        }))
    }))
}

/// A suspension was lifted by whoever may take it back, a pause was not; an address comes with its claim.
fn missing(spec: &slipway_crds::VirtualServerSpec, kept: &ProviderValues) -> ProviderValues {
    let node = spec.placement.as_ref().and_then(|p| p.node.as_ref());
    ProviderValues {
        resources: kept.resources.clone().filter(|_| spec.resources.is_none()),
        node: kept.node.clone().filter(|_| node.is_none()),
        paused: kept.paused && !spec.paused,
        ..ProviderValues::default()
    }
}

/// Takes it back, or says why not. Who may not have it must not learn that it exists.
pub(super) fn plan(undelete: &Undelete, desired: &Desired, seen: &Observed) -> Plan {
    let refused = |why: String| Plan::stalled(StalledReason::Invalid, format!("spec.undelete: {why}"));
    let uid = &undelete.uid;
    let nothing = || refused(format!("no deleted server with uid {uid} is kept for this namespace"));
    let found = match &seen.undo {
        UndoView::Found(found) if undelete.overridden || found.same_namespace => found,
        UndoView::NotAsked | UndoView::Nothing | UndoView::Found(_) => return nothing(),
    };
    if found.given_back {
        return refused(format!("the VM of server {uid} becomes what it was before it was adopted"));
    }
    match (found.phase, &found.taken_by) {
        (RetainedPhase::Purging, _) => return refused(format!("server {uid} is being destroyed already")),
        (RetainedPhase::Taken, by) if by.as_ref() != Some(&desired.identity.uid) => {
            return refused(format!("server {uid} was taken back by another one"));
        }
        _ => {}
    }
    if found.deleted && !undelete.overridden {
        return refused(format!("the record of server {uid} was deleted; ask the provider"));
    }
    if let Some(why) = found.suspended.as_ref().filter(|_| !undelete.overridden) {
        return refused(format!("server {uid} was suspended ({why}); ask the provider"));
    }
    let step = if found.missing.is_empty() && found.server_id.is_none() {
        Step::TakeBack {
            record: found.record.clone(),
            vmid: found.vmid,
            node: found.node.clone(),
            from: found.from.clone(),
            born: found.born.clone(),
        }
    } else {
        Step::BringBack { values: Box::new(found.missing.clone()), server_id: found.server_id.clone() }
    };
    Plan { steps: vec![step], ..Plan::default() }
}

/// The VM is ours by its record, and its mark still says whose it was.
pub(super) fn is_unfinished(desired: &Desired, seen: &Observed, vmid: Vmid, config: &VmConfig) -> bool {
    let Some(before) = before(desired, seen) else { return false };
    let now = mark::verdict(config, &desired.identity, vmid);
    !matches!(now, Verdict::Ours(_)) && matches!(mark::verdict(config, &before, vmid), Verdict::Ours(_))
}

fn before(desired: &Desired, seen: &Observed) -> Option<Identity> {
    let from = seen.status.taken_from.clone()?;
    let installation = desired.identity.installation.clone();
    Some(Identity { installation, namespace: from.namespace, name: from.name, uid: from.uid })
}

/// One PUT makes it ours: mark, tag, protection.
pub(super) fn remark(desired: &Desired, seen: &Observed, node: &NodeName, vmid: Vmid, config: &VmConfig) -> Plan {
    if let Some(lock) = config.lock() {
        return Plan { hold: Some(stuck::locked(seen, node, vmid, lock)), ..Plan::default() };
    }
    let (Some(before), Some(old)) = (before(desired, seen), mark::find(config.description())) else {
        return Plan::default();
    };
    let mark = Mark { identity: desired.identity.clone(), vmid, born: old.born, state: MarkState::Owned };
    let (gone, ours) = (before.tag(), desired.identity.tag());
    let mut tags: Vec<&str> = config.tags().into_iter().filter(|t| *t != gone && *t != ours).collect();
    tags.push(&ours);
    tags.sort_unstable();
    let change = ConfigChange {
        set: vec![
            ("description".into(), mark::write(config.description(), &mark, None)),
            ("tags".into(), tags.join(";")),
            ("protection".into(), "1".into()),
            // Its record had taken it off.
            ("onboot".into(), u8::from(wanted_on_boot(desired, &seen.status)).to_string()),
        ],
        delete: vec![],
        digest: config.digest.clone(),
    };
    Plan { steps: vec![Step::Remark { node: node.clone(), vmid, change }], ..Plan::default() }
}

/// Writes what only the provider may set into the spec again, before anything is taken.
pub(super) async fn bring_back(
    ctx: &Context,
    server: &VirtualServer,
    values: &ProviderValues,
    server_id: Option<&str>,
) -> Result<VirtualServer, KubernetesError> {
    let mut patch =
        json!({ "metadata": { "resourceVersion": server.resource_version(), "uid": server.uid() }, "spec": {} });
    if let Some(resources) = &values.resources {
        patch["spec"]["resources"] = json!(resources);
        patch["spec"]["planRef"] = json!(null);
    }
    if let Some(node) = &values.node {
        patch["spec"]["placement"] = json!({ "node": node });
    }
    if values.paused {
        patch["spec"]["paused"] = json!(true);
    }
    if let Some(id) = server_id {
        patch["metadata"]["labels"] = json!({ LABEL_SERVER_ID: id });
    }
    let api: Api<VirtualServer> = Api::namespaced(ctx.client.clone(), &server.namespace().unwrap_or_default());
    let params = PatchParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PatchParams::default() };
    timed(api.patch(&server.name_any(), &params, &Patch::Merge(&patch))).await
}

/// `Retained → Taken` by compare-and-swap, and the addresses with it. `false` when somebody was faster.
pub(super) async fn take(
    ctx: &Context,
    server: &VirtualServer,
    record: Option<&str>,
    from: &TakenFrom,
) -> Result<bool, KubernetesError> {
    let uid = server.uid().unwrap_or_default();
    if let Some(name) = record {
        let api: Api<RetainedServer> = Api::all(ctx.client.clone());
        let Some(mut record) = timed(api.get_opt(name)).await? else { return Ok(false) };
        let mut state = record.status_or_inherited();
        match (state.phase, &state.taken_by) {
            (RetainedPhase::Retained, _) if record.spec.uid == from.uid => {
                state.phase = RetainedPhase::Taken;
                state.taken_by = Some(uid);
                record.status = Some(state);
                replace_status(&ctx.client, &record).await?;
            }
            // Before a crash.
            (RetainedPhase::Taken, Some(by)) if *by == uid => {}
            _ => return Ok(false),
        }
    }
    claims::hand_over(&ctx.client, &from.uid, server).await?;
    Ok(true)
}

/// The taker is deleted before the VM carried its mark: the record keeps it again. `false` when there is nothing to give;
/// a hold when it cannot be said whose mark the VM carries.
pub(super) async fn give_back(
    ctx: &Context,
    server: &VirtualServer,
    site: Option<&Site>,
) -> Result<Result<bool, Hold>, KubernetesError> {
    let (Some(uid), true) = (server.uid(), server.spec.undelete.is_some()) else { return Ok(Ok(false)) };
    let status = server.status.clone().unwrap_or_default();
    if status.vmid.is_some() && status.taken_from.is_none() {
        return Ok(Ok(false));
    }
    let api: Api<RetainedServer> = Api::all(ctx.client.clone());
    let records = timed(api.list(&kube::api::ListParams::default())).await?.items;
    let taken = |r: &&RetainedServer| r.status.as_ref().is_some_and(|s| s.taken_by.as_ref() == Some(&uid));
    let Some(record) = records.iter().find(taken) else { return Ok(Ok(false)) };
    if status.vmid.is_some() {
        match is_remarked(site, server, record).await {
            Ok(true) => return Ok(Ok(false)),
            Ok(false) => {}
            Err(why) => return Ok(Err(Hold::Waiting(WaitingReason::NodeUnavailable, why))),
        }
    }
    let mut record = record.clone();
    let mut state = record.status_or_inherited();
    (state.phase, state.taken_by) = (RetainedPhase::Retained, None);
    claims::give_back(&ctx.client, &uid, &record).await?;
    record.status = Some(state);
    replace_status(&ctx.client, &record).await?;
    Ok(Ok(true))
}

/// The VM carries the taker's mark, though the answer was lost. An error when nobody can say.
async fn is_remarked(site: Option<&Site>, server: &VirtualServer, record: &RetainedServer) -> Result<bool, String> {
    let Ok(vmid) = Vmid::try_from(record.spec.vmid) else { return Ok(false) };
    let unsure = || format!("whose mark VM {vmid} carries by now must be read first");
    let site = site.filter(|site| site.distrust().is_none()).ok_or_else(unsure)?;
    let remembered = server.status.as_ref().and_then(|s| s.node.clone()).and_then(|n| NodeName::try_from(n).ok());
    let node = site.view(Some(vmid)).guest_node.or(remembered).ok_or_else(unsure)?;
    match site.call(&ProxmoxRequest::Config { node, vmid }).await {
        Ok(ProxmoxAnswer::Config(config)) => {
            Ok(matches!(mark::verdict(&config, &identity(server, &site.installation), vmid), Verdict::Ours(_)))
        }
        Ok(_) => Err(unsure()),
        // The record looks at it next, and proves that it is gone.
        Err(error) if matches!(error.fault, Fault::Missing | Fault::Forbidden) => Ok(false),
        Err(error) => Err(format!("{}: {error}", unsure())),
    }
}

/// Somebody took or purged it between our look and our write.
pub(super) fn missed() -> Hold {
    let message = "the record of the deleted server changed meanwhile; it is looked at again";
    Hold::Waiting(slipway_crds::words::WaitingReason::Locked, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_not_lifted_by_deleting_the_server_and_taking_it_back() {
        let kept = ProviderValues { paused: true, ..ProviderValues::default() };
        let spec = |paused: bool| {
            serde_json::from_value(
                json!({ "siteRef": "home", "planRef": "small", "imageRef": "debian-13", "paused": paused }),
            )
            .unwrap()
        };
        assert!(missing(&spec(false), &kept).paused);
        assert!(missing(&spec(true), &kept).is_empty(), "it is so already");
        assert!(missing(&spec(false), &ProviderValues::default()).is_empty());
    }

    fn record(phase: &str, taken_by: Option<&str>) -> Arc<RetainedServer> {
        let record = json!({
            "metadata": { "name": "home.100001" },
            "spec": {
                "siteRef": "home", "vmid": 100_001, "namespace": "alice", "namespaceUid": "n-1", "name": "web",
                "uid": "u-old", "born": "u-old"
            },
            "status": { "phase": phase, "takenBy": taken_by }
        });
        Arc::new(serde_json::from_value(record).unwrap())
    }

    fn server(uid: &str, vmid: Option<u32>) -> VirtualServer {
        let server = json!({
            "metadata": { "name": "web", "namespace": "alice", "uid": uid },
            "spec": { "siteRef": "home", "planRef": "small", "imageRef": "debian-13" },
            "status": { "vmid": vmid }
        });
        serde_json::from_value(server).unwrap()
    }

    #[test]
    fn what_was_taken_is_taken_to_the_end_though_the_spec_no_longer_says_so() {
        let taken = [record("Taken", Some("u-new"))];
        let decided = decided(&taken, &server("u-new", None));
        assert_eq!(decided, Some(Undelete { uid: "u-old".into(), overridden: true }));
    }

    #[test]
    fn nothing_is_decided_by_what_another_took_what_nobody_took_or_what_is_ours_already() {
        assert_eq!(decided(&[record("Taken", Some("u-new"))], &server("u-other", None)), None);
        assert_eq!(decided(&[record("Retained", None)], &server("u-new", None)), None);
        assert_eq!(decided(&[record("Taken", Some("u-new"))], &server("u-new", Some(100_001))), None);
    }
}
