//! A VM that is not ours, or cannot be judged, is left alone.

use insta::assert_snapshot;
use slipway_crds::words::{StalledReason, WaitingReason};
use slipway_operator::server::{
    observed::VmView,
    plan::{Hold, plan, plan_verbs},
    step::Step,
};

use crate::{model::Model, render::Page};

type Change<'a> = &'a dyn Fn(&mut Model);

/// A server whose clone is there, not yet configured.
pub fn cloned() -> Model {
    let mut model = Model::new();
    for _ in 0..3 {
        let plan = model.plan();
        model.carry_out(&plan.steps[0]);
    }
    model
}

fn marked(model: &Model, from: &str, to: &str) -> String {
    let description = model.option("description");
    assert!(description.contains(from), "{description}");
    description.replace(from, to)
}

#[test]
fn somebody_elses_vm_on_a_new_number_is_passed_over() {
    let mut page = Page::default();
    let cases: [(&str, Change<'_>); 4] = [
        ("no mark", &|m| m.edit("description", "")),
        ("a mark of another installation", &|m| m.edit("description", &marked(m, "abc123def456", "zzz999zzz999"))),
        ("a copy of another VM of ours", &|m| m.edit("description", &marked(m, "/100000 ", "/100009 "))),
        ("two marks", &|m| m.edit("description", &format!("{0}\n{0}", m.option("description")))),
    ];
    for (title, change) in cases {
        let mut model = cloned();
        change(&mut model);
        page.case(title, &model.plan());
    }
    assert_snapshot!(page.text());
}

#[test]
fn a_provisioned_server_whose_vm_is_not_ours_needs_a_person() {
    let mut page = Page::default();
    page.after("the mark is gone", |m| m.edit("description", "Kunde: Ann"));
    page.after("another mark", |m| m.edit("description", &marked(m, "/u-1/", "/u-2/")));
    page.after("the VM is gone", |m| m.guest = None);
    assert_snapshot!(page.text());
}

#[test]
fn a_configured_vm_that_never_started_is_not_given_up_for_an_edit_of_its_notes() {
    let mut model = cloned();
    while model.status.applied.is_none() {
        let plan = model.plan();
        model.carry_out(&plan.steps[0]);
    }
    model.edit("description", "Kunde: Ann");
    let plan = model.plan();
    assert!(matches!(plan.hold, Some(Hold::Stalled(StalledReason::ForeignVM, _))) && plan.steps.is_empty(), "{plan:?}");
}

#[test]
fn protection_comes_back_though_the_wish_waits() {
    let mut model = Model::converged();
    model.edit("protection", "0");
    let why = Hold::Waiting(WaitingReason::PlanNotFound, "no such plan".into());
    let plan = plan_verbs(&model.desired, &model.seen(), why);
    assert!(matches!(plan.steps[..], [Step::Protect { .. }]), "{plan:?}");
}

#[test]
fn a_lock_that_hides_whose_it_is_is_waited_for() {
    let mut page = Page::default();
    let cases = [
        ("our clone is in progress", None, "clone"),
        ("somebody's creation", Some(""), "create"),
        ("a clone's first moment", Some(" qmclone temporary file"), "clone"),
        ("a clone's first moment without its lock", Some(" qmclone temporary file"), ""),
        ("a foreign VM that is locked", Some("Kunde: Ann"), "backup"),
    ];
    for (title, description, lock) in cases {
        let mut model = cloned();
        if let Some(description) = description {
            model.edit("description", description);
        }
        model.edit("lock", lock);
        page.case(title, &model.plan());
    }
    page.after("a backup of ours runs, nothing to do", |m| m.edit("lock", "backup"));
    page.after("a backup of ours runs, a wish waits", |m| {
        m.edit("lock", "backup");
        m.desired.cores = 4;
    });
    assert_snapshot!(page.text());
}

#[test]
fn what_cannot_be_read_is_waited_for() {
    let model = Model::converged();
    let mut seen = model.seen();
    let message = "Connection refused; it is tried again".to_owned();
    seen.vm = VmView::Unreadable { reason: WaitingReason::SiteUnreachable, message };
    let mut page = Page::default();
    page.case("the node does not answer", &plan(&model.desired, &seen));
    assert_snapshot!(page.text(), @"
    # the node does not answer
    = waits, SiteUnreachable: Connection refused; it is tried again
    ");
}
