//! What runs on the hypervisors, as `slipway-operator inventory` prints it: one row for each machine of each site.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Deserializer, Serialize};

use crate::text::Mac;

/// The file of `--inventory`, and the answer of the operator's internal endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// By the name of the `ProxmoxSite`.
    pub sites: BTreeMap<String, Vec<Machine>>,
}

/// A VM as Proxmox shows it. Templates are not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    pub vmid: u32,
    pub node: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub cores: u32,
    #[serde(default, rename = "memoryMiB")]
    pub memory_mib: u64,
    /// Of the root disk.
    #[serde(default, rename = "diskGiB")]
    pub disk_gib: u64,
    /// Those that its configuration states (cloud-init); what a guest has set itself is not known.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    #[serde(default, deserialize_with = "cards")]
    pub macs: Vec<Mac>,
    /// How it would be adopted; `None`: it cannot be, and `skipped` says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

/// What a server that adopts the machine says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Adoption {
    /// Name of the interface and of the `Network` that it is on; empty: the site's default.
    #[serde(default)]
    pub networks: Vec<(String, String)>,
    /// Disks beside the root disk: name, slot, GiB.
    #[serde(default)]
    pub disks: Vec<(String, String, u64)>,
    /// It leaves another pool of Proxmox VE.
    #[serde(default)]
    pub move_pool: bool,
    /// What root types on a node first, where it is not in Slipway's pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// An inventory that is looked into often: each site's machines in the order of their numbers.
#[derive(Debug, Clone, Default)]
pub struct Machines {
    sites: Vec<(String, Vec<Machine>)>,
}

impl From<Inventory> for Machines {
    fn from(inventory: Inventory) -> Self {
        let in_order = |(site, mut machines): (String, Vec<Machine>)| {
            machines.sort_by_key(|machine| machine.vmid);
            machines.shrink_to_fit();
            (site, machines)
        };
        Self { sites: inventory.sites.into_iter().map(in_order).collect() }
    }
}

impl Machines {
    /// Keeps from adoption what another server of Slipway has.
    pub fn take(&mut self, site: &str, vmid: u32) {
        let machines = self.sites.iter_mut().filter(|(name, _)| name == site).flat_map(|(_, machines)| machines);
        for machine in machines.filter(|machine| machine.vmid == vmid) {
            machine.adoption = None;
            machine.skipped = Some("another server of Slipway, which this source did not make, has it".to_owned());
        }
    }

    /// No site was looked at: nothing is known, and nothing can be linked.
    pub fn is_unknown(&self) -> bool {
        self.sites.is_empty()
    }

    /// The machines with this number; on one site, or on every site where none is named.
    pub fn find<'a>(&'a self, vmid: u32, site: Option<&'a str>) -> impl Iterator<Item = (&'a str, &'a Machine)> {
        let named = move |name: &str| site.is_none_or(|site| site == name);
        self.sites.iter().filter(move |(name, _)| named(name)).flat_map(move |(name, machines)| {
            let from = machines.partition_point(|machine| machine.vmid < vmid);
            machines[from..]
                .iter()
                .take_while(move |machine| machine.vmid == vmid)
                .map(|machine| (name.as_str(), machine))
        })
    }
}

/// What is no card's address is passed over.
fn cards<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Mac>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    Ok(texts.iter().filter_map(|text| Mac::parse(text)).collect())
}
