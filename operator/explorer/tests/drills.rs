//! Operations with a mishap at one of their calls; `slipway-explorer matrix` tries every mishap at every call of each.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at once")]

use slipway_explorer::{
    drill::{ALL, ALL_OTHERS, Matrix, Mishap, Operation, Rehearsal, Row, Stage, operations},
    gate::Fate,
    wire::Wire,
};

fn check(stage: &Stage, position: usize, mishap: Mishap, ignored: &[&str]) {
    let place = format!("{}, {mishap:?} at `{}`", stage.operation.name, stage.calls[position]);
    if let Rehearsal::Broken { promise, trace } = stage.rehearse(position, mishap, ignored) {
        panic!("{place}: {promise}\n{}", trace.join("\n"));
    }
}

/// At every call of a half of all operations, through the operator's own client and a testbed over HTTPS.
fn every_call_meets(fate: Fate, from: usize) {
    let wire = Wire::https().unwrap();
    for operation in operations().iter().skip(from).step_by(2) {
        let stage = Stage::prepare(operation, &wire).unwrap();
        let row = Row::Step("", fate);
        let (mishaps, ignored) = row.mishaps(&stage);
        for position in 0..stage.calls.len() {
            for mishap in &mishaps {
                check(&stage, position, mishap.clone(), ignored);
            }
        }
    }
}

#[test]
fn every_operation_survives_that_any_of_its_calls_fails_first_half() {
    every_call_meets(Fate::CallLost, 0);
}

#[test]
fn every_operation_survives_that_any_of_its_calls_fails_second_half() {
    every_call_meets(Fate::CallLost, 1);
}

#[test]
fn every_operation_survives_that_any_of_its_calls_is_made_twice_first_half() {
    every_call_meets(Fate::Twice, 0);
}

#[test]
fn every_operation_survives_that_any_of_its_calls_is_made_twice_second_half() {
    every_call_meets(Fate::Twice, 1);
}

#[test]
fn a_rename_survives_everything_that_may_befall_its_call_and_ends_as_the_readme_says() {
    let renames = |_: &Row, operation: &Operation| operation.name == "rename";
    let matrix = Matrix::run(1, &Wire::Direct, renames, |_, _| {});
    assert!(matrix.broken.is_empty(), "{:?}", matrix.broken);
    let readme = readme();
    for ((mishap, operation), end) in &matrix.cells {
        assert_eq!(end_in(&readme, mishap, operation).as_ref(), Some(end), "{mishap}: run `make prove`");
    }
}

#[test]
fn the_readme_says_how_every_operation_ends_with_every_mishap() {
    let readme = readme();
    for row in Row::all() {
        for operation in operations().iter().filter(|operation| row.meets(operation)) {
            let end = end_in(&readme, row.name(), operation.name);
            assert!(end.is_some(), "{} with {}: run `make prove`", operation.name, row.name());
        }
    }
}

/// The lines of its matrix: mishap, end, operations.
fn readme() -> Vec<[String; 3]> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let cells = |line: &str| -> Option<[String; 3]> {
        let parts: Vec<String> = line.trim_matches('|').split('|').map(|part| part.trim().to_owned()).collect();
        parts.try_into().ok()
    };
    text.lines().filter(|line| line.starts_with('|')).filter_map(cells).collect()
}

fn end_in(readme: &[[String; 3]], mishap: &str, operation: &str) -> Option<String> {
    let mut of_it = readme.iter().filter(|[name, ..]| name == mishap);
    let named = of_it.clone().find(|[.., names]| names.split(", ").any(|name| name == operation));
    named.or_else(|| of_it.find(|[.., names]| names == ALL || names == ALL_OTHERS)).map(|[_, end, _]| end.clone())
}
