//! Faults on tasks: the worker dies, fails, warns; its number is stolen; the cluster loses quorum under it.

use super::{Fault, Theft};
use crate::{
    error::ApiError,
    model::Vmid,
    world::{Process, ProcessId, World, work::Work},
};

/// What a fault does to a process before its next step.
#[derive(Debug)]
pub(in crate::world) enum Blow {
    /// Killed: nothing is cleaned up.
    Death,
    /// Cleans up and fails.
    Error(String),
    /// Cannot write, not even to clean up.
    ReadOnly(String),
}

impl World {
    /// What hits this process now; warnings are only counted.
    pub(in crate::world) fn blow(&mut self, id: ProcessId, process: &mut Process) -> Option<Blow> {
        if self.faults.is_empty() && self.plans.is_empty() && self.quorate() {
            return None;
        }
        self.strike_plans_on_task(process);
        if let Some(text) = self.read_only(id, process) {
            return Some(Blow::ReadOnly(text));
        }
        let upid = process.task.and_then(|task| self.tasks.get(&task)).map(|task| task.upid.clone())?;
        let step = process.step;
        if let Work::Clone(clone) = &process.work
            && step < 2
        {
            let target = clone.target;
            self.steal_target(target, &upid.node);
        }
        if process.warnings == 0 {
            let warnings = self.strike(|fault| match fault {
                Fault::TaskWarnings { on, count } if on.matches(&upid, step) => Some(*count),
                _ => None,
            });
            for number in 1..=warnings.unwrap_or(0) {
                process.warnings += 1;
                self.log(process.task, format!("WARN: testbed warning {number}"));
            }
        }
        self.strike(|fault| match fault {
            Fault::WorkerDeath { on } if on.matches(&upid, step) => Some(Blow::Death),
            Fault::TaskError { on, text } if on.matches(&upid, step) => Some(Blow::Error(text.clone())),
            _ => None,
        })
    }

    fn steal_target(&mut self, target: Vmid, node: &str) {
        let stolen = self.strike(|fault| match fault {
            Fault::VmidStolen { vmid, node, moment: Theft::Task } if vmid.is_none_or(|vmid| vmid == target) => {
                Some(node.clone())
            }
            _ => None,
        });
        if let Some(on) = stolen {
            self.make_foreign_vm(on.as_deref().unwrap_or(node), target);
        }
    }

    /// `/etc/pve` is read-only without quorum: what writes configurations fails there. Stopping a guest writes none.
    fn read_only(&self, id: ProcessId, process: &Process) -> Option<String> {
        if self.quorate() || process.step == 0 || matches!(process.work, Work::Power(_) | Work::Cleanup(_)) {
            return None;
        }
        let vmid = process.holds.last()?;
        let pid = process.task.and_then(|task| self.tasks.get(&task)).map_or(id, |task| u64::from(task.upid.pid));
        let file = format!("/etc/pve/nodes/{}/qemu-server/{vmid}.conf.tmp.{pid}", process.node);
        Some(format!("unable to open file '{file}' - Permission denied"))
    }

    /// Deals a blow.
    pub(in crate::world) fn deal(&mut self, id: ProcessId, mut process: Process, blow: Blow) {
        match blow {
            Blow::Death => {
                self.processes.insert(id, process);
                self.kill(id);
            }
            Blow::Error(text) => {
                Work::interrupted(self, id, &mut process);
                self.end(id, &process, Err(ApiError::Die(text)));
            }
            Blow::ReadOnly(text) => self.end(id, &process, Err(ApiError::Die(text))),
        }
    }
}
