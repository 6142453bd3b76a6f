//! Whose task may run now: no more at once than the site, a node, a storage or a template can take, and fair between
//! accounts: none holds more than half of anything while others wait for it. Where Proxmox answers with lock timeouts,
//! fewer run until it no longer does.
//!
//! Held in memory: after a crash, who finds a task of its own running takes its turn back without asking.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use proxmox_client::{NodeName, Vmid};
use slipway_crds::SiteLimits;

use crate::wake::Sleeper;

/// A turn that was given and not taken is given to the next.
const UNTAKEN: SignedDuration = SignedDuration::from_secs(30);
/// Who has a turn is looked at every second; nobody has looked for so long at one that is gone.
const ABANDONED: SignedDuration = SignedDuration::from_mins(10);
/// So many tasks must end well before one more may run where it was narrowed.
const EASE: u32 = 4;

/// What many tasks at once wear on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    Site,
    Node(NodeName),
    Storage(String),
    Template(Vmid),
}

/// Who asks, and what the task wears on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    pub uid: String,
    /// Its namespace; a record's is that of the server that was deleted.
    pub account: String,
    pub sleeper: Sleeper,
    pub uses: Vec<Resource>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Go,
    /// So many are before it.
    Wait {
        before: usize,
    },
}

#[derive(Debug, Clone, PartialEq)]
struct Held {
    ticket: Ticket,
    since: Timestamp,
    taken: bool,
    /// It waited until there was room; else it went at once.
    asked: bool,
}

/// What one account holds of one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Share {
    asked: u32,
    unasked: u32,
}

/// What those that wait want of one resource.
struct Wanted<'a> {
    has_room: bool,
    /// An account.
    by: &'a str,
    by_others: bool,
}

/// Fewer may run than the limits say.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Narrowed {
    limit: u32,
    ended_well: u32,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turns {
    held: BTreeMap<String, Held>,
    /// In the order of arrival.
    waiting: Vec<Ticket>,
    narrowed: BTreeMap<Resource, Narrowed>,
}

impl Turns {
    /// Asks for a turn. Who has one, keeps it until `leave`. Others whose turn came up by this stand in the second value.
    pub fn ask(&mut self, ticket: Ticket, limits: &SiteLimits, now: Timestamp) -> (Turn, Vec<Sleeper>) {
        let uid = ticket.uid.clone();
        if let Some(held) = self.held.get_mut(&uid) {
            *held = Held { ticket, since: now, taken: true, asked: held.asked };
            return (Turn::Go, vec![]);
        }
        match self.waiting.iter_mut().find(|w| w.uid == uid) {
            Some(waiting) => *waiting = ticket,
            None => self.waiting.push(ticket),
        }
        let mut called = self.call(limits, now);
        if let Some(held) = self.held.get_mut(&uid) {
            held.taken = true;
            called.retain(|sleeper| *sleeper != held.ticket.sleeper);
            return (Turn::Go, called);
        }
        let before = self.waiting.iter().position(|w| w.uid == uid).unwrap_or_default();
        (Turn::Wait { before }, called)
    }

    /// What runs already (after a crash), or must not wait (a person's verb), counts all the same.
    pub fn take(&mut self, ticket: Ticket, now: Timestamp) {
        self.waiting.retain(|w| w.uid != ticket.uid);
        self.held.insert(ticket.uid.clone(), Held { ticket, since: now, taken: true, asked: false });
    }

    /// It was looked at, and its task still runs. False: it has no turn.
    pub fn keep(&mut self, uid: &str, now: Timestamp) -> bool {
        let held = self.held.get_mut(uid);
        held.map(|held| held.since = now).is_some()
    }

    /// Its work is over, or it cannot go on now. Answers whose turn it is next.
    pub fn leave(&mut self, uid: &str, limits: &SiteLimits, now: Timestamp) -> Vec<Sleeper> {
        let waited = self.waiting.len();
        self.waiting.retain(|w| w.uid != uid);
        if self.held.remove(uid).is_none() && waited == self.waiting.len() {
            return vec![];
        }
        self.call(limits, now)
    }

    /// It waits, and its turn has not come.
    pub fn is_waiting(&self, uid: &str) -> bool {
        self.waiting.iter().any(|w| w.uid == uid)
    }

    /// Its turn has come.
    pub fn has(&self, uid: &str) -> bool {
        self.held.contains_key(uid)
    }

    /// Running and waiting.
    pub fn depth(&self) -> (usize, usize) {
        (self.held.len(), self.waiting.len())
    }

    /// Proxmox could not get a lock in time: half as many from now on.
    pub fn narrow(&mut self, uses: &[Resource], limits: &SiteLimits) {
        for resource in uses {
            let limit = (self.limit(resource, limits) / 2).max(1);
            self.narrowed.insert(resource.clone(), Narrowed { limit, ended_well: 0 });
        }
    }

    /// A task ended well: now and then one more may run.
    pub fn ease(&mut self, uses: &[Resource], limits: &SiteLimits) {
        for resource in uses {
            let Some(narrowed) = self.narrowed.get_mut(resource) else { continue };
            narrowed.ended_well += 1;
            if narrowed.ended_well >= EASE {
                *narrowed = Narrowed { limit: narrowed.limit + 1, ended_well: 0 };
                if narrowed.limit >= configured(resource, limits) {
                    self.narrowed.remove(resource);
                }
            }
        }
    }

    /// What the one that has a turn wears on.
    pub fn uses(&self, uid: &str) -> Vec<Resource> {
        self.held.get(uid).map(|h| h.ticket.uses.clone()).unwrap_or_default()
    }

    /// Gives turns while there is room: the account with the fewest first, then who came first.
    fn call(&mut self, limits: &SiteLimits, now: Timestamp) -> Vec<Sleeper> {
        let patience = |held: &Held| if held.taken { ABANDONED } else { UNTAKEN };
        self.held.retain(|_, held| now.duration_since(held.since) < patience(held));
        let mut called = Vec::new();
        while let Some(next) = self.next(limits) {
            let ticket = self.waiting.remove(next);
            called.push(ticket.sleeper.clone());
            self.held.insert(ticket.uid.clone(), Held { ticket, since: now, taken: false, asked: true });
        }
        called
    }

    /// Which of those that wait may go.
    fn next(&self, limits: &SiteLimits) -> Option<usize> {
        let mut accounts: BTreeMap<&str, u32> = BTreeMap::new();
        let mut shares: BTreeMap<&Resource, BTreeMap<&str, Share>> = BTreeMap::new();
        for held in self.held.values() {
            let account = held.ticket.account.as_str();
            *accounts.entry(account).or_default() += 1;
            for resource in &held.ticket.uses {
                let share = shares.entry(resource).or_default().entry(account).or_default();
                *(if held.asked { &mut share.asked } else { &mut share.unasked }) += 1;
            }
        }
        let half = |resource: &Resource| (self.limit(resource, limits) / 2).max(1);
        let has_room = |resource: &Resource| {
            let shares = shares.get(resource).into_iter().flat_map(BTreeMap::values);
            // What one account did without asking must not fill everything.
            let running: u32 = shares.map(|share| share.asked + share.unasked.min(half(resource))).sum();
            running < self.limit(resource, limits)
        };
        // Looked at once a resource, and not once a ticket: ten thousand may wait.
        let mut wanted: HashMap<&Resource, Wanted<'_>> = HashMap::new();
        for ticket in &self.waiting {
            for resource in &ticket.uses {
                let first = || Wanted { has_room: has_room(resource), by: &ticket.account, by_others: false };
                let wanted = wanted.entry(resource).or_insert_with(first);
                wanted.by_others |= wanted.by != ticket.account;
            }
        }
        let may_have = |ticket: &Ticket, resource: &Resource| {
            let Some(wanted) = wanted.get(resource).filter(|wanted| wanted.has_room) else { return false };
            let share = shares.get(resource).and_then(|shares| shares.get(ticket.account.as_str()));
            share.is_none_or(|share| share.asked + share.unasked < half(resource)) || !wanted.by_others
        };
        self.waiting
            .iter()
            .enumerate()
            .filter(|(_, ticket)| ticket.uses.iter().all(|resource| may_have(ticket, resource)))
            .min_by_key(|(arrival, ticket)| {
                (accounts.get(ticket.account.as_str()).copied().unwrap_or_default(), *arrival)
            })
            .map(|(arrival, _)| arrival)
    }

    fn limit(&self, resource: &Resource, limits: &SiteLimits) -> u32 {
        let configured = configured(resource, limits);
        self.narrowed.get(resource).map_or(configured, |n| n.limit.min(configured))
    }
}

const fn configured(resource: &Resource, limits: &SiteLimits) -> u32 {
    match resource {
        Resource::Site => limits.concurrent_tasks,
        Resource::Node(_) | Resource::Storage(_) | Resource::Template(_) => limits.concurrent_tasks_per_node,
    }
}

#[cfg(test)]
mod tests {
    use kube::runtime::reflector::ObjectRef;

    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn ticket(account: &str, name: &str, node: &str) -> Ticket {
        Ticket {
            uid: format!("{account}/{name}"),
            account: account.to_owned(),
            sleeper: sleeper(account, name),
            uses: vec![Resource::Site, Resource::Node(NodeName::try_from(node).unwrap())],
        }
    }

    fn sleeper(account: &str, name: &str) -> Sleeper {
        Sleeper::Server(ObjectRef::new(name).within(account))
    }

    fn limits(site: u32, node: u32) -> SiteLimits {
        SiteLimits { concurrent_tasks: site, concurrent_tasks_per_node: node, ..SiteLimits::default() }
    }

    #[test]
    fn no_more_run_at_once_than_the_site_and_the_node_can_take() {
        let (mut turns, limits) = (Turns::default(), limits(3, 2));
        let mut ask = |name: &str, node: &str| turns.ask(ticket("a", name, node), &limits, now()).0;
        assert_eq!(ask("1", "pve1"), Turn::Go);
        assert_eq!(ask("2", "pve1"), Turn::Go);
        assert_eq!(ask("3", "pve1"), Turn::Wait { before: 0 }, "the node is full");
        assert_eq!(ask("4", "pve2"), Turn::Go, "another node is not");
        assert_eq!(ask("5", "pve2"), Turn::Wait { before: 1 }, "the site is full");
        assert_eq!(ask("1", "pve1"), Turn::Go, "who has a turn keeps it");
    }

    #[test]
    fn an_account_that_asks_for_much_does_not_make_another_wait_for_all_of_it() {
        let (mut turns, limits) = (Turns::default(), limits(2, 2));
        for n in 0..10 {
            turns.ask(ticket("much", &n.to_string(), "pve1"), &limits, now());
        }
        turns.ask(ticket("little", "one", "pve1"), &limits, now());
        let called = turns.leave("much/0", &limits, now());
        assert_eq!(called, [sleeper("little", "one")]);
        // Its own next one comes only when it has not more than others.
        let called = turns.leave("much/1", &limits, now());
        assert_eq!(called, [sleeper("much", "2")]);
    }

    #[test]
    fn an_account_holds_no_more_than_half_of_the_site_while_another_waits() {
        let (mut turns, limits) = (Turns::default(), limits(4, 4));
        let on_storage = |account: &str, name: &str| {
            let ticket = ticket(account, name, "pve1");
            Ticket { uses: [ticket.uses.clone(), vec![Resource::Storage("slow".into())]].concat(), ..ticket }
        };
        turns.narrow(
            &[Resource::Storage("slow".into())],
            &SiteLimits { concurrent_tasks_per_node: 2, ..limits.clone() },
        );
        assert_eq!(turns.ask(on_storage("third", "1"), &limits, now()).0, Turn::Go);
        assert_eq!(turns.ask(on_storage("little", "1"), &limits, now()).0, Turn::Wait { before: 0 });
        let went = (0..3).filter(|n| turns.ask(ticket("much", &n.to_string(), "pve1"), &limits, now()).0 == Turn::Go);
        assert_eq!(went.count(), 2, "the fourth turn of the site is left to the one that waits");
        turns.leave("little/1", &limits, now());
        assert!(!turns.is_waiting("much/2") && turns.has("much/2"), "nobody else waits");
    }

    #[test]
    fn what_one_account_does_without_asking_keeps_nobody_from_the_other_half() {
        let (mut turns, limits) = (Turns::default(), limits(8, 8));
        for n in 0..20 {
            turns.take(ticket("much", &n.to_string(), "pve1"), now());
        }
        assert_eq!(turns.ask(ticket("much", "asks", "pve2"), &limits, now()).0, Turn::Go, "nobody else waits");
        assert_eq!(turns.ask(ticket("little", "one", "pve1"), &limits, now()).0, Turn::Go);
    }

    #[test]
    fn a_record_waits_in_the_account_of_the_server_that_was_deleted() {
        let (mut turns, limits) = (Turns::default(), limits(1, 1));
        let record =
            |name: &str| Ticket { sleeper: Sleeper::Record(ObjectRef::new(name)), ..ticket("much", name, "pve1") };
        turns.ask(record("a.100"), &limits, now());
        turns.ask(record("a.101"), &limits, now());
        turns.ask(ticket("little", "one", "pve1"), &limits, now());
        assert_eq!(turns.leave("much/a.100", &limits, now()), [Sleeper::Record(ObjectRef::new("a.101"))]);
        turns.ask(record("a.102"), &limits, now());
        assert_eq!(turns.leave("much/a.101", &limits, now()), [sleeper("little", "one")]);
    }

    #[test]
    fn a_turn_that_nobody_takes_goes_to_the_next() {
        let (mut turns, limits) = (Turns::default(), limits(1, 1));
        turns.ask(ticket("a", "1", "pve1"), &limits, now());
        turns.ask(ticket("a", "2", "pve1"), &limits, now());
        assert_eq!(turns.leave("a/1", &limits, now()).len(), 1, "called, but it was deleted meanwhile");
        let later = now() + UNTAKEN;
        assert_eq!(turns.ask(ticket("a", "3", "pve1"), &limits, later).0, Turn::Go);
        assert_eq!(turns.ask(ticket("a", "4", "pve1"), &limits, later + UNTAKEN * 9).0, Turn::Wait { before: 0 });
    }

    #[test]
    fn a_turn_lasts_while_its_task_is_looked_at_and_not_much_longer() {
        let (mut turns, limits) = (Turns::default(), limits(1, 1));
        turns.ask(ticket("a", "1", "pve1"), &limits, now());
        let later = now() + ABANDONED;
        assert!(turns.keep("a/1", later));
        assert_eq!(turns.ask(ticket("a", "2", "pve1"), &limits, later).0, Turn::Wait { before: 0 });
        assert_eq!(
            turns.ask(ticket("a", "2", "pve1"), &limits, later + ABANDONED).0,
            Turn::Go,
            "nobody looks at it any more"
        );
        assert!(!turns.keep("a/1", later + ABANDONED));
    }

    #[test]
    fn lock_timeouts_halve_what_may_run_and_success_widens_it_again() {
        let (mut turns, limits) = (Turns::default(), limits(8, 8));
        let uses = ticket("a", "0", "pve1").uses;
        turns.narrow(&uses, &limits);
        turns.narrow(&uses, &limits);
        let going = |turns: &mut Turns, from: usize| {
            (from..from + 10)
                .filter(|n| turns.ask(ticket("a", &n.to_string(), "pve1"), &limits, now()).0 == Turn::Go)
                .count()
        };
        assert_eq!(going(&mut turns, 0), 2);
        for _ in 0..EASE {
            turns.ease(&uses, &limits);
        }
        assert_eq!(going(&mut turns, 0), 3, "one more than before");
        for _ in 0..EASE * 8 {
            turns.ease(&uses, &limits);
        }
        assert_eq!(going(&mut turns, 0), 8, "and in the end as many as were configured");
    }

    #[test]
    fn what_runs_after_a_crash_counts_without_asking() {
        let (mut turns, limits) = (Turns::default(), limits(1, 1));
        turns.take(ticket("a", "1", "pve1"), now());
        turns.take(ticket("a", "2", "pve1"), now());
        assert_eq!(turns.ask(ticket("a", "3", "pve1"), &limits, now()).0, Turn::Wait { before: 0 });
        turns.leave("a/1", &limits, now());
        assert!(turns.is_waiting("a/3"), "one of two left");
        assert_eq!(turns.leave("a/2", &limits, now()).len(), 1);
    }
}
