//! `rrddata`: sixty or seventy points of a round robin database. The world keeps no history: a point shows the present
//! state as far back as the object has been there, and nothing but its time before that.

use serde_json::{Value, json};

use super::{Call, Handled, Reply};
use crate::{
    model::{Vmid, vm::Vm},
    world::World,
};

/// Seconds a point and points, by time frame.
fn resolution(timeframe: &str) -> (u64, u64) {
    match timeframe {
        "hour" => (60, 60),
        "day" => (1_800, 48),
        "week" => (21_600, 28),
        "month" => (21_600, 120),
        "year" => (604_800, 52),
        _ => (604_800, 520),
    }
}

/// The points of a time frame, oldest first: only a time before `since`, the time and `values` after.
fn points(world: &World, call: &Call, since: u64, values: &Value) -> Handled {
    let (step, count) = resolution(call.required("timeframe"));
    let last = world.unix_now() / step * step;
    let rows = (0..count).rev().map(|back| {
        let time = last.saturating_sub(back * step);
        let mut row = json!({ "time": time });
        if time >= since
            && let (Some(row), Some(values)) = (row.as_object_mut(), values.as_object())
        {
            row.extend(values.clone());
        }
        row
    });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn of_node(world: &mut World, call: &Call) -> Handled {
    let Some(node) = world.nodes.get(&call.node) else { return Ok(Reply::Data(json!([]))) };
    let used = world.memory_used(&call.node);
    let since = world.unix_now() - world.uptime(node);
    let values = json!({
        "arcsize": 0, "cpu": 0.03, "iowait": 0.002, "loadavg": 0.42, "maxcpu": node.cpus, "memavailable": node.memory - used,
        "memtotal": node.memory, "memused": used, "netin": 1_200.5, "netout": 900.25, "pressurecpusome": 0.8,
        "pressureiofull": 0, "pressureiosome": 0, "pressurememoryfull": 0, "pressurememorysome": 0,
        "roottotal": 100u64 << 30, "rootused": 9u64 << 30, "swaptotal": 8u64 << 30, "swapused": 0,
    });
    points(world, call, since, &values)
}

/// A VM's own; a stopped one has no load.
pub(super) fn of_vm(world: &World, call: &Call, vmid: Vmid, vm: &Vm) -> Handled {
    let memory = vm.config.memory_mib() << 20;
    let mut values =
        json!({ "maxcpu": vm.config.cpus(), "maxmem": memory, "disk": 0, "maxdisk": vm.config.boot_disk_bytes() });
    if vm.running() {
        let load = json!({
            "cpu": 0.02, "mem": memory / 3, "memhost": memory / 2, "netin": 310, "netout": 120, "diskread": 0,
            "diskwrite": 2_048, "pressurecpusome": 0, "pressurecpufull": 0, "pressureiosome": 0, "pressureiofull": 0,
            "pressurememorysome": 0, "pressurememoryfull": 0,
        });
        if let (Some(values), Value::Object(load)) = (values.as_object_mut(), load) {
            values.extend(load);
        }
    }
    let created = vm.config.get("meta").and_then(|meta| meta.rsplit_once("ctime=")).and_then(|(_, at)| at.parse().ok());
    let measured = world.sample(vmid).is_some();
    let since = if measured { created.unwrap_or(0) } else { u64::MAX };
    points(world, call, since, &values)
}
