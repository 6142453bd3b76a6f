//! The HA stack: every ten seconds the manager looks at what was asked and has the nodes do it. It starts, stops and
//! migrates with tasks of `root@pam`, and takes guests of a dead node to another one when their volumes are shared.

use super::{
    Event, World,
    work::{MigrateWork, Power, PowerWork, Work},
};
use crate::{
    model::{
        Vmid,
        access::{Principal, ROOT},
        ha::{Service, Wanted},
    },
    request::Millis,
};

/// Between two looks.
const ROUND: Millis = 10_000;
/// A node that is off for so long is fenced.
const FENCED_AFTER: Millis = 60_000;

impl World {
    /// Something was asked of the HA stack: it looks at its next round.
    pub(crate) fn wake_ha(&mut self) {
        if !self.planned(&Event::HaRound) {
            self.schedule(self.now + ROUND, Event::HaRound);
        }
    }

    pub(super) fn ha_round(&mut self) {
        let managed: Vec<Vmid> = self.ha.resources.keys().copied().collect();
        if managed.is_empty() {
            return;
        }
        if self.quorate() {
            for vmid in managed {
                self.tend(vmid);
            }
        }
        self.schedule(self.now + ROUND, Event::HaRound);
    }

    fn tend(&mut self, vmid: Vmid) {
        let Some(resource) = self.ha.resources.get(&vmid) else { return };
        let (wanted, service) = (resource.wanted, resource.service);
        let Some(vm) = self.vms.get(&vmid) else { return };
        let (running, node) = (vm.running(), vm.node.clone());
        if wanted == Wanted::Ignored {
            return;
        }
        if !self.nodes.get(&node).is_some_and(|node| node.online) {
            self.recover(vmid, &node);
            return;
        }
        if self.has_task(vmid) || (service == Service::Error && wanted == Wanted::Started) {
            return;
        }
        if let Some(target) = self.ha.resources.get_mut(&vmid).and_then(|resource| resource.destination.take()) {
            self.set_service(vmid, Service::Migrate);
            let work = Work::Migrate(Box::new(MigrateWork::by_ha(vmid, &target, running)));
            self.start_task(&node, &Principal::user(ROOT), "qmigrate", &vmid.to_string(), work);
            return;
        }
        match (wanted, running) {
            (Wanted::Started, true) => self.set_service(vmid, Service::Started),
            (Wanted::Started, false) => self.start_service(vmid),
            (_, true) => {
                let seconds = self.ha.resources.get_mut(&vmid).and_then(|resource| resource.stop_timeout.take());
                self.set_service(vmid, Service::RequestStop);
                let (kind, power) = match seconds {
                    Some(0) => ("qmstop", Power::Stop { overrule: false }),
                    other => ("qmshutdown", Power::Shutdown { timeout: other.unwrap_or(60) * 1000, force: true }),
                };
                let work = Work::Power(PowerWork::new(vmid, power, false));
                self.start_task(&node, &Principal::user(ROOT), kind, &vmid.to_string(), work);
            }
            (_, false) => self.set_service(vmid, Service::Stopped),
        }
    }

    /// A start that failed is tried once more for each `max_restart`; then the service is in error.
    fn start_service(&mut self, vmid: Vmid) {
        let Some(resource) = self.ha.resources.get_mut(&vmid) else { return };
        let tries = resource.options.get("max_restart").and_then(|text| text.parse().ok()).unwrap_or(1);
        if resource.service == Service::Started {
            resource.failures += 1;
        }
        if resource.failures > tries {
            self.set_service(vmid, Service::Error);
            return;
        }
        self.set_service(vmid, Service::Started);
        self.start_by(&Principal::user(ROOT), vmid);
    }

    fn set_service(&mut self, vmid: Vmid, service: Service) {
        let now = self.now;
        let running = self.vms.get(&vmid).is_some_and(|vm| vm.running());
        if let Some(resource) = self.ha.resources.get_mut(&vmid) {
            if running {
                resource.failures = 0;
            }
            if resource.service != service {
                (resource.service, resource.since) = (service, now);
            }
        }
    }

    /// The node of a service is off: it is fenced, then another node takes the guest. One with local volumes stays.
    fn recover(&mut self, vmid: Vmid, node: &str) {
        let Some(resource) = self.ha.resources.get(&vmid) else { return };
        match resource.service {
            Service::Fence if self.now - resource.since < FENCED_AFTER => {}
            Service::Fence | Service::Recovery => {
                let free = self.nodes.iter().find(|(name, other)| other.online && *name != node);
                match free.map(|(name, _)| name.clone()) {
                    Some(target) if self.moves_freely(vmid) => {
                        if let Some(vm) = self.vm_mut(vmid) {
                            vm.node = target;
                            vm.config.remove("lock");
                        }
                        self.set_service(vmid, Service::Queued);
                    }
                    _ => self.set_service(vmid, Service::Recovery),
                }
            }
            _ => self.set_service(vmid, Service::Fence),
        }
    }

    /// Every volume of the guest can be reached from any node.
    fn moves_freely(&self, vmid: Vmid) -> bool {
        let Some(vm) = self.vms.get(&vmid) else { return false };
        self.volumes.iter().all(|(key, volume)| volume.owner != Some(vmid) || key.node != vm.node)
    }

    /// A task about the guest runs.
    fn has_task(&self, vmid: Vmid) -> bool {
        let id = vmid.to_string();
        self.processes.values().filter_map(|process| self.tasks.get(&process.task?)).any(|task| task.upid.id == id)
    }
}
