//! `VirtualServer`: one VM, as wished. What was observed stands in [`crate::virtual_server_status`].
//!
//! There are no verbs here and no timestamps that act as verbs: restoring an old manifest never wipes a disk.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{GoDuration, virtual_server_status::VirtualServerStatus};

/// One virtual machine on a Proxmox VE site. The smallest manifest names a site, a plan, an image and an SSH key.
#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "VirtualServer",
    plural = "virtualservers",
    shortname = "vps",
    category = "slipway",
    namespaced,
    status = "VirtualServerStatus",
    derive = "PartialEq",
    selectable = ".spec.siteRef",
    doc = "One virtual machine on a Proxmox VE site, as wished; its status says what is there.",
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$') && size(self.metadata.name) <= 63")
        .message("metadata.name must be a DNS label: at most 63 of a-z, 0-9 and '-', starting with a letter"),
    printcolumn(name = "Phase", type_ = "string", json_path = ".status.phase", description = "What it is doing, for people"),
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Plan", type_ = "string", json_path = ".spec.planRef"),
    printcolumn(name = "Address", type_ = "string", json_path = ".status.addresses[0]"),
    printcolumn(name = "Site", type_ = "string", json_path = ".spec.siteRef"),
    printcolumn(name = "Image", type_ = "string", json_path = ".spec.imageRef", priority = 1),
    printcolumn(name = "Node", type_ = "string", json_path = ".status.node", priority = 1),
    printcolumn(name = "VMID", type_ = "integer", json_path = ".status.vmid", priority = 1),
    printcolumn(name = "Power", type_ = "string", json_path = ".status.powerState", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.planRef) != has(self.resources)")
        .message("set either planRef or (as provider) resources, not both").field_path(".planRef"),
    validation = Rule::new("has(self.adopt) || has(self.undelete) || (has(self.access) && (size(self.access.sshKeys) > 0 || has(self.access.passwordSecretRef)))")
        .message("access needs at least one sshKeys entry or a passwordSecretRef: nobody could log in otherwise").field_path(".access"),
    validation = Rule::new("has(self.imageRef) || has(self.adopt) || has(self.undelete)")
        .message("imageRef is needed: a new server is installed from an image").field_path(".imageRef"),
    validation = Rule::new("size(self.networks) == 0 || size(oldSelf.networks) > 0 || self.networks.exists(n, n.name == 'public')")
        .message("networks must name public first: it is the interface that the server has now").field_path(".networks"),
    validation = Rule::new("size(self.networks) > 0 || size(oldSelf.networks) == 0")
        .message("networks cannot be emptied: leaving them out means the site's default network at creation only").field_path(".networks"),
    validation = Rule::new("has(self.adopt) ? has(oldSelf.adopt) && self.adopt.vmid == oldSelf.adopt.vmid : !has(oldSelf.adopt)")
        .message("adopt can only be set at creation").field_path(".adopt"),
    validation = Rule::new("!(has(self.adopt) && has(self.undelete))")
        .message("set either adopt or undelete: a server takes over one VM").field_path(".undelete"),
)]
pub struct VirtualServerSpec {
    /// The ProxmoxSite that the server lives on. Immutable.
    #[schemars(length(min = 1, max = 63))]
    #[x_kube(validation = Rule::new("self == oldSelf").message("siteRef is immutable: a server does not move between sites"))]
    pub site_ref: String,

    /// The ServerPlan that gives its size. A larger plan may need a restart to take effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub plan_ref: Option<String>,

    /// Provider only: a size of its own instead of a plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,

    /// The OSImage it is installed from. Acts at creation only; a later change waits for a rebuild. Left out where a VM is
    /// adopted or taken back: what is on its disk is not this server's to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub image_ref: Option<String>,

    /// The guest's host name and the VM's name on Proxmox; empty means the object's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub hostname: Option<String>,

    /// Managed: power changes by actions only, and a power-off inside the guest is respected. Running: kept running.
    /// Stopped: kept stopped.
    #[serde(default)]
    pub run_policy: RunPolicy,

    /// Who may log in at first. Acts at creation only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,

    /// Name servers and search domain; empty means those of the address pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<Dns>,

    /// Network interfaces; empty means one, named `public`, on the site's default network. Entries may come and go; one that
    /// stays keeps its network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"], "default" = []))]
    pub networks: Vec<ServerNetwork>,

    /// Disks. The root disk comes from the plan; an entry named `root` grows it. Every other entry is a disk of its own, empty
    /// at first; one that is removed is detached and kept. Disks never shrink.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 14), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub disks: Vec<ServerDisk>,

    /// Where it may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,

    /// Correct: a hand edit on Proxmox is put back. Report: it is only shown.
    #[serde(default)]
    pub drift_policy: DriftPolicy,

    /// Delete: the VM is destroyed after deletionGracePeriod. Retain: it is kept, unowned by a VirtualServer.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,

    /// While true, deleting this object keeps the VM (as Retain does).
    #[serde(default)]
    pub deletion_protection: bool,

    /// How long a deleted server's stopped VM is kept before it is destroyed; at most 720h.
    #[serde(default = "default_grace")]
    #[x_kube(validation = Rule::new("duration(self) <= duration('720h')").message("deletionGracePeriod is at most 720h"))]
    pub deletion_grace_period: GoDuration,

    /// Provider only: no step is taken while true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,

    /// Provider only: the VM is kept stopped, and nobody but the provider can start it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspended>,

    /// Take back the VM of a deleted server instead of making one, while it is still kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undelete: Option<Undelete>,

    /// Provider only: take over a VM that already runs instead of making one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adopt>,
}

/// 72 hours: long enough to notice a mistake after a weekend.
pub const DEFAULT_DELETION_GRACE: GoDuration = GoDuration::from_hours(72);

fn default_grace() -> GoDuration {
    DEFAULT_DELETION_GRACE
}

/// A size outside the plans.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Resources {
    /// Virtual CPU cores.
    #[schemars(range(min = 1, max = 512))]
    pub cores: u32,
    /// Memory in MiB.
    #[schemars(range(min = 128, max = 16_777_216))]
    #[serde(rename = "memoryMiB")]
    pub memory_mib: u32,
    /// Root disk in GiB.
    #[schemars(range(min = 1, max = 131_072))]
    #[serde(rename = "diskGiB")]
    pub disk_gib: u32,
    /// Port speed in Mbit/s; none means unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 400_000))]
    pub network_mbps: Option<u32>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RunPolicy {
    #[default]
    Managed,
    Running,
    Stopped,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DriftPolicy {
    #[default]
    Correct,
    Report,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeletionPolicy {
    #[default]
    Delete,
    Retain,
}

/// An OpenSSH public key of a kind that Proxmox VE takes: `<type> <base64>[ <comment>]`. All of them start with the length
/// of their type, whose upper bytes are zero: `AAAA`. No control characters: they end lines.
const SSH_KEY: &str = r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) AAAA[A-Za-z0-9+/]+={0,2}( [^\x00-\x1f\x7f]*)?$";

#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// The first user; empty means the image's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z_][a-z0-9_-]*$"))]
    pub user: Option<String>,
    /// OpenSSH public keys, one a line each.
    #[serde(default)]
    #[schemars(
        length(max = 32),
        inner(length(min = 16, max = 8192), regex(pattern = SSH_KEY))
    )]
    #[x_kube(validation = Rule::new("self.map(k, size(k)).sum() <= 32768").message("sshKeys are at most 32 KiB together"))]
    pub ssh_keys: Vec<String>,
    /// A Secret in this namespace that holds the password or its crypt hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_secret_ref: Option<PasswordSecretRef>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PasswordSecretRef {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The entry in the Secret that holds it.
    #[serde(default = "default_password_key")]
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

fn default_password_key() -> String {
    "password".to_owned()
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct Dns {
    /// Addresses of name servers, IPv4 or IPv6.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), inner(length(min = 2, max = 45), regex(pattern = r"^[0-9a-fA-F:.]+$")))]
    pub servers: Vec<String>,
    /// The domain that short names are looked up in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"))]
    pub search_domain: Option<String>,
}

/// One interface. `name` says which one it is; it never changes.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.networkRef == oldSelf.networkRef")
        .message("networkRef is immutable: remove this entry and add one of another name").field_path(".networkRef"),
    validation = Rule::new("!has(self.address) || isIP(self.address) && ip(self.address).family() == 4")
        .message("address must be an IPv4 address such as 192.0.2.10").field_path(".address"),
    validation = Rule::new("!has(self.address6) || isIP(self.address6) && ip(self.address6).family() == 6")
        .message("address6 must be an IPv6 address such as 2001:db8::10").field_path(".address6"),
)]
pub struct ServerNetwork {
    /// The interface's name in this manifest and in status.
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// The Network it is plugged into. Immutable.
    #[schemars(length(min = 1, max = 63))]
    pub network_ref: String,
    /// Provider only: this IPv4 address instead of the next free one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 7, max = 15), regex(pattern = r"^[0-9.]+$"))]
    pub address: Option<String>,
    /// Provider only: this IPv6 address (or, of a pool that hands out prefixes, this prefix) instead of the next free one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 45), regex(pattern = r"^[0-9a-fA-F:.]+$"))]
    pub address6: Option<String>,
}

/// One disk. `name` says which one it is; it never changes.
#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.storageClass) ? has(oldSelf.storageClass) && self.storageClass == oldSelf.storageClass : !has(oldSelf.storageClass)")
        .message("storageClass is immutable: a disk stays on its storage").field_path(".storageClass"),
    validation = Rule::new("self.name != 'root' || !has(self.storageClass)")
        .message("the root disk is made where the site says: leave storageClass out").field_path(".storageClass"),
)]
pub struct ServerDisk {
    /// The disk's name in this manifest and in status; `root` is the one that the plan gives.
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// Size in GiB. A disk only grows: a smaller size is not carried out, and says so.
    #[schemars(range(min = 1, max = 131_072))]
    #[serde(rename = "sizeGiB")]
    pub size_gib: u32,
    /// One of the site's storage classes; empty means the storage of the site, else that of the root disk. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub storage_class: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq, Default)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// Provider only: create it on this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"))]
    pub node: Option<String>,
    /// Servers of this namespace that name the same group are made on different nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub anti_affinity_group: Option<String>,
}

#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Adopt {
    /// The VM's number on Proxmox. Immutable.
    #[schemars(range(min = 100, max = 999_999_999))]
    pub vmid: u32,
    /// Whether it may be taken out of another Proxmox pool.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub move_pool: bool,
    /// Disk name → slot on the VM, as `data: scsi1`. While a disk of the VM has no name, no disk is changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16, "additionalProperties" = { "type": "string", "maxLength": 8, "pattern": "^(scsi|virtio|sata|ide)[0-9]{1,2}$" }))]
    #[x_kube(validation = Rule::new("self.all(k, size(k) <= 32)").message("a disk's name has at most 32 characters"))]
    pub disks: BTreeMap<String, String>,
    /// When the server is deleted, its VM becomes what it was before it was adopted, and Slipway forgets it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub give_back: bool,
}

/// Why a server is suspended.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Suspended {
    /// What the customer is told.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
}

/// Whose VM is taken back.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Undelete {
    /// The uid of the deleted server.
    #[schemars(length(min = 1, max = 64))]
    pub uid: String,
    /// Provider only: also from another namespace, without a record, or while it was suspended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[serde(rename = "override")]
    pub overridden: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_manifest_gets_its_defaults() {
        let spec: VirtualServerSpec = serde_json::from_value(serde_json::json!({
            "siteRef": "home", "planRef": "small", "imageRef": "debian-13", "access": {"sshKeys": ["ssh-ed25519 AAAA"]}
        }))
        .unwrap();
        assert_eq!(spec.run_policy, RunPolicy::Managed);
        assert_eq!(spec.drift_policy, DriftPolicy::Correct);
        assert_eq!(spec.deletion_policy, DeletionPolicy::Delete);
        assert!(!spec.deletion_protection);
        assert_eq!(spec.deletion_grace_period.to_string(), "72h");
    }
}
