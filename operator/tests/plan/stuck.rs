//! What stands still is waited for while anything may come of it; then the server goes on without.

use insta::assert_snapshot;
use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use slipway_operator::server::observed::{PoolView, WorkView};

use crate::{
    foreign::cloned,
    model::{Model, now},
    render::Page,
};

fn since(model: &mut Model, minutes: i64) {
    model.status.stuck_since = Some(Time(now() - SignedDuration::from_mins(minutes)));
}

#[test]
fn a_clone_that_cannot_be_judged_is_set_aside_only_when_nothing_may_come_of_it() {
    let mut page = Page::default();
    let cases = [
        ("its clone runs", WorkView::Runs, 60, "clone"),
        ("nobody knows what runs", WorkView::Unknown, 60, "clone"),
        ("nothing runs, but not for long", WorkView::Idle, 9, "clone"),
        ("nothing has run for ten minutes", WorkView::Idle, 10, "clone"),
        ("a lock that hides whose it is", WorkView::Idle, 10, "backup"),
    ];
    for (title, work, minutes, lock) in cases {
        let mut model = cloned();
        model.edit("lock", lock);
        if lock != "clone" {
            model.edit("description", "Kunde: Ann");
        }
        model.work = work;
        since(&mut model, minutes);
        page.case(title, &model.plan());
    }
    assert_snapshot!(page.text());
}

#[test]
fn a_clone_that_never_reached_the_pool_is_set_aside_only_while_provisional() {
    let mut page = Page::default();
    let outside = |model: &mut Model, minutes: i64| {
        model.pool = PoolView::Outside;
        model.work = WorkView::Idle;
        since(model, minutes);
    };
    for (title, minutes) in [("for nine minutes", 9), ("for ten", 10)] {
        let mut model = cloned();
        outside(&mut model, minutes);
        page.case(title, &model.plan());
    }
    page.after("a server that has been configured", |m| outside(m, 60));
    assert_snapshot!(page.text());
}

#[test]
fn a_lock_that_nobody_works_under_needs_root() {
    let mut page = Page::default();
    for (title, work, minutes, lock) in [
        ("a backup runs", WorkView::Runs, 60, "backup"),
        ("for nine minutes", WorkView::Idle, 9, "backup"),
        ("for ten minutes", WorkView::Idle, 10, "backup"),
        ("it hibernates", WorkView::Idle, 60, "suspended"),
        ("a clone's lock on a server of ours", WorkView::Idle, 10, "clone"),
    ] {
        page.after(title, |m| {
            m.edit("lock", lock);
            m.desired.cores = 4;
            m.work = work;
            since(m, minutes);
        });
    }
    assert_snapshot!(page.text());
}
