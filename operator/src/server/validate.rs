//! From the spec and what it refers to, to a wish that can be planned: pure.

use std::{collections::BTreeMap, sync::Arc};

use proxmox_client::{NodeName, Vmid};
use slipway_crds::{
    AppliedNetwork, Network, OSImage, ServerNetwork, ServerPlan, Undelete, VirtualServer,
    names::{ANNOTATION_FRESH, DEFAULT_INTERFACE, ROOT_DISK},
    words::{StalledReason, WaitingReason},
};

use super::{
    desired::{Desired, Disk, Image, Interface, Password, Template},
    plan::Hold,
    turn,
};
use crate::mark::Identity;

/// What the spec's names stand for; none where there is no such object.
#[derive(Debug, Clone, Default)]
pub struct References {
    pub installation: String,
    pub default_network: String,
    pub plan: Option<std::sync::Arc<ServerPlan>>,
    pub image: Option<std::sync::Arc<OSImage>>,
    /// Those of them that exist.
    pub networks: BTreeMap<String, Arc<Network>>,
    /// What the server took and does not have yet: that is no longer the spec's to say.
    pub taken: Option<Undelete>,
    /// That a server without a plan may have.
    pub most_disk_gib: u32,
    /// Where the root disk is made, and disks without a class.
    pub storage: Option<String>,
    /// Storage class → storage.
    pub storage_classes: BTreeMap<String, String>,
    pub password: Option<Password>,
    /// Why the password could not be read.
    pub password_error: Option<String>,
}

/// The networks that the spec names, or the site's default.
pub fn network_names<'a>(server: &'a VirtualServer, default_network: &'a str) -> impl Iterator<Item = &'a str> {
    let default = implied(server, default_network);
    server.spec.networks.iter().map(|n| n.network_ref.as_str()).chain(default)
}

/// The network of a server that names none: the one that it was made on, else the site's default.
fn implied<'a>(server: &'a VirtualServer, default_network: &'a str) -> Option<&'a str> {
    let applied = server.status.as_ref().and_then(|s| s.applied.as_ref());
    let before = applied.and_then(|a| a.networks.get(DEFAULT_INTERFACE)).map(|n| n.network.as_str());
    server.spec.networks.is_empty().then(|| before.filter(|n| !n.is_empty()).unwrap_or(default_network))
}

/// Resolves the wish, or says what it waits for.
pub fn validate(server: &VirtualServer, refs: &References) -> Result<Desired, Hold> {
    let spec = &server.spec;
    let namespace = server.metadata.namespace.clone().unwrap_or_default();
    let name = server.metadata.name.clone().unwrap_or_default();
    let size = size(server, refs)?;
    let disks = disks(server, refs)?;
    let networks = interfaces(server, refs, &namespace, size.network_mbps)?;
    let applied = server.status.as_ref().and_then(|s| s.applied.as_ref());
    let image = match (&refs.image, applied) {
        (Some(image), _) => resolve_image(image, &spec.site_ref),
        // The image acts at creation only: a server outlives it, and one that takes a VM over needs none.
        (None, Some(applied)) => bare_image(&applied.image),
        (None, None) if spec.adopt.is_some() || spec.undelete.is_some() => {
            bare_image(spec.image_ref.as_deref().unwrap_or_default())
        }
        (None, None) => {
            let name = spec.image_ref.as_deref().unwrap_or_default();
            return Err(waiting(
                WaitingReason::ImageNotFound,
                format!("OSImage `{name}` does not exist; change spec.imageRef or create it"),
            ));
        }
    };
    // It was read because it is about to be written: at creation, and at a rebuild.
    if let Some(why) = &refs.password_error {
        return Err(waiting(WaitingReason::PermissionMissing, format!("spec.access.passwordSecretRef: {why}")));
    }
    let access = spec.access.clone().unwrap_or_default();
    let dns = spec.dns.clone().unwrap_or_default();
    let default_user = refs.image.as_ref().map(|i| i.spec.default_user.clone());
    let applied_user = applied.and_then(|a| a.user.clone());
    Ok(Desired {
        hostname: spec.hostname.clone().unwrap_or_else(|| name.clone()),
        identity: identity(server, &refs.installation),
        cores: size.cores,
        memory_mib: size.memory_mib,
        disk_gib: size.disk_gib,
        storage: refs.storage.clone(),
        disks,
        image,
        user: access.user.or(default_user).or(applied_user).unwrap_or_else(|| "root".to_owned()),
        ssh_keys: access.ssh_keys,
        password: refs.password.clone(),
        nameservers: dns.servers,
        search_domain: dns.search_domain,
        networks,
        run_policy: spec.run_policy,
        drift_policy: spec.drift_policy,
        paused: spec.paused,
        undelete: refs.taken.clone().or_else(|| spec.undelete.clone()),
        adopt: spec.adopt.clone(),
        fresh: server.metadata.annotations.as_ref().and_then(|a| a.get(ANNOTATION_FRESH).cloned()),
        suspended: spec.suspended.as_ref().map(|s| s.reason.clone()),
        node: spec.placement.as_ref().and_then(|p| p.node.clone()).and_then(|n| NodeName::try_from(n).ok()),
        group: turn::group(server),
    })
}

/// The wish as it was last applied, for a server whose wish of now cannot be resolved: its verbs still run.
pub fn as_applied(server: &VirtualServer, installation: &str) -> Option<Desired> {
    let applied = server.status.as_ref()?.applied.as_ref()?;
    Some(Desired {
        identity: identity(server, installation),
        hostname: applied.name.clone(),
        cores: applied.cores,
        memory_mib: applied.memory_mib,
        disk_gib: applied.disks.get(ROOT_DISK)?.size_gib,
        storage: None,
        disks: applied
            .disks
            .iter()
            .filter(|(name, _)| *name != ROOT_DISK)
            .map(|(name, disk)| Disk { name: name.clone(), size_gib: disk.size_gib, storage: None })
            .collect(),
        image: bare_image(&applied.image),
        user: applied.user.clone().unwrap_or_default(),
        ssh_keys: vec![],
        password: None,
        nameservers: applied.nameservers.clone(),
        search_domain: applied.search_domain.clone(),
        networks: applied.networks.iter().map(|(name, network)| as_it_was(name, network)).collect(),
        run_policy: server.spec.run_policy,
        drift_policy: server.spec.drift_policy,
        paused: server.spec.paused,
        undelete: server.spec.undelete.clone(),
        adopt: server.spec.adopt.clone(),
        fresh: None,
        suspended: server.spec.suspended.as_ref().map(|s| s.reason.clone()),
        node: None,
        group: None,
    })
}

fn as_it_was(name: &str, network: &AppliedNetwork) -> Interface {
    Interface {
        name: name.to_owned(),
        network: network.network.clone(),
        bridge: network.bridge.clone(),
        vlan: network.vlan,
        rate_mbps: network.rate_mbps,
        address: None,
        address6: None,
    }
}

/// An image that is known by its name only: nothing is made of it.
fn bare_image(name: &str) -> Image {
    Image { name: name.to_owned(), template_name: String::new(), template_tag: String::new(), templates: vec![] }
}

/// Whose VM this server's is.
pub fn identity(server: &VirtualServer, installation: &str) -> Identity {
    Identity {
        installation: installation.to_owned(),
        namespace: server.metadata.namespace.clone().unwrap_or_default(),
        name: server.metadata.name.clone().unwrap_or_default(),
        uid: server.metadata.uid.clone().unwrap_or_default(),
    }
}

struct Size {
    cores: u32,
    memory_mib: u32,
    disk_gib: u32,
    network_mbps: Option<u32>,
}

fn size(server: &VirtualServer, refs: &References) -> Result<Size, Hold> {
    let spec = &server.spec;
    let root = spec.disks.iter().find(|d| d.name == ROOT_DISK).map_or(0, |d| d.size_gib);
    let data: u64 = spec.disks.iter().filter(|d| d.name != ROOT_DISK).map(|d| u64::from(d.size_gib)).sum();
    // What a rebuild took out is gone by itself soon.
    let kept = server.status.iter().flat_map(|s| &s.detached).filter(|disk| disk.until.is_none());
    let detached: u64 = kept.filter_map(|disk| disk.size_gib).map(u64::from).sum();
    let of_them = if detached > 0 { format!(", {detached} of them detached") } else { String::new() };
    if let Some(own) = &spec.resources {
        let total = u64::from(own.disk_gib.max(root)) + data + detached;
        if total > u64::from(refs.most_disk_gib) {
            return Err(waiting(
                WaitingReason::QuotaExceeded,
                format!(
                    "the disks have {total} GiB in all{of_them}, but site `{}` allows at most {} GiB a server; make spec.disks smaller, destroy detached disks, or ask the provider to raise spec.limits.diskGiBPerServer of the site",
                    spec.site_ref, refs.most_disk_gib
                ),
            ));
        }
        return Ok(Size {
            cores: own.cores,
            memory_mib: own.memory_mib,
            disk_gib: own.disk_gib.max(root),
            network_mbps: own.network_mbps,
        });
    }
    let name = spec.plan_ref.as_deref().unwrap_or_default();
    let Some(plan) = &refs.plan else {
        return Err(waiting(
            WaitingReason::PlanNotFound,
            format!("ServerPlan `{name}` does not exist; change spec.planRef or create it"),
        ));
    };
    let plan = &plan.spec;
    let total = u64::from(plan.disk_gib.max(root)) + data + detached;
    if total > u64::from(plan.max_disk_gib) {
        return Err(stalled(
            StalledReason::Invalid,
            format!(
                "the disks have {total} GiB in all{of_them}, but plan `{name}` allows at most {} GiB; detached disks go by DestroyDisk",
                plan.max_disk_gib
            ),
        ));
    }
    Ok(Size {
        cores: plan.cores,
        memory_mib: plan.memory_mib,
        disk_gib: plan.disk_gib.max(root),
        network_mbps: plan.network_mbps,
    })
}

/// The disks beside the root disk.
fn disks(server: &VirtualServer, refs: &References) -> Result<Vec<Disk>, Hold> {
    let others = server.spec.disks.iter().filter(|disk| disk.name != ROOT_DISK);
    others
        .map(|disk| {
            let storage = match &disk.storage_class {
                None => refs.storage.clone(),
                Some(class) => Some(refs.storage_classes.get(class).cloned().ok_or_else(|| {
                    let message = format!(
                        "spec.disks[{}].storageClass: site `{}` has no class `{class}`; choose another by a new entry, or ask the provider",
                        disk.name, server.spec.site_ref
                    );
                    stalled(StalledReason::Invalid, message)
                })?),
            };
            Ok(Disk { name: disk.name.clone(), size_gib: disk.size_gib, storage })
        })
        .collect()
}

fn interfaces(
    server: &VirtualServer,
    refs: &References,
    namespace: &str,
    rate_mbps: Option<u32>,
) -> Result<Vec<Interface>, Hold> {
    let implied = implied(server, &refs.default_network).map(|network| ServerNetwork {
        name: DEFAULT_INTERFACE.to_owned(),
        network_ref: network.to_owned(),
        address: None,
        address6: None,
    });
    let entries = server.spec.networks.iter().chain(&implied);
    entries.map(|entry| interface(server, refs, namespace, rate_mbps, entry)).collect()
}

fn interface(
    server: &VirtualServer,
    refs: &References,
    namespace: &str,
    rate_mbps: Option<u32>,
    entry: &ServerNetwork,
) -> Result<Interface, Hold> {
    let (spec, name, network) = (&server.spec, &entry.name, &entry.network_ref);
    let applied = server.status.as_ref().and_then(|s| s.applied.as_ref());
    let before = applied.and_then(|a| a.networks.get(name)).map(|n| &n.network);
    if let Some(before) = before.filter(|before| !before.is_empty() && *before != network) {
        let message = format!(
            "spec.networks[{name}] is still plugged into Network `{before}`; name it so again, or choose another name for the interface on `{network}`"
        );
        return Err(stalled(StalledReason::Invalid, message));
    }
    // One sentence for both: who may not use a network must not learn that it exists.
    let unusable = || {
        waiting(
            WaitingReason::NetworkNotFound,
            format!(
                "Network `{network}` does not exist on site `{}` or is not open to namespace `{namespace}`; change spec.networks or ask the provider",
                spec.site_ref
            ),
        )
    };
    let found = refs.networks.get(network).ok_or_else(unusable)?;
    if !found.spec.allows(namespace) || !found.spec.site_refs.contains(&spec.site_ref) {
        return Err(unusable());
    }
    Ok(Interface {
        name: name.clone(),
        network: network.clone(),
        bridge: found.spec.bridge.clone(),
        vlan: found.spec.vlan,
        rate_mbps,
        address: parsed(name, "address", entry.address.as_deref())?,
        address6: parsed(name, "address6", entry.address6.as_deref())?,
    })
}

fn parsed<T: std::str::FromStr>(name: &str, field: &str, text: Option<&str>) -> Result<Option<T>, Hold> {
    let wrong = |text| format!("spec.networks[{name}].{field} `{text}` is no address of that kind");
    text.map(|text| text.parse().map_err(|_| stalled(StalledReason::Invalid, wrong(text)))).transpose()
}

/// What the image's templates on a site must be.
pub fn resolve_image(image: &OSImage, site: &str) -> Image {
    Image {
        name: image.metadata.name.clone().unwrap_or_default(),
        template_name: image.spec.template_name.clone(),
        template_tag: image.spec.template_tag.clone(),
        templates: image
            .spec
            .templates
            .iter()
            .filter(|t| t.site_ref == site)
            .filter_map(|t| {
                Some(Template { node: NodeName::try_from(t.node.clone()).ok()?, vmid: Vmid::try_from(t.vmid).ok()? })
            })
            .collect(),
    }
}

fn waiting(reason: WaitingReason, message: impl Into<String>) -> Hold {
    Hold::Waiting(reason, message.into())
}

fn stalled(reason: StalledReason, message: impl Into<String>) -> Hold {
    Hold::Stalled(reason, message.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn server(data_gib: u32, detached: &serde_json::Value) -> VirtualServer {
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": "web", "namespace": "a" },
            "spec": {
                "siteRef": "home", "imageRef": "debian-13", "resources": { "cores": 1, "memoryMiB": 1024, "diskGiB": 10 },
                "disks": [{ "name": "data", "sizeGiB": data_gib }]
            },
            "status": { "detached": detached }
        }))
        .unwrap()
    }

    #[test]
    fn a_server_without_a_plan_has_a_bound_too_and_what_it_detached_counts() {
        let refs = References { most_disk_gib: 100, ..References::default() };
        let disk = |until: Option<&str>| json!([{ "name": "old", "volid": "a:b", "slot": "unused0", "sizeGiB": 50, "since": "2026-01-01T00:00:00Z", "until": until }]);
        let waits = |server: &VirtualServer| match size(server, &refs) {
            Err(Hold::Waiting(WaitingReason::QuotaExceeded, why)) => Some(why),
            _ => None,
        };
        assert_eq!(waits(&server(90, &json!([]))), None);
        assert!(waits(&server(91, &json!([]))).is_some_and(|why| why.contains("101 GiB")));
        assert!(waits(&server(60, &disk(None))).is_some_and(|why| why.contains("50 of them detached")));
        assert_eq!(waits(&server(60, &disk(Some("2026-01-02T00:00:00Z")))), None, "it goes by itself");
    }
}
