//! What a direct read of our own VM says, into the status: which slot each disk and interface is, and what is in it.

use proxmox_client::VmConfig;
use slipway_crds::{ByName, DiskStatus, NetworkStatus, VirtualServerStatus};

use super::{
    addresses::carried,
    desired::Desired,
    filters,
    observed::{AddressView, Claim, FilterView, Observed},
    slots::Slots,
};

/// Disks, interfaces, addresses and evidence.
pub fn remember(status: &mut VirtualServerStatus, desired: &Desired, seen: &Observed, config: &VmConfig, node: &str) {
    status.node = Some(node.to_owned());
    status.smbios_uuid = config.smbios_uuid().map(str::to_owned);
    let slots = Slots::of(desired, status, config);
    status.disks = disks(status, desired, &slots, config);
    status.networks = networks(status, desired, seen, &slots, config);
    let names = desired.networks.iter().map(|interface| &interface.name);
    status.addresses = names.flat_map(|name| addresses(seen, name, slots.networks.get(name), config)).collect();
}

/// Those that are claimed, or that an adopted VM came with.
fn addresses(seen: &Observed, name: &str, slot: Option<&String>, config: &VmConfig) -> Vec<String> {
    let views = seen.addresses.get(name).map_or(&[][..], Vec::as_slice);
    let all = match slot {
        Some(slot) if views.contains(&AddressView::Own) => carried(config, slot),
        _ => views.iter().filter_map(claimed).map(|claim| claim.own).collect(),
    };
    all.iter().map(ToString::to_string).collect()
}

const fn claimed(view: &AddressView) -> Option<&Claim> {
    match view {
        AddressView::Claimed(claim) => Some(claim),
        AddressView::Own | AddressView::Free(_) | AddressView::Exhausted { .. } => None,
    }
}

fn disks(status: &VirtualServerStatus, desired: &Desired, slots: &Slots, config: &VmConfig) -> ByName<DiskStatus> {
    let plugged_in = slots.disks.iter().map(|(name, slot)| {
        let volid = config.volid(slot).map(str::to_owned);
        (name.clone(), DiskStatus { slot: slot.clone(), volid, size_gib: config.disk_gib(slot) })
    });
    // What is wished and not there was about to be made, or was taken out: neither may be forgotten.
    let missing = status.disks.iter().filter(|(name, _)| desired.disks.iter().any(|disk| disk.name == **name));
    missing.map(|(name, disk)| (name.clone(), disk.clone())).chain(plugged_in).collect()
}

fn networks(
    status: &VirtualServerStatus,
    desired: &Desired,
    seen: &Observed,
    slots: &Slots,
    config: &VmConfig,
) -> ByName<NetworkStatus> {
    let mut all = ByName::new();
    for (name, slot) in &slots.networks {
        let before = status.networks.get(name);
        let wish = desired.networks.iter().find(|interface| interface.name == *name);
        let device = config.network(slot);
        if device.is_none() && (wish.is_none() || before.is_none()) {
            continue;
        }
        let before = before.cloned().unwrap_or_default();
        let claims: Vec<&Claim> = seen.addresses.get(name).into_iter().flatten().filter_map(claimed).collect();
        let mut wanted: Vec<String> = claims.iter().map(|claim| claim.cidr()).collect();
        wanted.sort();
        // What differs from it was changed by hand, or is on its way.
        let in_place = match &seen.filters {
            FilterView::Read(found) => found.sets.get(slot).is_some_and(|set| filters::members_of(set) == wanted),
            FilterView::NotAsked | FilterView::Failed { .. } => false,
        };
        let network = NetworkStatus {
            slot: slot.clone(),
            // Kept once it is known: the guest and its neighbours know the interface by it.
            mac: before.mac.or_else(|| device.map(|device| device.mac)),
            addresses: addresses(seen, name, Some(slot), config),
            network: wish.map(|interface| interface.network.clone()).or(before.network),
            filter: if in_place { wanted } else { before.filter },
        };
        all.insert(name.clone(), network);
    }
    all
}
