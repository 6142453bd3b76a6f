//! The sites of this process, by name, and what is remembered of each while contacts come and go.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex as SyncMutex, RwLock},
};

use jiff::Timestamp;
use proxmox_client::{GuestRow, NodeName, Vmid};
use tokio::sync::Mutex;

use super::{Site, inventory::Inventory, placed::Placed, read, standing::Standing, turns::Turns, write};

#[derive(Debug, Clone, Default)]
pub struct Sites(Arc<RwLock<HashMap<String, Entry>>>);

#[derive(Debug, Default)]
struct Entry {
    contact: Option<Contact>,
    memory: Arc<Memory>,
}

/// How far a site got.
#[derive(Debug, Clone)]
pub enum Contact {
    /// Its keeper was started, and has not heard from it yet.
    Pending,
    /// It could not be contacted so far.
    Failed(Standing),
    Made(Arc<Site>),
}

/// What a new contact with the same site takes over from the one before.
#[derive(Debug, Default)]
pub struct Memory {
    /// The last inventory that was believed: the next one is held against it.
    pub(super) inventory: RwLock<Option<Arc<Inventory>>>,
    /// VMs of ours that were proven gone: the inventory may lack them.
    pub(super) gone: RwLock<BTreeSet<Vmid>>,
    /// The numbers in the site's quarantine.
    pub(super) quarantine: RwLock<BTreeSet<u32>>,
    /// Rows in our range that are not ours.
    pub(super) foreign: RwLock<HashMap<Vmid, GuestRow>>,
    /// VMs of which it cannot be said whether they are ours.
    pub(super) unjudged: RwLock<BTreeMap<Vmid, Unjudged>>,
    /// The storage of each template's disk, as far as they were read.
    pub(super) templates: RwLock<Arc<BTreeMap<Vmid, String>>>,
    /// Servers on their way to a node.
    pub(super) placed: SyncMutex<Placed>,
    /// Whose tasks run, and who waits.
    pub(super) turns: SyncMutex<Turns>,
    /// Held while the pool's comment is read and written: epoch and floor share it.
    pub(super) comment: Mutex<()>,
}

/// Since when, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    pub node: NodeName,
    pub in_our_pool: bool,
    pub why: String,
    pub since: Timestamp,
}

impl Memory {
    /// Another cluster was accepted as this site: what was seen on the old one says nothing about it.
    pub(super) fn forget(&self) {
        *write(&self.inventory) = None;
        write(&self.gone).clear();
        write(&self.foreign).clear();
        write(&self.unjudged).clear();
        *write(&self.templates) = Arc::default();
    }
}

impl Sites {
    /// None when there is no such `ProxmoxSite`.
    pub fn contact(&self, name: &str) -> Option<Contact> {
        read(&self.0).get(name)?.contact.clone()
    }

    /// The site, once it was contacted.
    pub fn get(&self, name: &str) -> Option<Arc<Site>> {
        match self.contact(name)? {
            Contact::Made(site) => Some(site),
            Contact::Pending | Contact::Failed(_) => None,
        }
    }

    pub fn put(&self, name: &str, contact: Contact) {
        write(&self.0).entry(name.to_owned()).or_default().contact = Some(contact);
    }

    pub fn memory(&self, name: &str) -> Arc<Memory> {
        Arc::clone(&write(&self.0).entry(name.to_owned()).or_default().memory)
    }

    pub fn remove(&self, name: &str) {
        write(&self.0).remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contact_with_a_site_shares_its_memory() {
        let sites = Sites::default();
        let first = sites.memory("a");
        sites.put("a", Contact::Pending);
        assert!(Arc::ptr_eq(&first, &sites.memory("a")));
        assert!(!Arc::ptr_eq(&first, &sites.memory("b")));
    }

    #[test]
    fn another_site_of_the_same_name_remembers_nothing() {
        let sites = Sites::default();
        let first = sites.memory("a");
        sites.remove("a");
        assert!(!Arc::ptr_eq(&first, &sites.memory("a")));
        assert!(sites.contact("a").is_none(), "a memory is no contact");
    }
}
