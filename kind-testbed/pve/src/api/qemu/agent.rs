//! The guest agent: configured, running and answering, in that order.

use serde_json::{Value, json};

use super::{Call, Handled, Reply, vm};
use crate::{
    error::{ApiError, die},
    model::vm::{Run, Vm},
    world::{World, guest_interfaces, guest_os_info},
};

fn answering<'a>(world: &'a World, call: &Call) -> Result<(&'a Vm, &'a Run), ApiError> {
    let vm = vm(world, call)?;
    if !vm.config.agent_enabled() {
        die!("No QEMU guest agent configured");
    }
    let Some(run) = &vm.run else { die!("VM {} is not running", call.vmid()) };
    if !world.agent_answers(call.vmid(), vm) {
        die!("QEMU guest agent is not running");
    }
    Ok((vm, run))
}

fn result(value: &Value) -> Handled {
    Ok(Reply::Data(json!({ "result": value })))
}

pub(super) fn ping(world: &mut World, call: &Call) -> Handled {
    answering(world, call)?;
    result(&json!({}))
}

pub(super) fn os_info(world: &mut World, call: &Call) -> Handled {
    let (_, run) = answering(world, call)?;
    result(&guest_os_info(run))
}

/// The name from the cloud-init drive the guest booted with.
pub(super) fn host_name(world: &mut World, call: &Call) -> Handled {
    let (vm, _) = answering(world, call)?;
    let name = vm.cloudinit.get("name").or_else(|| vm.config.get("name")).unwrap_or("localhost");
    result(&json!({ "host-name": name.split('.').next() }))
}

pub(super) fn interfaces(world: &mut World, call: &Call) -> Handled {
    let (vm, _) = answering(world, call)?;
    result(&guest_interfaces(call.vmid(), vm))
}
