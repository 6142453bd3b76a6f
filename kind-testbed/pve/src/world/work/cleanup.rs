//! `qm cleanup`, which `qmeventd` runs when a guest has ended: it holds the flock until the process is gone, so that
//! whatever comes right after a stop waits a moment. When the VM runs again by then (a rollback to a saved memory), it
//! waits for that one's end, in vain, and everything else waits with it.

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::Vmid,
    world::{Mode, Next, World, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CleanupWork {
    pub(crate) vmid: Vmid,
}

impl CleanupWork {
    pub(super) fn step(&self, world: &World, me: &Me<'_>) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 },
            1 => Next::Sleep(durations::CLEANUP),
            2 if world.vms.get(&self.vmid).is_some_and(|vm| vm.running()) => Next::Sleep(durations::CLEANUP_WAIT),
            _ => Next::ok(),
        }
    }
}
