//! What `pvestatd` of each node tells the cluster every 10 s. `/cluster/resources` is made of this, so it lags; what is
//! not measured yet, or too long ago, is `unknown`.
//!
//! A round looks at no guest: one that has not changed since is still as it was then. Before a guest changes, what the
//! round saw is written down. So rounds cost the same with ten guests and with fifty thousand.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Event, World, durations};
use crate::{
    model::{Vmid, vm::Vm},
    request::Millis,
};

/// One guest as it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Sample {
    at: Millis,
    node: String,
    pub(crate) name: String,
    pub(crate) running: bool,
    pub(crate) template: bool,
    pub(crate) cpus: u64,
    /// Bytes.
    pub(crate) memory: u64,
    /// Bytes.
    pub(crate) disk: u64,
    /// Seconds.
    pub(crate) uptime: u64,
    /// From when to when it was last seen running.
    pub(crate) ran: Option<(Millis, Millis)>,
}

/// What the cluster knows of its guests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Samples {
    /// The last round of each node.
    rounds: BTreeMap<String, Millis>,
    /// Guests that changed after the last round of their node.
    changed: BTreeSet<Vmid>,
    /// What was measured of a guest before its last change.
    kept: BTreeMap<Vmid, Sample>,
}

impl Samples {
    /// What the last round of its node saw of a guest that has not changed since.
    fn of_unchanged(&self, vmid: Vmid, vm: &Vm) -> Option<Sample> {
        let at = *self.rounds.get(&vm.node)?;
        let before = || self.kept.get(&vmid).and_then(|sample| sample.ran);
        Some(Sample {
            at,
            node: vm.node.clone(),
            name: vm.display_name(vmid),
            running: vm.running(),
            template: vm.config.is_template(),
            cpus: vm.config.cpus(),
            memory: vm.config.memory_mib() << 20,
            disk: vm.config.boot_disk_bytes(),
            uptime: vm.run.as_ref().map_or(0, |run| at.saturating_sub(run.since) / 1000),
            ran: vm.run.as_ref().map(|run| (run.since, at)).or_else(before),
        })
    }

    /// Whether a guest that is there was ever measured.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "it is asked as a map is")]
    pub(super) fn contains_key(&self, vmid: &Vmid) -> bool {
        self.kept.contains_key(vmid) || !self.changed.contains(vmid)
    }

    pub(super) fn appears(&mut self, vmid: Vmid) {
        self.changed.insert(vmid);
    }

    /// Keeps what the last round saw of a guest that is about to change.
    pub(super) fn changes(&mut self, vmid: Vmid, vm: &Vm) {
        if self.changed.contains(&vmid) {
            return;
        }
        if let Some(sample) = self.of_unchanged(vmid, vm) {
            self.kept.insert(vmid, sample);
        }
        self.changed.insert(vmid);
    }

    pub(super) fn vanishes(&mut self, vmid: Vmid) {
        self.changed.remove(&vmid);
        self.kept.remove(&vmid);
    }
}

impl World {
    pub(super) fn measure(&mut self, node: &str) {
        if !self.nodes.get(node).is_some_and(|node| node.online) {
            return;
        }
        if !self.statistics_stale(node) {
            let vms = &self.vms;
            self.samples.changed.retain(|vmid| vms.get(vmid).is_none_or(|vm| vm.node != node));
            self.samples.rounds.insert(node.to_owned(), self.now);
        }
        self.schedule(self.now + durations::MEASURE, Event::Measure(node.to_owned()));
    }

    /// What is known about a guest, if it is not too old and was measured where the guest lives.
    pub(crate) fn sample(&self, vmid: Vmid) -> Option<Sample> {
        let vm = self.vms.get(&vmid)?;
        let samples = &self.samples;
        let sample = if samples.changed.contains(&vmid) {
            samples.kept.get(&vmid).cloned()
        } else {
            samples.of_unchanged(vmid, vm)
        };
        sample.filter(|sample| sample.node == vm.node && self.now <= sample.at + durations::SAMPLE_LIFE)
    }
}
