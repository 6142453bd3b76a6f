//! What one read of `/cluster/resources` says. It only wakes servers: decisions rest on direct reads.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use proxmox_client::{GuestRow, NodeName, NodeRow, Resources, StorageRow, Vmid};
use slipway_crds::{PowerState, VirtualServerStatus, names::ROOT_DISK, words::condition};

#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    pub at: Timestamp,
    pub guests: BTreeMap<Vmid, GuestRow>,
    pub nodes: Vec<NodeRow>,
    pub pools: Vec<String>,
    /// Summed up once: every look of every server asks for it.
    committed: BTreeMap<NodeName, Committed>,
    /// What each node sees of its storages.
    storages: BTreeMap<String, Arc<Storages>>,
}

/// Name → the storage, as one node sees it.
pub type Storages = BTreeMap<String, Storage>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage {
    /// Every node sees the same one.
    pub shared: bool,
    pub free_gib: i64,
}

/// What the guests of a node were promised. A stopped one counts: it may be started.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Committed {
    memory: u64,
    cores: i64,
}

impl Inventory {
    pub fn new(at: Timestamp, resources: Resources) -> Self {
        let mut committed: BTreeMap<NodeName, Committed> = BTreeMap::new();
        for row in resources.guests.iter().filter(|row| !row.template) {
            let node = committed.entry(row.node.clone()).or_default();
            node.memory += row.maxmem;
            node.cores += i64::from(row.maxcpu);
        }
        let mut storages: BTreeMap<String, Arc<Storages>> = BTreeMap::new();
        // One whose size is unknown is away just now.
        for StorageRow { storage, node, shared, total, used } in resources.storages.iter().filter(|row| row.total > 0) {
            let free_gib = mebibytes(total.saturating_sub(*used)) / 1024;
            let of_node = Arc::make_mut(storages.entry(node.clone()).or_default());
            of_node.insert(storage.clone(), Storage { shared: *shared, free_gib });
        }
        Self {
            at,
            guests: resources.guests.into_iter().map(|row| (row.vmid, row)).collect(),
            nodes: resources.nodes,
            pools: resources.pools,
            committed,
            storages,
        }
    }

    /// Memory in MiB that may still be given away, when `percent` of the node's may be.
    pub fn free_memory_mib(&self, node: &NodeRow, percent: u32) -> i64 {
        mebibytes(node.maxmem) * i64::from(percent) / 100 - mebibytes(self.committed(node).memory)
    }

    /// Cores that may still be given away, when `percent` of the node's may be.
    pub fn free_cores(&self, node: &NodeRow, percent: u32) -> i64 {
        i64::from(node.maxcpu) * i64::from(percent) / 100 - self.committed(node).cores
    }

    /// Those that our token may see.
    pub fn storages(&self, node: &NodeName) -> Arc<Storages> {
        self.storages.get(node.as_str()).cloned().unwrap_or_default()
    }

    fn committed(&self, node: &NodeRow) -> Committed {
        self.committed.get(&node.name).copied().unwrap_or_default()
    }

    /// More guests vanished at once than can be believed: max(5, 10 %), those that we know to be `gone` aside.
    pub fn shrank_too_much(&self, before: &Self, gone: &BTreeSet<Vmid>) -> bool {
        let lost = before.guests.keys().filter(|vmid| !self.guests.contains_key(vmid) && !gone.contains(vmid)).count();
        lost > (before.guests.len() / 10).max(5)
    }
}

/// Whether a row says nothing but what a settled server's status says already: then it need not be looked at. `tag` is the
/// server's own.
pub fn is_expected(
    row: &GuestRow,
    before: Option<&GuestRow>,
    status: &VirtualServerStatus,
    tag: impl FnOnce() -> String,
) -> bool {
    let Some(applied) = &status.applied else { return false };
    let disk = status.disks.get(ROOT_DISK).and_then(|d| d.size_gib).map(|gib| u64::from(gib) << 30);
    // What the status does not hold must at least not have changed. Of one that was never seen before, we know our tag:
    // without it somebody was there since its server was last looked at.
    let unchanged = if let Some(b) = before.filter(|b| b.status != "unknown") {
        (&b.tags, &b.pool, &b.hastate, &b.lock) == (&row.tags, &row.pool, &row.hastate, &row.lock)
    } else {
        let tag = tag();
        row.tags.split(';').any(|t| t == tag)
    };
    unchanged
        && row.lock.is_none()
        && !row.template
        && agrees(row, status)
        && row.name == applied.name
        && row.maxcpu == applied.cores
        && row.maxmem == u64::from(applied.memory_mib) << 20
        && Some(row.maxdisk) == disk
}

/// A node tells its guests' power and sizes once in ten seconds, and rows are what it told last.
const ROWS_LAG: SignedDuration = SignedDuration::from_secs(12);

/// Whether rows of that time show the VM half made: it was looked at directly, and found as wished for the first time, later
/// than what they show.
pub fn are_old(at: Timestamp, status: &VirtualServerStatus) -> bool {
    let is_later =
        |c: &Condition| c.type_ == condition::READY && c.status == "True" && c.last_transition_time.0 > at - ROWS_LAG;
    status.conditions.iter().any(is_later)
}

/// Whether a row shows the power and the node that every direct read tells.
pub fn agrees(row: &GuestRow, status: &VirtualServerStatus) -> bool {
    let power = match status.power_state {
        // A row knows no pause.
        Some(PowerState::Running | PowerState::Paused) => "running",
        Some(PowerState::Stopped) => "stopped",
        _ => return false,
    };
    row.status == power && Some(row.node.as_str()) == status.node.as_deref()
}

fn mebibytes(bytes: u64) -> i64 {
    i64::try_from(bytes / 1024 / 1024).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(vmid: u32, status: &str) -> GuestRow {
        GuestRow {
            vmid: Vmid::try_from(vmid).unwrap(),
            node: NodeName::try_from("pve1").unwrap(),
            kind: "qemu".into(),
            status: status.into(),
            name: "web".into(),
            template: false,
            lock: None,
            pool: None,
            tags: String::new(),
            hastate: None,
            maxcpu: 1,
            maxmem: 1 << 30,
            maxdisk: 0,
        }
    }

    fn inventory(rows: Vec<GuestRow>) -> Inventory {
        Inventory::new("2026-01-01T00:00:00Z".parse().unwrap(), Resources { guests: rows, ..Resources::default() })
    }

    fn settled() -> VirtualServerStatus {
        serde_json::from_value(serde_json::json!({
            "vmid": 100, "node": "pve1", "powerState": "running", "disks": { "root": { "slot": "scsi0", "sizeGiB": 10 } },
            "applied": { "name": "web", "cores": 1, "memoryMiB": 1024, "image": "debian", "onBoot": true, "sshKeysHash": "" }
        }))
        .unwrap()
    }

    fn tag() -> String {
        "slip-a".into()
    }

    #[test]
    fn a_row_that_says_what_the_status_says_wakes_nobody() {
        let expected = GuestRow { maxdisk: 10 << 30, tags: "mine;slip-a".into(), ..row(100, "running") };
        assert!(is_expected(&expected, None, &settled(), tag));
        for changed in [
            GuestRow { status: "stopped".into(), ..expected.clone() },
            GuestRow { name: "other".into(), ..expected.clone() },
            GuestRow { node: NodeName::try_from("pve2").unwrap(), ..expected.clone() },
            GuestRow { lock: Some("backup".into()), ..expected.clone() },
            GuestRow { maxmem: 2 << 30, ..expected.clone() },
            GuestRow { maxdisk: 20 << 30, ..expected.clone() },
            GuestRow { tags: "mine".into(), ..expected.clone() },
        ] {
            assert!(!is_expected(&changed, None, &settled(), tag), "{changed:?}");
        }
    }

    #[test]
    fn a_change_that_the_status_does_not_hold_is_unexpected() {
        let before = GuestRow { maxdisk: 10 << 30, tags: "a".into(), ..row(100, "running") };
        let now = GuestRow { tags: "b".into(), ..before.clone() };
        assert!(!is_expected(&now, Some(&before), &settled(), tag));
        // Whoever waits for a lock to go waits no longer.
        let locked = GuestRow { lock: Some("backup".into()), ..before.clone() };
        assert!(!is_expected(&before, Some(&locked), &settled(), tag));
    }

    #[test]
    fn rows_from_before_a_server_was_ready_and_shortly_after_are_old() {
        let mut status = settled();
        let at = |second: &str| format!("2026-01-01T00:00:{second}Z").parse::<Timestamp>().unwrap();
        let mut ready = |value: &str| {
            status.conditions = serde_json::from_value(serde_json::json!([{
                "type": "Ready", "status": value, "reason": "R", "message": "", "lastTransitionTime": at("10")
            }]))
            .unwrap();
            status.clone()
        };
        assert!(are_old(at("09"), &ready("True")));
        assert!(are_old(at("21"), &ready("True")), "the node has not told anything since");
        assert!(!are_old(at("22"), &ready("True")));
        assert!(!are_old(at("09"), &ready("False")));
        assert!(!are_old(at("09"), &settled()));
    }

    #[test]
    fn a_sudden_shrink_is_not_believed() {
        let before = inventory((100..160).map(|n| row(n, "running")).collect());
        let after = |n: u32| inventory((100..n).map(|n| row(n, "running")).collect());
        let none = BTreeSet::new();
        assert!(!after(154).shrank_too_much(&before, &none));
        assert!(after(153).shrank_too_much(&before, &none));
    }

    #[test]
    fn exactly_the_vms_that_we_removed_may_be_missing() {
        let vmid = |n: u32| Vmid::try_from(n).unwrap();
        let before = inventory((100..160).map(|n| row(n, "running")).collect());
        let after = inventory((100..150).map(|n| row(n, "running")).collect());
        assert!(!after.shrank_too_much(&before, &(150..160).map(vmid).collect()));
        assert!(!after.shrank_too_much(&before, &(150..154).map(vmid).collect()));
        assert!(after.shrank_too_much(&before, &(150..153).map(vmid).collect()));
        assert!(after.shrank_too_much(&before, &(100..150).map(vmid).collect()), "those are still there");
    }

    #[test]
    fn each_node_sees_its_storages_and_one_that_is_away_is_unknown() {
        let row = |storage: &str, node: &str, shared, total: u64, used: u64| StorageRow {
            storage: storage.into(),
            node: node.into(),
            shared,
            total: total << 30,
            used: used << 30,
        };
        let resources = Resources {
            storages: vec![
                row("local", "pve1", false, 100, 30),
                row("nas", "pve1", true, 50, 50),
                row("nas", "pve2", true, 0, 0),
            ],
            ..Resources::default()
        };
        let inventory = Inventory::new("2026-01-01T00:00:00Z".parse().unwrap(), resources);
        let of = |node: &str| inventory.storages(&NodeName::try_from(node).unwrap());
        assert_eq!(of("pve1")["local"], Storage { shared: false, free_gib: 70 });
        assert_eq!(of("pve1")["nas"], Storage { shared: true, free_gib: 0 });
        assert!(of("pve2").is_empty());
    }

    #[test]
    fn memory_of_stopped_guests_counts_as_committed() {
        let all = inventory(vec![row(100, "running"), row(101, "stopped")]);
        let node =
            NodeRow { name: NodeName::try_from("pve1").unwrap(), online: true, maxcpu: 8, maxmem: 8 << 30, mem: 0 };
        assert_eq!(all.free_memory_mib(&node, 100), 6 * 1024);
        assert_eq!(all.free_memory_mib(&node, 50), 2 * 1024);
        assert_eq!(all.free_cores(&node, 100), 6);
        assert_eq!(all.free_cores(&node, 10), -2, "eight cores' tenth is none");
    }
}
