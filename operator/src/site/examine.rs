//! Gathers what the doctor judges: few calls a node, made rarely.

use std::collections::BTreeMap;

use kube::ResourceExt as _;
use proxmox_client::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::{DoctorFinding, OSImage, VirtualServer};

use super::{
    Site,
    doctor::{Facts, NodeFacts, TemplateFacts, Uses, examine},
};
use crate::{
    ambient::Ambient,
    catalogue::Catalogue,
    server::{
        plan::{check_template, is_provisioned},
        validate::resolve_image,
    },
};

/// Looks at everything that Slipway uses on the site, and judges it.
pub(super) async fn doctor(site: &Site, catalogue: &Catalogue, ambient: &Ambient) -> Vec<DoctorFinding> {
    let bridges: BTreeMap<String, String> = catalogue
        .networks
        .state()
        .iter()
        .filter(|n| n.spec.site_refs.contains(&site.name))
        .map(|n| (n.spec.bridge.clone(), n.metadata.name.clone().unwrap_or_default()))
        .collect();
    let uses = Uses {
        token: site.token.clone(),
        pool: site.pool(),
        storages: site.spec.storage.iter().chain(site.spec.storage_classes.values()).cloned().collect(),
        backup_storage: site.spec.backup_storage.clone(),
        bridges,
        pins_one_certificate: site.spec.tls.ca_bundle.is_none(),
    };
    let mut facts = Facts {
        permissions: ask(site, ProxmoxRequest::Permissions, |a| match a {
            ProxmoxAnswer::Permissions(held) => Some(held),
            _ => None,
        })
        .await,
        firewall: ask(site, ProxmoxRequest::Firewall, |a| match a {
            ProxmoxAnswer::Firewall(on) => Some(on),
            _ => None,
        })
        .await,
        nodes: vec![],
        templates: vec![],
        unjudged: site
            .unjudged()
            .iter()
            .map(|(vmid, vm)| {
                let holds_up = if vm.in_our_pool { ", and nothing new is made meanwhile" } else { "" };
                format!("VM {vmid} on {}: {}{holds_up}", vm.node, vm.why)
            })
            .collect(),
        unfiltered: catalogue.servers.state().iter().filter_map(|s| unfiltered(s, &site.name)).collect(),
    };
    for node in site.inventory().iter().flat_map(|i| &i.nodes).filter(|n| n.online) {
        facts.nodes.push(look_at_node(site, ambient, &node.name).await);
    }
    for image in catalogue.images.state() {
        facts.templates.extend(look_at_templates(site, &image).await);
    }
    examine(&uses, &facts)
}

/// The interfaces of a server that no filter was seen on, or whose filter was changed by hand and is only reported.
fn unfiltered(server: &VirtualServer, site: &str) -> Option<String> {
    let status = server.status.as_ref().filter(|status| server.spec.site_ref == site && is_provisioned(status))?;
    let is_changed = |interface: &str, slot: &str| {
        let about = |field: &str| field.starts_with("firewall ") || field.strip_prefix("filter ") == Some(interface);
        let is_off = |drift: &slipway_crds::Drift| drift.field == slot && !drift.found.contains("firewall=1");
        status.drift.iter().any(|drift| about(&drift.field) || is_off(drift))
    };
    let open = status.networks.iter().filter(|(name, n)| n.filter.is_empty() || is_changed(name, &n.slot));
    let open: Vec<&str> = open.map(|(name, _)| name.as_str()).collect();
    let (namespace, name) = (server.namespace().unwrap_or_default(), server.name_any());
    (!open.is_empty()).then(|| {
        format!(
            "VM {} ({namespace}/{name}): {}",
            status.vmid.map_or("?".to_owned(), |v| v.to_string()),
            open.join(", ")
        )
    })
}

async fn look_at_node(site: &Site, ambient: &Ambient, node: &proxmox_client::NodeName) -> NodeFacts {
    let time = ask(site, ProxmoxRequest::NodeTime { node: node.clone() }, |a| match a {
        ProxmoxAnswer::NodeTime(seconds) => Some(seconds),
        _ => None,
    })
    .await;
    NodeFacts {
        name: node.clone(),
        ahead: time.map(|seconds| seconds - ambient.now().as_second()),
        storages: ask(site, ProxmoxRequest::NodeStorages { node: node.clone() }, |a| match a {
            ProxmoxAnswer::NodeStorages(storages) => Some(storages),
            _ => None,
        })
        .await,
        bridges: ask(site, ProxmoxRequest::NodeBridges { node: node.clone() }, |a| match a {
            ProxmoxAnswer::NodeBridges(bridges) => Some(bridges),
            _ => None,
        })
        .await,
    }
}

async fn look_at_templates(site: &Site, image: &OSImage) -> Vec<TemplateFacts> {
    let resolved = resolve_image(image, &site.name);
    let mut facts = Vec::new();
    for location in image.spec.templates.iter().filter(|t| t.site_ref == site.name) {
        let (Ok(node), Ok(vmid)) =
            (proxmox_client::NodeName::try_from(location.node.clone()), Vmid::try_from(location.vmid))
        else {
            continue;
        };
        let config = ask(site, ProxmoxRequest::Config { node, vmid }, |a| match a {
            ProxmoxAnswer::Config(config) => Some(config),
            _ => None,
        })
        .await;
        let storage = config.and_then(|config| {
            check_template(&resolved, &config)?;
            let storage = config.boot_disk().and_then(|slot| config.storage(slot)).unwrap_or_default();
            site.remember_template(vmid, storage);
            Ok(storage.to_owned())
        });
        facts.push(TemplateFacts { image: resolved.name.clone(), node: location.node.clone(), vmid, storage });
    }
    facts
}

async fn ask<T>(site: &Site, request: ProxmoxRequest, read: impl Fn(ProxmoxAnswer) -> Option<T>) -> Result<T, String> {
    let answer = site.call(&request).await.map_err(|e: ProxmoxError| e.to_string())?;
    read(answer).ok_or_else(|| format!("the answer to {} could not be read", request.name()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn server(filter: &[&str], drift: &serde_json::Value) -> VirtualServer {
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
            "metadata": { "namespace": "acct-a", "name": "web" }, "spec": { "siteRef": "fra" },
            "status": {
                "vmid": 501, "networks": { "public": { "slot": "net0", "filter": filter } }, "drift": drift,
                "conditions": [{ "type": "Provisioned", "status": "True", "reason": "TakenOver", "message": "",
                                 "lastTransitionTime": "2026-01-01T00:00:00Z" }]
            }
        }))
        .unwrap()
    }

    #[test]
    fn an_interface_without_a_filter_or_with_one_that_was_changed_by_hand_is_named() {
        let drift = |field: &str, found: &str| json!([{ "field": field, "wanted": "", "found": found }]);
        let named = Some("VM 501 (acct-a/web): public".to_owned());
        assert_eq!(unfiltered(&server(&[], &json!([])), "fra"), named);
        for changed in
            [drift("firewall enable", "0"), drift("filter public", ""), drift("net0", "virtio=x,bridge=vmbr0")]
        {
            assert_eq!(unfiltered(&server(&["192.0.2.10"], &changed), "fra"), named, "{changed}");
        }
        assert_eq!(unfiltered(&server(&["192.0.2.10"], &drift("memory", "1")), "fra"), None);
        assert_eq!(unfiltered(&server(&[], &json!([])), "ams"), None);
    }
}
