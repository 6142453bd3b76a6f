//! Faults of nodes and of the cluster: power, quorum, clocks, statistics, permissions.

use std::sync::Arc;

use super::Fault;
use crate::{
    model::{
        Vmid,
        access::{Principal, ROOT},
    },
    world::{Event, World},
};

impl World {
    /// Does what happens at once.
    pub(super) fn happens_at_once(&mut self, fault: Fault) -> Result<(), String> {
        match fault {
            Fault::AclLost { authid } => Arc::make_mut(&mut self.access).acl.retain(|entry| entry.subject != authid),
            Fault::TokenExpired { authid } => self.expire(&authid),
            Fault::ForeignVm { node, vmid } => self.make_foreign_vm(&node, vmid),
            Fault::NodeDown { node } => self.node_down(&node),
            Fault::NodeUp { node } => self.node_up(&node),
            Fault::HaMove { vmid, node } => self.relocate(vmid, &node, false)?,
            Fault::HandMove { vmid, node } => self.relocate(vmid, &node, true)?,
            Fault::HandEdit { vmid, set, delete } => self.edit_by_hand(vmid, set, &delete)?,
            Fault::HandDestroy { vmid } => self.destroy_by_hand(vmid)?,
            Fault::GuestOff { vmid } => self.power_off(vmid),
            Fault::GuestCrash { vmid, how } => self.crash(vmid, how)?,
            _ => {}
        }
        Ok(())
    }

    fn expire(&mut self, authid: &str) {
        let now = self.unix_now().max(1);
        let access = Arc::make_mut(&mut self.access);
        if let Some(token) = access.tokens.get_mut(authid) {
            token.expire = now;
        } else if let Some(user) = access.users.get_mut(authid) {
            user.expire = now;
        }
    }

    /// The node that takes calls which name none.
    pub(crate) fn first_online(&self) -> Option<&String> {
        self.nodes.iter().find(|(_, node)| node.online).map(|(name, _)| name)
    }

    /// A majority of the votes is there. A cluster with an even number of nodes has a `QDevice` with one more vote.
    pub(crate) fn quorate(&self) -> bool {
        let online = self.nodes.values().filter(|node| node.online).count();
        let device = usize::from(self.nodes.len().is_multiple_of(2));
        (online + device) * 2 > self.nodes.len() + device && !self.suffers(|fault| *fault == Fault::QuorumLost)
    }

    /// Unix seconds by a node's own clock.
    pub(crate) fn unix_now_on(&self, name: &str) -> u64 {
        let skews = self.faults.iter().filter_map(|armed| match &armed.fault {
            Fault::ClockSkew { node, seconds } if node == name => Some(*seconds),
            _ => None,
        });
        skews.fold(self.unix_now(), u64::saturating_add_signed)
    }

    /// `pvestatd` of the node measures nothing.
    pub(in crate::world) fn statistics_stale(&self, name: &str) -> bool {
        self.suffers(
            |fault| matches!(fault, Fault::StatisticsStale { node } if node.as_deref().is_none_or(|node| node == name)),
        )
    }

    fn node_down(&mut self, name: &str) {
        let Some(node) = self.node_mut(name) else { return };
        node.online = false;
        self.unschedule(&Event::Measure(name.to_owned()));
        let workers: Vec<_> =
            self.processes.iter().filter(|(_, process)| process.node == name).map(|(id, _)| *id).collect();
        for worker in workers {
            self.kill(worker);
        }
        let running = self.vms.iter().filter(|(_, vm)| vm.node == name && vm.running()).map(|(vmid, _)| *vmid);
        for vmid in running.collect::<Vec<_>>() {
            if let Some(vm) = self.vm_mut(vmid) {
                vm.run = None;
            }
        }
    }

    pub(in crate::world) fn node_up(&mut self, name: &str) {
        let now = self.now;
        let Some(node) = self.node_mut(name).filter(|node| !node.online) else { return };
        node.online = true;
        node.booted = now;
        self.schedule(now, Event::Measure(name.to_owned()));
        let starting: Vec<Vmid> = self
            .vms
            .iter()
            .filter(|(_, vm)| vm.node == name && vm.config.flag("onboot") && !vm.config.is_template())
            .map(|(vmid, _)| *vmid)
            .collect();
        for vmid in starting {
            self.start_by(&Principal::user(ROOT), vmid);
        }
    }
}
