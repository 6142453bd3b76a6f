//! Faults for later: at a time, or when a call or a task comes by.

use serde::{Deserialize, Serialize};

use super::{Calls, Order, Tasks};
use crate::{
    request::{Millis, Request},
    world::{Event, Process, World},
};

/// When a planned fault is switched on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Moment {
    /// So long after the world began.
    At(Millis),
    /// When such a call arrives, before it takes effect.
    Call(Calls),
    /// When such a task has got so far.
    Task(Tasks),
}

/// A fault for later; it is switched on once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Plan {
    pub id: u64,
    pub moment: Moment,
    pub order: Order,
}

impl World {
    /// Plans a fault.
    pub fn plan(&mut self, moment: Moment, order: impl Into<Order>) {
        let id = self.next_fault;
        self.next_fault += 1;
        if let Moment::At(at) = moment {
            self.schedule(at.max(self.now), Event::Strike(id));
        }
        self.plans.push(Plan { id, moment, order: order.into() });
    }

    /// The faults still to come.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// A plan's moment has come. What cannot be done then (a guest that is gone) is not done.
    pub(in crate::world) fn carry_out(&mut self, id: u64) {
        let Some(at) = self.plans.iter().position(|plan| plan.id == id) else { return };
        let plan = self.plans.remove(at);
        let _ = self.arm(plan.order);
    }

    pub(super) fn strike_plans_on_call(&mut self, request: &Request) {
        let due = |plan: &Plan| matches!(&plan.moment, Moment::Call(calls) if calls.matches(request));
        while let Some(id) = self.plans.iter().find(|plan| due(plan)).map(|plan| plan.id) {
            self.carry_out(id);
        }
    }

    pub(super) fn strike_plans_on_task(&mut self, process: &Process) {
        if self.plans.is_empty() {
            return;
        }
        let Some(upid) = process.task.and_then(|task| self.tasks.get(&task)).map(|task| task.upid.clone()) else {
            return;
        };
        let due = |plan: &Plan| matches!(&plan.moment, Moment::Task(tasks) if tasks.matches(&upid, process.step));
        while let Some(id) = self.plans.iter().find(|plan| due(plan)).map(|plan| plan.id) {
            self.carry_out(id);
        }
    }
}
