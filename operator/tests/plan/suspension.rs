//! Suspended: off, started by nobody, and afterwards as it was.

use insta::assert_snapshot;
use slipway_crds::{PowerState, RunPolicy, SuspensionStatus, Verb, words::WaitingReason};
use slipway_operator::server::plan::{Hold, plan_verbs};

use crate::{model::Model, render::Page, verbs::action};

fn suspended() -> Model {
    let mut model = Model::converged();
    model.desired.suspended = Some("unpaid invoice".into());
    model
}

fn running(model: &Model) -> bool {
    model.guest.as_ref().unwrap().running.is_some()
}

#[test]
fn a_suspension_stops_the_guest_and_its_end_gives_back_the_power_it_had() {
    let mut model = suspended();
    let taken = model.settle();
    assert!(!running(&model));
    model.desired.suspended = None;
    let given_back = model.settle();
    assert!(running(&model));
    assert_eq!(model.status.suspension, None);
    assert_snapshot!([taken, vec!["---".to_owned()], given_back].concat().join("\n"));
}

#[test]
fn what_was_off_stays_off_when_the_suspension_ends() {
    let mut model = Model::converged();
    model.guest.as_mut().unwrap().running = None;
    model.status.power_wish = Some(PowerState::Stopped);
    model.settle();
    model.desired.suspended = Some("unpaid invoice".into());
    model.settle();
    model.desired.suspended = None;
    model.settle();
    assert!(!running(&model));
    assert_eq!(model.option("onboot"), "0");
}

#[test]
fn a_guest_that_somebody_starts_by_hand_is_stopped_again() {
    let mut model = suspended();
    model.settle();
    model.guest.as_mut().unwrap().running = Some((1, 1024 << 20));
    let taken = model.settle();
    assert!(!running(&model), "{taken:?}");
    assert_eq!(model.status.suspension.unwrap().power, PowerState::Running, "what it had before is not forgotten");
}

#[test]
fn every_verb_that_starts_is_refused_with_the_reason() {
    let mut page = Page::default();
    for verb in [Verb::Start, Verb::Restart, Verb::Reset, Verb::Stop, Verb::Shutdown] {
        let mut model = suspended();
        model.settle();
        model.actions = vec![action("web-1", verb)];
        page.case(&format!("{verb:?}"), &model.plan());
    }
    assert_snapshot!(page.text());
}

#[test]
fn a_wish_that_cannot_be_planned_frees_nobody() {
    let model = suspended();
    let why = Hold::Waiting(WaitingReason::PlanNotFound, "no such plan".into());
    let mut page = Page::default();
    page.case("just suspended", &plan_verbs(&model.desired, &model.seen(), why.clone()));
    let mut remembered = suspended();
    remembered.status.suspension = Some(SuspensionStatus { power: PowerState::Running, spares: false });
    page.case("remembered", &plan_verbs(&remembered.desired, &remembered.seen(), why));
    assert_snapshot!(page.text());
}

#[test]
fn no_policy_starts_what_is_suspended() {
    for policy in [RunPolicy::Managed, RunPolicy::Running, RunPolicy::Stopped] {
        let mut model = Model::new();
        model.desired.suspended = Some("unpaid invoice".into());
        model.desired.run_policy = policy;
        let taken = model.settle();
        assert!(!running(&model), "{policy:?}: {taken:?}");
    }
}

#[test]
fn a_server_that_was_suspended_when_it_was_adopted_is_not_stopped() {
    let mut model = suspended();
    model.status.suspension = Some(SuspensionStatus { power: PowerState::Running, spares: true });
    model.settle();
    assert!(running(&model));
    model.guest.as_mut().unwrap().running = None;
    model.settle();
    assert!(!running(&model), "nobody starts it either");
}
