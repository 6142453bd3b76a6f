//! A guest in `/cluster/resources`: what comes from its file is current, the rest is as old as the last statistics round,
//! or missing. Written as text at once, for there may be tens of thousands.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::{
    model::{Vmid, vm::Vm},
    world::World,
};

#[derive(Debug, Serialize)]
pub(super) struct GuestRow<'a> {
    #[serde(serialize_with = "with_type")]
    id: Vmid,
    node: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    vmid: Vmid,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hastate: Option<&'static str>,
    status: &'static str,
    #[serde(flatten)]
    measured: Option<Measured>,
}

#[derive(Debug, Serialize)]
struct Measured {
    name: String,
    template: u8,
    maxcpu: u64,
    maxmem: u64,
    maxdisk: u64,
    uptime: u64,
    cpu: Value,
    mem: u64,
    memhost: u64,
    disk: u64,
    diskread: u64,
    diskwrite: u64,
    netin: u64,
    netout: u64,
}

/// `qemu/100`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn with_type<S: Serializer>(vmid: &Vmid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("qemu/{vmid}"))
}

impl<'a> GuestRow<'a> {
    pub(super) fn new(world: &'a World, vmid: Vmid, vm: &'a Vm, pool: Option<&'a str>) -> Self {
        let sample = world.sample(vmid);
        let status = match &sample {
            None => "unknown",
            Some(sample) if sample.running => "running",
            Some(_) => "stopped",
        };
        let measured = sample.map(|sample| Measured {
            template: u8::from(sample.template),
            maxcpu: sample.cpus,
            maxmem: sample.memory,
            maxdisk: sample.disk,
            uptime: sample.uptime,
            cpu: if sample.running { json!(0.02) } else { json!(0) },
            mem: if sample.running { sample.memory / 3 } else { 0 },
            memhost: if sample.running { sample.memory / 2 } else { 0 },
            name: sample.name,
            disk: 0,
            diskread: 0,
            diskwrite: 0,
            netin: 0,
            netout: 0,
        });
        Self {
            id: vmid,
            node: &vm.node,
            kind: "qemu",
            vmid,
            lock: vm.config.lock(),
            tags: vm.config.get("tags"),
            pool,
            hastate: world.ha_state(vmid),
            status,
            measured,
        }
    }

    /// As a member of a pool, which is shown by its statistics alone.
    pub(super) fn into_member(mut self) -> Self {
        (self.lock, self.tags, self.pool, self.hastate) = (None, None, None, None);
        self
    }
}

/// A row of a list with guests in it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "nearly all are guests")]
pub(super) enum Row<'a> {
    Guest(GuestRow<'a>),
    Other(Value),
}
