//! Disks that are a VM's own and plugged in nowhere: shown until their time is over or a person destroys them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proxmox_client::{NodeName, VmConfig, Vmid};
use slipway_crds::{ActionPhase, DetachedDisk, VirtualServerStatus};

use super::{
    deed::Deed,
    observed::{ActionView, Observed},
    plan::Plan,
    step::Step,
    verbs::{Machine, act, end, only},
};

/// As the status holds.
pub(super) const MOST: usize = 16;

/// The verb: destroys a detached disk that is still where it was.
pub(super) fn destroy(seen: &Observed, machine: Machine<'_>, action: &ActionView) -> Plan {
    if let Some((reason, message)) = &seen.site.frozen {
        return Plan::waiting(*reason, message.clone());
    }
    let refused = |reason, message: String| only(end(action, ActionPhase::Refused, reason, &message));
    let name = action.arguments.disk.as_deref().unwrap_or_default();
    let Some(disk) = seen.status.detached.iter().find(|d| d.name == name) else {
        return refused("NotFound", format!("status.detached names no disk `{name}`"));
    };
    let Some(slot) = slot_of(machine.config, &disk.volid) else {
        return refused("NotFound", format!("disk `{name}` is detached no more"));
    };
    if !seen.status.snapshots.is_empty() {
        return refused("InUse", "a snapshot may still use the disk: delete the snapshots first".to_owned());
    }
    let deed = Deed::DestroyDisk { slot: slot.to_owned() };
    let mut plan = only(act(action, machine.node, machine.mark.vmid, deed));
    if machine.config.flag("protection") {
        plan.steps.insert(0, unprotect(machine, action));
    }
    plan
}

/// Proxmox refuses some things of a protected VM: protection is off for one step.
pub(super) fn unprotect(machine: Machine<'_>, action: &ActionView) -> Step {
    Step::Unprotect {
        action: Some(action.name.clone()),
        node: machine.node.clone(),
        vmid: machine.mark.vmid,
        digest: machine.config.digest.clone(),
    }
}

/// The steps that destroy a disk whose time is over; none while a snapshot may use it.
pub(super) fn overdue(seen: &Observed, vmid: Vmid, node: &NodeName, config: &VmConfig) -> Vec<Step> {
    // A snapshot that was made by hand shows as the parent of what is there.
    let may_be_in_use = !seen.status.snapshots.is_empty() || config.get("parent").is_some();
    if seen.site.frozen.is_some() || may_be_in_use || config.lock().is_some() {
        return vec![];
    }
    let over = |d: &&DetachedDisk| d.until.as_ref().is_some_and(|until| until.0 <= seen.now);
    let found = seen.status.detached.iter().filter(over).find_map(|d| Some((d, slot_of(config, &d.volid)?)));
    let Some((disk, slot)) = found else { return vec![] };
    let unprotect = Step::Unprotect { action: None, node: node.clone(), vmid, digest: config.digest.clone() };
    let drop = Step::DropDisk { node: node.clone(), vmid, name: disk.name.clone(), slot: slot.to_owned() };
    [config.flag("protection").then_some(unprotect), Some(drop)].into_iter().flatten().collect()
}

/// What is plugged in again, or gone, is detached no more; slots move. What is new there is kept until a person decides; of
/// a rebuild, it is known when that is over.
pub(super) fn remember(status: &mut VirtualServerStatus, config: &VmConfig, now: Timestamp) {
    status.detached.retain_mut(|disk| match slot_of(config, &disk.volid) {
        Some(slot) => {
            slot.clone_into(&mut disk.slot);
            true
        }
        None => false,
    });
    if status.reown.is_some() {
        return;
    }
    for (slot, volid) in config.unused() {
        let known = status.detached.iter().any(|disk| disk.volid == volid);
        if known || status.detached.len() >= MOST || slot_of(config, volid).is_none() {
            continue;
        }
        let before = status.disks.iter().find(|(_, disk)| disk.volid.as_deref() == Some(volid));
        let name = name(status, before.map_or("unused", |(name, _)| name));
        let applied = status.applied.as_ref();
        let size_gib = before.and_then(|(name, _)| applied?.disks.get(name)).map(|disk| disk.size_gib);
        let disk = DetachedDisk {
            name,
            volid: volid.to_owned(),
            slot: slot.to_owned(),
            size_gib,
            since: Time(now),
            until: None,
        };
        status.detached.push(disk);
    }
}

/// What the disk was called, as long as no other is called so.
fn name(status: &VirtualServerStatus, called: &str) -> String {
    let free = |name: &String| status.detached.iter().all(|disk| disk.name != *name);
    let numbered = (2..).map(|n| format!("{called}-{n}"));
    std::iter::once(called.to_owned()).chain(numbered).find(free).unwrap_or_default()
}

/// The `unusedN` slot that holds a volume. One that is plugged in may have kept its slot there, and is not detached.
pub(super) fn slot_of<'a>(config: &'a VmConfig, volid: &str) -> Option<&'a str> {
    let mut slots = config.options().filter(|(_, value)| value.split(',').next() == Some(volid)).map(|(slot, _)| slot);
    let slot = slots.next()?;
    let detached = |slot: &str| slot.starts_with("unused");
    (detached(slot) && slots.all(detached)).then_some(slot)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_volume_that_is_plugged_in_is_not_detached_whatever_slot_it_kept() {
        let config = VmConfig::from_json(&json!({
            "scsi0": "lvm:vm-1-disk-0,size=10G", "unused0": "lvm:vm-1-disk-0", "unused1": "lvm:vm-1-disk-1"
        }));
        assert_eq!(slot_of(&config, "lvm:vm-1-disk-0"), None);
        assert_eq!(slot_of(&config, "lvm:vm-1-disk-1"), Some("unused1"));
        assert_eq!(slot_of(&config, "lvm:vm-1-disk-2"), None);
    }
}
