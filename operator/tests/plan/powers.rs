//! Run policies, pauses and running tasks.

use insta::assert_snapshot;
use slipway_crds::{PowerState, ReownKind, RunPolicy, SuspensionStatus, Verb, words::WaitingReason};
use slipway_operator::server::{
    observed::{AddressView, TaskView},
    plan::{Hold, plan, plan_verbs},
    step::Step,
};

use crate::{
    model::Model,
    render::{Page, text},
    verbs::action,
    verbs_data::reown,
};

fn stopped(model: &mut Model) {
    model.guest.as_mut().unwrap().running = None;
}

#[test]
fn a_run_policy_is_kept() {
    let mut page = Page::default();
    for policy in [RunPolicy::Managed, RunPolicy::Running, RunPolicy::Stopped] {
        page.after(&format!("{policy:?}, and it runs"), |m| m.desired.run_policy = policy);
        page.after(&format!("{policy:?}, and it is off"), |m| {
            m.desired.run_policy = policy;
            stopped(m);
        });
    }
    assert_snapshot!(page.text());
}

#[test]
fn a_new_server_that_is_to_be_stopped_is_never_started() {
    let mut model = Model::new();
    model.desired.run_policy = RunPolicy::Stopped;
    let taken = model.settle();
    assert!(!taken.iter().any(|step| step.starts_with("start")), "{taken:?}");
    assert!(model.plan().is_settled());
    assert_eq!(model.option("onboot"), "0");
}

#[test]
fn a_paused_server_is_left_as_it_is() {
    let mut page = Page::default();
    page.after("everything is to change", |m| {
        m.desired.paused = true;
        m.desired.cores = 8;
        m.edit("protection", "");
        stopped(m);
    });
    let mut new = Model::new();
    new.desired.paused = true;
    page.case("nothing is there", &new.plan());
    assert_snapshot!(page.text());
}

#[test]
fn a_running_task_is_waited_for() {
    let mut model = Model::converged();
    model.desired.cores = 8;
    let mut seen = model.seen();
    seen.task = Some(TaskView::Running);
    assert_snapshot!(crate::render::text(&plan(&model.desired, &seen)), @"= a task runs");
}

/// What runs goes on: a freeze stops creating and destroying, nothing else.
#[test]
fn a_frozen_site_still_changes_what_is_there() {
    let mut model = Model::converged();
    model.desired.hostname = "db".into();
    let free = model.plan();
    let mut seen = model.seen();
    seen.site.frozen = Some((WaitingReason::SiteFrozen, "frozen".into()));
    assert_eq!(plan(&model.desired, &seen), free);
    assert_eq!(free.steps.len(), 1);
}

#[test]
fn a_run_policy_is_kept_while_the_wish_waits() {
    let mut model = Model::converged();
    let why = Hold::Waiting(WaitingReason::PlanNotFound, "no such plan".into());
    let beside = |model: &Model| text(&plan_verbs(&model.desired, &model.seen(), why.clone()));
    model.desired.run_policy = RunPolicy::Stopped;
    assert!(beside(&model).contains("shut VM 100000 down"), "{}", beside(&model));
    stopped(&mut model);
    assert!(beside(&model).contains("no such plan"));
    model.desired.run_policy = RunPolicy::Managed;
    assert!(beside(&model).contains("no such plan"), "a power-off is respected");
    model.desired.run_policy = RunPolicy::Running;
    assert!(beside(&model).contains("start VM 100000"), "{}", beside(&model));
    for reason in [WaitingReason::PoolEmpty, WaitingReason::QuotaExceeded] {
        let mut seen = model.seen();
        let exhausted = AddressView::Exhausted { reason, message: "none is free".into() };
        seen.addresses.insert("public".into(), vec![exhausted]);
        let no_address = Hold::Waiting(reason, "none is free".into());
        let plan = plan_verbs(&model.desired, &seen, no_address.clone());
        assert_eq!(plan.hold, Some(no_address), "its address may be another's by now");
    }
}

#[test]
fn a_step_that_failed_gives_way_to_the_run_policy_and_to_verbs() {
    let mut model = Model::converged();
    (model.desired.cores, model.desired.run_policy) = (8, RunPolicy::Running);
    stopped(&mut model);
    assert!(matches!(model.plan().steps[..], [Step::Configure { .. }, ..]));
    model.gives_way = true;
    assert!(matches!(model.plan().steps[..], [Step::Start { .. }]), "{:?}", model.plan());
    model.actions = vec![action("web-1", Verb::Start)];
    assert!(matches!(&model.plan().steps[..], [Step::Act { verb: Verb::Start, .. }]), "{:?}", model.plan());
}

#[test]
fn no_verb_waits_for_ever_behind_a_start_that_cannot_succeed() {
    let starts = |model: &Model| matches!(model.plan().steps[..], [Step::Start { .. }]);
    let mut resumed = Model::converged();
    stopped(&mut resumed);
    resumed.status.suspension = Some(SuspensionStatus { power: PowerState::Running, spares: false });
    resumed.actions = vec![action("web-1", Verb::Start)];
    assert!(starts(&resumed), "the power it had comes first");
    resumed.gives_way = true;
    assert!(matches!(resumed.plan().steps[..], [Step::Act { verb: Verb::Start, .. }]), "{:?}", resumed.plan());
    resumed.actions.clear();
    assert!(starts(&resumed));
    resumed.status.power_wish = Some(PowerState::Stopped);
    assert!(!starts(&resumed), "somebody stopped it meanwhile");

    let mut restored = Model::converged();
    stopped(&mut restored);
    restored.status.reown = Some(reown(ReownKind::Restore));
    restored.actions = vec![action("web-2", Verb::Start)];
    assert!(starts(&restored));
    restored.gives_way = true;
    let Step::Reowned { owes_start: true, .. } = &restored.plan().steps[0] else { panic!("{:?}", restored.plan()) };
    restored.carry_out(&restored.plan().steps[0].clone());
    assert!(matches!(restored.plan().steps[..], [Step::Act { verb: Verb::Start, .. }]), "{:?}", restored.plan());
    restored.actions.clear();
    restored.gives_way = false;
    restored.settle();
    assert!(restored.guest.as_ref().unwrap().running.is_some(), "then it gets its power back");
}
