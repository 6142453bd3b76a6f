//! `/var/lock/qemu-server/lock-<vmid>.conf`: the file lock every change of a VM takes first. A worker that dies loses
//! its flock (the kernel sees to it) but not the `lock` it wrote into the configuration.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Event, ProcessId, World};
use crate::{model::Vmid, request::Millis};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Mode {
    Shared,
    Exclusive,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Flock {
    pub(crate) holders: Vec<(ProcessId, Mode)>,
    waiters: VecDeque<(ProcessId, Mode)>,
}

impl Flock {
    /// Who holds it or waits for it.
    pub(super) fn processes(&self) -> impl Iterator<Item = ProcessId> {
        self.holders.iter().chain(&self.waiters).map(|(process, _)| *process)
    }

    /// An exclusive holder is alone.
    pub(super) fn is_consistent(&self) -> bool {
        self.holders.len() <= 1 || self.holders.iter().all(|(_, mode)| *mode == Mode::Shared)
    }

    fn admits(&self, mode: Mode) -> bool {
        self.holders.is_empty() || (mode == Mode::Shared && self.holders.iter().all(|(_, held)| *held == Mode::Shared))
    }
}

/// What a lock that did not come in time is called.
pub(crate) fn timeout_text(vmid: Vmid) -> String {
    format!("can't lock file '/var/lock/qemu-server/lock-{vmid}.conf' - got timeout")
}

impl World {
    /// Takes the lock or queues for it; true when it was free.
    pub(crate) fn take_lock(&mut self, process: ProcessId, vmid: Vmid, mode: Mode, timeout: Millis) -> bool {
        let flock = self.flocks.entry(vmid).or_default();
        if flock.waiters.is_empty() && flock.admits(mode) {
            flock.holders.push((process, mode));
            return true;
        }
        flock.waiters.push_back((process, mode));
        self.schedule(self.now + timeout, Event::LockTimeout(process));
        false
    }

    /// Leaves the queue.
    pub(super) fn leave_queue(&mut self, process: ProcessId, vmid: Vmid) {
        if let Some(flock) = self.flocks.get_mut(&vmid) {
            flock.waiters.retain(|(waiting, _)| *waiting != process);
        }
        self.unschedule(&Event::LockTimeout(process));
        self.grant(vmid);
    }

    /// Releases what a process holds on a VM and wakes who may go on.
    pub(crate) fn release(&mut self, process: ProcessId, vmid: Vmid) {
        if let Some(flock) = self.flocks.get_mut(&vmid) {
            flock.holders.retain(|(holder, _)| *holder != process);
        }
        self.grant(vmid);
    }

    fn grant(&mut self, vmid: Vmid) {
        loop {
            let Some(flock) = self.flocks.get_mut(&vmid) else { return };
            let Some((process, mode)) = flock.waiters.front().copied().filter(|(_, mode)| flock.admits(*mode)) else {
                break;
            };
            flock.waiters.pop_front();
            flock.holders.push((process, mode));
            self.unschedule(&Event::LockTimeout(process));
            self.granted(process, vmid);
        }
        if self.flocks.get(&vmid).is_some_and(|flock| flock.holders.is_empty() && flock.waiters.is_empty()) {
            self.flocks.remove(&vmid);
        }
    }
}
