//! Which slot of a VM each disk and interface is: by what the status remembers, then by what the VM's own second line says.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use proxmox_client::VmConfig;
use slipway_crds::{Applied, VirtualServerStatus, names::ROOT_DISK};

use super::{
    addresses::families,
    desired::{Desired, Interface},
    observed::Addressing,
    plan::is_provisioned,
    prefix::Family,
};
use crate::mark::MapLine;

/// Name → slot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Slots {
    /// Of the disks that are plugged in.
    pub disks: BTreeMap<String, String>,
    /// Of the interfaces that there were and are to be.
    pub networks: BTreeMap<String, String>,
}

impl Slots {
    pub fn of(desired: &Desired, status: &VirtualServerStatus, config: &VmConfig) -> Self {
        let line = MapLine::find(config.description());
        Self {
            disks: disks(desired, status, line.as_ref(), config),
            networks: networks(desired, status, line.as_ref()),
        }
    }

    pub fn root(&self) -> Option<&str> {
        self.disks.get(ROOT_DISK).map(String::as_str)
    }

    /// What the VM tells its guest on an interface now.
    pub fn addressing(&self, interface: &str, config: &VmConfig) -> Addressing {
        self.networks.get(interface).map_or_else(Addressing::default, |slot| Addressing::found(config, slot))
    }

    /// The second line of the VM's description: what is applied, and what is where.
    pub fn line(self, applied: &Applied) -> MapLine {
        let networks = self.networks.into_iter().filter(|(name, _)| applied.networks.contains_key(name)).collect();
        MapLine::of(applied, self.disks, networks)
    }

    /// Disks of the VM that have no name: nobody can say which of the wish's disks they are.
    pub fn unnamed(&self, config: &VmConfig) -> Vec<String> {
        let named: BTreeSet<&str> = self.disks.values().map(String::as_str).collect();
        config.disks().into_iter().filter(|slot| !named.contains(slot)).map(str::to_owned).collect()
    }

    /// Where the next disk goes. What the status remembers of a disk that is not there yet is kept free for it.
    pub fn free_disk(name: &str, status: &VirtualServerStatus, config: &VmConfig) -> Option<String> {
        let intended = status.disks.get(name).map(|d| d.slot.clone()).filter(|slot| config.get(slot).is_none());
        let kept: BTreeSet<&str> = status.disks.values().map(|d| d.slot.as_str()).collect();
        let free = |slot: &String| config.get(slot).is_none() && !kept.contains(slot.as_str());
        intended.or_else(|| (0..=30).map(|n| format!("scsi{n}")).find(free))
    }
}

/// The interfaces that an adopted VM came with, and what each tells its guest. One that was added later, or that names
/// another network since, is like any other server's: else its guest could use whatever address it likes there.
pub(super) fn came_with(
    interfaces: &[Interface],
    slots: &Slots,
    status: &VirtualServerStatus,
    config: &VmConfig,
) -> BTreeMap<String, BTreeMap<Family, Option<IpAddr>>> {
    let line = MapLine::find(config.description());
    let mut all = BTreeMap::new();
    for interface in interfaces {
        let name = &interface.name;
        let Some(slot) = slots.networks.get(name).filter(|slot| config.get(slot).is_some()) else { continue };
        let is_its_own = match (&status.applied, is_provisioned(status)) {
            (_, false) => true,
            (Some(applied), true) => applied.networks.get(name).is_some_and(|n| n.network == interface.network),
            (None, true) => line.as_ref().is_some_and(|line| line.networks.contains_key(name)),
        };
        if is_its_own {
            all.insert(name.clone(), families(config, slot));
        }
    }
    all
}

fn disks(
    desired: &Desired,
    status: &VirtualServerStatus,
    line: Option<&MapLine>,
    config: &VmConfig,
) -> BTreeMap<String, String> {
    let all = config.disks();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let put = |found: &mut BTreeMap<String, String>, name: &str, slot: Option<&str>| {
        let Some(slot) = slot.filter(|slot| all.contains(slot)) else { return };
        if !found.contains_key(name) && found.values().all(|taken| taken != slot) {
            found.insert(name.to_owned(), slot.to_owned());
        }
    };
    // A volume is the same disk wherever it is plugged in.
    for (name, disk) in &status.disks {
        let volume = disk.volid.as_deref();
        put(&mut found, name, all.iter().copied().find(|slot| volume.is_some() && config.volid(slot) == volume));
    }
    // A restore makes new volumes in the old slots.
    for (name, disk) in &status.disks {
        put(&mut found, name, Some(&disk.slot));
    }
    for (name, slot) in line.iter().flat_map(|line| &line.disks) {
        put(&mut found, name, Some(slot));
    }
    for (name, slot) in desired.adopt.iter().flat_map(|adopt| &adopt.disks) {
        put(&mut found, name, Some(slot));
    }
    put(&mut found, ROOT_DISK, config.boot_disk());
    for disk in &status.detached {
        put(&mut found, &disk.name, all.iter().copied().find(|slot| config.volid(slot) == Some(&disk.volid)));
    }
    found
}

fn networks(desired: &Desired, status: &VirtualServerStatus, line: Option<&MapLine>) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let remembered = status.networks.iter().map(|(name, network)| (name, &network.slot));
    for (name, slot) in remembered.chain(line.iter().flat_map(|line| &line.networks)) {
        if !found.contains_key(name) && found.values().all(|taken| taken != slot) {
            found.insert(name.clone(), slot.clone());
        }
    }
    for interface in &desired.networks {
        // A device that is there without a name is taken: the one that a clone brought, or one whose answer was lost.
        let free = (0..32).map(|n| format!("net{n}")).find(|slot| found.values().all(|taken| taken != slot));
        if let (false, Some(slot)) = (found.contains_key(&interface.name), free) {
            found.insert(interface.name.clone(), slot);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_an_interface_that_came_with_the_vm_and_stays_on_its_network_keeps_its_own_addresses() {
        let config = VmConfig::from_json(&json!({
            "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0", "ipconfig0": "ip=203.0.113.7/24",
            "net1": "virtio=BC:24:11:00:00:02,bridge=vmbr1", "ipconfig1": "ip=203.0.113.8/24",
        }));
        let interface = |name: &str, network: &str| Interface {
            name: name.into(),
            network: network.into(),
            ..Interface::default()
        };
        let mut interfaces = vec![interface("public", "lan"), interface("backend", "lan"), interface("third", "lan")];
        let networks = [("public", "net0"), ("backend", "net1"), ("third", "net2")];
        let networks = networks.map(|(name, slot)| (name.to_owned(), slot.to_owned())).into();
        let slots = Slots { networks, ..Slots::default() };
        let mut status = VirtualServerStatus::default();
        let names = |interfaces: &[Interface], status: &VirtualServerStatus| {
            came_with(interfaces, &slots, status, &config).into_keys().collect::<Vec<_>>()
        };
        assert_eq!(
            names(&interfaces, &status),
            ["backend", "public"],
            "before it is taken over: whatever has a device"
        );
        status.conditions = serde_json::from_value(json!([{
            "type": "Provisioned", "status": "True", "reason": "TakenOver", "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z"
        }]))
        .unwrap();
        status.applied = serde_json::from_value(json!({
            "name": "web", "cores": 1, "memoryMiB": 1024, "image": "", "onBoot": true, "sshKeysHash": "",
            "networks": { "public": { "network": "lan", "bridge": "vmbr0", "ipConfig": "ip=203.0.113.7/24" } }
        }))
        .unwrap();
        assert_eq!(
            names(&interfaces, &status),
            ["public"],
            "a device that gets its name later is an interface like any"
        );
        interfaces[0].network = "wan".into();
        assert!(names(&interfaces, &status).is_empty(), "it is on another network");
    }
}
