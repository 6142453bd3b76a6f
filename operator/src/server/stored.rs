//! Snapshots and backups: what a verb may do with them, and what the status shows of them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proxmox_client::{BackupRow, SnapshotRow, TaskState};
use slipway_crds::{ActionPhase, BackupStatus, SnapshotStatus, Verb, VirtualServerStatus, words::WaitingReason};

use super::{
    deed::Deed,
    observed::{ActionView, Listing, Observed, Stored, TaskView},
    plan::Plan,
    verbs::{Machine, end, only},
};
use crate::mark::Mark;

/// As the status holds.
const MOST_SNAPSHOTS: usize = 32;
const MOST_BACKUPS: usize = 64;

/// What a verb about a snapshot does, or why it does not.
pub(super) fn snapshot(seen: &Observed, action: &ActionView) -> Result<Deed, Plan> {
    let rows = listed(&seen.stored.snapshots)?;
    let refused = |reason, message: String| only(end(action, ActionPhase::Refused, reason, &message));
    let name = action.arguments.snapshot.clone().unwrap_or_default();
    let found = rows.iter().find(|row| row.name == name);
    match (action.verb, found) {
        (Verb::Snapshot, Some(_)) => {
            Err(refused("Exists", format!("there is a snapshot `{name}` already; choose another name")))
        }
        (Verb::Snapshot, None) if rows.len() >= MOST_SNAPSHOTS => {
            Err(refused("TooMany", format!("a server has at most {MOST_SNAPSHOTS} snapshots; delete one first")))
        }
        (Verb::Snapshot, None) => Ok(Deed::Snapshot { name, memory: action.arguments.include_memory }),
        (_, None) => Err(refused("NotFound", format!("there is no snapshot `{name}`"))),
        (_, Some(_)) => Ok(Deed::DeleteSnapshot { name }),
    }
}

/// The snapshot of a rollback, and whether it holds memory.
pub(super) fn snapshot_to_return_to(seen: &Observed, action: &ActionView) -> Result<(String, bool), Plan> {
    let name = action.arguments.snapshot.clone().unwrap_or_default();
    let row = listed(&seen.stored.snapshots)?.iter().find(|row| row.name == name).ok_or_else(|| {
        let why = format!("there is no snapshot `{name}`");
        only(end(action, ActionPhase::Refused, "NotFound", &why))
    })?;
    Ok((name, row.memory))
}

/// What a verb that makes or removes a backup does, or why it does not.
pub(super) fn backup(seen: &Observed, machine: Machine<'_>, action: &ActionView) -> Result<Deed, Plan> {
    if action.verb == Verb::DeleteBackup {
        return Ok(Deed::DeleteBackup { volid: backup_of_ours(seen, machine, action)? });
    }
    let storage = storage(seen, action)?;
    let kept = listed(&seen.stored.backups)?.iter().filter(|row| is_of(row, machine.mark)).count();
    let most = seen.site.most_backups.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST_BACKUPS);
    if kept >= most.min(MOST_BACKUPS) {
        let why = format!("a server has at most {most} backups on this site; delete one first");
        return Err(only(end(action, ActionPhase::Refused, "TooMany", &why)));
    }
    Ok(Deed::Backup { storage, notes: notes(machine.mark) })
}

/// The named backup, if its notes say that it is of this very server.
pub(super) fn backup_of_ours(seen: &Observed, machine: Machine<'_>, action: &ActionView) -> Result<String, Plan> {
    storage(seen, action)?;
    let refused = |reason, why: String| Err(only(end(action, ActionPhase::Refused, reason, &why)));
    let volid = action.arguments.backup.clone().unwrap_or_default();
    match listed(&seen.stored.backups)?.iter().find(|row| row.volid == volid && is_of(row, machine.mark)) {
        Some(row) if row.protected && action.verb == Verb::DeleteBackup => {
            refused("Protected", format!("backup `{volid}` is protected on Proxmox VE"))
        }
        Some(_) => Ok(volid),
        None => refused("NotFound", format!("there is no backup `{volid}` of this server")),
    }
}

fn storage(seen: &Observed, action: &ActionView) -> Result<String, Plan> {
    seen.site.backup_storage.clone().ok_or_else(|| {
        let why = "the site keeps no backups: the provider names a storage in ProxmoxSite spec.backupStorage";
        only(end(action, ActionPhase::Refused, "NoBackupStorage", why))
    })
}

/// A name for people, and whose it is: what a copy or a later VM cannot say.
fn notes(mark: &Mark) -> String {
    format!("{{{{guestname}}}} slipway:v1 {} born={}", mark.identity.installation, mark.born)
}

/// The last words of the notes, whatever the guest is called.
fn is_of(row: &BackupRow, mark: &Mark) -> bool {
    let words = ["slipway:v1", &mark.identity.installation, &format!("born={}", mark.born)];
    row.vmid == Some(mark.vmid) && row.notes.split_whitespace().collect::<Vec<_>>().ends_with(&words)
}

/// Puts what was listed into the status; what was not asked for stays as it was known.
pub(super) fn remember(status: &mut VirtualServerStatus, stored: &Stored, mark: &Mark) {
    if let Listing::Read(rows) = &stored.backups {
        let mut rows: Vec<&BackupRow> = rows.iter().filter(|row| is_of(row, mark)).collect();
        // The newest are the ones to show.
        rows.sort_by_key(|row| (row.time, row.volid.clone()));
        let shown = rows.iter().skip(rows.len().saturating_sub(MOST_BACKUPS));
        status.backups = shown
            .map(|row| BackupStatus {
                volid: row.volid.clone(),
                created_at: at(row.time),
                size_bytes: row.size,
                protected: row.protected,
            })
            .collect();
    }
    if let Listing::Read(rows) = &stored.snapshots {
        let mut rows: Vec<&SnapshotRow> = rows.iter().filter(|row| row.state.is_none()).collect();
        rows.sort_by_key(|row| (row.time, row.name.clone()));
        status.snapshots = rows
            .into_iter()
            .take(MOST_SNAPSHOTS)
            .map(|row| SnapshotStatus { name: row.name.clone(), created_at: at(row.time), includes_memory: row.memory })
            .collect();
    }
}

/// A backup that one of our actions has removed is gone, wherever the VM is by now.
pub(super) fn forget_removed(status: &mut VirtualServerStatus, actions: &[ActionView]) {
    let removed = actions.iter().filter(|action| {
        action.verb == Verb::DeleteBackup
            && action.phase == ActionPhase::Running
            && matches!(action.task, Some(TaskView::Ended(TaskState::Succeeded { .. })))
    });
    for action in removed {
        status.backups.retain(|backup| Some(&backup.volid) != action.arguments.backup.as_ref());
    }
}

/// The rows, or what they wait for.
pub(super) fn listed<T>(listing: &Listing<T>) -> Result<&[T], Plan> {
    match listing {
        Listing::Read(rows) => Ok(rows),
        Listing::NotAsked => Err(Plan::waiting(WaitingReason::NodeUnavailable, "what is stored was not listed yet")),
        Listing::Failed { reason, message } => Err(Plan::waiting(*reason, message.clone())),
    }
}

/// A node's clock may say anything.
fn at(seconds: i64) -> Time {
    Time(Timestamp::from_second(seconds).unwrap_or_default())
}
