//! The wish with every reference resolved: what `plan` compares with what is there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proxmox_client::{NodeName, Vmid};
use slipway_crds::{Adopt, DriftPolicy, RunPolicy, Undelete};

use super::prefix::Family;
use crate::mark::Identity;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    pub identity: Identity,
    /// The VM's name and the guest's host name.
    pub hostname: String,
    pub cores: u32,
    pub memory_mib: u32,
    /// The root disk.
    pub disk_gib: u32,
    /// Where it is made; none: where the image's template is.
    pub storage: Option<String>,
    /// The disks beside it.
    pub disks: Vec<Disk>,
    pub image: Image,
    pub user: String,
    pub ssh_keys: Vec<String>,
    pub password: Option<Password>,
    /// Empty means those of the address pool.
    pub nameservers: Vec<String>,
    pub search_domain: Option<String>,
    /// At least one.
    pub networks: Vec<Interface>,
    pub run_policy: RunPolicy,
    pub drift_policy: DriftPolicy,
    pub paused: bool,
    /// Why the provider keeps it off.
    pub suspended: Option<String>,
    /// Whose VM is taken back instead of making one.
    pub undelete: Option<Undelete>,
    /// Provider only: the VM that is taken over instead of making one.
    pub adopt: Option<Adopt>,
    /// Provider only: the uid of an earlier server of this name that may stay as it is.
    pub fresh: Option<String>,
    /// Provider only: the node to create it on.
    pub node: Option<NodeName>,
    /// Namespace and name of its anti-affinity group.
    pub group: Option<(String, String)>,
}

/// An operating system, and where its templates are on this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub name: String,
    /// What a template must be called and tagged to be cloned.
    pub template_name: String,
    pub template_tag: String,
    pub templates: Vec<Template>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub node: NodeName,
    pub vmid: Vmid,
}

/// A disk beside the root disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    pub name: String,
    pub size_gib: u32,
    /// Where it is made; none means where the root disk is.
    pub storage: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interface {
    /// The interface's name in the spec.
    pub name: String,
    /// The Network's name.
    pub network: String,
    pub bridge: String,
    pub vlan: Option<u16>,
    /// Mbit/s; none means unlimited.
    pub rate_mbps: Option<u32>,
    /// A static address that the provider set.
    pub address: Option<Ipv4Addr>,
    pub address6: Option<Ipv6Addr>,
}

impl Interface {
    /// The provider set an address.
    pub const fn is_static(&self) -> bool {
        self.address.is_some() || self.address6.is_some()
    }

    /// The same with this address, of whichever family.
    #[must_use]
    pub fn with_address(&self, address: Option<IpAddr>) -> Self {
        match address {
            Some(IpAddr::V4(address)) => Self { address: Some(address), ..self.clone() },
            Some(IpAddr::V6(address)) => Self { address6: Some(address), ..self.clone() },
            None => self.clone(),
        }
    }

    /// The static address of a family, if the provider set one.
    pub fn wanted(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.address.map(IpAddr::V4),
            Family::V6 => self.address6.map(IpAddr::V6),
        }
    }
}

/// A guest's password (or its crypt hash) on its way to Proxmox; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}
