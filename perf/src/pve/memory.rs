//! Resident memory of a large cluster, measured in a process that does nothing else.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use pve_testbed::request::{Method, Request};

use crate::machine;

/// MiB.
pub(super) fn measure() -> Result<f64> {
    let output = Command::new(std::env::current_exe()?).arg("pve-memory").output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes: f64 = String::from_utf8(output.stdout)?.trim().parse().context("the memory of the large world")?;
    Ok(bytes / machine::MIB)
}

/// Builds 50,000 VMs on 50 nodes, lets every node measure twice and reads all resources once.
pub(crate) fn print() -> Result<()> {
    let mut world = super::world(include_str!("../../../kind-testbed/pve/scenarios/large.yaml"))?;
    world.advance(world.now() + 25_000);
    let token = world.root_token();
    let answer = world.call(Request::new(Method::Get, "/cluster/resources").token(&token));
    let rows = answer.data().as_array().map_or(0, Vec::len);
    ensure!(rows >= 50_000, "only {rows} rows");
    println!("{}", machine::memory("self", "VmRSS"));
    Ok(())
}
