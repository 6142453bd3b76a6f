//! `/nodes` and what a node says about itself.

use serde_json::json;

use super::{Call, Handled, Reply};
use crate::{error::ApiError, world::World};

pub(super) fn version(_: &mut World, _: &Call) -> Handled {
    Ok(Reply::Data(json!({ "version": "9.2.11", "release": "9.2", "repoid": "14a22df35955d97d" })))
}

pub(super) fn list(world: &mut World, call: &Call) -> Handled {
    let rows = world.nodes.iter().map(|(name, node)| {
        let mut row = json!({
            "id": format!("node/{name}"), "node": name, "type": "node", "level": "",
            "status": if node.online { "online" } else { "offline" }, "ssl_fingerprint": node.fingerprint,
        });
        if node.online && world.allowed(&call.who, &format!("/nodes/{name}"), "Sys.Audit") {
            row["maxcpu"] = json!(node.cpus);
            row["cpu"] = json!(0.03);
            row["maxmem"] = json!(node.memory);
            row["mem"] = json!(world.memory_used(name));
            row["maxdisk"] = json!(100u64 << 30);
            row["disk"] = json!(9u64 << 30);
            row["uptime"] = json!(world.uptime(node));
        }
        row
    });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn status(world: &mut World, call: &Call) -> Handled {
    let name = &call.node;
    let node = world.nodes.get(name).ok_or_else(|| ApiError::Die(format!("no such node '{name}'")))?;
    let used = world.memory_used(name);
    let disk = 100u64 << 30;
    Ok(Reply::Data(json!({
        "pveversion": "pve-manager/9.2.11/14a22df35955d97d",
        "kversion": "Linux 6.17.2-1-pve #1 SMP PREEMPT_DYNAMIC PMX 6.17.2-1",
        "current-kernel": {
            "sysname": "Linux", "release": "6.17.2-1-pve", "machine": "x86_64",
            "version": "#1 SMP PREEMPT_DYNAMIC PMX 6.17.2-1",
        },
        "boot-info": { "mode": "legacy-bios" },
        "uptime": world.uptime(node), "idle": 0, "wait": 0, "cpu": 0.03, "loadavg": ["0.42", "0.38", "0.35"],
        "cpuinfo": {
            "cpus": node.cpus, "cores": node.cpus / 2, "sockets": 1, "model": "AMD EPYC 7313P 16-Core Processor",
            "family": "25", "vendor": "AuthenticAMD",
            "mhz": "2994.375", "hvm": "1", "user_hz": 100, "flags": "fpu vme de pse tsc msr pae mce cx8 apic sep",
        },
        "memory": { "total": node.memory, "used": used, "free": node.memory - used, "available": node.memory - used },
        "swap": { "total": 8u64 << 30, "used": 0, "free": 8u64 << 30 },
        "rootfs": { "total": disk, "used": 9u64 << 30, "free": disk - (9u64 << 30), "avail": disk - (14u64 << 30) },
        "ksm": { "shared": 0 },
    })))
}
