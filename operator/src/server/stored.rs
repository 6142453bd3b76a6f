//! Snapshots: what a verb may do with them, and what the status shows of them.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proxmox_client::SnapshotRow;
use slipway_crds::{ActionPhase, SnapshotStatus, Verb, VirtualServerStatus, words::WaitingReason};

use super::{
    deed::Deed,
    observed::{ActionView, Listing, Observed, Stored},
    plan::Plan,
    verbs::{end, only},
};

/// As the status holds.
const MOST_SNAPSHOTS: usize = 32;

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

/// Puts what was listed into the status; what was not asked for stays as it was known.
pub fn remember(status: &mut VirtualServerStatus, stored: &Stored) {
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

fn listed<T>(listing: &Listing<T>) -> Result<&[T], Plan> {
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
