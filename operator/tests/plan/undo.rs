//! Who may take back what, and how it becomes theirs.

use insta::assert_snapshot;
use slipway_crds::{ProviderValues, Resources, RetainedPhase, TakenFrom, Undelete, words::WaitingReason};
use slipway_operator::server::{
    observed::{Takeable, UndoView},
    plan::{Hold, plan},
    step::Step,
};

use crate::{
    model::{Model, node, vmid},
    render::Page,
};

fn takeable() -> Takeable {
    Takeable {
        record: Some("home.100000".into()),
        phase: RetainedPhase::Retained,
        taken_by: None,
        deleted: false,
        given_back: false,
        same_namespace: true,
        suspended: None,
        missing: ProviderValues::default(),
        server_id: None,
        vmid: vmid(100_000),
        node: Some(node("pve1")),
        from: TakenFrom { namespace: "acct-a".into(), name: "web".into(), uid: "u-0".into() },
        born: "u-0".into(),
    }
}

fn case(page: &mut Page, title: &str, change: impl Fn(&mut Takeable)) {
    for overridden in [false, true] {
        let mut model = Model::new();
        model.desired.undelete = Some(Undelete { uid: "u-0".into(), overridden });
        let mut found = takeable();
        change(&mut found);
        let mut seen = model.seen();
        seen.undo = UndoView::Found(Box::new(found));
        page.case(&format!("{title}, override {overridden}"), &plan(&model.desired, &seen));
    }
}

#[test]
fn only_what_is_kept_for_this_namespace_is_taken_back_without_override() {
    let mut page = Page::default();
    case(&mut page, "kept", |_| {});
    case(&mut page, "another namespace's", |f| f.same_namespace = false);
    case(&mut page, "suspended", |f| f.suspended = Some("abuse".into()));
    case(&mut page, "its record is deleted", |f| f.deleted = true);
    case(&mut page, "on its way to what it was", |f| f.given_back = true);
    case(&mut page, "being purged", |f| f.phase = RetainedPhase::Purging);
    case(&mut page, "taken by another", |f| {
        f.phase = RetainedPhase::Taken;
        f.taken_by = Some("u-9".into());
    });
    case(&mut page, "taken before a crash", |f| {
        f.phase = RetainedPhase::Taken;
        f.taken_by = Some("u-1".into());
    });
    case(&mut page, "with a size of its own", |f| {
        f.missing.resources = Some(Resources { cores: 3, memory_mib: 1536, disk_gib: 12, network_mbps: None });
    });
    let mut model = Model::new();
    model.desired.undelete = Some(Undelete { uid: "u-0".into(), overridden: true });
    let mut seen = model.seen();
    seen.undo = UndoView::Nothing;
    page.case("nothing there", &plan(&model.desired, &seen));
    assert_snapshot!(page.text());
}

/// A VM that was taken back: its record is ours, its mark is still the deleted server's.
fn taken() -> Model {
    let mut model = Model::converged();
    let text = model.option("description").replace("/u-1/", "/u-0/").replace("born=u-1 owned", "born=u-00 retained");
    model.edit("description", &text);
    model.edit("onboot", "0");
    model.status.taken_from = Some(TakenFrom { namespace: "acct-a".into(), name: "web".into(), uid: "u-0".into() });
    model.guest.as_mut().unwrap().running = None;
    model.status.applied = None;
    model
}

#[test]
fn the_mark_of_a_vm_that_was_taken_back_is_rewritten_and_keeps_where_it_was_born() {
    let mut page = Page::default();
    let mut model = taken();
    let first = model.plan();
    page.case("its mark is the deleted server's", &first);
    model.carry_out(&first.steps[0]);
    page.case("its mark is ours", &model.plan());
    assert!(model.option("description").contains("/u-1/100000 born=u-00 owned"));
    assert_snapshot!(page.text());
}

#[test]
fn a_vm_with_a_third_mark_is_not_taken() {
    let mut page = Page::default();
    let mut model = taken();
    let text = model.option("description").replace("/u-0/", "/u-7/");
    model.edit("description", &text);
    page.case("a third server's", &model.plan());
    let mut model = taken();
    model.edit("lock", "backup");
    page.case("locked", &model.plan());
    assert_snapshot!(page.text());
}

#[test]
fn a_namespace_that_keeps_too_many_deleted_servers_gets_no_new_one() {
    let model = Model::new();
    let mut seen = model.seen();
    seen.quota = Some("100 deleted servers are kept".into());
    let mut page = Page::default();
    page.case("full", &plan(&model.desired, &seen));
    assert_snapshot!(page.text());
}

#[test]
fn a_pause_keeps_nobody_from_taking_back_what_would_be_purged_meanwhile_and_no_vm_is_written_to() {
    let mut model = Model::new();
    model.desired.undelete = Some(Undelete { uid: "u-0".into(), overridden: false });
    model.desired.paused = true;
    let mut seen = model.seen();
    seen.undo = UndoView::Found(Box::new(takeable()));
    assert!(matches!(plan(&model.desired, &seen).steps[..], [Step::TakeBack { .. }]));
    let mut model = taken();
    model.desired.paused = true;
    assert!(matches!(model.plan().hold, Some(Hold::Waiting(WaitingReason::Paused, _))));
}
