//! What `pvestatd` of each node tells the cluster every 10 s. `/cluster/resources` is made of this, so it lags; what is
//! not measured yet, or too long ago, is `unknown`.

use serde::{Deserialize, Serialize};

use super::{Event, World, durations};
use crate::{model::Vmid, request::Millis};

/// One guest as it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) at: Millis,
    pub(crate) node: String,
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
    #[serde(default)]
    pub(crate) ran: Option<(Millis, Millis)>,
}

impl World {
    pub(super) fn measure(&mut self, node: &str) {
        if !self.nodes.get(node).is_some_and(|node| node.online) {
            return;
        }
        let now = self.now;
        if self.statistics_stale(node) {
            self.schedule(now + durations::MEASURE, Event::Measure(node.to_owned()));
            return;
        }
        for (vmid, vm) in self.vms.iter().filter(|(_, vm)| vm.node == node) {
            let before = self.samples.get(vmid).and_then(|sample| sample.ran);
            let sample = Sample {
                at: now,
                node: node.to_owned(),
                name: vm.display_name(*vmid),
                running: vm.running(),
                template: vm.config.is_template(),
                cpus: vm.config.cpus(),
                memory: vm.config.memory_mib() << 20,
                disk: vm.config.boot_disk_bytes(),
                uptime: vm.run.as_ref().map_or(0, |run| (now - run.since) / 1000),
                ran: vm.run.as_ref().map(|run| (run.since, now)).or(before),
            };
            self.samples.insert(*vmid, sample);
        }
        self.schedule(now + durations::MEASURE, Event::Measure(node.to_owned()));
    }

    /// What is known about a guest, if it is not too old and was measured where the guest lives.
    pub(crate) fn sample(&self, vmid: Vmid) -> Option<&Sample> {
        let vm = self.vms.get(&vmid)?;
        self.samples
            .get(&vmid)
            .filter(|sample| sample.node == vm.node && self.now <= sample.at + durations::SAMPLE_LIFE)
    }
}
