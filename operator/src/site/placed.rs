//! Servers on their way to a node that the inventory does not show yet: many that are placed at once must see each other.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proxmox_client::{NodeName, Vmid};

use super::inventory::Inventory;

/// An inventory that still lacks the VM then says that there is none.
const LAG: SignedDuration = SignedDuration::from_mins(2);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub node: NodeName,
    pub memory_mib: u32,
    pub cores: u32,
    /// Namespace and name of its anti-affinity group.
    pub group: Option<(String, String)>,
    pub since: Timestamp,
}

#[derive(Debug, Default)]
pub struct Placed(BTreeMap<Vmid, Place>);

impl Placed {
    /// Takes the place, unless another of the same group was just given one on that node.
    pub fn put(&mut self, vmid: Vmid, place: Place) -> bool {
        if self
            .0
            .iter()
            .any(|(other, p)| *other != vmid && place.group.is_some() && p.group == place.group && p.node == place.node)
        {
            return false;
        }
        self.0.insert(vmid, place);
        true
    }

    /// What the inventory shows by now, or will not show any more, is no longer on its way.
    pub fn arrive(&mut self, inventory: &Inventory) {
        self.0.retain(|vmid, place| {
            !inventory.guests.contains_key(vmid) && inventory.at.duration_since(place.since) < LAG
        });
    }

    /// Memory in MiB and cores that are on their way to a node, for others than `own`.
    pub fn claimed(&self, node: &NodeName, own: Option<Vmid>) -> (i64, i64) {
        let here = self.0.iter().filter(|(vmid, p)| Some(**vmid) != own && p.node == *node);
        here.fold((0, 0), |(memory, cores), (_, p)| (memory + i64::from(p.memory_mib), cores + i64::from(p.cores)))
    }

    /// Whether another server of the group than `own` is on its way to the node.
    pub fn holds(&self, node: &NodeName, group: &(String, String), own: Option<Vmid>) -> bool {
        let is_there = |place: &Place| place.node == *node && place.group.as_ref() == Some(group);
        self.0.iter().any(|(vmid, place)| Some(*vmid) != own && is_there(place))
    }
}

#[cfg(test)]
mod tests {
    use proxmox_client::Resources;

    use super::*;

    fn place(node: &str, group: Option<&str>) -> Place {
        Place {
            node: NodeName::try_from(node).unwrap(),
            memory_mib: 1024,
            cores: 2,
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
