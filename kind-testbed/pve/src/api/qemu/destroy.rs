//! Deleting a VM: what is refused at once. Locks and base volumes are looked at in the task.

use super::{Call, Handled, only_root, upid, vm};
use crate::{
    error::ApiError,
    world::{
        World,
        work::{DestroyWork, Work, removal_refusal},
    },
};

pub(super) fn destroy(world: &mut World, call: &Call) -> Handled {
    let vmid = call.vmid();
    let skiplock = only_root(call, "skiplock")?;
    let cared_for = world.ha.resources.contains_key(&vmid) && !call.flag("purge");
    removal_refusal(vmid, vm(world, call)?, cared_for).map_err(ApiError::Die)?;
    let work = DestroyWork {
        vmid,
        purge: call.flag("purge"),
        unreferenced: call.flag("destroy-unreferenced-disks"),
        skiplock,
    };
    upid(world.start_task(&call.node, &call.who, "qmdestroy", &vmid.to_string(), Work::Destroy(work)))
}
