//! The small bound; `make prove` goes further.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

use slipway_explorer::{
    explore::{Bound, explore},
    sabotage::Sabotage,
    scenario::scenarios,
};

/// Enough for each broken operator to be caught in its scenario.
const BROKEN: Bound = Bound { states: 1200 };
const PROVEN: Bound = Bound { states: 150 };

fn caught(sabotage: Sabotage, scenario: &str) {
    let scenario = scenarios().into_iter().find(|s| s.name == scenario).expect("a scenario of this name");
    let violation = explore(&scenario, sabotage, BROKEN).unwrap().violation.expect("it was not caught");
    assert!(sabotage.breaks().iter().any(|words| violation.promise.contains(words)), "{sabotage:?}: {violation}");
}

#[test]
fn no_promise_breaks_within_the_small_bound() {
    for scenario in scenarios() {
        let explored = explore(&scenario, Sabotage::None, PROVEN).unwrap();
        assert!(explored.violation.is_none(), "{}: {}", scenario.name, explored.violation.unwrap());
        assert!(explored.states > 50, "{}: only {} states", scenario.name, explored.states);
    }
}

#[test]
fn an_operator_that_creates_before_it_has_a_number_is_caught() {
    caught(Sabotage::CreateBeforeNumber, "create: a crash at every step");
}

#[test]
fn an_operator_that_uses_numbers_again_is_caught() {
    caught(Sabotage::NumbersReused, "create: deleted on the way, created again");
}

#[test]
fn an_operator_without_the_verdict_undetermined_is_caught() {
    caught(Sabotage::NoUndetermined, "create: a crash at every step");
}

#[test]
fn an_operator_without_an_epoch_is_caught() {
    caught(Sabotage::NoEpoch, "an older control plane");
}

#[test]
fn an_operator_that_lets_go_before_it_has_a_record_is_caught() {
    caught(Sabotage::FinalizerBeforeRecord, "delete: every crash and loss");
}

#[test]
fn an_operator_that_leaves_no_intent_is_caught() {
    caught(Sabotage::NoIntent, "verbs: a restart is done once");
}

#[test]
fn an_operator_whose_actions_never_expire_is_caught() {
    caught(Sabotage::NoNotAfter, "verbs: one that comes too late");
}

#[test]
fn an_operator_that_sweeps_by_the_mark_alone_is_caught() {
    caught(Sabotage::SweepByMarkAlone, "create: the status is lost");
}
