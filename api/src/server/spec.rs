//! A server's spec as this crate stores it: in `owned` an absent field is one that we do not set, in `effective` one
//! that the object does not have.

use slipway_crds::{Adopt, names};

use crate::server::disk::DataDisk;
use crate::server::dns::Dns;
use crate::server::interface::Interface;
use crate::server::suspension::Suspension;
use crate::server::view::{DeletionPolicy, DriftPolicy, RunPolicy};
use crate::text_enum::text_enum;

/// Typed fields; sizes in GiB and MiB, grace in hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spec {
    pub site: Option<String>,
    pub plan: Option<String>,
    pub image: Option<String>,
    pub hostname: Option<String>,
    pub run_policy: Option<RunPolicy>,
    pub access_user: Option<String>,
    pub ssh_keys: Vec<String>,
    /// The Secret in the server's namespace with the password's hash.
    pub password_secret: Option<String>,
    /// In order; the first is the one that lists show.
    pub networks: Vec<Interface>,
    pub root_disk_gib: Option<i32>,
    /// Beside the root disk, in order.
    pub disks: Vec<DataDisk>,
    /// Taken out of the object with the next apply, whoever holds them.
    pub removed: Removed,
    /// Set by the provider in place of a plan.
    pub resources: Option<Resources>,
    pub deletion_protection: Option<bool>,
    pub deletion_policy: Option<DeletionPolicy>,
    pub deletion_grace_hours: Option<i32>,
    pub drift_policy: Option<DriftPolicy>,
    pub dns: Option<Dns>,
    /// The node it is to be created on.
    pub node: Option<String>,
    /// Servers of one group are made on different nodes; empty: taken away, whoever set it.
    pub anti_affinity_group: Option<String>,
    pub paused: Option<bool>,
    pub suspended: Option<Suspension>,
    /// The deleted server whose machine this one takes back.
    pub undelete: Option<Undelete>,
    /// The machine that was there already and that this server took over.
    pub adopt: Option<Adopt>,
}

/// Names of entries that are to go. What was never named is left to whoever made it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removed {
    pub disks: Vec<String>,
    pub networks: Vec<String>,
    /// Field managers that hold nothing any more, of what stays.
    pub managers: Vec<String>,
}

impl Spec {
    /// Takes over what became of our disks and interfaces in Kubernetes: what somebody took out is not put back empty, and
    /// what they grew is not shrunk.
    pub fn follow(&mut self, effective: &Self) {
        self.root_disk_gib = self.root_disk_gib.and(effective.root_disk_gib);
        self.disks.retain_mut(|disk| match effective.disks.iter().find(|found| found.name == disk.name) {
            Some(found) => {
                disk.clone_from(found);
                true
            }
            None => false,
        });
        self.networks.retain_mut(|interface| {
            match effective.networks.iter().find(|found| found.name == interface.name) {
                Some(found) => {
                    interface.clone_from(found);
                    true
                }
                None => false,
            }
        });
    }

    /// Takes the value of what is held at `path` from another spec, as `planRef` or `disks/data`.
    pub fn take(&mut self, path: &str, from: &Self) {
        match path.split_once('/') {
            Some(("disks", names::ROOT_DISK)) => self.root_disk_gib = from.root_disk_gib,
            Some(("disks", name)) => take_entry(&mut self.disks, &from.disks, |disk| disk.name == name),
            Some(("networks", name)) => take_entry(&mut self.networks, &from.networks, |one| one.name == name),
            Some(_) => {}
            None => {
                if let Ok(field) = path.parse() {
                    self.take_field(field, from);
                }
            }
        }
    }

    fn take_field(&mut self, field: Field, from: &Self) {
        match field {
            Field::Site => self.site.clone_from(&from.site),
            Field::Image => self.image.clone_from(&from.image),
            Field::Access => {
                self.access_user.clone_from(&from.access_user);
                self.ssh_keys.clone_from(&from.ssh_keys);
                self.password_secret.clone_from(&from.password_secret);
            }
            Field::Hostname => self.hostname.clone_from(&from.hostname),
            Field::Plan => self.plan.clone_from(&from.plan),
            // Each of their entries is held by itself.
            Field::Disks | Field::Networks => {}
            Field::RunPolicy => self.run_policy = from.run_policy,
            Field::DeletionProtection => self.deletion_protection = from.deletion_protection,
            Field::DeletionPolicy => self.deletion_policy = from.deletion_policy,
            Field::DeletionGracePeriod => self.deletion_grace_hours = from.deletion_grace_hours,
            Field::DriftPolicy => self.drift_policy = from.drift_policy,
            Field::Dns => self.dns.clone_from(&from.dns),
            Field::Placement => {
                self.node.clone_from(&from.node);
                self.anti_affinity_group.clone_from(&from.anti_affinity_group);
            }
            Field::Paused => self.paused = from.paused,
            Field::Resources => self.resources = from.resources,
            Field::Suspended => self.suspended.clone_from(&from.suspended),
        }
    }

    /// Whether anything is set of what is held at `path`.
    pub fn sets(&self, path: &str) -> bool {
        let mut only = Self::default();
        only.take(path, self);
        only != Self::default()
    }

    /// What the object will hold of disks and interfaces once `owned` is applied to it.
    pub fn overlay(&mut self, owned: &Self) {
        self.disks.retain(|disk| !owned.removed.disks.contains(&disk.name));
        self.networks.retain(|interface| !owned.removed.networks.contains(&interface.name));
        for disk in &owned.disks {
            match self.disks.iter_mut().find(|found| found.name == disk.name) {
                Some(found) => found.clone_from(disk),
                None => self.disks.push(disk.clone()),
            }
        }
        for interface in &owned.networks {
            match self.networks.iter_mut().find(|found| found.name == interface.name) {
                Some(found) => found.clone_from(interface),
                None => self.networks.push(interface.clone()),
            }
        }
    }

    /// Makes ours what a change adds, changes and takes out of disks.
    pub fn own_disks(&mut self, before: &[DataDisk], after: Vec<DataDisk>) {
        let gone = before.iter().filter(|disk| after.iter().all(|other| other.name != disk.name));
        let gone: Vec<String> = gone.map(|disk| disk.name.clone()).collect();
        self.disks.retain(|disk| !gone.contains(&disk.name));
        self.removed.disks.extend(gone);
        for disk in after.into_iter().filter(|disk| !before.contains(disk)) {
            self.removed.disks.retain(|name| *name != disk.name);
            self.disks.retain(|other| other.name != disk.name);
            self.disks.push(disk);
        }
    }

    /// Makes ours what a change adds and takes out of interfaces.
    pub fn own_networks(&mut self, before: &[Interface], after: Vec<Interface>) {
        let gone = before.iter().filter(|interface| after.iter().all(|other| other.name != interface.name));
        let gone: Vec<String> = gone.map(|interface| interface.name.clone()).collect();
        self.networks.retain(|interface| !gone.contains(&interface.name));
        self.removed.networks.extend(gone);
        for interface in after.into_iter().filter(|interface| !before.contains(interface)) {
            self.removed.networks.retain(|name| *name != interface.name);
            self.networks.push(interface);
        }
    }

    /// The network that lists show. A wish that does not name the first interface says nothing about it.
    pub fn first_network(&self, complete: bool) -> Option<&str> {
        let public = |interface: &&Interface| complete || interface.name == names::DEFAULT_INTERFACE;
        self.networks.iter().find(public).map(|interface| interface.network.as_str())
    }
}

fn take_entry<T: Clone>(to: &mut Vec<T>, from: &[T], named: impl Fn(&T) -> bool) {
    to.retain(|entry| !named(entry));
    to.extend(from.iter().find(|entry| named(entry)).cloned());
}

/// Whose machine is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelete {
    /// Of the deleted object.
    pub uid: String,
    /// By the provider: although it was suspended.
    pub overridden: bool,
}

/// A size outside the plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    pub cores: i32,
    pub memory_mib: i32,
    pub disk_gib: i32,
    /// Unlimited when absent.
    pub network_mbps: Option<i32>,
}

text_enum!(
    /// Fields that the REST API sets, as their owners are recorded by.
    Field {
        Site = "siteRef",
        Image = "imageRef",
        Access = "access",
        Hostname = "hostname",
        Plan = "planRef",
        Disks = "disks",
        Networks = "networks",
        RunPolicy = "runPolicy",
        DeletionProtection = "deletionProtection",
        DeletionPolicy = "deletionPolicy",
        DeletionGracePeriod = "deletionGracePeriod",
        DriftPolicy = "driftPolicy",
        Dns = "dns",
        Placement = "placement",
        Paused = "paused",
        Resources = "resources",
        Suspended = "suspended",
    }
);

impl Field {
    pub const ALL: &'static [Self] = &[
        Self::Site,
        Self::Image,
        Self::Access,
        Self::Hostname,
        Self::Plan,
        Self::Disks,
        Self::Networks,
        Self::RunPolicy,
        Self::DeletionProtection,
        Self::DeletionPolicy,
        Self::DeletionGracePeriod,
        Self::DriftPolicy,
        Self::Dns,
        Self::Placement,
        Self::Paused,
        Self::Resources,
        Self::Suspended,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(disks: &[(&str, i32)], networks: &[&str]) -> Spec {
        let disk = |(name, size_gib): &(&str, i32)| DataDisk {
            name: (*name).to_owned(),
            size_gib: *size_gib,
            storage_class: None,
        };
        let interface = |name: &&str| Interface { name: (*name).to_owned(), ..Interface::public("lan".to_owned()) };
        Spec {
            disks: disks.iter().map(disk).collect(),
            networks: networks.iter().map(interface).collect(),
            ..Spec::default()
        }
    }

    #[test]
    fn a_disk_that_somebody_grew_or_took_out_stays_so() {
        let mut owned = spec(&[("data", 20), ("logs", 10)], &["public", "private"]);
        owned.follow(&spec(&[("data", 40), ("theirs", 5)], &["public"]));
        assert_eq!(owned, spec(&[("data", 40)], &["public"]));
    }

    #[test]
    fn only_what_a_change_touches_becomes_ours() {
        let before = spec(&[("theirs", 5), ("data", 20), ("old", 1)], &["public", "private"]);
        let after = spec(&[("theirs", 5), ("data", 30), ("new", 2)], &["public", "back"]);
        let mut owned = spec(&[("data", 20)], &[]);
        owned.own_disks(&before.disks, after.disks);
        owned.own_networks(&before.networks, after.networks);
        let removed =
            Removed { disks: vec!["old".to_owned()], networks: vec!["private".to_owned()], ..Removed::default() };
        assert_eq!(owned, Spec { removed, ..spec(&[("data", 30), ("new", 2)], &["back"]) });
    }

    #[test]
    fn what_is_held_is_taken_field_by_field_and_entry_by_entry() {
        let theirs =
            Spec { plan: Some("large".to_owned()), root_disk_gib: Some(80), ..spec(&[("data", 30)], &["public"]) };
        let mut owned = Spec { plan: Some("small".to_owned()), ..spec(&[("data", 20), ("logs", 10)], &[]) };
        for path in ["planRef", "disks", "disks/data", "disks/root", "networks/public", "metadata"] {
            owned.take(path, &theirs);
        }
        let disks = spec(&[("logs", 10), ("data", 30)], &["public"]);
        assert_eq!(owned, Spec { plan: Some("large".to_owned()), root_disk_gib: Some(80), ..disks });
        owned.take("disks/data", &Spec::default());
        assert!(owned.sets("disks/logs") && !owned.sets("disks/data") && !owned.sets("dns") && owned.sets("planRef"));
    }

    #[test]
    fn what_is_still_to_be_applied_is_counted_in() {
        let mut effective = spec(&[("data", 20), ("theirs", 5)], &["public", "private"]);
        let mut owned = spec(&[("data", 30), ("logs", 10)], &[]);
        owned.removed.disks = vec!["theirs".to_owned()];
        owned.removed.networks = vec!["private".to_owned()];
        effective.overlay(&owned);
        assert_eq!(effective, spec(&[("data", 30), ("logs", 10)], &["public"]));
    }
}
