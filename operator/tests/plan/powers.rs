//! Run policies, pauses and running tasks.

use insta::assert_snapshot;
use slipway_crds::{RunPolicy, words::WaitingReason};
use slipway_operator::server::{observed::TaskView, plan::plan};

use crate::{model::Model, render::Page};

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
