//! `qm cleanup`, which `qmeventd` runs when a guest has ended: it holds the flock until the process is gone, so that
//! whatever comes right after a stop waits a moment.

use serde::{Deserialize, Serialize};

use super::Me;
use crate::{
    model::Vmid,
    world::{Mode, Next, durations},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CleanupWork {
    pub(crate) vmid: Vmid,
}

impl CleanupWork {
    pub(super) fn step(&self, me: &Me<'_>) -> Next {
        match me.step {
            0 => Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 10_000 },
            1 => Next::Sleep(durations::CLEANUP),
            _ => Next::ok(),
        }
    }
}
