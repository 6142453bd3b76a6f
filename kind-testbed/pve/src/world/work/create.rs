//! `qmcreate`: the call has already made the configuration with `lock: create`; the task makes the disks and fills it.

use serde::{Deserialize, Serialize};

use super::{Me, Work, drives};
use crate::{
    model::{Vmid, config::Config, device::is_drive_key, storage::VolumeKey},
    world::{Mode, Next, World},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct CreateWork {
    pub(crate) vmid: Vmid,
    /// What the VM shall be; drives may still ask for allocation.
    pub(crate) config: Config,
    pub(crate) pool: Option<String>,
    pub(crate) start: bool,
    todo: Vec<String>,
    made: Vec<VolumeKey>,
}

impl CreateWork {
    pub(crate) fn new(vmid: Vmid, config: Config, pool: Option<String>, start: bool) -> Self {
        let todo = config.iter().map(|(key, _)| key).filter(|key| is_drive_key(key)).rev_sorted();
        Self { vmid, config, pool, start, todo, made: Vec::new() }
    }

    pub(super) fn step(&mut self, world: &mut World, me: &Me<'_>) -> Next {
        if me.step == 0 {
            return Next::Lock { vmid: self.vmid, mode: Mode::Exclusive, timeout: 1000 };
        }
        while let Some(key) = self.todo.pop() {
            let value = self.config.get(&key).unwrap_or_default().to_owned();
            match drives::prepare(world, me.node, self.vmid, &key, &value) {
                Ok(prepared) => {
                    let time = prepared.begin(world, me);
                    self.made.extend(prepared.made);
                    for line in prepared.log {
                        world.log(me.task, line);
                    }
                    self.config.set(&key, prepared.value);
                    if time > 0 {
                        return Next::Sleep(time);
                    }
                }
                Err(text) => {
                    self.undo(world);
                    return Next::fail(format!("unable to create VM {} - {text}", self.vmid));
                }
            }
        }
        if let Some(vm) = world.vm_mut(self.vmid) {
            vm.config = self.config.clone();
        }
        if let Some(pool) = self.pool.as_ref().and_then(|pool| world.pools.get_mut(pool)) {
            pool.vms.insert(self.vmid);
        }
        if self.start {
            world.start_task(me.node, me.who, "qmstart", &self.vmid.to_string(), Work::start(self.vmid));
        }
        Next::ok()
    }

    fn undo(&mut self, world: &mut World) {
        for key in std::mem::take(&mut self.made) {
            world.free(&key);
        }
        world.remove_vm(self.vmid);
    }

    pub(super) fn interrupted(&mut self, world: &mut World) -> String {
        self.undo(world);
        format!("unable to create VM {} - received interrupt", self.vmid)
    }
}

/// Drives are made in the order of their slots, so the last slot comes first in the stack.
trait RevSorted {
    fn rev_sorted(self) -> Vec<String>;
}

impl<'a, I: Iterator<Item = &'a str>> RevSorted for I {
    fn rev_sorted(self) -> Vec<String> {
        let mut all: Vec<String> = self.map(str::to_owned).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all
    }
}
