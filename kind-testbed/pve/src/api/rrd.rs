//! `rrddata`: sixty or seventy points of a round robin database. The world keeps no history: a point shows the present
//! size as far back as the object has been there, and a load where the guest was last seen running.

use serde_json::{Value, json};

use super::{Call, Handled, Reply};
use crate::{
    error::ApiError,
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

/// What a point shows while `from <= time`, and `to` has not passed.
struct Span {
    /// Unix seconds.
    from: u64,
    /// Unix seconds.
    to: u64,
    values: Value,
}

/// The points of a time frame, oldest first, each with what was so in its time.
fn points(world: &World, call: &Call, spans: &[Span]) -> Handled {
    let (step, count) = resolution(call.required("timeframe"));
    let last = world.unix_now() / step * step;
    let rows = (0..count).rev().map(|back| {
        let time = last.saturating_sub(back * step);
        let mut row = json!({ "time": time });
        for span in spans.iter().filter(|span| time + step > span.from && time <= span.to) {
            if let (Some(row), Some(values)) = (row.as_object_mut(), span.values.as_object()) {
                row.extend(values.clone());
            }
        }
        row
    });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn of_node(world: &mut World, call: &Call) -> Handled {
    let Some(node) = world.nodes.get(&call.node) else { return Ok(Reply::Data(json!([]))) };
    let used = world.memory_used(&call.node);
    let values = json!({
        "arcsize": 0, "cpu": 0.03, "iowait": 0.002, "loadavg": 0.42, "maxcpu": node.cpus, "memavailable": node.memory - used,
        "memtotal": node.memory, "memused": used, "netin": 1_200.5, "netout": 900.25, "pressurecpusome": 0.8,
        "pressureiofull": 0, "pressureiosome": 0, "pressurememoryfull": 0, "pressurememorysome": 0,
        "roottotal": 100u64 << 30, "rootused": 9u64 << 30, "swaptotal": 8u64 << 30, "swapused": 0,
    });
    let from = world.unix_now() - world.uptime(node);
    points(world, call, &[Span { from, to: u64::MAX, values }])
}

/// A storage's size and use.
pub(super) fn of_storage(world: &mut World, call: &Call) -> Handled {
    let id = call.required("storage");
    let storage = world.storage_on(id, &call.node).map_err(ApiError::Die)?;
    let values = json!({ "total": storage.total, "used": world.storage_used(id, &call.node) });
    points(world, call, &[Span { from: world.settings.epoch, to: u64::MAX, values }])
}

/// A VM's own: its size since it was made, its load while it was seen running last.
pub(super) fn of_vm(world: &World, call: &Call, vmid: Vmid, vm: &Vm) -> Handled {
    let Some(sample) = world.sample(vmid) else { return points(world, call, &[]) };
    let memory = vm.config.memory_mib() << 20;
    let created = vm.config.get("meta").and_then(|meta| meta.rsplit_once("ctime=")).and_then(|(_, at)| at.parse().ok());
    let size = Span {
        from: created.unwrap_or(0),
        to: u64::MAX,
        values: json!({ "maxcpu": vm.config.cpus(), "maxmem": memory, "disk": 0, "maxdisk": vm.config.boot_disk_bytes() }),
    };
    let load = sample.ran.map(|(from, to)| Span {
        from: world.unix_at(from),
        to: world.unix_at(to),
        values: json!({
            "cpu": 0.02, "mem": memory / 3, "memhost": memory / 2, "netin": 310, "netout": 120, "diskread": 0,
            "diskwrite": 2_048, "pressurecpusome": 0, "pressurecpufull": 0, "pressureiosome": 0, "pressureiofull": 0,
            "pressurememorysome": 0, "pressurememoryfull": 0,
        }),
    });
    let spans: Vec<Span> = std::iter::once(size).chain(load).collect();
    points(world, call, &spans)
}
