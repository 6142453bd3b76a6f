//! `startall` and `stopall`: one task after the other for the guests of a node, in their start order.

use serde::{Deserialize, Serialize};

use super::{Me, Power, PowerWork, Work};
use crate::{
    model::{Vmid, vm::Vm},
    request::Millis,
    world::{Next, TaskId, World},
};

/// How often the worker looks whether a guest's task has ended.
const POLL: Millis = 1_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct BulkWork {
    /// Who is left, the next one last.
    pub(crate) vmids: Vec<Vmid>,
    /// Shuts down instead of starting: seconds, and whether what is left then is killed.
    pub(crate) shutdown: Option<(u64, bool)>,
    #[serde(default)]
    pub(crate) current: Option<TaskId>,
}

impl BulkWork {
    pub(crate) fn start(mut vmids: Vec<Vmid>) -> Self {
        vmids.reverse();
        Self { vmids, shutdown: None, current: None }
    }

    /// Stops in the reverse order.
    pub(crate) fn stop(vmids: Vec<Vmid>, timeout: u64, force: bool) -> Self {
        Self { vmids, shutdown: Some((timeout, force)), current: None }
    }

    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        if let Some(current) = self.current {
            match world.tasks.get(&current).map(|task| task.outcome.clone()) {
                Some(None) => return Next::Sleep(POLL),
                Some(Some(outcome)) if outcome.exit != "OK" => world.log(me.task, outcome.exit),
                _ => {}
            }
            self.current = None;
        }
        let Some(vmid) = self.vmids.pop() else { return Next::ok() };
        let (verb, kind, power) = match self.shutdown {
            None => ("Starting", "qmstart", Power::Start),
            Some((timeout, force)) => ("Stopping", "qmshutdown", Power::Shutdown { timeout: timeout * 1000, force }),
        };
        let running = world.vms.get(&vmid).is_some_and(|vm| vm.running());
        if running == self.shutdown.is_some() {
            world.log(me.task, format!("{verb} VM {vmid}"));
            let work = Work::Power(PowerWork::new(vmid, power, false));
            let upid = world.start_task(me.node, me.who, kind, &vmid.to_string(), work);
            self.current = world.find_task(&upid).map(|(task, _)| task);
        }
        Next::Sleep(POLL)
    }
}

/// Guests are started by `startup: order=`, those without one last, then by number.
pub(crate) fn start_order(vm: &Vm) -> u32 {
    let startup = vm.config.get("startup").unwrap_or_default();
    let first = startup.split(',').find_map(|part| part.strip_prefix("order=").unwrap_or(part).parse().ok());
    first.unwrap_or(u32::MAX)
}
