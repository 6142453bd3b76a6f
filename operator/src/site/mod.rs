//! A Proxmox VE site: its client, its inventory, its standing (may anything be created or destroyed?) and its numbers.

mod agreement;
pub mod connect;
pub mod epoch;
pub mod inventory;
pub mod keeper;
pub mod numbers;
pub mod pool_comment;
pub mod standing;
pub mod supervise;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, RwLock},
};

use proxmox_client::{ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::{
    ProxmoxSiteSpec,
    words::{SiteStalledReason, WaitingReason},
};
use tokio::sync::Mutex;

use crate::{
    mark::pool_name,
    server::observed::{NodeView, SiteView},
};
use inventory::Inventory;
use numbers::Block;
use standing::Standing;

/// One site that this process looks after.
#[derive(Debug)]
pub struct Site {
    pub name: String,
    pub installation: String,
    pub spec: ProxmoxSiteSpec,
    client: Arc<dyn ProxmoxClient>,
    inventory: RwLock<Option<Inventory>>,
    standing: RwLock<Standing>,
    /// VMs of ours that were proven gone: the inventory may lack them.
    gone: RwLock<BTreeSet<Vmid>>,
    /// Held while the pool's comment is read and written: epoch and floor share it.
    comment: Mutex<()>,
    /// VMIDs taken from the counter and not yet used; a crash burns them.
    numbers: Mutex<Block>,
}

impl Site {
    pub fn new(name: String, installation: String, spec: ProxmoxSiteSpec, client: Arc<dyn ProxmoxClient>) -> Self {
        Self {
            name,
            installation,
            spec,
            client,
            inventory: RwLock::default(),
            standing: RwLock::new(Standing::Connecting),
            gone: RwLock::default(),
            comment: Mutex::default(),
            numbers: Mutex::default(),
        }
    }

    pub async fn call(&self, request: &ProxmoxRequest) -> Result<ProxmoxAnswer, ProxmoxError> {
        self.client.call(request).await
    }

    /// The Proxmox pool of our VMs here.
    pub fn pool(&self) -> String {
        pool_name(&self.installation)
    }

    pub fn inventory(&self) -> Option<Inventory> {
        read(&self.inventory).clone()
    }

    pub fn standing(&self) -> Standing {
        read(&self.standing).clone()
    }

    /// Why nothing that is read here proves anything, and nothing may be changed: this is not the cluster that was pinned.
    pub fn distrust(&self) -> Option<(WaitingReason, String)> {
        let standing = read(&self.standing);
        match &*standing {
            Standing::Stalled { reason: SiteStalledReason::SiteIdentityChanged, .. } => standing.frozen(&self.name),
            _ => None,
        }
    }

    /// A VM of ours was proven gone: that it is missing from the next inventories is no surprise.
    pub fn expect_gone(&self, vmid: Vmid) {
        write(&self.gone).insert(vmid);
    }

    fn shrank_too_much(&self, before: &Inventory, now: &Inventory) -> bool {
        now.shrank_too_much(before, &read(&self.gone))
    }

    fn set_inventory(&self, inventory: Inventory) {
        // A number is never used again; what is listed still, is not yet gone from the list.
        write(&self.gone).retain(|vmid| inventory.guests.contains_key(vmid));
        *write(&self.inventory) = Some(inventory);
    }

    fn set_standing(&self, standing: Standing) {
        *write(&self.standing) = standing;
    }

    /// What a plan needs to know of the site; `vmid` says whose node.
    pub fn view(&self, vmid: Option<Vmid>) -> SiteView {
        let inventory = read(&self.inventory);
        let frozen = match (&*read(&self.standing), &*inventory) {
            (Standing::Good, Some(_)) => None,
            (Standing::Good, None) => {
                Some((WaitingReason::SiteUnreachable, "the site's inventory has not been read yet".to_owned()))
            }
            (standing, _) => standing.frozen(&self.name),
        };
        let Some(inventory) = &*inventory else { return SiteView { frozen, ..SiteView::default() } };
        let nodes = inventory
            .nodes
            .iter()
            .map(|node| NodeView {
                name: node.name.clone(),
                online: node.online,
                cordoned: self.spec.cordoned_nodes.iter().any(|n| n == node.name.as_str()),
                free_memory_mib: inventory.free_memory_mib(node),
            })
            .collect();
        let guest_node = vmid.and_then(|v| inventory.guests.get(&v)).map(|row| row.node.clone());
        SiteView { frozen, nodes, guest_node }
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The sites of this process, by name.
#[derive(Debug, Clone, Default)]
pub struct Sites(Arc<RwLock<HashMap<String, Contact>>>);

/// How far a site got.
#[derive(Debug, Clone)]
pub enum Contact {
    /// Its keeper was started, and has not heard from it yet.
    Pending,
    /// It could not be contacted so far.
    Failed(Standing),
    Made(Arc<Site>),
}

impl Sites {
    /// None when there is no such `ProxmoxSite`.
    pub fn contact(&self, name: &str) -> Option<Contact> {
        read(&self.0).get(name).cloned()
    }

    /// The site, once it was contacted.
    pub fn get(&self, name: &str) -> Option<Arc<Site>> {
        match self.contact(name)? {
            Contact::Made(site) => Some(site),
            Contact::Pending | Contact::Failed(_) => None,
        }
    }

    pub fn put(&self, name: &str, contact: Contact) {
        write(&self.0).insert(name.to_owned(), contact);
    }

    pub fn remove(&self, name: &str) {
        write(&self.0).remove(name);
    }
}
