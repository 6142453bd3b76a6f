//! The machines of `verify`: what runs on the hypervisors against what was sold.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::inventory::{Inventory, Machine, Machines};
use crate::overview::Overview;
use crate::target::sums::{Sold, Unclaimed};

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineCheck {
    /// Machines that services are.
    pub linked: u64,
    /// Live services without one, by reason.
    pub unlinked: BTreeMap<&'static str, u64>,
    /// Machines that no service is.
    pub nobodys: Vec<String>,
    /// Machines of services that root must first put into Slipway's pool, and how: until then they are not adopted.
    pub outside: Vec<String>,
    /// Carried addresses that nothing claims: service and address.
    pub unclaimed: Vec<String>,
    /// Machines that have other sizes than were sold: the server's wish is what was sold, and the operator changes nothing by
    /// itself.
    pub resized: Vec<String>,
    /// Machines with another name, node, address or network card than their services: to be known, not to be mended.
    pub otherwise: Vec<String>,
}

pub fn machine_check(
    overview: &Overview,
    inventory: &Inventory,
    machines: &Machines,
    unclaimed: Vec<Unclaimed>,
    sold: &[Sold],
) -> MachineCheck {
    let nobodys = overview.nobodys(inventory);
    MachineCheck {
        linked: overview.linked,
        unlinked: overview.unlinked.clone(),
        nobodys: nobodys.iter().map(|(site, m)| format!("{site} VM {} `{}` on {}", m.vmid, m.name, m.node)).collect(),
        outside: overview.outside(inventory),
        unclaimed: unclaimed.into_iter().map(|row| format!("service {}: {}", row.service, row.address)).collect(),
        resized: compared(sold, machines, resized),
        otherwise: [compared(sold, machines, otherwise), overview.other_cards.clone()].concat(),
    }
}

/// The services whose machines differ by `difference`, and in what.
fn compared(sold: &[Sold], machines: &Machines, difference: fn(&Sold, &Machine) -> Vec<String>) -> Vec<String> {
    let compare = |sold: &Sold| {
        let vmid = u32::try_from(sold.vmid).ok()?;
        let (_, machine) = machines.find(vmid, Some(&sold.site)).next()?;
        let differing = difference(sold, machine);
        (!differing.is_empty())
            .then(|| format!("service {}, VM {vmid} on {}: {}", sold.service, sold.site, differing.join("; ")))
    };
    sold.iter().filter_map(compare).collect()
}

/// How a machine differs from what was sold.
fn resized(sold: &Sold, machine: &Machine) -> Vec<String> {
    let others: u64 = machine.adoption.iter().flat_map(|adoption| &adoption.disks).map(|(.., gib)| gib).sum();
    let sizes = [
        ("cores", "", sold.cores, u64::from(machine.cores), 0),
        ("memory", " MiB", sold.memory_mib, machine.memory_mib, 0),
        // What was sold may be the root disk, or all disks together.
        ("disk", " GiB", sold.disk_gib, machine.disk_gib, others),
    ];
    sizes
        .into_iter()
        .filter_map(|(what, unit, sold, has, more)| {
            let sold = u64::try_from(sold?).ok()?;
            // An inventory that does not say a size has 0.
            let is_other = has > 0 && sold != has && sold != has + more;
            is_other.then(|| format!("{what}: {sold}{unit} sold, {has}{unit} there"))
        })
        .collect()
}

/// How a machine is called otherwise, or is elsewhere.
fn otherwise(sold: &Sold, machine: &Machine) -> Vec<String> {
    let mut differing = Vec::new();
    if let Some(name) = sold.hostname.as_ref().filter(|name| !name.eq_ignore_ascii_case(&machine.name)) {
        differing.push(format!("name: `{name}` sold, `{}` there", machine.name));
    }
    if let Some(node) = sold.node.as_ref().filter(|node| **node != machine.node) {
        differing.push(format!("node: it was on {node}, and is on {}", machine.node));
    }
    // An inventory knows only addresses that the machine's configuration states.
    let missing = sold.addresses.iter().filter(|text| text.parse().is_ok_and(|ip| !machine.addresses.contains(&ip)));
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    if !machine.addresses.is_empty() && !missing.is_empty() {
        let there: Vec<String> = machine.addresses.iter().map(ToString::to_string).collect();
        differing.push(format!("address: {} sold, {} there", missing.join(", "), there.join(", ")));
    }
    differing
}
