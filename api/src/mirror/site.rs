//! What staff looks after at a site, from a `ProxmoxSite`: a pure function.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use slipway_crds::{ProxmoxSite, ProxmoxSiteSpec, ProxmoxSiteStatus};

use crate::kube_time::from_kube;
use crate::server::view::ConditionView;
use crate::site::view::{BrakesView, Detail, DoctorView, EpochView, NodeView, OrphanView, QuarantineView};

pub fn detail(site: &ProxmoxSite) -> Detail {
    let (spec, status) = (&site.spec, site.status.clone().unwrap_or_default());
    Detail {
        endpoints: spec.endpoints.clone(),
        vmid_start: i64::from(spec.vmid_range.start),
        vmid_end: i64::from(spec.vmid_range.end),
        next_vmid: status.next_vmid.map(i64::from),
        observed_at: status.observed_at.as_ref().map(from_kube),
        conditions: status.conditions.iter().filter_map(condition).collect(),
        nodes: nodes(spec, &status),
        quarantine: status.quarantine.iter().map(quarantine).collect(),
        orphans: status.orphans.iter().map(orphan).collect(),
        brakes: brakes(spec, &status),
        doctor: status.doctor.iter().map(doctor).collect(),
        epochs: status.epochs.iter().map(epoch).collect(),
        version: status.version,
        cluster_identity: status.cluster_identity,
    }
}

fn condition(condition: &Condition) -> Option<ConditionView> {
    Some(ConditionView {
        kind: condition.type_.clone(),
        status: condition.status.parse().ok()?,
        reason: condition.reason.clone(),
        message: condition.message.clone(),
        last_transition_time: from_kube(&condition.last_transition_time),
    })
}

fn nodes(spec: &ProxmoxSiteSpec, status: &ProxmoxSiteStatus) -> Vec<NodeView> {
    let node = |node: &slipway_crds::NodeStatus| NodeView {
        name: node.name.clone(),
        online: node.online,
        cordoned: spec.cordoned_nodes.contains(&node.name),
        cores: i64::from(node.cores),
        memory_mib: i64::try_from(node.memory_mib).unwrap_or(i64::MAX),
    };
    status.nodes.iter().map(node).collect()
}

fn quarantine(entry: &slipway_crds::QuarantinedVmid) -> QuarantineView {
    QuarantineView {
        vmid: i64::from(entry.vmid),
        reason: entry.reason.clone(),
        command: entry.command.clone(),
        since: from_kube(&entry.since),
    }
}

fn orphan(orphan: &slipway_crds::Orphan) -> OrphanView {
    OrphanView {
        vmid: i64::from(orphan.vmid),
        node: orphan.node.clone(),
        name: orphan.name.clone(),
        why: orphan.why.clone(),
        since: from_kube(&orphan.since),
    }
}

fn brakes(spec: &ProxmoxSiteSpec, status: &ProxmoxSiteStatus) -> BrakesView {
    let brakes = status.brakes.clone().unwrap_or_default();
    BrakesView {
        deletions_percent: i64::from(spec.limits.deletions_percent),
        deletions: brakes.deletions.iter().map(from_kube).collect(),
        sweeps_per_hour: i64::from(spec.limits.sweeps_per_hour),
        sweeps: brakes.sweeps.iter().map(from_kube).collect(),
        held_since: brakes.held_since.as_ref().map(from_kube),
        released_at: brakes.released_at.as_ref().map(from_kube),
    }
}

fn doctor(finding: &slipway_crds::DoctorFinding) -> DoctorView {
    DoctorView {
        feature: finding.feature.clone(),
        ok: finding.ok,
        message: finding.message.clone(),
        fix: finding.fix.clone(),
    }
}

fn epoch(epoch: &slipway_crds::Epoch) -> EpochView {
    EpochView { number: i64::try_from(epoch.number).unwrap_or(i64::MAX), nonce: epoch.nonce.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_needs_a_person_is_kept() {
        let site: ProxmoxSite = serde_json::from_value(serde_json::json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "ProxmoxSite", "metadata": {"name": "home"},
            "spec": {"endpoints": ["https://pve1:8006"], "credentialsSecretRef": {"name": "s"}, "tls": {"caBundle": "c"},
                     "vmidRange": {"start": 100, "end": 199}, "defaultNetwork": "lan", "cordonedNodes": ["pve2"]},
            "status": {
                "conditions": [{"type": "Stalled", "status": "True", "reason": "InventoryShrank", "message": "m",
                                "lastTransitionTime": "2026-01-01T00:00:00Z"}],
                "nodes": [{"name": "pve2", "online": true, "cores": 8, "memoryMiB": 4096}],
                "quarantine": [{"vmid": 101, "reason": "r", "command": "rm x", "since": "2026-01-01T00:00:00Z"}],
                "orphans": [{"vmid": 102, "node": "pve2", "name": "n", "why": "w", "since": "2026-01-01T00:00:00Z"}],
                "brakes": {"deletions": ["2026-01-01T00:00:00Z"], "heldSince": "2026-01-01T00:00:00Z"},
                "doctor": [{"feature": "backups", "ok": false, "message": "m", "fix": "pveum x"}],
                "epochs": [{"number": 3, "nonce": "ab"}],
            },
        }))
        .unwrap();
        let detail = detail(&site);
        assert_eq!(detail.conditions[0].reason, "InventoryShrank");
        assert!(detail.nodes[0].cordoned);
        assert_eq!(detail.quarantine[0].command, "rm x");
        assert_eq!(detail.orphans[0].vmid, 102);
        assert_eq!((detail.brakes.deletions.len(), detail.brakes.deletions_percent), (1, 2));
        assert!(detail.brakes.held_since.is_some());
        assert_eq!((detail.doctor[0].fix.as_str(), detail.epochs[0].number), ("pveum x", 3));
    }
}
