//! Which slot of a VM each disk and interface is: by what the status remembers, then by what the VM's own second line says.

use std::collections::{BTreeMap, BTreeSet};

use proxmox_client::VmConfig;
use slipway_crds::{Applied, VirtualServerStatus, names::ROOT_DISK};

use super::{desired::Desired, observed::Addressing};
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
