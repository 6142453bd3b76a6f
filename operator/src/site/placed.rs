//! Servers on their way to a node that the inventory does not show yet: many that are placed at once must see each other.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proxmox_client::{NodeName, Vmid};

use super::inventory::{Inventory, Storages};

/// An inventory that still lacks the VM then says that there is none.
const LAG: SignedDuration = SignedDuration::from_mins(2);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub node: NodeName,
    pub memory_mib: u32,
    pub cores: u32,
    /// Storage → GiB.
    pub disks: BTreeMap<String, i64>,
    /// Namespace and name of its anti-affinity group.
    pub group: Option<(String, String)>,
    pub since: Timestamp,
}

#[derive(Debug, Default)]
pub struct Placed {
    places: BTreeMap<Vmid, Place>,
    /// Their sums, for thousands may be on their way while each of them asks.
    sums: BTreeMap<NodeName, Sum>,
}

/// What all places of a node take.
#[derive(Debug, Default)]
struct Sum {
    memory_mib: i64,
    cores: i64,
    disks: BTreeMap<String, i64>,
}

impl Sum {
    /// `sign` is −1 for one that goes.
    fn add(&mut self, place: &Place, sign: i64) {
        self.memory_mib += sign * i64::from(place.memory_mib);
        self.cores += sign * i64::from(place.cores);
        for (storage, gib) in &place.disks {
            let sum = match self.disks.get_mut(storage) {
                Some(sum) => sum,
                None => self.disks.entry(storage.clone()).or_default(),
            };
            *sum += sign * gib;
        }
    }
}

impl Placed {
    /// Takes the place, unless another of the same group was just given one on that node.
    pub fn put(&mut self, vmid: Vmid, place: Place) -> bool {
        if place.group.as_ref().is_some_and(|group| self.holds(&place.node, group, Some(vmid))) {
            return false;
        }
        self.sums.entry(place.node.clone()).or_default().add(&place, 1);
        if let Some(before) = self.places.insert(vmid, place) {
            self.sums.entry(before.node.clone()).or_default().add(&before, -1);
        }
        true
    }

    /// What the inventory shows by now, or will not show any more, is no longer on its way.
    pub fn arrive(&mut self, inventory: &Inventory) {
        self.places.retain(|vmid, place| {
            !inventory.guests.contains_key(vmid) && inventory.at.duration_since(place.since) < LAG
        });
        self.sums.clear();
        for place in self.places.values() {
            self.sums.entry(place.node.clone()).or_default().add(place, 1);
        }
    }

    /// Memory in MiB and cores that are on their way to a node, for others than `own`.
    pub fn claimed(&self, node: &NodeName, own: Option<Vmid>) -> (i64, i64) {
        let (memory, cores) = self.sums.get(node).map_or((0, 0), |sum| (sum.memory_mib, sum.cores));
        match self.own(own).filter(|place| place.node == *node) {
            Some(own) => (memory - i64::from(own.memory_mib), cores - i64::from(own.cores)),
            None => (memory, cores),
        }
    }

    /// GiB that are on their way to each storage as a node sees it, for others than `own`: a shared one fills from every
    /// node, and each server on its way there counts once.
    pub fn claimed_gib(&self, node: &NodeName, storages: &Storages, own: Option<Vmid>) -> BTreeMap<String, i64> {
        let counts = |at: &NodeName, storage: &String| at == node || storages.get(storage).is_some_and(|s| s.shared);
        let mut all = BTreeMap::new();
        for (at, sum) in &self.sums {
            for (storage, gib) in sum.disks.iter().filter(|(storage, _)| counts(at, storage)) {
                *all.entry(storage.clone()).or_default() += gib;
            }
        }
        if let Some(own) = self.own(own) {
            for (storage, gib) in own.disks.iter().filter(|(storage, _)| counts(&own.node, storage)) {
                *all.entry(storage.clone()).or_default() -= gib;
            }
        }
        all.retain(|_, gib| *gib != 0);
        all
    }

    /// Whether another server of the group than `own` is on its way to the node.
    pub fn holds(&self, node: &NodeName, group: &(String, String), own: Option<Vmid>) -> bool {
        let mut others = self.places.iter().filter(|(vmid, _)| Some(**vmid) != own);
        others.any(|(_, place)| place.node == *node && place.group.as_ref() == Some(group))
    }

    fn own(&self, vmid: Option<Vmid>) -> Option<&Place> {
        self.places.get(&vmid?)
    }
}

#[cfg(test)]
mod tests {
    use proxmox_client::Resources;

    use super::*;
    use crate::site::inventory::Storage;

    fn place(node: &str, group: Option<&str>) -> Place {
        Place {
            node: NodeName::try_from(node).unwrap(),
            memory_mib: 1024,
            cores: 2,
            disks: [("local".to_owned(), 10), ("nas".to_owned(), 5)].into(),
            group: group.map(|g| ("acct".to_owned(), g.to_owned())),
            since: "2026-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn vmid(n: u32) -> Vmid {
        Vmid::try_from(n).unwrap()
    }

    #[test]
    fn servers_that_are_placed_at_once_see_each_other() {
        let mut placed = Placed::default();
        assert!(placed.put(vmid(100), place("pve1", None)));
        assert!(placed.put(vmid(101), place("pve1", None)));
        assert_eq!(placed.claimed(&place("pve1", None).node, None), (2048, 4));
        assert_eq!(placed.claimed(&place("pve2", None).node, None), (0, 0));
        assert_eq!(placed.claimed(&place("pve1", None).node, Some(vmid(100))), (1024, 2), "its own place is its own");
    }

    #[test]
    fn a_shared_storage_fills_from_every_node_and_each_server_counts_once() {
        let mut placed = Placed::default();
        placed.put(vmid(100), place("pve1", None));
        placed.put(vmid(101), place("pve2", None));
        let storages: Storages = [("local", false), ("nas", true)]
            .map(|(name, shared)| (name.to_owned(), Storage { shared, free_gib: 0 }))
            .into();
        let of = |node: &str, own| {
            let all = placed.claimed_gib(&NodeName::try_from(node).unwrap(), &storages, own);
            (all.get("local").copied(), all.get("nas").copied())
        };
        assert_eq!(of("pve1", None), (Some(10), Some(10)));
        assert_eq!(of("pve1", Some(vmid(100))), (None, Some(5)));
        assert_eq!(of("pve3", None), (None, Some(10)));
    }

    #[test]
    fn two_of_a_group_never_get_the_same_node_at_once() {
        let mut placed = Placed::default();
        assert!(placed.put(vmid(100), place("pve1", Some("db"))));
        assert!(placed.put(vmid(100), place("pve1", Some("db"))), "it itself may repeat");
        assert!(!placed.put(vmid(101), place("pve1", Some("db"))));
        assert!(placed.put(vmid(101), place("pve2", Some("db"))));
        assert!(placed.put(vmid(102), place("pve1", Some("web"))));
    }

    #[test]
    fn a_servers_own_place_does_not_keep_it_from_its_node() {
        let mut placed = Placed::default();
        let there = place("pve1", Some("db"));
        placed.put(vmid(100), there.clone());
        let group = there.group.unwrap();
        assert!(!placed.holds(&there.node, &group, Some(vmid(100))), "its clone's call may have been lost");
        assert!(placed.holds(&there.node, &group, Some(vmid(101))));
        assert!(placed.holds(&there.node, &group, None));
        assert_eq!(placed.claimed(&there.node, Some(vmid(100))), (0, 0));
    }

    #[test]
    fn a_server_that_is_placed_elsewhere_leaves_where_it_was() {
        let mut placed = Placed::default();
        placed.put(vmid(100), place("pve1", None));
        placed.put(vmid(100), place("pve2", None));
        assert_eq!(placed.claimed(&place("pve1", None).node, None), (0, 0));
        assert_eq!(placed.claimed(&place("pve2", None).node, None), (1024, 2));
        assert_eq!(placed.claimed_gib(&place("pve1", None).node, &Storages::new(), None), BTreeMap::new());
    }

    #[test]
    fn a_place_is_forgotten_once_the_inventory_would_show_it() {
        let mut placed = Placed::default();
        placed.put(vmid(100), place("pve1", None));
        let inventory = |at: &str| Inventory::new(at.parse().unwrap(), Resources::default());
        placed.arrive(&inventory("2026-01-01T00:00:10Z"));
        assert_eq!(placed.claimed(&place("pve1", None).node, None).1, 2);
        placed.arrive(&inventory("2026-01-01T00:02:00Z"));
        assert_eq!(placed.claimed(&place("pve1", None).node, None).1, 0);
    }
}
