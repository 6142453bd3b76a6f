//! Deleting never waits for Proxmox: a `RetainedServer` takes over what is owed, then the finalizer goes.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::Time};
use kube::{
    Api, ResourceExt as _,
    api::{ObjectMeta, PostParams},
    runtime::controller::Action,
};
use proxmox_client::{NodeName, ProxmoxAnswer, ProxmoxRequest, Vmid};
use slipway_crds::{
    DeletionPolicy, RetainedServer, RetainedServerSpec, VirtualServer,
    names::{ANNOTATION_REQUEST_ID, FINALIZER, LABEL_SERVER_ID, MANAGER_OPERATOR},
};

use super::context::Context;
use crate::{
    claims,
    kubernetes::{self, KubernetesError, timed},
    mark::{Identity, MarkState, Verdict, verdict},
    site::Site,
};

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
    match number(ctx, server, site.as_deref()).await {
        None => claims::release(&ctx.client, &ctx.catalogue, &uid, Timestamp::now()).await?,
        Some(vmid) => match found(server, site.as_deref(), vmid).await {
            Found::Foreign => {
                let note = format!("VM {vmid} carries another mark; it is left alone and no record is kept");
                ctx.events.publish(server, true, "ForeignVM", &note).await;
                claims::release(&ctx.client, &ctx.catalogue, &uid, Timestamp::now()).await?;
            }
            found => retain(ctx, server, vmid, found).await?,
        },
    }
    kubernetes::remove_finalizer(&ctx.client, server).await?;
    Ok(Action::await_change())
}

/// The number in the status, else that of a VM that carries our mark.
async fn number(ctx: &Context, server: &VirtualServer, site: Option<&Site>) -> Option<Vmid> {
    if let Some(vmid) = server.status.as_ref().and_then(|s| s.vmid).and_then(|n| n.try_into().ok()) {
        return Some(vmid);
    }
    let site = site?;
    let identity = identity(server, &site.installation);
    super::previous::find_marked(ctx, site, &identity).await.ok().flatten().map(|found| found.vmid)
}

async fn found(server: &VirtualServer, site: Option<&Site>, vmid: Vmid) -> Found {
    let Some(site) = site else { return Found::Ours };
    let row = site.view(Some(vmid)).guest_node;
    let remembered = server.status.as_ref().and_then(|s| s.node.clone()).and_then(|n| NodeName::try_from(n).ok());
    // A number without a node was never used.
    let Some(node) = row.or(remembered) else { return Found::Provisional };
    match site.call(&ProxmoxRequest::Config { node, vmid }).await {
        Ok(ProxmoxAnswer::Config(config)) => match verdict(&config, &identity(server, &site.installation), vmid) {
            Verdict::Ours(mark) if mark.state == MarkState::Provisional => Found::Provisional,
            Verdict::Foreign { .. } => Found::Foreign,
            Verdict::Ours(_) | Verdict::Undetermined { .. } => Found::Ours,
        },
        _ => Found::Ours,
    }
}

async fn retain(ctx: &Context, server: &VirtualServer, vmid: Vmid, found: Found) -> Result<(), KubernetesError> {
    let namespace = server.namespace().unwrap_or_default();
    let namespaces: Api<Namespace> = Api::all(ctx.client.clone());
    let namespace_uid = timed(namespaces.get(&namespace)).await.ok().and_then(|n| n.uid()).unwrap_or_default();
    let deleted = server.metadata.deletion_timestamp.as_ref().map_or_else(Timestamp::now, |t| t.0);
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
            born: uid.clone(),
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
            uid,
        },
        status: None,
    };
    let api: Api<RetainedServer> = Api::all(ctx.client.clone());
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    match timed(api.create(&params, &record)).await {
        // Made by us before a crash: numbers are never reused, so it is this server's.
        Err(error) if error.is_already_exists() => {}
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let note = match &record.spec.until {
        None => format!("VM {vmid} is kept until a person decides (RetainedServer {})", record.name_any()),
        Some(until) => format!("VM {vmid} is destroyed on {} (RetainedServer {})", until.0, record.name_any()),
    };
    ctx.events.publish(server, false, "Retained", &note).await;
    Ok(())
}

/// `<site>.<vmid>`.
pub fn record_name(site: &str, vmid: Vmid) -> String {
    format!("{site}.{vmid}")
}

/// When the VM is destroyed; `None` means that a person decides.
fn until(server: &VirtualServer, found: Found, deleted: Timestamp) -> Option<Timestamp> {
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

fn identity(server: &VirtualServer, installation: &str) -> Identity {
    Identity {
        installation: installation.to_owned(),
        namespace: server.namespace().unwrap_or_default(),
        name: server.name_any(),
        uid: server.uid().unwrap_or_default(),
    }
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
}
