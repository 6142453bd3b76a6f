//! Operations with a mishap at one of their calls; `slipway-explorer matrix` tries every mishap at every call of each.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use slipway_explorer::{
    drill::{Mishap, Rehearsal, Row, Stage, operations},
    gate::Fate,
};

fn check(stage: &Stage, position: usize, mishap: Mishap, ignored: &[&str]) {
    let place = format!("{}, {mishap:?} at `{}`", stage.operation.name, stage.calls[position]);
    if let Rehearsal::Broken { promise, trace } = stage.rehearse(position, mishap, ignored) {
        panic!("{place}: {promise}\n{}", trace.join("\n"));
    }
}

/// A half of all operations.
fn a_call_is_lost(from: usize) {
    for operation in operations().iter().skip(from).step_by(2) {
        let stage = Stage::prepare(operation).unwrap();
        for position in 0..stage.calls.len() {
            check(&stage, position, Mishap::Call(Fate::CallLost), &[]);
        }
    }
}

#[test]
fn a_call_that_is_lost_costs_no_operation_anything_first_half() {
    a_call_is_lost(0);
}

#[test]
fn a_call_that_is_lost_costs_no_operation_anything_second_half() {
    a_call_is_lost(1);
}

#[test]
fn a_rename_survives_everything_that_may_befall_its_call() {
    let operation = operations().iter().find(|operation| operation.name == "rename").unwrap();
    let stage = Stage::prepare(operation).unwrap();
    for row in Row::all().iter().filter(|row| row.meets(operation)) {
        let (mishaps, ignored) = row.mishaps(&stage);
        for mishap in mishaps {
            check(&stage, 0, mishap, ignored);
        }
    }
}
