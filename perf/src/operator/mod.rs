//! The operator: alone in this process, and as a process of its own with a fleet on a real kube-apiserver.

mod fleet;
mod noop;
mod process;

use anyhow::Result;
pub(crate) use fleet::{Fleet, Lab, TASKS};
pub(crate) use noop::allocations as allocations_of_a_no_op;
pub(crate) use process::Operator;
use slipway_explorer::{
    explore::{Bound, explore},
    sabotage::Sabotage,
    scenario::scenarios,
};

use crate::{figure::Figure, machine::Machine, report::Report};

/// States that the explorer's rate is taken over.
const STATES: usize = 3_000;
/// How often it is taken.
const TIMES: usize = 5;
/// The widest of its scenarios.
const WIDEST: &str = "create: everything that may happen";

pub(crate) fn measure(fleet: &Fleet) -> Result<Report> {
    // Before any of it is our own.
    let machine = Machine::here();
    let no_op =
        |name, guests| Ok::<_, anyhow::Error>(Figure::measured(name, "µs", noop::microseconds(guests)?).at_most(100.0));
    let states = (0..TIMES).map(|_| states_a_second()).collect::<Result<_>>()?;
    let mut figures = vec![
        no_op("CPU of a no-op reconcile, few guests", 0)?,
        no_op("CPU of a no-op reconcile beside 10,000 guests", 10_000)?,
        Figure::measured("explorer, one core", "states/s", states).more_is_better(),
    ];
    figures.extend(fleet.measure()?);
    Ok(Report::new("Operator", machine, figures).about(
        "A reconciliation that has nothing to do, alone in this process; and a fleet on a real kube-apiserver with the Proxmox VE \
         testbed: what creates cost at Proxmox's own speed and the default limits, and what an idle fleet does.",
    ))
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn states_a_second() -> Result<f64> {
    let all = scenarios();
    let widest = all.iter().find(|scenario| scenario.name == WIDEST);
    let scenario = widest.ok_or_else(|| anyhow::anyhow!("the explorer has no scenario `{WIDEST}`"))?;
    let explored = explore(scenario, Sabotage::None, Bound { states: STATES })?;
    Ok(explored.states as f64 / explored.took.as_secs_f64())
}
