//! What a VM looks like right now: the node's list and `status/current`.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Call, Handled, Reply, vm};
use crate::api::rrd;
use crate::{
    model::{
        Vmid,
        device::is_net_key,
        vm::{Run, Vm},
    },
    world::World,
};

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let full = call.flag("full");
    let rows = world.visible_guests(&call.who).filter(|(_, vm, _)| vm.node == call.node).map(|(vmid, vm, _)| {
        let mut row = basic(world, vmid, vm);
        if full {
            add_details(world, &mut row, vmid, vm);
        }
        row
    });
    Ok(Reply::Data(rows.collect()))
}

fn qmp_status(run: Option<&Run>) -> &'static str {
    match run {
        None => "stopped",
        Some(run) if run.io_error => "io-error",
        Some(run) if run.prelaunch => "prelaunch",
        Some(run) if run.paused => "paused",
        Some(_) => "running",
    }
}

fn basic(world: &World, vmid: Vmid, vm: &Vm) -> Value {
    let memory = vm.config.memory_mib() << 20;
    let mut row = json!({
        "vmid": vmid, "name": vm.display_name(vmid), "status": if vm.running() { "running" } else { "stopped" },
        "cpus": vm.config.cpus(), "cpu": 0, "maxmem": memory, "mem": 0, "memhost": 0,
        "maxdisk": vm.config.boot_disk_bytes(), "disk": 0, "uptime": 0, "netin": 0, "netout": 0,
    });
    if vm.config.is_template() {
        row["template"] = json!(1);
    }
    if vm.config.contains("serial0") {
        row["serial"] = json!(1);
    }
    for key in ["lock", "tags"] {
        if let Some(value) = vm.config.get(key) {
            row[key] = json!(value);
        }
    }
    if let Some(run) = &vm.run {
        let uptime = world.now().saturating_sub(run.since) / 1000;
        row["pid"] = json!(run.pid);
        row["uptime"] = json!(uptime);
        row["cpu"] = json!(0.02);
        row["mem"] = json!(memory / 3);
        row["memhost"] = json!(memory / 2);
        row["netin"] = json!(uptime * 310);
        row["netout"] = json!(uptime * 120);
        for what in ["cpu", "io", "memory"] {
            row[format!("pressure{what}some")] = json!(0);
            row[format!("pressure{what}full")] = json!(0);
        }
    }
    row
}

pub(super) fn current(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let mut row = basic(world, call.vmid(), vm);
    add_details(world, &mut row, call.vmid(), vm);
    row["ha"] = world.ha_summary(call.vmid());
    if let Some(vga) = vm.config.get("vga") {
        row["clipboard"] = vga.split_once("clipboard=").map_or(Value::Null, |(_, kind)| json!(kind));
        if vga.starts_with("qxl") {
            row["spice"] = json!(1);
        }
    }
    if vm.config.agent_enabled() {
        row["agent"] = json!(1);
    }
    Ok(Reply::Data(row))
}

/// What only QEMU itself knows: asked for one VM, or for all with `full=1`.
fn add_details(world: &World, row: &mut Value, vmid: Vmid, vm: &Vm) {
    row["qmpstatus"] = json!(qmp_status(vm.run.as_ref()));
    if vm.run.is_none() {
        return;
    }
    let memory = vm.config.memory_mib() << 20;
    row["diskread"] = json!(16_630_784);
    row["diskwrite"] = json!(row["uptime"].as_u64().unwrap_or(0) * 2_048);
    row["running-machine"] = json!("pc-i440fx-10.2+pve0");
    row["running-qemu"] = json!("10.2.2");
    row["balloon"] = json!(memory);
    row["ballooninfo"] = json!({ "actual": memory, "max_mem": memory });
    // The guest's own numbers come with its balloon driver.
    if vm.run.as_ref().is_some_and(|run| run.image.is_some() && run.booted <= world.now()) {
        row["freemem"] = json!(memory / 5 * 3);
        row["ballooninfo"] = json!({
            "actual": memory, "max_mem": memory, "total_mem": memory / 10 * 9, "free_mem": memory / 5 * 3,
            "last_update": world.unix_now(), "major_page_faults": 0, "minor_page_faults": 3_057,
            "mem_swapped_in": 0, "mem_swapped_out": 0,
        });
    }
    row["proxmox-support"] = json!({
        "backup-access-api": true, "backup-fleecing": true, "backup-max-workers": true, "pbs-dirty-bitmap": true,
        "pbs-dirty-bitmap-migration": true, "pbs-dirty-bitmap-savevm": true, "pbs-library-version": "1.5.0",
        "pbs-masterkey": true, "query-bitmap-info": true,
    });
    let drives = vm.config.drives().map(|(key, _)| (key.to_owned(), BLOCK_STATISTICS.clone()));
    row["blockstat"] = Value::Object(drives.collect());
    let cards = vm.config.iter().filter(|(key, _)| is_net_key(key)).map(|(key, _)| {
        let tap = format!("tap{vmid}i{}", key.trim_start_matches("net"));
        (tap, json!({ "netin": row["netin"], "netout": row["netout"] }))
    });
    row["nics"] = Value::Object(cards.collect());
}

/// The same for every drive.
static BLOCK_STATISTICS: LazyLock<Value> = LazyLock::new(|| {
    let mut out = json!({
        "account_failed": true, "account_invalid": true, "idle_time_ns": 590_081_135, "rd_bytes": 16_628_736,
        "rd_operations": 301, "rd_total_time_ns": 204_154_475, "timed_stats": [],
    });
    for what in ["rd", "wr", "flush", "unmap", "zone_append"] {
        for counter in ["operations", "total_time_ns", "merged", "bytes"] {
            let name = format!("{what}_{counter}");
            if out.get(&name).is_none() && !(what == "flush" && matches!(counter, "merged" | "bytes")) {
                out[name] = json!(0);
            }
        }
        out[format!("failed_{what}_operations")] = json!(0);
        out[format!("invalid_{what}_operations")] = json!(0);
    }
    out["wr_highest_offset"] = json!(0);
    out
});

pub(super) fn rrd_data(world: &mut World, call: &Call) -> Handled {
    rrd::of_vm(world, call, call.vmid(), vm(world, call)?)
}

/// What stands below a VM.
pub(super) fn index(_: &mut World, _: &Call) -> Handled {
    let names = [
        "config",
        "cloudinit",
        "pending",
        "status",
        "unlink",
        "vncproxy",
        "termproxy",
        "migrate",
        "resize",
        "move",
        "rrd",
        "rrddata",
        "monitor",
        "agent",
        "snapshot",
        "spiceproxy",
        "sendkey",
        "firewall",
        "mtunnel",
        "remote_migrate",
    ];
    Ok(Reply::Data(names.iter().map(|name| json!({ "subdir": name })).collect()))
}
