//! A deleted server is asked for again, with the VM that it had.

use std::time::Duration;

use kube::{
    Api, Client,
    api::{ListParams, PostParams},
};
use serde_json::json;
use slipway_crds::{RetainedPhase, RetainedServer, VirtualServer, words::condition};

use super::{PluginError, Undelete};
use crate::kubernetes::{KubernetesError, timed};

const LOOK: Duration = Duration::from_millis(500);

pub(super) async fn undelete(client: Client, namespace: &str, args: &Undelete) -> Result<String, PluginError> {
    let kept = kept(&client, namespace, args).await?;
    let uid =
        args.uid.clone().or_else(|| kept.as_ref().map(|k| k.spec.uid.clone())).ok_or(PluginError::Unknown("uid"))?;
    let site = args.site.clone().or_else(|| kept.as_ref().map(|k| k.spec.site_ref.clone()));
    let mut wish = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
        "metadata": { "name": args.name, "namespace": namespace },
        "spec": {
            "siteRef": site.ok_or(PluginError::Unknown("site"))?,
            "planRef": args.plan.as_ref().ok_or(PluginError::Unknown("plan"))?,
            "undelete": { "uid": uid }
        }
    });
    if let Some(image) = &args.image {
        wish["spec"]["imageRef"] = json!(image);
    }
    let api: Api<VirtualServer> = Api::namespaced(client, namespace);
    // Every field is one of the type's.
    let wish = serde_json::from_value(wish).map_err(|e| KubernetesError::from(kube::Error::SerdeError(e)))?;
    timed(api.create(&PostParams::default(), &wish)).await?;
    let waited = Duration::from_secs(args.timeout);
    let end = tokio::time::Instant::now() + waited;
    while tokio::time::Instant::now() < end {
        let status = timed(api.get(&args.name)).await?.status.unwrap_or_default();
        if let Some(ready) = status.conditions.iter().find(|c| c.type_ == condition::READY && c.status == "True") {
            return Ok(format!("{} has VM {} again: {}\n", args.name, status.vmid.unwrap_or_default(), ready.message));
        }
        tokio::time::sleep(LOOK).await;
    }
    if waited.is_zero() {
        return Ok(format!("vps/{} created\n", args.name));
    }
    Err(PluginError::StillRuns { what: format!("vps/{}", args.name), name: args.name.clone(), waited })
}

/// The record, for who may read it. A tenant may not, and names the uid.
async fn kept(client: &Client, namespace: &str, args: &Undelete) -> Result<Option<RetainedServer>, PluginError> {
    let api: Api<RetainedServer> = Api::all(client.clone());
    let mut all = match timed(api.list(&ListParams::default())).await {
        Ok(list) => list.items,
        Err(_) if args.uid.is_some() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    all.retain(|r| {
        r.spec.namespace == namespace
            && r.spec.name == args.name
            && args.uid.as_ref().is_none_or(|uid| *uid == r.spec.uid)
            && r.status.as_ref().map(|s| s.phase).unwrap_or_default() == RetainedPhase::Retained
    });
    match &all[..] {
        [] => Err(PluginError::NothingKept { namespace: namespace.to_owned(), name: args.name.clone() }),
        [_] => Ok(all.pop()),
        several => {
            let uids: Vec<&str> = several.iter().map(|r| r.spec.uid.as_str()).collect();
            Err(PluginError::Several { name: args.name.clone(), uids: uids.join(", ") })
        }
    }
}
