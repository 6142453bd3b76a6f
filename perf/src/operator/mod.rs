//! The operator: alone in this process, and as a process of its own with a fleet on a real kube-apiserver.

mod fleet;
mod noop;
mod process;

use anyhow::Result;
pub(crate) use fleet::Fleet;
use slipway_explorer::{
    explore::{Bound, explore},
    sabotage::Sabotage,
    scenario::scenarios,
};

use crate::{
    machine,
    report::{Figure, Goal, Report},
};

/// States that the explorer's rate is taken over.
const STATES: usize = 3_000;
/// The widest of its scenarios.
const WIDEST: &str = "create: everything that may happen";

pub(crate) fn measure(fleet: &Fleet) -> Result<Report> {
    let figure = |name: &'static str, value, unit, goal| Figure { name: name.into(), value, unit, goal };
    // Before any of it is our own.
    let machine = machine::describe();
    let mut figures = vec![
        figure("CPU of a no-op reconcile, few guests", noop::microseconds(0)?, "µs", Goal::AtMost(100.0)),
        figure("CPU of a no-op reconcile beside 10,000 guests", noop::microseconds(10_000)?, "µs", Goal::AtMost(100.0)),
        figure("explorer, one core", states_a_second()?, "states/s", Goal::None),
    ];
    figures.extend(fleet.measure()?);
    Ok(Report { title: "Operator", machine, figures })
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn states_a_second() -> Result<f64> {
    let all = scenarios();
    let widest = all.iter().find(|scenario| scenario.name == WIDEST);
    let scenario = widest.ok_or_else(|| anyhow::anyhow!("the explorer has no scenario `{WIDEST}`"))?;
    let explored = explore(scenario, Sabotage::None, Bound { states: STATES })?;
    Ok(explored.states as f64 / explored.took.as_secs_f64())
}
