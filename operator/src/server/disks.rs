//! Disks: made empty in a free slot, grown by absolute sizes, detached and kept. They never shrink, and none is made twice.

use proxmox_client::{ConfigChange, NodeName, VmConfig, Vmid};
use slipway_crds::{Applied, Drift, VirtualServerStatus, names::ROOT_DISK, words::StalledReason};

use super::{
    desired::{Desired, Disk},
    detached::slot_of,
    hotplug::waits_for_restart,
    plan::{Hold, Plan, is_provisioned},
    slots::Slots,
    step::Step,
};

/// Options that a new disk takes from the root disk.
const INHERITED: [&str; 3] = ["discard", "iothread", "ssd"];

/// What the plan of a VM's disks rests on.
pub(super) struct Ground<'a> {
    pub desired: &'a Desired,
    pub status: &'a VirtualServerStatus,
    pub node: &'a NodeName,
    pub vmid: Vmid,
    pub config: &'a VmConfig,
    pub running: bool,
    pub slots: &'a Slots,
    /// What was applied last, as far as it is known.
    pub before: Option<Applied>,
    pub corrects: bool,
}

impl Ground<'_> {
    /// Adds to `plan` what is to be done to disks. `describe` gives the description of a VM with one more disk. Answers
    /// whether a disk is still missing.
    pub fn plan(&self, plan: &mut Plan, describe: impl Fn(&str, &str) -> String) -> bool {
        let root = self.slots.root().map(|slot| self.size(ROOT_DISK, slot, self.desired.disk_gib, plan));
        if root == Some(false) {
            return false;
        }
        for disk in &self.desired.disks {
            if let Some(slot) = self.slots.disks.get(&disk.name)
                && !self.size(&disk.name, slot, disk.size_gib, plan)
            {
                return false;
            }
        }
        let missing: Vec<&Disk> =
            self.desired.disks.iter().filter(|disk| !self.slots.disks.contains_key(&disk.name)).collect();
        let stray: Vec<(&String, &String)> = self.slots.disks.iter().filter(|(name, _)| self.is_stray(name)).collect();
        if missing.is_empty() && stray.is_empty() {
            return false;
        }
        if let Some(unnamed) = self.unnamed() {
            plan.hold = Some(unnamed);
            return false;
        }
        if let (Some((name, slot)), true) = (stray.first(), missing.is_empty()) {
            // Before anything is written of a wish without it.
            plan.steps = self.detach(name, slot);
            return true;
        }
        // A write before it would make the digest stale that this one carries.
        let fresh = !plan.steps.iter().any(Step::writes_config);
        for disk in &missing {
            match self.attach(disk, &describe) {
                Ok(Wish::Make(step)) if fresh => plan.steps.push(step),
                Ok(Wish::Make(_)) => {}
                Ok(Wish::Report(drift)) => plan.drift.push(drift),
                Err(hold) => plan.hold = Some(hold),
            }
        }
        plan.hold.is_none() && !missing.is_empty() && plan.drift.iter().all(|d| !d.field.starts_with("disk "))
    }

    /// Grows a disk, or says why it stays. `false` when nothing more may be done.
    fn size(&self, name: &str, slot: &str, wanted: u32, plan: &mut Plan) -> bool {
        let Some(now) = self.config.disk_gib(slot) else { return true };
        let applied = self.before.as_ref().and_then(|a| a.disks.get(name)).map(|d| d.size_gib);
        if wanted > now && self.is_adopted_difference(applied == Some(wanted)) {
            plan.drift.push(drift(name, wanted, now));
            return true;
        }
        if wanted > now {
            if let Some(unnamed) = self.unnamed().filter(|_| self.is_adopted()) {
                plan.hold = Some(unnamed);
                return false;
            }
            let resize = Step::Resize {
                node: self.node.clone(),
                vmid: self.vmid,
                disk: slot.to_owned(),
                from_gib: now,
                to_gib: wanted,
            };
            // Of an adopted one, what was applied and is not there would be taken for a difference that it came with.
            let at = if self.is_adopted() { 0 } else { plan.steps.len() };
            plan.steps.insert(at, resize);
        }
        if wanted >= now {
            return true;
        }
        // Grown by hand; or the template's own disk is larger than the plan's, and the server simply has more.
        if applied == Some(wanted) || !is_provisioned(self.status) {
            plan.drift.push(drift(name, wanted, now));
            return true;
        }
        plan.steps.clear();
        plan.hold = Some(Hold::Stalled(
            StalledReason::ShrinkRefused,
            format!(
                "the {name} disk has {now} GiB and cannot shrink to {wanted} GiB; put spec back, or create a smaller server and move the data"
            ),
        ));
        false
    }

    fn is_adopted(&self) -> bool {
        self.desired.adopt.is_some()
    }

    /// What an adopted VM came with is told, where whoever adopted it wanted to be told only.
    fn is_adopted_difference(&self, was_applied: bool) -> bool {
        self.is_adopted() && was_applied && !self.corrects
    }

    /// It was in the wish and is not any more. What an adopted VM came with was in none.
    fn is_stray(&self, name: &str) -> bool {
        let is_wished = name == ROOT_DISK || self.desired.disks.iter().any(|disk| disk.name == name);
        let was_applied = || self.before.as_ref().is_some_and(|a| a.disks.contains_key(name));
        !is_wished && (!self.is_adopted() || was_applied())
    }

    /// Which of the wish's disks is it? Nobody knows, and each answer could lose one.
    fn unnamed(&self) -> Option<Hold> {
        let unnamed = self.slots.unnamed(self.config);
        let first = unnamed.first()?;
        let message = format!(
            "VM {} has a disk {first} without a name, and no disk is changed before each has one; {}",
            self.vmid,
            if self.is_adopted() { "name it in spec.adopt.disks" } else { "detach it on Proxmox VE" }
        );
        Some(Hold::Stalled(StalledReason::Invalid, message))
    }

    fn attach(&self, disk: &Disk, describe: impl Fn(&str, &str) -> String) -> Result<Wish, Hold> {
        let known = self.status.disks.get(&disk.name);
        let volume = known.and_then(|d| d.volid.as_deref());
        let Some(slot) = Slots::free_disk(&disk.name, self.status, self.config) else {
            let message = format!("VM {} has no slot left for disk {}; remove another disk", self.vmid, disk.name);
            return Err(Hold::Stalled(StalledReason::Invalid, message));
        };
        let was_applied = self.before.as_ref().is_some_and(|a| a.disks.contains_key(&disk.name));
        let value = match volume {
            // It was not there when the VM was adopted.
            None if self.is_adopted_difference(was_applied) => {
                let (wanted, found) = (format!("{} GiB", disk.size_gib), String::new());
                return Ok(Wish::Report(Drift::new(format!("disk {}", disk.name), wanted, found)));
            }
            None => {
                let root = self.slots.root().and_then(|slot| self.config.volid(slot)).unwrap_or_default();
                let storage = disk.storage.as_deref().or_else(|| root.split(':').next()).unwrap_or_default();
                format!("{storage}:{}", disk.size_gib)
            }
            // It was there, and somebody took it out: this very volume comes back, and no other.
            Some(volid) if slot_of(self.config, volid).is_some() => {
                if !self.corrects {
                    let (wanted, found) = (volid.to_owned(), "detached".to_owned());
                    return Ok(Wish::Report(Drift::new(format!("disk {}", disk.name), wanted, found)));
                }
                volid.to_owned()
            }
            Some(volid) => {
                let message = format!(
                    "disk {} ({volid}) is no longer on VM {}, and no empty one is made in its place; put it back on Proxmox VE, or remove it from spec.disks and add one of another name",
                    disk.name, self.vmid
                );
                return Err(Hold::Stalled(StalledReason::Invalid, message));
            }
        };
        let set = vec![
            (slot.clone(), format!("{value}{}", self.inherited())),
            ("description".to_owned(), describe(&disk.name, &slot)),
        ];
        let change = ConfigChange { set, delete: vec![], digest: self.config.digest.clone() };
        Ok(Wish::Make(Step::Attach {
            node: self.node.clone(),
            vmid: self.vmid,
            name: disk.name.clone(),
            slot,
            size_gib: disk.size_gib,
            waits_for_restart: waits_for_restart(self.config, self.running, &change),
            change,
        }))
    }

    fn inherited(&self) -> String {
        let root = self.slots.root().and_then(|slot| self.config.get(slot)).unwrap_or_default();
        let kept = root.split(',').filter(|part| INHERITED.contains(&part.split('=').next().unwrap_or_default()));
        kept.fold(String::new(), |all, part| all + "," + part)
    }

    /// Proxmox refuses to detach a disk of a protected VM: protection is off for one step.
    fn detach(&self, name: &str, slot: &str) -> Vec<Step> {
        let (node, vmid) = (self.node.clone(), self.vmid);
        let digest = self.config.digest.clone();
        let unprotect = Step::Unprotect { action: None, node: node.clone(), vmid, digest };
        let change = ConfigChange { delete: vec![slot.to_owned()], ..ConfigChange::default() };
        let waits_for_restart = waits_for_restart(self.config, self.running, &change);
        let detach = Step::Detach { node, vmid, name: name.to_owned(), slot: slot.to_owned(), waits_for_restart };
        [self.config.flag("protection").then_some(unprotect), Some(detach)].into_iter().flatten().collect()
    }
}

fn drift(name: &str, wanted: u32, found: u32) -> Drift {
    Drift::new(format!("disk {name}"), format!("{wanted} GiB"), format!("{found} GiB"))
}

#[expect(clippy::large_enum_variant, reason = "one at a time, and never kept")]
enum Wish {
    Make(Step),
    Report(Drift),
}
