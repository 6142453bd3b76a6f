//! The server that a service becomes: pure. It adopts the machine as it is; what was sold is the wish, and where the two
//! differ the operator tells it and changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::IpAddr;

use slipway_api::id::ServerId;
use slipway_api::server::create::object_name;
use slipway_crds::Adopt;
use slipway_crds::names::DEFAULT_INTERFACE;
use uuid::Uuid;

use super::services::bounded;
use crate::carried::{Facts, Link, Service, ServiceStatus};
use crate::inventory::{Machine, Machines};

/// Longest host name of one label.
const MAX_LABEL: usize = 63;
/// In characters, as `spec.suspended.reason` takes it.
const MAX_REASON: usize = 256;

/// What is known of the target's catalogue.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    pub plans: HashMap<String, Size>,
    pub images: HashSet<String>,
    /// Site → default network.
    pub sites: HashMap<String, String>,
    /// Pool → subnet, to see which carried addresses can be claimed.
    pub pools: Vec<Subnet>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub cores: i32,
    pub memory_mib: i32,
    pub disk_gib: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    pub network: IpAddr,
    pub length: u8,
}

impl Subnet {
    /// `203.0.113.0/24`.
    pub fn parse(text: &str) -> Option<Self> {
        let (network, length) = text.split_once('/')?;
        Some(Self { network: network.parse().ok()?, length: length.parse().ok()? })
    }

    pub fn contains(self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32u32.saturating_sub(self.length.into());
                u32::from(network).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128u32.saturating_sub(self.length.into());
                u128::from(network).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// A server to be recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    pub name: String,
    pub object_name: String,
    pub site: String,
    /// Instead of `size`.
    pub plan: Option<String>,
    pub size: Option<Size>,
    pub network_mbps: Option<i32>,
    pub image: Option<String>,
    pub ssh_keys: Vec<String>,
    pub networks: Vec<Interface>,
    pub disks: Vec<(String, i32)>,
    pub suspended: Option<String>,
    /// `None`: no machine was identified, and nothing is dispatched.
    pub adopt: Option<Adopt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub name: String,
    pub network: String,
    pub address: Option<IpAddr>,
    pub address6: Option<IpAddr>,
}

/// A wish, and the carried addresses that nothing of it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub wish: Wish,
    pub left_over: Vec<IpAddr>,
}

/// `taken`: names of the account's other servers.
pub fn wish(service: &Service, id: Uuid, machines: &Machines, offer: &Offer, taken: &BTreeSet<String>) -> Made {
    let machine = machine(service, machines);
    let facts = &service.facts;
    let name = free_name(facts, machine, service.id, taken);
    let object_name = object_name(&name, ServerId(id));
    let site = match &service.link {
        Link::Machine { site, .. } => Some(site.clone()),
        Link::Unlinked { .. } | Link::History => facts.site.clone(),
    };
    let (plan, sizes) = sold_size(facts, machine, offer);
    let (networks, left_over) = networks(facts, machine, site.as_deref(), offer);
    let adopt = machine.and_then(|machine| machine.adoption.as_ref().map(|adoption| (machine, adoption)));
    let wish = Wish {
        name,
        object_name,
        site: site.unwrap_or_default(),
        network_mbps: facts.network_mbps.map(bounded).filter(|_| sizes.is_some()),
        plan,
        size: sizes,
        image: facts.image.clone().filter(|image| machine.is_none() || offer.images.contains(image)),
        ssh_keys: facts.ssh_keys.iter().filter(|key| key.len() <= 8192).take(32).cloned().collect(),
        networks,
        disks: adopt.iter().flat_map(|(_, a)| &a.disks).map(|(name, _, gib)| (name.clone(), bounded(*gib))).collect(),
        suspended: (service.status == ServiceStatus::Suspended).then(|| reason(&service.suspend_reason)),
        adopt: adopt.map(|(machine, adoption)| Adopt {
            vmid: machine.vmid,
            move_pool: adoption.move_pool,
            disks: adoption
                .disks
                .iter()
                .map(|(name, slot, _)| (name.clone(), slot.clone()))
                .collect::<BTreeMap<_, _>>(),
            give_back: false,
        }),
    };
    Made { wish, left_over }
}

/// The machine that the service is, if it can be adopted.
fn machine<'a>(service: &'a Service, machines: &'a Machines) -> Option<&'a Machine> {
    let Link::Machine { site, vmid, .. } = &service.link else { return None };
    machines.find(*vmid, Some(site)).map(|(_, machine)| machine).find(|machine| machine.adoption.is_some())
}

/// The plan where what was sold is just that; else the sizes one by one. What is not known is as the machine has it.
fn sold_size(facts: &Facts, machine: Option<&Machine>, offer: &Offer) -> (Option<String>, Option<Size>) {
    let plan = facts.plan.as_ref().and_then(|name| Some((name, offer.plans.get(name)?)));
    let sold = |size: &Size| {
        facts.cores.is_none_or(|cores| bounded(cores) == size.cores)
            && facts.memory_mib.is_none_or(|memory| bounded(memory) == size.memory_mib)
            && facts.disk_gib.is_none_or(|disk| bounded(disk) == size.disk_gib)
    };
    if let Some((name, _)) = plan.filter(|(_, size)| sold(size)) {
        return (Some(name.clone()), None);
    }
    let base = plan.map(|(_, size)| *size);
    let found = machine.map(|m| Size {
        cores: bounded(m.cores),
        memory_mib: bounded(m.memory_mib),
        disk_gib: bounded(m.disk_gib),
    });
    let other = base.or(found);
    let size = Size {
        cores: facts.cores.map(bounded).or(other.map(|size| size.cores)).unwrap_or_default(),
        memory_mib: facts.memory_mib.map(bounded).or(other.map(|size| size.memory_mib)).unwrap_or_default(),
        disk_gib: facts.disk_gib.map(bounded).or(other.map(|size| size.disk_gib)).unwrap_or_default(),
    };
    // A plan that the catalogue does not have is still what was sold.
    let complete = size.cores > 0 && size.memory_mib > 0 && size.disk_gib > 0;
    if complete { (None, Some(size)) } else { (facts.plan.clone(), None) }
}

/// Addresses that the machine's own configuration states are claimed from there. Others are wished for, one of a family,
/// where a pool holds them.
fn networks(
    facts: &Facts,
    machine: Option<&Machine>,
    site: Option<&str>,
    offer: &Offer,
) -> (Vec<Interface>, Vec<IpAddr>) {
    let Some(machine) = machine else { return (vec![], vec![]) };
    let proposed = machine.adoption.iter().flat_map(|adoption| &adoption.networks);
    let interface = |(name, network): &(String, String)| Interface {
        name: name.clone(),
        network: network.clone(),
        address: None,
        address6: None,
    };
    let mut networks: Vec<Interface> = proposed.map(interface).collect();
    let (mut first, mut first6, mut left_over) = (None, None, Vec::new());
    for address in facts.addresses.iter().filter(|address| !machine.addresses.contains(address)) {
        let slot = if address.is_ipv4() { &mut first } else { &mut first6 };
        let stated = machine.addresses.iter().any(|other| other.is_ipv4() == address.is_ipv4());
        let pooled = offer.pools.iter().any(|pool| pool.contains(*address));
        if slot.is_none() && !stated && pooled {
            *slot = Some(*address);
        } else {
            left_over.push(*address);
        }
    }
    if first.is_none() && first6.is_none() {
        return (networks, left_over);
    }
    if networks.is_empty() {
        let Some(network) = site.and_then(|site| offer.sites.get(site)) else {
            left_over.extend(first.into_iter().chain(first6));
            return (networks, left_over);
        };
        networks.push(interface(&(DEFAULT_INTERFACE.to_owned(), network.clone())));
    }
    if let Some(interface) = networks.first_mut() {
        (interface.address, interface.address6) = (first, first6);
    }
    (networks, left_over)
}

/// The first label of the host name; with the service's number where another server of the account has it.
fn free_name(facts: &Facts, machine: Option<&Machine>, service: i64, taken: &BTreeSet<String>) -> String {
    let sold = facts.hostname.as_deref().and_then(label);
    let name = sold.or_else(|| machine.and_then(|m| label(&m.name))).unwrap_or_else(|| format!("vps-{service}"));
    if !taken.contains(&name) {
        return name;
    }
    let with = |end: String| {
        let cut: String = name.chars().take(MAX_LABEL - end.len()).collect();
        format!("{}{end}", cut.trim_end_matches('-'))
    };
    // Another may be called just so, too.
    let mut free = with(format!("-{service}"));
    for n in 2.. {
        if !taken.contains(&free) {
            break;
        }
        free = with(format!("-{service}-{n}"));
    }
    free
}

/// As a DNS label, if anything of it is one.
fn label(hostname: &str) -> Option<String> {
    let first = hostname.split('.').next().unwrap_or_default();
    let kept = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let label: String = first.trim().chars().map(kept).take(MAX_LABEL).collect();
    let label = label.trim_matches('-');
    (!label.is_empty()).then(|| label.to_owned())
}

fn reason(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON).collect();
    let line = line.trim();
    if line.is_empty() { "Suspended by the provider".to_owned() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number_that_is_free() {
        let long = "a".repeat(MAX_LABEL);
        let facts = |hostname: &str| Facts { hostname: Some(hostname.to_owned()), ..Facts::default() };
        let taken = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
        for (hostname, others, expected) in [
            ("web.example.com", &[][..], "web"),
            ("web.example.com", &["web"], "web-7"),
            ("web.example.com", &["web", "web-7"], "web-7-2"),
            ("web.example.com", &["web", "web-7", "web-7-2"], "web-7-3"),
            ("...", &[], "vps-7"),
        ] {
            assert_eq!(free_name(&facts(hostname), None, 7, &taken(others)), expected);
        }
        let free = free_name(&facts(&long), None, 7, &taken(&[&long]));
        assert!(free.len() == MAX_LABEL && free.ends_with("a-7"), "{free}");
    }
}
