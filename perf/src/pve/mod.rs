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

/// A measurement to be made.
struct Task {
    name: &'static str,
    unit: &'static str,
    goal: Goal,
    run: Box<dyn FnOnce() -> Result<f64>>,
}

/// Measures everything whose name contains `only`, one after the other.
pub(crate) fn measure(seconds: u64, only: &str) -> Result<Report> {
    // Before any of it is our own.
    let machine = machine::describe();
    let figures = tasks(seconds)
        .into_iter()
        .filter(|task| task.name.contains(only))
        .map(|task| Ok(Figure { name: task.name.into(), value: (task.run)()?, unit: task.unit, goal: task.goal }));
    let figures = figures.collect::<Result<_>>()?;
    Ok(Report { title: "Proxmox VE testbed", machine, figures })
}

fn tasks(seconds: u64) -> Vec<Task> {
    const SMALL: &str = "vms: []\n";
    const LARGE: &str = "fill: {vms: 10000, first: 100000, running: 50, storage: local-lvm}\n";
    let load = |name, goal, scenario, paths: Vec<String>| Task {
        name,
        unit: "req/s",
        goal,
        run: Box::new(move || load::run(world(scenario)?, paths, seconds)),
    };
    let version = || vec!["/api2/json/version".to_owned()];
    let resources = || vec!["/api2/json/cluster/resources".to_owned()];
    let configs =
        (100_000..110_000).map(|vmid| format!("/api2/json/nodes/{}/qemu/{vmid}/config", node_of(vmid))).collect();
    vec![
        load("/version", Goal::AtLeast(2_260.0), SMALL, version()),
        load("/cluster/resources, few guests", Goal::AtLeast(1_390.0), SMALL, resources()),
        load("config of one of 10,000 VMs", Goal::AtLeast(1_870.0), LARGE, configs),
        load("/version beside 10,000 VMs", Goal::AtLeast(2_260.0), LARGE, version()),
        load("/cluster/resources, 10,000 VMs", Goal::None, LARGE, resources()),
        Task {
            name: "memory of 50,000 VMs on 50 nodes",
            unit: "bytes",
            goal: Goal::AtMost(GIB),
            run: Box::new(memory::measure),
        },
        Task {
            name: "transitions of the state machine, one core",
            unit: "/s",
            goal: Goal::AtLeast(500_000.0),
            run: Box::new(move || transitions::run(seconds)),
        },
    ]
}

/// A fill spreads its VMs over the two nodes in turn.
const fn node_of(vmid: u32) -> &'static str {
    if vmid.is_multiple_of(2) { "pve1" } else { "pve2" }
}
