//! The Proxmox VE testbed. The client shares the machine's cores with the server, as the real node's did.

mod load;
pub(crate) mod memory;
mod transitions;

use anyhow::Result;
use pve_testbed::{Scenario, World};

use crate::{figure::Figure, machine::Machine, report::Report};

/// When the measured worlds begin; any time will do.
const EPOCH: u64 = 1_795_413_000;

fn world(scenario: &str) -> Result<World> {
    Ok(Scenario::read(scenario)?.build(7, EPOCH)?)
}

/// How often each is measured.
const TIMES: usize = 7;

/// A measurement to be made, again and again.
struct Task {
    name: &'static str,
    measure: Box<dyn Fn() -> Result<f64>>,
    figure: fn(&'static str, Vec<f64>) -> Figure,
}

/// Measures everything whose name contains `only`, one after the other.
pub(crate) fn measure(seconds: u64, only: &str) -> Result<Report> {
    // Before any of it is our own.
    let machine = Machine::here();
    let tasks = tasks(seconds).into_iter().filter(|task| task.name.contains(only));
    let figures = tasks.map(|task| {
        let samples = (0..TIMES).map(|_| (task.measure)()).collect::<Result<_>>()?;
        Ok((task.figure)(task.name, samples))
    });
    let figures = figures.collect::<Result<_>>()?;
    Ok(Report::new("Proxmox VE testbed", machine, figures).about(
        "Requests a second over TLS with eight kept-alive connections, client and server sharing the machine's cores. The goals \
         are what a real node answered on two.",
    ))
}

fn tasks(seconds: u64) -> Vec<Task> {
    const SMALL: &str = "vms: []\n";
    const LARGE: &str = "fill: {vms: 10000, first: 100000, running: 50, storage: local-lvm}\n";
    let load = |name, figure, scenario: &'static str, paths: Vec<String>| Task {
        name,
        measure: Box::new(move || load::run(world(scenario)?, paths.clone(), seconds)),
        figure,
    };
    let version = || vec!["/api2/json/version".to_owned()];
    let resources = || vec!["/api2/json/cluster/resources".to_owned()];
    let configs =
        (100_000..110_000).map(|vmid| format!("/api2/json/nodes/{}/qemu/{vmid}/config", node_of(vmid))).collect();
    vec![
        load("/version", |name, all| rate(name, all).at_least(2_260.0), SMALL, version()),
        load("/cluster/resources, few guests", |name, all| rate(name, all).at_least(1_390.0), SMALL, resources()),
        load("config of one of 10,000 VMs", |name, all| rate(name, all).at_least(1_870.0), LARGE, configs),
        load("/version beside 10,000 VMs", |name, all| rate(name, all).at_least(2_260.0), LARGE, version()),
        load("/cluster/resources, 10,000 VMs", rate, LARGE, resources()),
        Task {
            name: "memory of 50,000 VMs on 50 nodes",
            measure: Box::new(memory::measure),
            figure: |name, all| Figure::measured(name, "MiB", all).at_most(1024.0),
        },
        Task {
            name: "transitions of the state machine, one core",
            measure: Box::new(move || transitions::run(seconds)),
            figure: |name, all| Figure::measured(name, "/s", all).at_least(500_000.0),
        },
    ]
}

fn rate(name: &'static str, samples: Vec<f64>) -> Figure {
    Figure::measured(name, "req/s", samples).more_is_better()
}

/// A fill spreads its VMs over the two nodes in turn.
const fn node_of(vmid: u32) -> &'static str {
    if vmid.is_multiple_of(2) { "pve1" } else { "pve2" }
}
