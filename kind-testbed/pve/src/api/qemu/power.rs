//! Power calls. Most answer with a task whatever the VM's state; see which ones look first.

use super::{Call, Handled, only_root, upid, vm};
use crate::{
    error::{ApiError, die},
    world::{
        World,
        work::{HaRequest, HaWork, Power, PowerWork, Work},
    },
};

fn begin(world: &mut World, call: &Call, kind: &str, power: Power) -> Handled {
    let work = Work::Power(PowerWork::new(call.vmid(), power, only_root(call, "skiplock")?));
    upid(world.start_task(&call.node, &call.who, kind, &call.vmid().to_string(), work))
}

/// Asks the HA stack to do it, when it manages the VM.
fn by_ha(world: &mut World, call: &Call, kind: &str, request: HaRequest) -> Handled {
    let work = Work::Ha(HaWork { vmid: call.vmid(), request });
    upid(world.start_task(&call.node, &call.who, kind, &call.vmid().to_string(), work))
}

/// Even an unknown VM gives a task.
pub(super) fn start(world: &mut World, call: &Call) -> Handled {
    only_root(call, "skiplock")?;
    if world.ha.manages(call.vmid()) {
        return by_ha(world, call, "hastart", HaRequest::Start);
    }
    begin(world, call, "qmstart", Power::Start)
}

pub(super) fn stop(world: &mut World, call: &Call) -> Handled {
    only_root(call, "skiplock")?;
    if world.ha.manages(call.vmid()) {
        return by_ha(world, call, "hastop", HaRequest::Stop { timeout: 0 });
    }
    begin(world, call, "qmstop", Power::Stop { overrule: call.flag("overrule-shutdown") })
}

fn timeout(call: &Call, default: u64) -> u64 {
    call.number("timeout").unwrap_or(default) * 1000
}

pub(super) fn shutdown(world: &mut World, call: &Call) -> Handled {
    let force = call.flag("forceStop");
    let paused = world.vms.get(&call.vmid()).and_then(|vm| vm.run.as_ref()).is_some_and(|run| run.paused);
    if paused && !force {
        die!("VM is paused - cannot shutdown");
    }
    only_root(call, "skiplock")?;
    if world.ha.manages(call.vmid()) {
        return by_ha(world, call, "hastop", HaRequest::Stop { timeout: call.number("timeout").unwrap_or(60) });
    }
    begin(world, call, "qmshutdown", Power::Shutdown { timeout: timeout(call, 60), force })
}

/// A VM that is not here is told in other words than by the calls that read its configuration.
fn running(world: &World, call: &Call) -> Result<(), ApiError> {
    let vm = world.found_on(&call.node, call.vmid()).map_err(ApiError::Die)?;
    if vm.running() {
        return Ok(());
    }
    die!("VM {} not running", call.vmid())
}

pub(super) fn reboot(world: &mut World, call: &Call) -> Handled {
    let run = world.vms.get(&call.vmid()).and_then(|vm| vm.run.as_ref());
    if run.is_some_and(|run| run.paused) {
        die!("VM is paused - cannot shutdown");
    }
    running(world, call)?;
    begin(world, call, "qmreboot", Power::Reboot { timeout: timeout(call, 60) })
}

pub(super) fn reset(world: &mut World, call: &Call) -> Handled {
    running(world, call)?;
    begin(world, call, "qmreset", Power::Reset)
}

/// Pauses; with `todisk=1` saves the memory and ends.
pub(super) fn suspend(world: &mut World, call: &Call) -> Handled {
    running(world, call)?;
    if call.flag("todisk") {
        return begin(world, call, "qmsuspend", Power::Hibernate);
    }
    begin(world, call, "qmpause", Power::Pause)
}

/// A hibernated VM is started; a paused one goes on.
pub(super) fn resume(world: &mut World, call: &Call) -> Handled {
    let suspended = vm(world, call).is_ok_and(|vm| vm.config.lock() == Some("suspended"));
    if suspended {
        return begin(world, call, "qmresume", Power::Start);
    }
    running(world, call)?;
    begin(world, call, "qmresume", Power::Resume)
}
