//! The faults that wait or last, and their taking turns.

use serde::{Deserialize, Serialize};

use super::{Fault, Order, Times};
use crate::{
    model::Vmid,
    world::{Event, World},
};

/// Names a fault that waits or lasts.
pub type FaultId = u64;

/// A fault that waits or lasts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Armed {
    pub id: FaultId,
    #[serde(flatten)]
    pub fault: Fault,
    /// How often it still strikes; without limit when absent.
    pub left: Option<u32>,
    /// Percent.
    pub chance: Option<u8>,
}

impl Fault {
    /// Waits for its call or task.
    pub(super) fn waits(&self) -> bool {
        matches!(
            self,
            Self::Latency { .. }
                | Self::AnswerLost { .. }
                | Self::ConnectionReset { .. }
                | Self::WorkerKilled { .. }
                | Self::WorkerDeath { .. }
                | Self::TaskError { .. }
                | Self::TaskWarnings { .. }
                | Self::VmidStolen { .. }
        )
    }

    /// Is a state that lasts until it is taken away.
    pub(super) fn lasts(&self) -> bool {
        matches!(
            self,
            Self::PvedaemonDown { .. }
                | Self::CertificateChanged { .. }
                | Self::StorageFull { .. }
                | Self::QuorumLost
                | Self::Unreachable
                | Self::StatisticsStale { .. }
                | Self::ClockSkew { .. }
                | Self::GuestDeaf { .. }
                | Self::GuestNoAgent { .. }
        )
    }
}

impl World {
    /// Switches a fault on. The error says why it cannot be: an unknown node, guest or storage. The number names a
    /// fault that waits or lasts, for [`Self::disarm`].
    pub fn arm(&mut self, order: impl Into<Order>) -> Result<Option<FaultId>, String> {
        let order = order.into();
        self.check_order(&order)?;
        if order.fault.waits() || order.fault.lasts() {
            let id = self.next_fault;
            self.next_fault += 1;
            let left = match order.times {
                Some(Times::Always) => None,
                Some(Times::Count(count)) => Some(count),
                None => order.fault.waits().then_some(1),
            };
            self.set_in(&order.fault);
            self.faults.push(Armed { id, fault: order.fault, left, chance: order.chance });
            if let Some(span) = order.lasts {
                self.schedule(self.now + span, Event::Lift(id));
            }
            return Ok(Some(id));
        }
        let back = match (&order.fault, order.lasts) {
            (Fault::NodeDown { node }, Some(span)) => Some((node.clone(), self.now + span)),
            _ => None,
        };
        self.happens_at_once(order.fault)?;
        if let Some((node, at)) = back {
            self.schedule(at, Event::PowerOn(node));
        }
        Ok(None)
    }

    /// Takes one fault away; false when there is none of this number.
    pub fn disarm(&mut self, id: FaultId) -> bool {
        let Some(at) = self.faults.iter().position(|armed| armed.id == id) else { return false };
        self.faults.remove(at);
        self.unschedule(&Event::Lift(id));
        self.ease();
        true
    }

    /// Takes all faults away that wait or last, and the plans that are still to come.
    pub fn heal(&mut self) {
        for armed in std::mem::take(&mut self.faults) {
            self.unschedule(&Event::Lift(armed.id));
        }
        for plan in std::mem::take(&mut self.plans) {
            self.unschedule(&Event::Strike(plan.id));
        }
        self.ease();
    }

    /// The first waiting fault that fits and whose turn it is.
    pub(super) fn strike<T>(&mut self, fits: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        for at in 0..self.faults.len() {
            let Some(hit) = fits(&self.faults[at].fault) else { continue };
            if let Some(chance) = self.faults[at].chance
                && self.random() % 100 >= u64::from(chance)
            {
                continue;
            }
            if let Some(left) = &mut self.faults[at].left {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    let id = self.faults.remove(at).id;
                    self.unschedule(&Event::Lift(id));
                }
            }
            return Some(hit);
        }
        None
    }

    /// A lasting fault of this kind is on.
    pub(crate) fn suffers(&self, fits: impl Fn(&Fault) -> bool) -> bool {
        self.faults.iter().any(|armed| fits(&armed.fault))
    }

    /// Why a fault cannot be ordered now.
    pub(crate) fn check_order(&self, order: &Order) -> Result<(), String> {
        order.check()?;
        self.check_names(&order.fault)
    }

    /// Names in a fault must be known, or it would silently do nothing.
    fn check_names(&self, fault: &Fault) -> Result<(), String> {
        if let Some(node) = fault.node().filter(|node| !self.nodes.contains_key(*node)) {
            return Err(format!("there is no node '{node}'; known: {}", self.node_names().join(", ")));
        }
        if let Some(vmid) = fault.guest().filter(|vmid| !self.vms.contains_key(vmid)) {
            return Err(format!("there is no VM {vmid}"));
        }
        match fault {
            Fault::StorageFull { storage, .. } if !self.storages.contains_key(storage) => {
                let known: Vec<&str> = self.storages.keys().map(String::as_str).collect();
                Err(format!("there is no storage '{storage}'; known: {}", known.join(", ")))
            }
            Fault::ForeignVm { vmid, .. } if self.vms.contains_key(vmid) => Err(format!("VM {vmid} exists already")),
            Fault::AclLost { authid } | Fault::TokenExpired { authid }
                if !self.access.users.contains_key(authid) && !self.access.tokens.contains_key(authid) =>
            {
                Err(format!("there is no user or token '{authid}'"))
            }
            _ => Ok(()),
        }
    }
}

impl Fault {
    fn node(&self) -> Option<&str> {
        match self {
            Self::Latency { on, .. }
            | Self::AnswerLost { on, .. }
            | Self::ConnectionReset { on, .. }
            | Self::WorkerKilled { on, .. } => on.node.as_deref(),
            Self::WorkerDeath { on } | Self::TaskError { on, .. } | Self::TaskWarnings { on, .. } => on.node.as_deref(),
            Self::VmidStolen { node, .. } | Self::StorageFull { node, .. } | Self::StatisticsStale { node } => {
                node.as_deref()
            }
            Self::PvedaemonDown { node }
            | Self::CertificateChanged { node }
            | Self::ClockSkew { node, .. }
            | Self::ForeignVm { node, .. }
            | Self::NodeDown { node }
            | Self::NodeUp { node }
            | Self::HaMove { node, .. }
            | Self::HandMove { node, .. } => Some(node),
            _ => None,
        }
    }

    /// The guest it is about, which must exist. What lasts may be ordered before its guest is there.
    fn guest(&self) -> Option<Vmid> {
        match self {
            Self::HaMove { vmid, .. }
            | Self::HandMove { vmid, .. }
            | Self::HandEdit { vmid, .. }
            | Self::HandDestroy { vmid }
            | Self::GuestOff { vmid }
            | Self::GuestCrash { vmid, .. } => Some(*vmid),
            _ => None,
        }
    }
}
