//! What may stand in a scenario file. Unknown names are errors; everything has a default but names and numbers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::model::{Vmid, storage::StorageKind};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    /// A sentence for people.
    pub(super) about: Option<String>,
    /// Used when the command line gives none.
    pub(super) seed: Option<u64>,
    pub(super) cluster: Option<String>,
    pub(super) root_password: Option<String>,
    pub(super) nodes: Option<Vec<Spanned<NodeItem>>>,
    /// When absent: the storages and templates of the seed world.
    pub(super) storages: Option<Vec<Spanned<StorageItem>>>,
    pub(super) images: Vec<Spanned<ImageItem>>,
    pub(super) templates: Vec<Spanned<TemplateItem>>,
    pub(super) pools: Vec<Spanned<PoolItem>>,
    pub(super) vms: Vec<Spanned<VmItem>>,
    pub(super) fill: Option<Spanned<Fill>>,
    pub(super) roles: Vec<Spanned<RoleItem>>,
    pub(super) users: Vec<Spanned<UserItem>>,
    pub(super) acl: Vec<Spanned<AclItem>>,
    /// Faults with `at` or `when`.
    pub(super) timeline: Vec<Spanned<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeItem {
    pub(super) name: String,
    pub(super) cpus: Option<u32>,
    /// `128G`.
    pub(super) memory: Option<String>,
    pub(super) bridges: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StorageItem {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: StorageKind,
    pub(super) content: Vec<String>,
    /// `2T`.
    pub(super) size: Option<String>,
    /// Taken by what is not a guest's: `9G`.
    pub(super) used: Option<String>,
    pub(super) path: Option<String>,
    #[serde(default)]
    pub(super) nodes: Vec<String>,
    pub(super) shared: Option<bool>,
}

/// A file that no guest owns: an ISO or an image to import.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageItem {
    /// `local:import/debian-13.raw`.
    pub(super) volume: String,
    /// On all nodes when absent.
    pub(super) node: Option<String>,
    pub(super) size: String,
    /// The operating system in it; without one it does not boot.
    pub(super) os: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateItem {
    pub(super) vmid: Vmid,
    pub(super) node: String,
    pub(super) storage: String,
    pub(super) os: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolItem {
    pub(super) name: String,
    pub(super) comment: Option<String>,
    #[serde(default)]
    pub(super) storages: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VmItem {
    pub(super) vmid: Vmid,
    pub(super) node: String,
    /// Options as the API takes them; `storage:SIZE` allocates, a card without an address gets one.
    #[serde(default)]
    pub(super) config: BTreeMap<String, Value>,
    #[serde(default)]
    pub(super) running: bool,
    /// What its first disk boots.
    pub(super) os: Option<String>,
    pub(super) pool: Option<String>,
}

/// Many alike VMs, spread over the nodes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fill {
    pub(super) vms: u32,
    /// The first number.
    pub(super) first: Option<Vmid>,
    /// Percent of them that run.
    #[serde(default)]
    pub(super) running: u32,
    pub(super) storage: Option<String>,
    pub(super) pool: Option<String>,
    #[serde(default)]
    pub(super) config: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleItem {
    pub(super) name: String,
    pub(super) privileges: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserItem {
    /// `alice@pve`.
    pub(super) name: String,
    pub(super) password: Option<String>,
    #[serde(default)]
    pub(super) tokens: Vec<TokenItem>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenItem {
    pub(super) name: String,
    pub(super) secret: Option<String>,
    #[serde(default = "yes")]
    pub(super) privsep: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AclItem {
    pub(super) path: String,
    pub(super) role: String,
    pub(super) user: Option<String>,
    pub(super) token: Option<String>,
    #[serde(default = "yes")]
    pub(super) propagate: bool,
}
