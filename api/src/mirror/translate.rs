//! From a `VirtualServer` to what Postgres keeps of it: a pure function.

use chrono::{DateTime, Utc};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, ObjectMeta};
use kube::ResourceExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use slipway_crds::{VirtualServer, VirtualServerSpec, VirtualServerStatus, names};

use crate::id::ServerId;
use crate::kube_time::from_kube;
use crate::server::disk::DataDisk;
use crate::server::dns::Dns;
use crate::server::interface::Interface;
use crate::server::ownership::{Managers, OwnerKind};
use crate::server::spec::{Field, Removed, Resources, Spec, Undelete};
use crate::server::stores::{BackupView, DetachedDiskView, DiskSeen, DriftView, InterfaceSeen, SnapshotView, Stores};
use crate::server::suspension::Suspension;
use crate::server::view::{ConditionStatus, DeletionPolicy, DriftPolicy, Phase, PowerState, RunPolicy};

/// A `VirtualServer`, as far as it is mirrored.
#[derive(Debug, Clone)]
pub struct Mirrored {
    pub uid: String,
    pub namespace: String,
    pub object_name: String,
    pub resource_version: i64,
    pub generation: i64,
    pub created_at: DateTime<Utc>,
    /// It has a deletion timestamp.
    pub deleting: bool,
    /// The id that its label claims; the label alone proves nothing.
    pub claimed_id: Option<ServerId>,
    /// The revision that our newest apply carried.
    pub revision: Option<i64>,
    /// Complete: the host name is filled in.
    pub spec: Spec,
    pub spec_hash: Vec<u8>,
    /// Who holds any field of the spec.
    pub managers: Vec<(String, OwnerKind)>,
    /// Who holds which field that the REST API sets, as `disks`, and which entry of it, as `disks/data`.
    pub owners: Vec<(String, String, OwnerKind)>,
    pub phase: Phase,
    pub power_state: PowerState,
    pub vmid: Option<i32>,
    pub node: Option<String>,
    pub addresses: Vec<String>,
    pub observed_generation: Option<i64>,
    pub conditions: Vec<MirroredCondition>,
    /// The image that is on the disk: a rebuild changes it, the spec does not.
    pub installed_image: Option<String>,
    pub stores: Stores,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirroredCondition {
    pub kind: String,
    pub status: ConditionStatus,
    pub reason: String,
    pub message: String,
    pub observed_generation: Option<i64>,
    pub last_transition_time: DateTime<Utc>,
}

pub fn translate(object: &VirtualServer, managers: &Managers) -> Mirrored {
    let status = object.status.clone().unwrap_or_default();
    let deleting = object.metadata.deletion_timestamp.is_some();
    let mut held: Vec<(String, OwnerKind, Vec<String>)> = Vec::new();
    for (manager, fields) in spec_fields(&object.metadata) {
        held.push((manager.clone(), managers.kind(&manager), fields));
    }
    let owners = held.iter().flat_map(|(manager, kind, fields)| {
        let known =
            fields.iter().filter(|path| path.split('/').next().is_some_and(|name| name.parse::<Field>().is_ok()));
        known.map(move |path| (path.clone(), manager.clone(), *kind))
    });
    Mirrored {
        uid: object.uid().unwrap_or_default(),
        namespace: object.namespace().unwrap_or_default(),
        object_name: object.name_any(),
        resource_version: resource_version(&object.metadata),
        generation: object.metadata.generation.unwrap_or_default(),
        created_at: object.creation_timestamp().as_ref().map(from_kube).unwrap_or_default(),
        deleting,
        claimed_id: object.labels().get(names::LABEL_SERVER_ID).and_then(|id| id.parse().ok()),
        revision: object.annotations().get(names::ANNOTATION_REVISION).and_then(|number| number.parse().ok()),
        spec: spec(&object.spec, &object.name_any()),
        spec_hash: hash(&object.spec),
        owners: owners.collect(),
        managers: held.into_iter().map(|(manager, kind, _)| (manager, kind)).collect(),
        phase: phase(&status, deleting),
        power_state: power_state(&status),
        vmid: status.vmid.map(bounded),
        node: status.node.clone(),
        addresses: status.addresses.clone(),
        observed_generation: status.observed_generation,
        conditions: status.conditions.iter().filter_map(condition).collect(),
        installed_image: status.applied.as_ref().map(|applied| applied.image.clone()).filter(|image| !image.is_empty()),
        stores: stores(&status),
    }
}

/// The version as a number; the API server promises that they compare as such.
pub fn resource_version(metadata: &ObjectMeta) -> i64 {
    metadata.resource_version.as_deref().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// The CRD bounds all numbers far below `i32::MAX`.
pub fn bounded(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Hash of a spec as Kubernetes answered it; equal specs have equal hashes whatever their fields' order.
pub fn hash_of_json(spec: &Value) -> Vec<u8> {
    serde_json::from_value::<VirtualServerSpec>(spec.clone()).map(|spec| hash(&spec)).unwrap_or_default()
}

fn hash(spec: &VirtualServerSpec) -> Vec<u8> {
    let text = serde_json::to_value(spec).map(|value| canonical(&value)).unwrap_or_default();
    Sha256::digest(text).to_vec()
}

/// JSON with sorted keys, which serde's map does not promise.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| format!("{key:?}:{}", canonical(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        leaf => leaf.to_string(),
    }
}

/// A spec as this crate stores it.
pub fn spec(spec: &VirtualServerSpec, object_name: &str) -> Spec {
    let access = spec.access.clone().unwrap_or_default();
    Spec {
        site: Some(spec.site_ref.clone()),
        plan: spec.plan_ref.clone(),
        image: spec.image_ref.clone(),
        hostname: Some(spec.hostname.clone().unwrap_or_else(|| object_name.to_owned())),
        run_policy: Some(match spec.run_policy {
            slipway_crds::RunPolicy::Managed => RunPolicy::Managed,
            slipway_crds::RunPolicy::Running => RunPolicy::Running,
            slipway_crds::RunPolicy::Stopped => RunPolicy::Stopped,
        }),
        access_user: access.user,
        ssh_keys: access.ssh_keys,
        password_secret: access.password_secret_ref.map(|reference| reference.name),
        networks: spec.networks.iter().map(interface).collect(),
        root_disk_gib: spec.disks.iter().find(|disk| disk.name == names::ROOT_DISK).map(|disk| bounded(disk.size_gib)),
        disks: spec.disks.iter().filter(|disk| disk.name != names::ROOT_DISK).map(disk).collect(),
        removed: Removed::default(),
        resources: spec.resources.as_ref().map(|size| Resources {
            cores: bounded(size.cores),
            memory_mib: bounded(size.memory_mib),
            disk_gib: bounded(size.disk_gib),
            network_mbps: size.network_mbps.map(bounded),
        }),
        deletion_protection: Some(spec.deletion_protection),
        deletion_policy: Some(match spec.deletion_policy {
            slipway_crds::DeletionPolicy::Delete => DeletionPolicy::Delete,
            slipway_crds::DeletionPolicy::Retain => DeletionPolicy::Retain,
        }),
        deletion_grace_hours: i32::try_from(spec.deletion_grace_period.get().as_secs().div_ceil(3600)).ok(),
        drift_policy: Some(match spec.drift_policy {
            slipway_crds::DriftPolicy::Correct => DriftPolicy::Correct,
            slipway_crds::DriftPolicy::Report => DriftPolicy::Report,
        }),
        dns: spec
            .dns
            .as_ref()
            .map(|dns| Dns { servers: dns.servers.clone(), search_domain: dns.search_domain.clone() }),
        node: spec.placement.as_ref().and_then(|placement| placement.node.clone()),
        anti_affinity_group: spec.placement.as_ref().and_then(|placement| placement.anti_affinity_group.clone()),
        paused: Some(spec.paused),
        suspended: spec.suspended.as_ref().map(|suspended| Suspension::from_column(suspended.reason.clone())),
        undelete: spec
            .undelete
            .as_ref()
            .map(|undelete| Undelete { uid: undelete.uid.clone(), overridden: undelete.overridden }),
        adopt: spec.adopt.clone(),
    }
}

fn disk(disk: &slipway_crds::ServerDisk) -> DataDisk {
    DataDisk { name: disk.name.clone(), size_gib: bounded(disk.size_gib), storage_class: disk.storage_class.clone() }
}

fn interface(interface: &slipway_crds::ServerNetwork) -> Interface {
    Interface {
        name: interface.name.clone(),
        network: interface.network_ref.clone(),
        address: interface.address.clone(),
        address6: interface.address6.clone(),
    }
}

fn phase(status: &VirtualServerStatus, deleting: bool) -> Phase {
    if deleting {
        return Phase::Deleting;
    }
    match status.phase {
        None | Some(slipway_crds::ServerPhase::Pending) => Phase::Pending,
        Some(slipway_crds::ServerPhase::Provisioning) => Phase::Provisioning,
        Some(slipway_crds::ServerPhase::Running) => Phase::Running,
        Some(slipway_crds::ServerPhase::Stopped) => Phase::Stopped,
        Some(slipway_crds::ServerPhase::Updating) => Phase::Updating,
        Some(slipway_crds::ServerPhase::Suspended) => Phase::Suspended,
        Some(slipway_crds::ServerPhase::Deleting) => Phase::Deleting,
        Some(slipway_crds::ServerPhase::Failed) => Phase::Failed,
    }
}

fn power_state(status: &VirtualServerStatus) -> PowerState {
    match status.power_state {
        // A paused guest has its memory and its power.
        Some(slipway_crds::PowerState::Running | slipway_crds::PowerState::Paused) => PowerState::Running,
        Some(slipway_crds::PowerState::Stopped) => PowerState::Stopped,
        Some(slipway_crds::PowerState::Unknown) | None => PowerState::Unknown,
    }
}

fn stores(status: &VirtualServerStatus) -> Stores {
    Stores {
        snapshots: status
            .snapshots
            .iter()
            .map(|snapshot| SnapshotView {
                name: snapshot.name.clone(),
                created_at: from_kube(&snapshot.created_at),
                includes_memory: snapshot.includes_memory,
            })
            .collect(),
        backups: status
            .backups
            .iter()
            .map(|backup| BackupView {
                id: backup.volid.clone(),
                created_at: from_kube(&backup.created_at),
                size_bytes: i64::try_from(backup.size_bytes).unwrap_or(i64::MAX),
                protected: backup.protected,
            })
            .collect(),
        detached_disks: status
            .detached
            .iter()
            .map(|disk| DetachedDiskView {
                name: disk.name.clone(),
                since: from_kube(&disk.since),
                until: disk.until.as_ref().map(from_kube),
            })
            .collect(),
        disks: status
            .disks
            .iter()
            .map(|(name, disk)| DiskSeen { name: name.clone(), size_gib: disk.size_gib.map(bounded) })
            .collect(),
        interfaces: status
            .networks
            .iter()
            .map(|(name, seen)| InterfaceSeen {
                name: name.clone(),
                network: seen.network.clone(),
                mac: seen.mac.clone(),
                addresses: seen.addresses.clone(),
            })
            .collect(),
        drift: status
            .drift
            .iter()
            .map(|drift| DriftView {
                field: drift.field.clone(),
                wanted: drift.wanted.clone(),
                found: drift.found.clone(),
            })
            .collect(),
    }
}

fn condition(condition: &Condition) -> Option<MirroredCondition> {
    Some(MirroredCondition {
        kind: condition.type_.clone(),
        status: condition.status.parse().ok()?,
        reason: condition.reason.clone(),
        message: condition.message.clone(),
        observed_generation: condition.observed_generation,
        last_transition_time: from_kube(&condition.last_transition_time),
    })
}

/// Managers and what they hold below `spec`: fields, and named entries of lists; writers of the status are not meant.
fn spec_fields(metadata: &ObjectMeta) -> Vec<(String, Vec<String>)> {
    let entries = metadata.managed_fields.iter().flatten().filter(|entry| entry.subresource.is_none());
    let fields = entries.filter_map(|entry| {
        let spec = entry.fields_v1.as_ref()?.0.get("f:spec")?.as_object()?;
        let paths = spec.iter().flat_map(|(key, below)| held(key, below)).collect();
        Some((entry.manager.clone()?, paths))
    });
    fields.collect()
}

/// `f:disks` with `k:{"name":"data"}` below it is `disks` and `disks/data`.
fn held(key: &str, below: &Value) -> Vec<String> {
    let Some(field) = key.strip_prefix("f:") else { return Vec::new() };
    let entries = below.as_object().into_iter().flat_map(|below| below.keys());
    let named = entries.filter_map(|entry| {
        let key: Value = serde_json::from_str(entry.strip_prefix("k:")?).ok()?;
        Some(format!("{field}/{}", key["name"].as_str()?))
    });
    std::iter::once(field.to_owned()).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object() -> VirtualServer {
        serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
            "metadata": {
                "name": "web", "namespace": "acct-a", "uid": "u-1", "resourceVersion": "42", "generation": 3,
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {"slipway.dev/revision": "7"},
                "managedFields": [
                    {"manager": "argocd-controller", "operation": "Apply", "fieldsV1": {"f:spec": {"f:planRef": {}, "f:siteRef": {}, "f:disks": {"k:{\"name\":\"root\"}": {".": {}}}}}},
                    {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": {"f:runPolicy": {}}}},
                    {"manager": "slipway-operator", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
                ],
            },
            "spec": {
                "siteRef": "home", "planRef": "small", "imageRef": "debian-13",
                "access": {"sshKeys": ["ssh-ed25519 AAAA"]}, "disks": [{"name": "root", "sizeGiB": 40}],
                "deletionGracePeriod": "90m",
            },
            "status": {
                "observedGeneration": 3, "phase": "Running", "powerState": "paused", "vmid": 10001, "node": "pve1",
                "addresses": ["192.0.2.7"],
                "conditions": [{"type": "Ready", "status": "True", "reason": "Running", "message": "",
                                "observedGeneration": 3, "lastTransitionTime": "2026-01-01T00:01:00Z"}],
            },
        }))
        .unwrap()
    }

    #[test]
    fn an_object_becomes_a_complete_row() {
        let mirrored = translate(&object(), &Managers::new(vec!["argocd-*".into()]));
        assert_eq!((mirrored.resource_version, mirrored.generation, mirrored.revision), (42, 3, Some(7)));
        assert_eq!(mirrored.spec.hostname.as_deref(), Some("web"));
        assert_eq!(mirrored.spec.root_disk_gib, Some(40));
        assert_eq!(mirrored.spec.deletion_grace_hours, Some(2), "part of an hour counts as one");
        assert_eq!((mirrored.phase, mirrored.power_state), (Phase::Running, PowerState::Running));
        assert_eq!(mirrored.conditions[0].status, ConditionStatus::True);
    }

    #[test]
    fn a_field_belongs_to_whoever_set_it() {
        let mirrored = translate(&object(), &Managers::new(vec!["argocd-*".into()]));
        for (path, manager, kind) in [
            ("planRef", "argocd-controller", OwnerKind::Git),
            ("disks", "argocd-controller", OwnerKind::Git),
            ("disks/root", "argocd-controller", OwnerKind::Git),
            ("runPolicy", "kubectl", OwnerKind::Person),
        ] {
            assert!(mirrored.owners.contains(&(path.into(), manager.into(), kind)), "{path}: {:?}", mirrored.owners);
        }
        assert_eq!(mirrored.managers.len(), 2, "writers of the status hold no field of the spec");
    }

    #[test]
    fn a_deleted_object_is_deleting_whatever_its_status_says() {
        let mut object = object();
        object.metadata.deletion_timestamp = object.metadata.creation_timestamp.clone();
        assert_eq!(translate(&object, &Managers::new(Vec::new())).phase, Phase::Deleting);
    }

    #[test]
    fn the_hash_is_of_the_spec_and_not_of_its_spelling() {
        let typed = object();
        let raw = json!({
            "imageRef": "debian-13", "planRef": "small", "siteRef": "home", "deletionGracePeriod": "1h30m",
            "runPolicy": "Managed", "access": {"sshKeys": ["ssh-ed25519 AAAA"]}, "disks": [{"sizeGiB": 40, "name": "root"}],
        });
        assert_eq!(hash_of_json(&raw), hash(&typed.spec));
    }
}
