//! Verbs that put other data in a VM's place: rollback, restore, rebuild. Each first remembers the power and stops the VM
//! while it is protected; afterwards [`super::reown`] makes the VM this server's again in every respect.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proxmox_client::ConfigChange;
use slipway_crds::{ActionPhase, Reown, ReownKind, RunPolicy, Verb, names::ROOT_DISK};

use super::{
    deed::Deed,
    desired::Desired,
    detached::{MOST, slot_of, unprotect},
    observed::{ActionView, Observed, Source},
    plan::Plan,
    step::Step,
    stored, suspension,
    verbs::{Machine, act, end, only},
};

pub(super) fn plan(desired: &Desired, seen: &Observed, machine: Machine<'_>, action: &ActionView) -> Plan {
    if let Some((reason, message)) = &seen.site.frozen {
        return Plan::waiting(*reason, message.clone());
    }
    let (kind, deed, needs_stop) = match deed(desired, seen, machine, action) {
        Ok(deed) => deed,
        Err(plan) => return plan,
    };
    let vmid = machine.mark.vmid;
    if seen.status.reown.as_ref().is_none_or(|reown| reown.action != action.name) {
        let reown = Reown {
            action: action.name.clone(),
            kind,
            since: Time(seen.now),
            born: machine.mark.born.clone(),
            was_running: machine.running,
            image: action.arguments.image.clone(),
        };
        return only(Step::Prepare { reown: Box::new(reown) });
    }
    if machine.running && needs_stop {
        return only(Step::PowerOff { action: action.name.clone(), node: machine.node.clone(), vmid });
    }
    let lift = kind == ReownKind::Restore && machine.config.flag("protection");
    let first = lift.then(|| unprotect(machine, action));
    Plan { steps: first.into_iter().chain([act(action, machine.node, vmid, deed)]).collect(), ..Plan::default() }
}

fn deed(
    desired: &Desired,
    seen: &Observed,
    machine: Machine<'_>,
    action: &ActionView,
) -> Result<(ReownKind, Deed, bool), Plan> {
    Ok(match action.verb {
        Verb::Rollback => {
            let (name, memory) = stored::snapshot_to_return_to(seen, action)?;
            if memory && desired.run_policy == RunPolicy::Stopped {
                let why = "the snapshot holds memory and would run, but spec.runPolicy is Stopped: change it to Managed first";
                return Err(only(end(action, ActionPhase::Refused, "RunPolicy", why)));
            }
            if let Some(reason) = desired.suspended.as_deref().filter(|_| memory) {
                return Err(only(end(action, ActionPhase::Refused, "Suspended", &suspension::refusal(reason))));
            }
            (ReownKind::Rollback, Deed::Rollback { name }, !memory)
        }
        Verb::Restore => {
            let archive = stored::backup_of_ours(seen, machine, action)?;
            (ReownKind::Restore, Deed::Restore { archive, pool: desired.identity.pool(), overwrite: true }, true)
        }
        // The old disk is kept beside the others, and the status has no room for one more.
        _ if seen.status.detached.len() >= MOST => {
            let why = format!("{MOST} detached disks are kept already; destroy some, or wait until their time is over");
            return Err(only(end(action, ActionPhase::Refused, "TooMany", &why)));
        }
        _ => (ReownKind::Rebuild, Deed::Rebuild { change: other_root(seen, machine, action)? }, true),
    })
}

/// Another volume in the root disk's slot: a copy of the image's, or a detached one. The drive's options stay.
fn other_root(seen: &Observed, machine: Machine<'_>, action: &ActionView) -> Result<ConfigChange, Plan> {
    let refused = |reason, message: &str| Err(only(end(action, ActionPhase::Refused, reason, message)));
    let config = machine.config;
    let remembered = seen.status.disks.get(ROOT_DISK).map(|d| d.slot.as_str()).filter(|s| config.get(s).is_some());
    let Some((slot, value)) =
        remembered.or_else(|| config.boot_disk()).and_then(|slot| Some((slot, config.get(slot)?)))
    else {
        return refused("NoDisk", "the VM has no root disk to replace");
    };
    let mut parts = value.split(',');
    let storage = parts.next().and_then(|volid| volid.split(':').next()).unwrap_or_default();
    let volume = match &action.arguments.disk {
        Some(name) => match seen.status.detached.iter().find(|d| d.name == *name) {
            Some(disk) if slot_of(config, &disk.volid).is_some() => disk.volid.clone(),
            _ => return refused("NotFound", &format!("status.detached names no disk `{name}`")),
        },
        None => match &seen.stored.source {
            Source::Volume(source) => format!("{storage}:0,import-from={source}"),
            Source::None { message } => return refused("NoTemplate", message),
            Source::Failed { reason, message } => return Err(Plan::waiting(*reason, message.clone())),
            Source::NotAsked => {
                let why = "the image's template was not read yet";
                return Err(Plan::waiting(slipway_crds::words::WaitingReason::NodeUnavailable, why));
            }
        },
    };
    let options = parts.filter(|option| !option.starts_with("size="));
    let value = std::iter::once(volume.as_str()).chain(options).collect::<Vec<_>>().join(",");
    Ok(ConfigChange { set: vec![(slot.to_owned(), value)], delete: vec![], digest: config.digest.clone() })
}
