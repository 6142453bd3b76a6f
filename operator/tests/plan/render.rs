//! A plan as text: its steps with their impact and calls, and why it stops.

use std::fmt::Write as _;

use slipway_operator::server::plan::{Hold, Plan};

use crate::model::Model;

/// A page of cases, for one snapshot.
#[derive(Default)]
pub struct Page(String);

impl Page {
    pub fn case(&mut self, title: &str, plan: &Plan) -> &mut Self {
        write!(self.0, "# {title}\n{}\n", text(plan)).unwrap();
        self
    }

    /// The plan of a converged server after `change`.
    pub fn after(&mut self, title: &str, change: impl FnOnce(&mut Model)) -> &mut Self {
        let mut model = Model::converged();
        change(&mut model);
        let plan = model.plan();
        self.case(title, &plan)
    }

    pub fn text(&self) -> &str {
        self.0.trim_end()
    }
}

pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for step in &plan.steps {
        writeln!(out, "- {step} [{}]", step.impact().as_str()).unwrap();
        let Some(wire) = step.request().map(|r| r.wire()) else { continue };
        writeln!(out, "    {} {}", wire.method, wire.path).unwrap();
        for (key, value) in wire.params {
            writeln!(out, "      {key}={}", value.replace('\n', "\n        ")).unwrap();
        }
    }
    match &plan.hold {
        None if plan.steps.is_empty() => writeln!(out, "nothing to do").unwrap(),
        None => {}
        Some(Hold::Turn { before }) => writeln!(out, "= waits for its turn, {before} come first").unwrap(),
        Some(Hold::Task) => writeln!(out, "= a task runs").unwrap(),
        Some(Hold::Waiting(reason, message)) => writeln!(out, "= waits, {reason}: {message}").unwrap(),
        Some(Hold::Stalled(reason, message)) => writeln!(out, "= stalled, {reason}: {message}").unwrap(),
    }
    for drift in &plan.drift {
        writeln!(out, "~ {}: wanted `{}`, found `{}`", drift.field, drift.wanted, drift.found).unwrap();
    }
    if plan.restart_required {
        writeln!(out, "! a restart is required").unwrap();
    }
    out
}
