//! Gathers what the doctor judges: few calls a node, made rarely.

use std::collections::BTreeMap;

use proxmox_client::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::{DoctorFinding, OSImage};

use super::{
    Site,
    doctor::{Facts, NodeFacts, TemplateFacts, Uses, examine},
};
use crate::{
    ambient::Ambient,
    catalogue::Catalogue,
    server::{plan::check_template, validate::resolve_image},
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
    };
    for node in site.inventory().iter().flat_map(|i| &i.nodes).filter(|n| n.online) {
        facts.nodes.push(look_at_node(site, ambient, &node.name).await);
    }
    for image in catalogue.images.state() {
        facts.templates.extend(look_at_templates(site, &image).await);
    }
    examine(&uses, &facts)
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
