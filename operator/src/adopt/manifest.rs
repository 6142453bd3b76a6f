//! From a VM to the manifest that adopts it: its size as it is, so that the least differs.

use std::collections::BTreeMap;

use kube::{ResourceExt, api::ObjectMeta};
use proxmox_client::{GuestRow, VmConfig};
use slipway_crds::{
    Adopt, Dns, DriftPolicy, Network, Resources, ServerDisk, ServerNetwork, VirtualServer, VirtualServerSpec,
    names::DEFAULT_INTERFACE, virtual_server::DEFAULT_DELETION_GRACE,
};

use super::choose::Known;
use crate::{mark::MapLine, server::addresses::is_on};

/// Where the server goes, and as what.
#[derive(Debug, Clone)]
pub struct Place {
    pub namespace: String,
    pub name: String,
    pub image: Option<String>,
    /// It leaves another Proxmox pool.
    pub moves: bool,
}

/// The server that adopts this VM.
pub fn manifest(known: &Known, row: &GuestRow, config: &VmConfig, place: Place) -> VirtualServer {
    let hostname = Some(config.name().to_owned()).filter(|n| *n != place.name && is_label(n));
    let disks = disks(config);
    let metadata = ObjectMeta { namespace: Some(place.namespace), name: Some(place.name), ..ObjectMeta::default() };
    let spec = VirtualServerSpec {
        site_ref: known.site.clone(),
        plan_ref: None,
        resources: Some(resources(config)),
        image_ref: place.image,
        hostname,
        run_policy: slipway_crds::RunPolicy::Managed,
        access: None,
        dns: dns(config),
        networks: networks(known, config),
        disks: disks.iter().map(|(name, slot)| disk(config, name, slot)).collect(),
        placement: None,
        drift_policy: DriftPolicy::Report,
        deletion_policy: slipway_crds::DeletionPolicy::Delete,
        deletion_protection: true,
        deletion_grace_period: DEFAULT_DELETION_GRACE,
        paused: false,
        suspended: None,
        undelete: None,
        adopt: Some(Adopt { vmid: row.vmid.get(), move_pool: place.moves, disks, give_back: false }),
    };
    VirtualServer { metadata, spec, status: None }
}

fn resources(config: &VmConfig) -> Resources {
    let disk_gib = config.boot_disk().and_then(|slot| config.disk_gib(slot)).unwrap_or(1).max(1);
    Resources { cores: config.cores(), memory_mib: config.memory_mib(), disk_gib, network_mbps: rate(config) }
}

/// Proxmox limits a port in MB/s; plans speak of Mbit/s.
fn rate(config: &VmConfig) -> Option<u32> {
    let megabytes: f64 = config.network("net0")?.option("rate")?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    Some((megabytes * 8.0).round() as u32).filter(|mbps| *mbps > 0)
}

fn dns(config: &VmConfig) -> Option<Dns> {
    let words = |option: &str| config.get(option).unwrap_or_default().split_whitespace().map(str::to_owned);
    let dns = Dns { servers: words("nameserver").take(3).collect(), search_domain: words("searchdomain").next() };
    Some(dns).filter(|d| *d != Dns::default())
}

/// Name → slot of every disk beside the root disk: as its second line says, else by its slot.
fn disks(config: &VmConfig) -> BTreeMap<String, String> {
    let line = MapLine::find(config.description());
    let name = |slot: &str| {
        let named = line.iter().flat_map(|line| &line.disks).find(|(_, s)| *s == slot).map(|(name, _)| name.clone());
        named.unwrap_or_else(|| slot.to_owned())
    };
    let others = config.disks().into_iter().filter(|slot| Some(*slot) != config.boot_disk());
    others.map(|slot| (name(slot), slot.to_owned())).collect()
}

fn disk(config: &VmConfig, name: &str, slot: &str) -> ServerDisk {
    ServerDisk { name: name.to_owned(), size_gib: config.disk_gib(slot).unwrap_or(1).max(1), storage_class: None }
}

/// The networks that its interfaces are plugged into; none where there is one, and that is on the site's default or on
/// none that is known.
fn networks(known: &Known, config: &VmConfig) -> Vec<ServerNetwork> {
    let line = MapLine::find(config.description());
    let name = |slot: &str| {
        let named = line.iter().flat_map(|line| &line.networks).find(|(_, s)| *s == slot).map(|(name, _)| name.clone());
        named.unwrap_or_else(|| if slot == "net0" { DEFAULT_INTERFACE.to_owned() } else { slot.to_owned() })
    };
    let found = |slot: &&str| {
        let network_ref = network(known, config, slot)?;
        Some(ServerNetwork { name: name(slot), network_ref, address: None, address6: None })
    };
    // Interfaces take the VM's devices in their order: behind one that is unknown, none can be named.
    let all: Vec<ServerNetwork> = config.network_slots().iter().map_while(found).collect();
    match &all[..] {
        [only] if only.name == DEFAULT_INTERFACE && only.network_ref == known.default_network => vec![],
        _ => all,
    }
}

/// The site's default if it fits, else the first that does.
fn network(known: &Known, config: &VmConfig, slot: &str) -> Option<String> {
    let fits = |network: &&Network| is_on(network, &known.site, config, slot);
    let mut fitting: Vec<String> = known.networks.iter().filter(fits).map(ResourceExt::name_any).collect();
    fitting.sort();
    if fitting.contains(&known.default_network) {
        return Some(known.default_network.clone());
    }
    fitting.into_iter().next()
}

fn is_label(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len()) && name.chars().all(fits) && !name.starts_with('-') && !name.ends_with('-')
}
