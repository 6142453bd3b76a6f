//! A record's tasks take turns with servers' (`site::turns`): many deletions at once must not wear a cluster out.

use kube::{ResourceExt as _, runtime::reflector::ObjectRef};
use proxmox_client::{NodeName, VmConfig};
use slipway_crds::{RetainedServer, words::WaitingReason};

use super::{
    observed::{Observed, VmView},
    step::{Step, TaskEnd},
};
use crate::{
    server::{context::Context, interpret::reason_of_text, plan::Hold},
    site::{
        Site,
        turns::{Resource, Ticket, Turn},
    },
    wake::Sleeper,
};

/// Asks for a turn before a step that wears on the cluster. `None`: go.
pub(super) fn enter(ctx: &Context, site: &Site, record: &RetainedServer, step: &Step, seen: &Observed) -> Option<Hold> {
    let (turn, called) = site.ask_turn(ticket(record, wear(step, &seen.vm)?), seen.now);
    ctx.wake.call(called);
    match turn {
        Turn::Go => None,
        Turn::Wait { before } => Some(Hold::Turn { before }),
    }
}

/// A task of its own runs: after a crash too, it has its turn.
pub(super) fn keep(site: &Site, record: &RetainedServer, seen: &Observed) {
    if site.keep_turn(&uid(record), seen.now) {
        return;
    }
    let node = record.status_or_inherited().node.and_then(|n| NodeName::try_from(&*n).ok());
    if let Some(node) = node {
        site.take_turn(ticket(record, vec![Resource::Site, Resource::Node(node)]), seen.now);
    }
}

/// Its task ended: more or fewer may run from now on.
pub(super) fn learn(site: &Site, record: &RetainedServer, end: &TaskEnd) {
    let uses = site.turn_uses(&uid(record));
    match end {
        TaskEnd::Succeeded => site.adapt_turns(&uses, true),
        TaskEnd::Failed { exit_status } if reason_of_text(exit_status).0 == WaitingReason::Locked => {
            site.adapt_turns(&uses, false);
        }
        TaskEnd::Failed { .. } | TaskEnd::Unclear => {}
    }
}

/// Proxmox could not get a lock in time.
pub(super) fn slow_down(site: &Site, record: &RetainedServer) {
    site.adapt_turns(&site.turn_uses(&uid(record)), false);
}

/// Nothing of it runs: others may go.
pub(super) fn leave(ctx: &Context, site: &Site, record: &RetainedServer) {
    ctx.wake.call(site.leave_turn(&uid(record), ctx.ambient.now()));
}

/// The protection goes in the turn of the destroy: no VM waits for it unprotected.
fn wear(step: &Step, vm: &VmView) -> Option<Vec<Resource>> {
    match step {
        Step::Stop { node, .. } => Some(vec![Resource::Site, Resource::Node(node.clone())]),
        Step::Unprotect { node, .. } | Step::Destroy { node, .. } => {
            let mut uses = vec![Resource::Site, Resource::Node(node.clone())];
            if let VmView::Found { config, .. } = vm {
                uses.extend(storages(config).into_iter().map(Resource::Storage));
            }
            Some(uses)
        }
        _ => None,
    }
}

/// Those that its disks are on, each once.
fn storages(config: &VmConfig) -> Vec<String> {
    let plugged = config.disks().into_iter().filter_map(|slot| config.volid(slot));
    let volumes = plugged.chain(config.unused().map(|(_, volume)| volume));
    let mut all: Vec<_> = volumes.filter_map(|v| Some(v.split_once(':')?.0.to_owned())).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn ticket(record: &RetainedServer, uses: Vec<Resource>) -> Ticket {
    Ticket {
        uid: uid(record),
        account: record.spec.namespace.clone(),
        sleeper: Sleeper::Record(ObjectRef::from_obj(record)),
        uses,
    }
}

fn uid(record: &RetainedServer) -> String {
    record.uid().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proxmox_client::{GuestStatus, Vmid};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_destroy_wears_on_each_storage_of_its_disks_and_protection_goes_in_its_turn() {
        let (node, vmid) = (NodeName::try_from("pve1").unwrap(), Vmid::try_from(100_000).unwrap());
        let config = VmConfig::from_json(&json!({
            "scsi0": "fast:vm-100000-disk-0,size=10G", "scsi1": "slow:vm-100000-disk-1,size=10G",
            "unused0": "slow:vm-100000-disk-2", "ide2": "fast:vm-100000-cloudinit,media=cdrom", "digest": "d"
        }));
        let status = GuestStatus { running: false, paused: false, lock: None, cpus: 1, maxmem: 0, ha_managed: false };
        let vm = VmView::Found { node: node.clone(), config: Box::new(config), status };
        let on_storages = [
            Resource::Site,
            Resource::Node(node.clone()),
            Resource::Storage("fast".into()),
            Resource::Storage("slow".into()),
        ];
        let destroy = Step::Destroy { node: node.clone(), vmid, purge: false };
        let unprotect = Step::Unprotect { node: node.clone(), vmid, digest: "d".into() };
        assert_eq!(wear(&destroy, &vm), Some(on_storages.to_vec()));
        assert_eq!(wear(&unprotect, &vm), Some(on_storages.to_vec()));
        assert_eq!(wear(&Step::Stop { node, vmid }, &vm), Some(on_storages[..2].to_vec()));
        assert_eq!(wear(&Step::BeginPurge, &vm), None);
    }
}
