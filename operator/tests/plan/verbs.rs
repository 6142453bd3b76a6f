//! Actions: each verb in each power state, once or not at all.

use insta::assert_snapshot;
use jiff::SignedDuration;
use proxmox_client::{TaskState, Upid};
use slipway_crds::{
    ActionPhase, RunPolicy, Verb,
    words::{StalledReason, WaitingReason},
};
use slipway_operator::server::{
    observed::{ActionView, Arguments, TaskView, VmView},
    plan::{Hold, plan, plan_verbs},
    step::Step,
};

use crate::{
    model::{Model, now},
    render::Page,
};

const VERBS: [Verb; 4] = [Verb::Start, Verb::Shutdown, Verb::Stop, Verb::Restart];

pub fn action(name: &str, verb: Verb) -> ActionView {
    ActionView {
        unsure: false,
        name: name.into(),
        verb,
        phase: ActionPhase::Pending,
        for_another: false,
        uid_given: true,
        after_generation: None,
        not_after: now() + SignedDuration::from_hours(1),
        started_at: None,
        upid: None,
        found: None,
        task: None,
        arguments: Arguments::default(),
    }
}

pub fn upid() -> Upid {
    "UPID:pve2:000005F9:00066FC4:6B03D597:qmshutdown:100000:slipway@pve!operator:".parse().unwrap()
}

fn running(name: &str, verb: Verb, task: Option<TaskView>) -> ActionView {
    let upid = task.is_some().then(upid);
    ActionView { phase: ActionPhase::Running, started_at: Some(now()), upid, task, ..action(name, verb) }
}

fn stopped(model: &mut Model) {
    model.guest.as_mut().unwrap().running = None;
}

#[test]
fn each_verb_fits_the_power_state() {
    let mut page = Page::default();
    for verb in VERBS {
        page.after(&format!("{verb:?} of a running server"), |m| m.actions.push(action("a", verb)));
        page.after(&format!("{verb:?} of a stopped server"), |m| {
            stopped(m);
            m.actions.push(action("a", verb));
        });
    }
    assert_snapshot!(page.text());
}

#[test]
fn what_contradicts_the_run_policy_or_came_too_late_is_refused() {
    let mut page = Page::default();
    for (policy, verb) in [
        (RunPolicy::Stopped, Verb::Start),
        (RunPolicy::Stopped, Verb::Restart),
        (RunPolicy::Running, Verb::Stop),
        (RunPolicy::Running, Verb::Shutdown),
    ] {
        page.after(&format!("{verb:?} against {policy:?}"), |m| {
            m.desired.run_policy = policy;
            m.actions.push(action("a", verb));
        });
    }
    page.after("for an earlier server of this name", |m| {
        m.actions.push(ActionView { for_another: true, ..action("a", Verb::Stop) });
    });
    page.after("too late", |m| m.actions.push(ActionView { not_after: now(), ..action("a", Verb::Stop) }));
    page.after("too late, although the server is paused", |m| {
        m.desired.paused = true;
        m.actions.push(ActionView { not_after: now(), ..action("a", Verb::Stop) });
    });
    assert_snapshot!(page.text());
}

#[test]
fn actions_run_in_order_and_after_their_generation() {
    let mut page = Page::default();
    page.after("two of them", |m| m.actions = vec![action("first", Verb::Stop), action("second", Verb::Start)]);
    page.after("its generation is to come", |m| {
        m.actions.push(ActionView { after_generation: Some(2), ..action("a", Verb::Stop) });
    });
    page.after("its generation is there", |m| {
        m.actions.push(ActionView { after_generation: Some(1), ..action("a", Verb::Stop) });
    });
    page.after("a change comes before it", |m| {
        m.desired.cores = 4;
        m.actions.push(action("a", Verb::Restart));
    });
    page.after("the first start is not done", |m| {
        m.status.conditions.clear();
        m.actions.push(action("a", Verb::Restart));
        stopped(m);
    });
    assert_snapshot!(page.text());
}

#[test]
fn the_end_of_a_task_is_the_end_of_its_action() {
    let failed = |why: &str| Some(TaskView::Ended(TaskState::Failed { exit_status: why.into() }));
    let ok = || Some(TaskView::Ended(TaskState::Succeeded { warnings: false }));
    let mut page = Page::default();
    for verb in VERBS {
        page.after(&format!("{verb:?} went well"), |m| m.actions.push(running("a", verb, ok())));
        page.after(&format!("{verb:?} failed"), |m| {
            m.actions.push(running("a", verb, failed("VM quit/powerdown failed - got timeout")));
        });
    }
    page.after("it ran already", |m| m.actions.push(running("a", Verb::Start, failed("VM 100000 already running"))));
    page.after("its node forgot the task", |m| m.actions.push(running("a", Verb::Start, Some(TaskView::Lost))));
    page.after("it still runs", |m| m.actions.push(running("a", Verb::Restart, Some(TaskView::Running))));
    assert_snapshot!(page.text());
}

#[test]
fn a_lost_answer_is_looked_up_and_only_what_is_safe_is_repeated() {
    let mut page = Page::default();
    for verb in VERBS {
        page.after(&format!("{verb:?}, and its task was found"), |m| {
            m.actions.push(ActionView { found: Some(upid()), ..running("a", verb, None) });
        });
        page.after(&format!("{verb:?}, and no task was found"), |m| m.actions.push(running("a", verb, None)));
    }
    assert_snapshot!(page.text());
}

#[test]
fn stop_overrules_a_shutdown_that_runs_and_nothing_else_does() {
    let busy = |verb| running("first", verb, Some(TaskView::Running));
    let mut page = Page::default();
    page.after("a stop during a shutdown", |m| m.actions = vec![busy(Verb::Shutdown), action("second", Verb::Stop)]);
    page.after("a stop during a restart", |m| m.actions = vec![busy(Verb::Restart), action("second", Verb::Stop)]);
    page.after("a start during a shutdown", |m| m.actions = vec![busy(Verb::Shutdown), action("second", Verb::Start)]);
    page.after("a late stop during a shutdown", |m| {
        m.actions = vec![busy(Verb::Shutdown), ActionView { not_after: now(), ..action("second", Verb::Stop) }];
    });
    assert_snapshot!(page.text());
}

#[test]
fn a_verb_does_not_wait_for_what_the_wish_waits_for() {
    let mut model = Model::converged();
    model.desired.disk_gib -= 1;
    assert!(matches!(model.plan().hold, Some(Hold::Stalled(StalledReason::ShrinkRefused, _))));
    model.actions.push(action("a", Verb::Stop));
    assert!(matches!(&model.plan().steps[..], [Step::Act { verb: Verb::Stop, .. }]));
    model.desired.paused = true;
    assert!(matches!(model.plan().hold, Some(Hold::Waiting(WaitingReason::Paused, _))));
}

#[test]
fn verbs_run_and_expire_while_the_wish_cannot_be_resolved() {
    let why = Hold::Waiting(WaitingReason::PlanNotFound, "no such plan".into());
    let mut model = Model::converged();
    let plan = |model: &Model| plan_verbs(&model.desired, &model.seen(), why.clone());
    assert_eq!(plan(&model).hold, Some(why.clone()));
    model.actions.push(action("a", Verb::Stop));
    assert!(matches!(&plan(&model).steps[..], [Step::Act { verb: Verb::Stop, .. }]));
    model.actions[0].not_after = now();
    assert!(matches!(&plan(&model).steps[..], [Step::EndAction { phase: ActionPhase::Expired, .. }]));
}

#[test]
fn a_verb_whose_answer_was_lost_is_not_carried_out_after_its_time() {
    let mut model = Model::converged();
    model.actions.push(ActionView { not_after: now(), ..running("a", Verb::Stop, None) });
    assert!(matches!(&model.plan().steps[..], [Step::EndAction { phase: ActionPhase::OutcomeUnknown, .. }]));
}

#[test]
fn a_restart_is_not_judged_while_the_tasks_cannot_be_listed() {
    let mut model = Model::converged();
    model.actions.push(ActionView { unsure: true, ..running("a", Verb::Restart, None) });
    assert!(model.plan().steps.is_empty());
    assert!(matches!(model.plan().hold, Some(Hold::Waiting(WaitingReason::SiteUnreachable, _))));
}

#[test]
fn a_task_whose_node_is_silent_is_neither_running_nor_ended() {
    let mut model = Model::converged();
    let silent = TaskView::Unknown { message: "pve2 does not answer".into() };
    model.actions.push(running("a", Verb::Restart, Some(silent)));
    assert!(matches!(model.plan().hold, Some(Hold::Waiting(WaitingReason::NodeUnavailable, _))));
}

#[test]
fn a_verb_whose_node_is_silent_ends_once_its_vm_is_elsewhere() {
    let unknown = TaskView::Unknown { message: "no route to pve2".into() };
    let mut model = Model::converged();
    model.actions = vec![running("web-1", Verb::Shutdown, Some(unknown))];
    let mut seen = model.seen();
    let VmView::Found { node, .. } = &mut seen.vm else { panic!("no VM") };
    *node = crate::model::node("pve2");
    assert!(matches!(plan(&model.desired, &seen).hold, Some(Hold::Waiting(..))), "it may run there yet");
    let VmView::Found { node, .. } = &mut seen.vm else { panic!("no VM") };
    *node = crate::model::node("pve1");
    let plan = plan(&model.desired, &seen);
    assert!(matches!(plan.steps[..], [Step::EndAction { phase: ActionPhase::OutcomeUnknown, .. }]), "{plan:?}");
}
