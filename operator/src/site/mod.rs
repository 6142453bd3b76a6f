//! A Proxmox VE site: its client, its inventory, its standing (may anything be created or destroyed?) and its numbers.

mod absence;
mod agreement;
pub mod breaker;
pub mod connect;
pub mod doctor;
pub mod epoch;
mod examine;
pub mod inventory;
pub mod keeper;
pub mod numbers;
pub mod orphans;
pub mod placed;
pub mod pool_comment;
pub mod quarantine;
mod sites;
pub mod standing;
pub mod supervise;
mod sweep;
pub mod turns;
mod unclaimed;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, RwLock},
};

use jiff::Timestamp;
use proxmox_client::{GuestRow, NodeName, ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::{ProxmoxSiteSpec, words::WaitingReason};
use tokio::sync::Mutex;

use crate::{
    mark::pool_name,
    server::observed::{NodeView, SiteView},
    wake::Sleeper,
};
use connect::Connected;
use inventory::Inventory;
use numbers::Block;
use placed::Place;
use sites::Memory;
use standing::{Standing, Verdicts};
use turns::{Resource, Ticket, Turn};

pub use absence::Absence;
pub use sites::{Contact, Sites, Unjudged};

/// One site that this process looks after.
#[derive(Debug)]
pub struct Site {
    pub name: String,
    pub installation: String,
    /// `user@realm!name` of our token there.
    pub token: String,
    pub spec: ProxmoxSiteSpec,
    client: Arc<dyn ProxmoxClient>,
    /// What outlives this contact.
    memory: Arc<Memory>,
    verdicts: RwLock<Verdicts>,
    /// VMIDs taken from the counter and not yet used; a crash burns them.
    numbers: Mutex<Block>,
}

/// What a process learnt of a site since it started: everything that a crash makes it forget.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Knowledge {
    pub verdicts: Verdicts,
    pub inventory: Option<Arc<Inventory>>,
    /// VMs of ours that were proven gone.
    pub gone: BTreeSet<Vmid>,
    /// Numbers that were set aside.
    pub quarantine: BTreeSet<u32>,
}

impl Site {
    pub fn new(
        name: String,
        installation: String,
        spec: ProxmoxSiteSpec,
        Connected { client, token }: Connected,
        memory: Arc<Memory>,
    ) -> Self {
        let (verdicts, numbers) = (RwLock::default(), Mutex::default());
        Self { name, installation, token, spec, client, memory, verdicts, numbers }
    }

    pub async fn call(&self, request: &ProxmoxRequest) -> Result<ProxmoxAnswer, ProxmoxError> {
        self.client.call(request).await
    }

    /// The Proxmox pool of our VMs here.
    pub fn pool(&self) -> String {
        pool_name(&self.installation)
    }

    /// As the inventory's row says.
    pub fn is_in_pool(&self, row: &GuestRow) -> bool {
        row.pool.as_deref() == Some(&self.pool())
    }

    /// As Proxmox says now. It tells of all machines of the pool: asked where a row does not say enough. None: there is no
    /// such pool.
    pub async fn is_member(&self, pool: String, vmid: Vmid) -> Result<Option<bool>, ProxmoxError> {
        match self.call(&ProxmoxRequest::Pool { pool }).await? {
            ProxmoxAnswer::Pool(pool) => Ok(pool.map(|pool| pool.members.contains(&vmid))),
            _ => Ok(None),
        }
    }

    /// The last one that was believed.
    pub fn inventory(&self) -> Option<Arc<Inventory>> {
        read(&self.memory.inventory).clone()
    }

    pub fn standing(&self) -> Standing {
        read(&self.verdicts).standing()
    }

    /// Why nothing that is read here proves anything, and nothing may be changed: this is not the cluster that was pinned.
    pub fn distrust(&self) -> Option<(WaitingReason, String)> {
        let verdicts = read(&self.verdicts);
        verdicts.is_another_cluster().then(|| verdicts.identity.frozen(&self.name)).flatten()
    }

    /// A VM of ours was proven gone: that it is missing from the next inventories is no surprise.
    pub fn expect_gone(&self, vmid: Vmid) {
        write(&self.memory.gone).insert(vmid);
    }

    /// A row that was read before and is neither ours nor in our pool; what is kept is forgotten when the row changes.
    fn is_foreign(&self, row: &GuestRow) -> bool {
        read(&self.memory.foreign).get(&row.vmid) == Some(row)
    }

    fn remember_foreign(&self, row: &GuestRow) {
        write(&self.memory.foreign).insert(row.vmid, row.clone());
    }

    /// It cannot be said whether this VM is ours; answers since when.
    pub fn cannot_judge(&self, row: &GuestRow, why: &str, now: Timestamp) -> Timestamp {
        let in_our_pool = self.is_in_pool(row);
        let mut all = write(&self.memory.unjudged);
        let since = all.get(&row.vmid).map_or(now, |known| known.since);
        all.insert(row.vmid, Unjudged { node: row.node.clone(), in_our_pool, why: why.to_owned(), since });
        since
    }

    /// It was read.
    pub fn judged(&self, vmid: Vmid) {
        write(&self.memory.unjudged).remove(&vmid);
    }

    /// VMs of which it cannot be said whether they are ours.
    pub fn unjudged(&self) -> BTreeMap<Vmid, Unjudged> {
        read(&self.memory.unjudged).clone()
    }

    /// Numbers that were set aside: they are never used, and what is on them is nobody's.
    pub fn quarantined(&self) -> BTreeSet<u32> {
        read(&self.memory.quarantine).clone()
    }

    /// What this process knows of the site by now, as data.
    pub fn knowledge(&self) -> Knowledge {
        Knowledge {
            verdicts: read(&self.verdicts).clone(),
            inventory: self.inventory(),
            gone: read(&self.memory.gone).clone(),
            quarantine: self.quarantined(),
        }
    }

    /// Goes on from what a process knew.
    pub fn recall(&self, knowledge: &Knowledge) {
        *write(&self.verdicts) = knowledge.verdicts.clone();
        (*write(&self.memory.inventory)).clone_from(&knowledge.inventory);
        write(&self.memory.gone).clone_from(&knowledge.gone);
        write(&self.memory.quarantine).clone_from(&knowledge.quarantine);
    }

    fn judge(&self, set: impl FnOnce(&mut Verdicts)) {
        set(&mut write(&self.verdicts));
    }

    fn shrank_too_much(&self, before: &Inventory, now: &Inventory) -> bool {
        now.shrank_too_much(before, &read(&self.memory.gone))
    }

    fn set_inventory(&self, inventory: Arc<Inventory>) {
        lock(&self.memory.placed).arrive(&inventory);
        // A number is never used again; what is listed still, is not yet gone from the list.
        write(&self.memory.gone).retain(|vmid| inventory.guests.contains_key(vmid));
        write(&self.memory.unjudged).retain(|vmid, _| inventory.guests.contains_key(vmid));
        *write(&self.memory.inventory) = Some(inventory);
    }

    /// See `Turns::ask`.
    pub fn ask_turn(&self, ticket: Ticket, now: Timestamp) -> (Turn, Vec<Sleeper>) {
        lock(&self.memory.turns).ask(ticket, &self.spec.limits, now)
    }

    /// See `Turns::take`.
    pub fn take_turn(&self, ticket: Ticket, now: Timestamp) {
        lock(&self.memory.turns).take(ticket, now);
    }

    /// See `Turns::keep`.
    pub fn keep_turn(&self, uid: &str, now: Timestamp) -> bool {
        lock(&self.memory.turns).keep(uid, now)
    }

    /// See `Turns::leave`.
    pub fn leave_turn(&self, uid: &str, now: Timestamp) -> Vec<Sleeper> {
        lock(&self.memory.turns).leave(uid, &self.spec.limits, now)
    }

    pub fn waits_for_turn(&self, uid: &str) -> bool {
        lock(&self.memory.turns).is_waiting(uid)
    }

    pub fn has_turn(&self, uid: &str) -> bool {
        lock(&self.memory.turns).has(uid)
    }

    /// What the task of the one that has a turn wears on.
    pub fn turn_uses(&self, uid: &str) -> Vec<Resource> {
        lock(&self.memory.turns).uses(uid)
    }

    /// How many tasks run and how many servers and records wait for theirs.
    pub fn turns(&self) -> (usize, usize) {
        lock(&self.memory.turns).depth()
    }

    /// A task ended well, or Proxmox could not get a lock in time.
    pub fn adapt_turns(&self, uses: &[Resource], ended_well: bool) {
        let mut turns = lock(&self.memory.turns);
        if ended_well {
            turns.ease(uses, &self.spec.limits);
        } else {
            turns.narrow(uses, &self.spec.limits);
        }
    }

    /// Where a template's disk lies, for the room that its clones need.
    pub fn remember_template(&self, template: Vmid, storage: &str) {
        if read(&self.memory.templates).get(&template).map(String::as_str) != Some(storage) {
            Arc::make_mut(&mut write(&self.memory.templates)).insert(template, storage.to_owned());
        }
    }

    /// See `Placed::put`.
    pub fn put_place(&self, vmid: Vmid, place: Place) -> bool {
        lock(&self.memory.placed).put(vmid, place)
    }

    /// See `Placed::holds`.
    pub fn place_holds(&self, node: &NodeName, group: &(String, String), own: Option<Vmid>) -> bool {
        lock(&self.memory.placed).holds(node, group, own)
    }

    /// What a plan needs to know of the site; `vmid` says whose node.
    pub fn view(&self, vmid: Option<Vmid>) -> SiteView {
        let inventory = read(&self.memory.inventory);
        let frozen = match (self.standing(), &*inventory) {
            (Standing::Good, Some(_)) => None,
            (Standing::Good, None) => {
                Some((WaitingReason::SiteUnreachable, "the site's inventory has not been read yet".to_owned()))
            }
            (standing, _) => standing.frozen(&self.name),
        };
        let creates_held = read(&self.verdicts).creates_held.clone();
        let Some(inventory) = &*inventory else { return SiteView { frozen, creates_held, ..SiteView::default() } };
        let (limits, placed) = (&self.spec.limits, lock(&self.memory.placed));
        let nodes = inventory
            .nodes
            .iter()
            .map(|node| {
                let (memory, cores) = placed.claimed(&node.name, vmid);
                let storages = inventory.storages(&node.name);
                NodeView {
                    name: node.name.clone(),
                    online: node.online,
                    cordoned: self.spec.cordoned_nodes.iter().any(|n| n == node.name.as_str()),
                    apart: false,
                    free_memory_mib: inventory.free_memory_mib(node, limits.memory_percent) - memory,
                    free_cores: inventory.free_cores(node, limits.cores_percent) - cores,
                    claimed_gib: placed.claimed_gib(&node.name, &storages, vmid),
                    storages,
                }
            })
            .collect();
        let row = vmid.and_then(|v| inventory.guests.get(&v));
        let guest_outside = row.is_some_and(|row| !self.is_in_pool(row));
        SiteView {
            frozen,
            creates_held,
            nodes,
            templates: Arc::clone(&read(&self.memory.templates)),
            guest_node: row.map(|row| row.node.clone()),
            guest_outside,
            guest_pool: row.and_then(|row| row.pool.clone()),
            backup_storage: self.spec.backup_storage.clone(),
            most_backups: Some(limits.backups_per_server),
        }
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(std::sync::PoisonError::into_inner)
}
