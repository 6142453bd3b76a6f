//! `ProxmoxSite`: one Proxmox VE cluster, how to reach it, and what is known of it.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "ProxmoxSite",
    plural = "proxmoxsites",
    shortname = "pvesite",
    category = "slipway",
    status = "ProxmoxSiteStatus",
    derive = "PartialEq",
    doc = "One Proxmox VE cluster that servers can live on.",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version"),
    printcolumn(name = "Region", type_ = "string", json_path = ".spec.region"),
    printcolumn(name = "Next-VMID", type_ = "integer", json_path = ".status.nextVmid", priority = 1),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ProxmoxSiteSpec {
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub display_name: Option<String>,
    /// Where it stands, as `eu-west`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub region: Option<String>,
    /// `https://host:8006` of one or more nodes of the cluster.
    #[schemars(length(min = 1, max = 16), inner(length(max = 253), regex(pattern = r"^https://[^/]+$")))]
    pub endpoints: Vec<String>,
    /// A Secret in the operator's own namespace with the key `token`: `user@realm!name=uuid`.
    pub credentials_secret_ref: SecretReference,
    /// How the endpoint's certificate is trusted. Never switched off.
    pub tls: TlsTrust,
    /// The numbers that new VMs get. Numbers already used by others are skipped.
    pub vmid_range: VmidRange,
    /// The storage that root disks are made on, and disks without a storage class. A template that lies there is cloned
    /// at once and shares its blocks; one that lies elsewhere is copied in full, which takes as long as its disk is
    /// large. Without it, root disks lie where their template does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub storage: Option<String>,
    /// Storage class → the storage that disks of it are made on, as `fast: nvme-lvm`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32, "additionalProperties" = { "type": "string", "minLength": 1, "maxLength": 63 }))]
    #[x_kube(validation = Rule::new("self.all(k, size(k) <= 32)").message("a storage class's name has at most 32 characters"))]
    pub storage_classes: BTreeMap<String, String>,
    /// The storage that backups go to; without one there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63))]
    pub backup_storage: Option<String>,
    /// The Network of servers that name none.
    #[schemars(length(min = 1, max = 63))]
    pub default_network: String,
    #[serde(default)]
    pub limits: SiteLimits,
    /// Nodes that get no new servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub cordoned_nodes: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SecretReference {
    /// The Secret's name.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}

#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.caBundle) != has(self.fingerprint)").message("set either caBundle or fingerprint"))]
pub struct TlsTrust {
    /// PEM certificates of the CA that signed the nodes' certificates (`/etc/pve/pve-root-ca.pem`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 65_536))]
    pub ca_bundle: Option<String>,
    /// SHA-256 of the endpoint's certificate, as the Proxmox dashboard shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^([0-9A-F]{2}:){31}[0-9A-F]{2}$"))]
    pub fingerprint: Option<String>,
}

#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.start <= self.end").message("start must not be above end"))]
pub struct VmidRange {
    /// The first number.
    #[schemars(range(min = 100, max = 999_999_999))]
    pub start: u32,
    /// The last number, included.
    #[schemars(range(min = 100, max = 999_999_999))]
    pub end: u32,
}

/// Brakes: each is max(5, x %) of the site's servers an hour.
#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct SiteLimits {
    /// Deletions an hour, in percent of the site's servers; counted before the stop. One namespace may use half of them
    /// while others have servers there.
    #[serde(default = "two")]
    #[schemars(range(min = 0, max = 100))]
    pub deletions_percent: u32,
    /// VMs an hour that the sweep may remove: clones of ours that were never configured and that nobody owns.
    #[serde(default = "ten")]
    #[schemars(range(min = 0, max = 256))]
    pub sweeps_per_hour: u32,
    /// Deleted servers of one namespace that may be kept at once; no new one is made there before some are gone.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1, max = 4096))]
    pub retained_per_namespace: u32,
    /// Those of them that nothing will destroy, because they were protected or retained: they may run on.
    #[serde(default = "ten")]
    #[schemars(range(min = 1, max = 4096))]
    pub retained_for_good_per_namespace: u32,
    /// GiB of disks, detached ones among them, that a server with `resources` may have in all; of others the plan says so.
    #[serde(default = "sixteen_ti")]
    #[schemars(range(min = 1, max = 1_835_008))]
    #[serde(rename = "diskGiBPerServer")]
    pub disk_gib_per_server: u32,
    /// Backups that one server may have at once.
    #[serde(default = "sixteen")]
    #[schemars(range(min = 1, max = 64))]
    pub backups_per_server: u32,
    /// Addresses and prefixes that one namespace may hold, on all sites together; those that are kept for a snapshot or a
    /// deleted server, or that are in quarantine, count too. No new one is claimed before some are free again.
    #[serde(default = "two_hundred_fifty_six")]
    #[schemars(range(min = 1, max = 65_536))]
    pub addresses_per_namespace: u32,
    /// Proxmox tasks of ours that may run at once. Less while Proxmox answers with lock timeouts.
    #[serde(default = "eight")]
    #[schemars(range(min = 1, max = 256))]
    pub concurrent_tasks: u32,
    /// Of those, on one node; and so of clones of one template.
    #[serde(default = "four")]
    #[schemars(range(min = 1, max = 64))]
    pub concurrent_tasks_per_node: u32,
    /// Memory that may be given to guests, in percent of a node's.
    #[serde(default = "hundred")]
    #[schemars(range(min = 10, max = 1000))]
    pub memory_percent: u32,
    /// Cores that may be given to guests, in percent of a node's.
    #[serde(default = "four_hundred")]
    #[schemars(range(min = 10, max = 10_000))]
    pub cores_percent: u32,
}

const fn two() -> u32 {
    2
}
const fn ten() -> u32 {
    10
}
const fn hundred() -> u32 {
    100
}
const fn sixteen() -> u32 {
    16
}
const fn sixteen_ti() -> u32 {
    16_384
}
const fn two_hundred_fifty_six() -> u32 {
    256
}
const fn four() -> u32 {
    4
}
const fn eight() -> u32 {
    8
}
const fn four_hundred() -> u32 {
    400
}

impl Default for SiteLimits {
    fn default() -> Self {
        Self {
            deletions_percent: two(),
            sweeps_per_hour: ten(),
            retained_per_namespace: hundred(),
            retained_for_good_per_namespace: ten(),
            disk_gib_per_server: sixteen_ti(),
            backups_per_server: sixteen(),
            addresses_per_namespace: two_hundred_fifty_six(),
            concurrent_tasks: eight(),
            concurrent_tasks_per_node: four(),
            memory_percent: hundred(),
            cores_percent: four_hundred(),
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct ProxmoxSiteStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"]))]
    pub conditions: Vec<Condition>,
    /// Pinned at first contact: CA fingerprint, cluster name or node set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_identity: Option<String>,
    /// The last three epochs that this control plane issued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3))]
    pub epochs: Vec<Epoch>,
    /// Only grows. Numbers below it in the range were handed out and are never used again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_vmid: Option<u32>,
    /// When the inventory was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub nodes: Vec<NodeStatus>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub quarantine: Vec<QuarantinedVmid>,
    /// VMs of ours, or in our pool, that nothing here accounts for: a person decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub orphans: Vec<Orphan>,
    /// Other installations of Slipway that have a pool here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 64)))]
    pub other_installations: Vec<String>,
    /// Since a person acknowledged that the site was ahead of this control plane: nothing is created before every address
    /// of the pool's VMs has its claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creates_held_since: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brakes: Option<Brakes>,
    /// What was looked at of the site's setup, feature by feature.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub doctor: Vec<DoctorFinding>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Epoch {
    pub number: u64,
    pub nonce: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    pub name: String,
    pub online: bool,
    #[serde(default)]
    pub cores: u32,
    #[serde(default, rename = "memoryMiB")]
    pub memory_mib: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct QuarantinedVmid {
    pub vmid: u32,
    #[schemars(length(max = 1024))]
    pub reason: String,
    /// What root would type to clean it up.
    #[schemars(length(max = 1024))]
    pub command: String,
    pub since: Time,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    pub vmid: u32,
    pub node: String,
    pub name: String,
    /// What it is, and what a person could do.
    #[schemars(length(max = 1024))]
    pub why: String,
    pub since: Time,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DoctorFinding {
    /// What needs it, as `snapshots`.
    #[schemars(length(max = 64))]
    pub feature: String,
    pub ok: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    pub message: String,
    /// What a person would type or change; empty when it is fine.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1024))]
    pub fix: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct Brakes {
    /// When deletions of the last hour began; what a crash loop must not forget.
    #[schemars(length(max = 4096))]
    pub deletions: Vec<Time>,
    /// The same by the namespace that the servers stood in: none may use up what others need.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 4096))]
    pub namespaces: BTreeMap<String, Vec<Time>>,
    /// When the sweep removed something within the last hour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256))]
    pub sweeps: Vec<Time>,
    /// Since when deletions wait for the brake; none while they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Time>,
    /// The acknowledgement that released the brake last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Time>,
}
