//! Pruning: which backups of a storage stay, and removing the others.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::{Vmid, retention::Retention, storage::VolumeKey},
    world::{Next, World, durations},
};

/// What becomes of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Keep,
    Remove,
    /// Stays, and counts for nothing.
    Protected,
}

impl Mark {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Protected => "protected",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct PruneWork {
    pub(crate) storage: String,
    /// Of one guest only.
    pub(crate) vmid: Option<Vmid>,
    pub(crate) keep: Retention,
}

impl PruneWork {
    pub(super) fn step(&self, world: &mut World, me: &Me<'_>) -> Next {
        if me.step == 0 {
            return Next::Sleep(durations::WRITE);
        }
        for (key, mark) in world.marked_backups(me.node, &self.storage, self.vmid, &self.keep) {
            if mark == Mark::Remove {
                world.log(me.task, format!("removing backup '{}'", key.volid()));
                world.free(&key);
            }
        }
        Next::ok()
    }
}

impl World {
    /// The backups on a storage, each guest's by themselves, the newest first.
    pub(crate) fn marked_backups(
        &self,
        node: &str,
        storage: &str,
        of: Option<Vmid>,
        keep: &Retention,
    ) -> Vec<(VolumeKey, Mark)> {
        let mut guests: BTreeMap<Option<Vmid>, Vec<(Reverse<u64>, &VolumeKey)>> = BTreeMap::new();
        let mut marked = Vec::new();
        for (key, volume) in &self.volumes {
            let Some(backup) = volume.backup.as_ref().filter(|_| {
                key.storage == storage
                    && (key.node.is_empty() || key.node == node)
                    && (of.is_none() || volume.owner == of)
            }) else {
                continue;
            };
            if backup.protected {
                marked.push((key.clone(), Mark::Protected));
            } else {
                guests.entry(volume.owner).or_default().push((Reverse(volume.ctime), key));
            }
        }
        for mut backups in guests.into_values() {
            backups.sort();
            let times: Vec<u64> = backups.iter().map(|(Reverse(time), _)| *time).collect();
            let marks = keep.keeps(&times).into_iter().map(|stays| if stays { Mark::Keep } else { Mark::Remove });
            marked.extend(backups.into_iter().map(|(_, key)| key.clone()).zip(marks));
        }
        marked
    }
}
