//! The Proxmox VE testbed. The client shares the machine's cores with the server, as the real node's did.

mod load;
pub(crate) mod memory;
mod transitions;

use anyhow::Result;
use pve_testbed::{Scenario, World};

use crate::{
    machine,
    report::{Figure, Goal, Report},
};

const GIB: f64 = 1_073_741_824.0;
/// When the measured worlds begin; any time will do.
const EPOCH: u64 = 1_795_413_000;

fn world(scenario: &str) -> Result<World> {
    Ok(Scenario::read(scenario)?.build(7, EPOCH)?)
}

/// Measures everything, one after the other.
pub(crate) fn measure(seconds: u64) -> Result<Report> {
    let small = || world("vms: []\n");
    let large = || world("fill: {vms: 10000, first: 100000, running: 50, storage: local-lvm}\n");
    let many =
        || (100_000..110_000).map(|vmid| format!("/api2/json/nodes/{}/qemu/{vmid}/config", node_of(vmid))).collect();
    let one = |path: &str| vec![format!("/api2/json{path}")];
    let rate = |name, goal, value| Figure { name, value, unit: "req/s", goal };
    let figures = vec![
        rate("/version", Goal::AtLeast(2_260.0), load::run(small()?, one("/version"), seconds)?),
        rate(
            "/cluster/resources, few guests",
            Goal::AtLeast(1_390.0),
            load::run(small()?, one("/cluster/resources"), seconds)?,
        ),
        rate("config of one of 10,000 VMs", Goal::AtLeast(1_870.0), load::run(large()?, many(), seconds)?),
        rate("/version, beside 10,000 VMs", Goal::AtLeast(2_260.0), load::run(large()?, one("/version"), seconds)?),
        rate("/cluster/resources, 10,000 VMs", Goal::None, load::run(large()?, one("/cluster/resources"), seconds)?),
        Figure {
            name: "memory of 50,000 VMs on 50 nodes",
            value: memory::measure()?,
            unit: "bytes",
            goal: Goal::AtMost(GIB),
        },
        Figure {
            name: "transitions of the state machine, one core",
            value: transitions::run(seconds),
            unit: "/s",
            goal: Goal::AtLeast(500_000.0),
        },
    ];
    Ok(Report { title: "Proxmox VE testbed", machine: machine::describe(), figures })
}

/// A fill spreads its VMs over the two nodes in turn.
const fn node_of(vmid: u32) -> &'static str {
    if vmid.is_multiple_of(2) { "pve1" } else { "pve2" }
}
