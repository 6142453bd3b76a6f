//! After a rollback, restore or rebuild: mark, protection, tags, name, addresses and MAC as they must be, before any start;
//! then the power that it had.
//!
//! This alone writes over a mark that is not this server's, and only while the operator's own verb stands in the status.

use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proxmox_client::{ConfigChange, GuestStatus, NodeName, VmConfig, Vmid, percent_encode};
use slipway_crds::{
    ActionPhase, Applied, DetachedDisk, Reown, ReownKind, RunPolicy, Verb, names::ROOT_DISK, words::StalledReason,
};

use super::{
    addresses::Claims,
    configure::tags_of,
    desired::Desired,
    detached::slot_of,
    filters,
    observed::{Addressing, FilterView, Observed, TaskView, VmView},
    plan::{Plan, foreign_message, wanted_on_boot},
    settings::{actual, keep_creation_only, resolve, settings, sha256},
    slots::Slots,
    step::Step,
    stuck,
    verbs::{self, only},
};
use crate::mark::{self, MapLine, Mark, MarkState, Verdict};

/// How long the root disk that a rebuild took out is kept.
const UNDO: SignedDuration = SignedDuration::from_hours(24);

/// What is to be put back, once the verb's call may have been made.
pub(super) fn standing(seen: &Observed) -> Option<&Reown> {
    let reown = seen.status.reown.as_ref()?;
    let waits = seen.actions.iter().any(|a| a.name == reown.action && a.phase == ActionPhase::Pending);
    (!waits).then_some(reown)
}

/// The same for a server whose wish cannot be resolved now; a rebuild needs the wish's own keys.
pub(super) fn by_what_was_applied(desired: &Desired, seen: &Observed) -> Option<Plan> {
    let idle = !desired.paused && !matches!(seen.task, Some(TaskView::Running | TaskView::Unknown { .. }));
    standing(seen).filter(|reown| idle && reown.kind != ReownKind::Rebuild).and_then(|_| plan(desired, seen))
}

/// The next step; none when nothing stands, or the VM cannot be read.
pub(super) fn plan(desired: &Desired, seen: &Observed) -> Option<Plan> {
    let reown = standing(seen)?;
    let VmView::Found { node, config, status } = &seen.vm else { return None };
    let vmid = seen.status.vmid.and_then(|n| n.try_into().ok())?;
    let slots = Slots::of(desired, &seen.status, config);
    let claims = match Claims::settled(&seen.addresses, |interface| own_before(seen, &slots, interface, config)) {
        Ok(claims) => claims,
        Err(plan) => return Some(plan),
    };
    let view = View { desired, seen, reown, claims, slots, node, config, vmid };
    Some(view.may_write().map_or_else(|hold| hold, |()| view.next(status.as_ref())))
}

/// An adopted VM's own address as it was before, which a snapshot may hold another of.
fn own_before(seen: &Observed, slots: &Slots, interface: &str, config: &VmConfig) -> Addressing {
    let found = slots.addressing(interface, config);
    let before = seen.status.applied.as_ref().and_then(|a| a.networks.get(interface));
    Addressing { ip_config: before.map_or(found.ip_config, |n| n.ip_config.clone()), ..found }
}

struct View<'a> {
    desired: &'a Desired,
    seen: &'a Observed,
    reown: &'a Reown,
    claims: Claims,
    slots: Slots,
    node: &'a NodeName,
    config: &'a VmConfig,
    vmid: Vmid,
}

impl View<'_> {
    /// Unlocked, and ours; or in our pool, with no mark or one of the same origin, after a verb that can bring one back.
    fn may_write(&self) -> Result<(), Plan> {
        let Self { desired, config, vmid, .. } = self;
        if let Some(lock) = config.lock() {
            return Err(Plan { hold: Some(stuck::locked(self.seen, self.node, *vmid, lock)), ..Plan::default() });
        }
        if let Verdict::Ours(_) = mark::verdict(config, &desired.identity, *vmid) {
            return Ok(());
        }
        let brings_back = self.reown.kind.brings_back();
        let in_our_pool = self.seen.site.guest_pool.as_deref() == Some(desired.identity.pool().as_str());
        let description = config.description();
        if brings_back
            && in_our_pool
            && mark::may_be_reowned(description, &desired.identity.installation, &self.reown.born)
        {
            return Ok(());
        }
        let marked = mark::find(description).is_some();
        let message = foreign_message(desired, &self.seen.status, *vmid, marked);
        Err(Plan::stalled(StalledReason::ForeignVM, message))
    }

    fn next(&self, status: Option<&GuestStatus>) -> Plan {
        let Some(root) = self.root() else {
            return Plan::stalled(StalledReason::Invalid, format!("VM {} has no disk", self.vmid));
        };
        let applied = self.applied(&root);
        let change = self.change(&applied, &root);
        let (node, vmid) = (self.node.clone(), self.vmid);
        match self.filters() {
            Ok(steps) if steps.is_empty() => {}
            Ok(steps) => return Plan { steps, ..Plan::default() },
            Err(plan) => return plan,
        }
        if !change.set.is_empty() || !change.delete.is_empty() {
            return only(Step::Reown { node, vmid, change });
        }
        // Before the first start of a rebuilt guest, which grows its file system then.
        if let Some(from_gib) = self.config.disk_gib(&root).filter(|now| *now < self.desired.disk_gib) {
            let to_gib = self.desired.disk_gib;
            return only(Step::Resize { node, vmid, disk: root, from_gib, to_gib });
        }
        let owes_start = self.should_run() && status.is_some_and(|s| !s.running);
        // A start that cannot succeed keeps no other verb waiting.
        if owes_start && !verbs::goes_first(self.seen) {
            return only(Step::Start { node, vmid });
        }
        let detached = self.replaced(&root).and_then(|old| self.detached(old));
        only(Step::Reowned { action: self.reown.action.clone(), applied: Box::new(applied), detached, owes_start })
    }

    /// An archive brings its filters along: they are put right before any start.
    fn filters(&self) -> Result<Vec<Step>, Plan> {
        let found = match &self.seen.filters {
            FilterView::Read(found) => Some(found),
            FilterView::NotAsked => None,
            FilterView::Failed { reason, message } => return Err(Plan::waiting(*reason, message.clone())),
        };
        let ground = filters::Ground {
            node: self.node,
            vmid: self.vmid,
            status: &self.seen.status,
            config: self.config,
            slots: &self.slots,
            claims: &self.claims,
            corrects: true,
            adopted: self.desired.adopt.is_some(),
        };
        let around = ground.around(found);
        Ok([around.before, around.after].concat())
    }

    /// It ran before, and nobody wished otherwise since.
    fn should_run(&self) -> bool {
        let stops = |verb| matches!(verb, Verb::Stop | Verb::Shutdown);
        self.reown.was_running
            && self.desired.run_policy != RunPolicy::Stopped
            && self.desired.suspended.is_none()
            && !self.seen.actions.iter().any(|a| stops(a.verb) && a.phase == ActionPhase::Pending)
    }

    fn root(&self) -> Option<String> {
        self.slots.root().map(str::to_owned)
    }

    /// The volume that was in the root disk's slot, if a rebuild has replaced it.
    fn replaced(&self, root: &str) -> Option<&str> {
        let old = self.seen.status.disks.get(ROOT_DISK)?.volid.as_deref()?;
        (self.reown.kind == ReownKind::Rebuild && self.config.volid(root) != Some(old)).then_some(old)
    }

    fn detached(&self, volid: &str) -> Option<DetachedDisk> {
        let slot = slot_of(self.config, volid)?.to_owned();
        let known = &self.seen.status.detached;
        let name = (1..=known.len() + 1)
            .map(|n| format!("{ROOT_DISK}-{n}"))
            .find(|name| known.iter().all(|d| d.name != *name))?;
        let until = Some(Time(self.seen.now + UNDO));
        let applied = self.seen.status.applied.as_ref();
        let size_gib = applied.and_then(|a| a.disks.get(ROOT_DISK)).map(|disk| disk.size_gib);
        Some(DetachedDisk { name, volid: volid.to_owned(), slot, size_gib, since: Time(self.seen.now), until })
    }

    fn applied(&self, root: &str) -> Applied {
        let mut wanted = resolve(self.desired, &self.claims, wanted_on_boot(self.desired, &self.seen.status));
        let before = self.seen.status.applied.as_ref();
        if let Some(before) = before {
            keep_creation_only(&mut wanted, before, self.desired);
        }
        if self.replaced(root).is_some() {
            // A rebuild acts as a creation does.
            if let Some(image) = &self.reown.image {
                wanted.image.clone_from(image);
            }
            wanted.user = self.seen.stored.user.clone().or(wanted.user);
            wanted.ssh_keys_hash = sha256(self.desired.ssh_keys.join("\n").as_bytes());
            wanted.password_hash = self.desired.password.as_ref().map(|p| sha256(p.expose().as_bytes()));
        }
        wanted
    }

    /// Everything that differs, in one write.
    fn change(&self, applied: &Applied, root: &str) -> ConfigChange {
        let config = self.config;
        let (mut set, mut delete) = (Vec::new(), Vec::new());
        let wanted = settings(applied, &self.slots, &self.seen.status, config);
        let found = actual(&wanted, config);
        for (option, value) in wanted {
            match found.get(&option) {
                Some(now) if *now == value => {}
                _ if value.is_empty() => delete.extend(config.get(&option).map(|_| option.clone())),
                _ => set.push((option, value)),
            }
        }
        if self.replaced(root).is_some() {
            self.access(applied, &mut set, &mut delete);
        }
        if !config.tags().contains(&self.desired.identity.tag().as_str()) {
            set.push(("tags".into(), tags_of(self.desired, config)));
        }
        let description = self.description(applied);
        if description != config.description() {
            set.push(("description".into(), description));
        }
        if !config.flag("protection") {
            set.push(("protection".into(), "1".into()));
        }
        ConfigChange { set, delete, digest: config.digest.clone() }
    }

    /// First user, keys and password, as at creation. Proxmox does not answer a password: its hash is compared.
    fn access(&self, applied: &Applied, set: &mut Vec<(String, String)>, delete: &mut Vec<String>) {
        let (config, desired) = (self.config, self.desired);
        if let Some(user) = applied.user.as_deref().filter(|user| config.get("ciuser") != Some(user)) {
            set.push(("ciuser".into(), user.to_owned()));
        }
        let keys = percent_encode(&desired.ssh_keys.join("\n"));
        match config.get("sshkeys") {
            Some(_) if keys.is_empty() => delete.push("sshkeys".into()),
            now if !keys.is_empty() && now != Some(keys.as_str()) => set.push(("sshkeys".into(), keys)),
            _ => {}
        }
        let before = self.seen.status.applied.as_ref().and_then(|a| a.password_hash.as_ref());
        match &desired.password {
            Some(password) if before != applied.password_hash.as_ref() && self.is_first_write(config) => {
                set.push(("cipassword".into(), password.expose().to_owned()));
            }
            None if config.get("cipassword").is_some() => delete.push("cipassword".into()),
            _ => {}
        }
    }

    /// The second line names what was applied: it is still the old one until the write that brings the password.
    fn is_first_write(&self, config: &VmConfig) -> bool {
        let before = self.seen.status.applied.as_ref().map(mark::applied_hash);
        MapLine::find(config.description()).map(|line| line.applied_hash) == before
    }

    fn description(&self, applied: &Applied) -> String {
        let identity = self.desired.identity.clone();
        let mark = Mark { identity, vmid: self.vmid, born: self.reown.born.clone(), state: MarkState::Owned };
        mark::write(self.config.description(), &mark, Some(&self.slots.clone().line(applied)))
    }
}
