//! Machines of sites, as a set that a million of them fit into: a bitmap of numbers a site.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct MachineSet {
    sites: BTreeMap<String, RoaringBitmap>,
}

impl MachineSet {
    /// Answers whether it was not in it before.
    pub fn insert(&mut self, site: &str, vmid: u32) -> bool {
        match self.sites.get_mut(site) {
            Some(vmids) => vmids.insert(vmid),
            None => self.sites.entry(site.to_owned()).or_default().insert(vmid),
        }
    }

    pub fn contains(&self, site: &str, vmid: u32) -> bool {
        self.sites.get(site).is_some_and(|vmids| vmids.contains(vmid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_on_two_sites_is_two_machines() {
        let mut set = MachineSet::default();
        assert!(set.insert("home", 100) && set.insert("away", 100));
        assert!(!set.insert("home", 100));
        assert!(set.contains("away", 100) && !set.contains("away", 101) && !set.contains("elsewhere", 100));
    }
}
