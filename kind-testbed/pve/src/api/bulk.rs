//! `startall` and `stopall` of a node.

use std::collections::BTreeSet;

use super::{Call, Handled, Reply};
use crate::{
    error::ApiError,
    model::Vmid,
    schema::split_list,
    world::{
        World,
        work::{BulkWork, Work, start_order},
    },
};

/// The guests a call is about, in start order: all of the node, or those named, with the right to power them.
fn chosen(world: &World, call: &Call, picks: impl Fn(&World, Vmid) -> bool) -> Result<Vec<Vmid>, ApiError> {
    let named: Option<BTreeSet<Vmid>> =
        call.get("vms").map(|list| split_list(list).filter_map(|vmid| vmid.parse().ok()).collect());
    if !world.allowed(&call.who, "/", "VM.PowerMgmt") {
        let Some(named) = &named else { return Err(ApiError::forbidden("/", "VM.PowerMgmt")) };
        for vmid in named {
            world.require(&call.who, &format!("/vms/{vmid}"), "VM.PowerMgmt")?;
        }
    }
    let here = world.vms.iter().filter(|(vmid, vm)| {
        vm.node == call.node
            && !vm.config.is_template()
            && named.as_ref().is_none_or(|named| named.contains(vmid))
            && picks(world, **vmid)
    });
    let mut order: Vec<(u32, Vmid)> = here.map(|(vmid, vm)| (start_order(vm), *vmid)).collect();
    order.sort_unstable();
    Ok(order.into_iter().map(|(_, vmid)| vmid).collect())
}

pub(super) fn start_all(world: &mut World, call: &Call) -> Handled {
    let force = call.flag("force") || call.get("vms").is_some();
    let vmids = chosen(world, call, |world, vmid| {
        let onboot = world.vms.get(&vmid).is_some_and(|vm| vm.config.flag("onboot"));
        (onboot || force) && !world.ha.manages(vmid)
    })?;
    let work = Work::Bulk(BulkWork::start(vmids));
    Ok(Reply::Data(world.start_task(&call.node, &call.who, "startall", "", work).into()))
}

pub(super) fn stop_all(world: &mut World, call: &Call) -> Handled {
    let vmids = chosen(world, call, |world, vmid| !world.ha.manages(vmid))?;
    let timeout = call.number("timeout").unwrap_or(180);
    let work = Work::Bulk(BulkWork::stop(vmids, timeout, call.get("force-stop") != Some("0")));
    Ok(Reply::Data(world.start_task(&call.node, &call.who, "stopall", "", work).into()))
}
