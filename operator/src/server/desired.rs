//! The wish with every reference resolved: what `plan` compares with what is there.

use std::net::Ipv4Addr;

use proxmox_client::{NodeName, Vmid};
use slipway_crds::{Adopt, DriftPolicy, RunPolicy, Undelete};

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
    pub image: Image,
    pub user: String,
    pub ssh_keys: Vec<String>,
    pub password: Option<Password>,
    /// Empty means those of the address pool.
    pub nameservers: Vec<String>,
    pub search_domain: Option<String>,
    pub network: Interface,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The interface's name in the spec.
    pub name: String,
    pub bridge: String,
    pub vlan: Option<u16>,
    /// Mbit/s; none means unlimited.
    pub rate_mbps: Option<u32>,
    /// A static address that the provider set.
    pub address: Option<Ipv4Addr>,
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
