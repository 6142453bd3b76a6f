//! From a VM to the manifest that adopts it: its size as it is, so that the least differs.

use kube::{ResourceExt, api::ObjectMeta};
use proxmox_client::{GuestRow, VmConfig};
use slipway_crds::{
    Adopt, Dns, DriftPolicy, Network, Resources, ServerNetwork, VirtualServer, VirtualServerSpec,
    names::DEFAULT_INTERFACE, virtual_server::DEFAULT_DELETION_GRACE,
};

use super::choose::Known;

/// Where the server goes, and as what.
#[derive(Debug, Clone)]
pub struct Place {
    pub namespace: String,
    pub name: String,
    pub image: String,
    /// It leaves another Proxmox pool.
    pub moves: bool,
}

/// The server that adopts this VM.
pub fn manifest(known: &Known, row: &GuestRow, config: &VmConfig, place: Place) -> VirtualServer {
    let hostname = Some(config.name().to_owned()).filter(|n| *n != place.name && is_label(n));
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
        disks: vec![],
        placement: None,
        drift_policy: DriftPolicy::Report,
        deletion_policy: slipway_crds::DeletionPolicy::Delete,
        deletion_protection: true,
        deletion_grace_period: DEFAULT_DELETION_GRACE,
        paused: false,
        suspended: None,
        undelete: None,
        adopt: Some(Adopt { vmid: row.vmid.get(), move_pool: place.moves, disks: [].into() }),
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

/// The network that its first interface is plugged into; none where that is the site's default, or unknown.
fn networks(known: &Known, config: &VmConfig) -> Vec<ServerNetwork> {
    let Some(device) = config.network("net0") else { return vec![] };
    let vlan = device.option("tag").and_then(|t| t.parse::<u16>().ok());
    let fits = |n: &&Network| {
        n.spec.site_refs.contains(&known.site)
            && device.option("bridge") == Some(n.spec.bridge.as_str())
            && n.spec.vlan == vlan
    };
    let mut fitting: Vec<String> = known.networks.iter().filter(fits).map(ResourceExt::name_any).collect();
    fitting.sort();
    if fitting.contains(&known.default_network) {
        return vec![];
    }
    let first = fitting.into_iter().next();
    let named =
        |network_ref| ServerNetwork { name: DEFAULT_INTERFACE.to_owned(), network_ref, address: None, address6: None };
    first.map(named).into_iter().collect()
}

fn is_label(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&name.len()) && name.chars().all(fits) && !name.starts_with('-') && !name.ends_with('-')
}
