//! Several interfaces, and what their guest may send: filters stand before an address is configured, and after it is not.

use insta::assert_snapshot;
use proxmox_client::SetMember;
use slipway_crds::DriftPolicy;
use slipway_operator::server::{
    observed::{Claim, FilterView},
    plan::{Hold, plan},
    step::Step,
};

use crate::{
    model::{Model, interface},
    render::Page,
};

/// A running server with a second interface.
fn with_backend() -> Model {
    let mut model = Model::converged();
    model.desired.networks.push(interface("backend", "vmbr1"));
    model.settle();
    assert!(model.plan().is_settled(), "{:?}", model.plan());
    model
}

fn after(page: &mut Page, title: &str, change: impl FnOnce(&mut Model)) {
    let mut model = with_backend();
    change(&mut model);
    page.case(title, &model.plan());
}

fn member(cidr: &str) -> SetMember {
    SetMember { cidr: cidr.into(), nomatch: false }
}

#[test]
fn an_interface_comes_with_its_filter_and_goes_before_it() {
    let mut page = Page::default();
    let mut model = Model::converged();
    model.desired.networks.push(interface("backend", "vmbr1"));
    page.case("an address is claimed", &model.plan());
    let claim = model.plan().steps.remove(0);
    model.carry_out(&claim);
    page.case("the filter stands before the interface is there", &model.plan());
    after(&mut page, "it is removed", |m| m.desired.networks.truncate(1));
    let mut model = with_backend();
    model.desired.networks.truncate(1);
    let gone = model.plan().steps.remove(0);
    model.carry_out(&gone);
    page.case("its filter goes with it", &model.plan());
    let filter = model.plan().steps.remove(0);
    model.carry_out(&filter);
    page.case("and then its address", &model.plan());
    assert_snapshot!(page.text());
}

#[test]
fn an_address_is_kept_while_something_could_bring_the_interface_back() {
    let mut model = with_backend();
    model.desired.networks.truncate(1);
    for step in model.plan().steps {
        model.carry_out(&step);
    }
    model.settle();
    assert!(!model.claims.contains_key("backend"), "it was released");
    let releases = |model: &Model| model.plan().steps.iter().any(|s| matches!(s, Step::ReleaseAddress { .. }));
    model.claims.insert("backend".into(), Model::claim_of("backend", "192.0.2.11"));
    assert!(releases(&model));
    model.pending = vec!["net1".into()];
    assert!(!releases(&model) && model.plan().restart_required, "a removal that waits for a restart");
    model.pending.clear();
    model.edit("parent", "before-the-upgrade");
    assert!(!releases(&model), "a snapshot");
}

#[test]
fn a_mac_stays_whatever_is_changed() {
    let mut model = with_backend();
    let macs = |m: &Model| m.status.networks.values().map(|n| n.mac.clone().unwrap()).collect::<Vec<_>>();
    let before = macs(&model);
    assert_ne!(before[0], before[1]);
    for network in &mut model.desired.networks {
        network.rate_mbps = Some(1000);
        network.vlan = Some(12);
    }
    model.settle();
    model.edit("net1", "virtio=BC:24:11:99:99:99,bridge=vmbr1");
    model.settle();
    assert_eq!(macs(&model), before);
    assert!(model.option("net1").contains("rate=125,tag=12"), "{}", model.option("net1"));
}

#[test]
fn another_address_is_let_through_before_it_is_configured_and_the_old_one_shut_out_after() {
    let mut page = Page::default();
    page.after("another address", |m| {
        m.claims.insert("public".into(), Model::claim_of("public", "192.0.2.77"));
    });
    page.after("an address of the other family beside it", |m| {
        let six = Claim {
            gateway: "2001:db8::1".parse().unwrap(),
            prefix: 64,
            length: 128,
            ..Model::claim_of("public", "2001:db8::10")
        };
        m.claims.insert("public".into(), six);
    });
    assert_snapshot!(page.text());
}

#[test]
fn filters_are_put_back_or_only_reported() {
    let mut page = Page::default();
    page.after("switched off by hand", |m| drop(m.filters.options.insert("enable".into(), "0".into())));
    page.after("an address let through by hand", |m| {
        m.filters.sets.get_mut("net0").unwrap().push(member("192.0.2.66"));
    });
    page.after("the set is gone", |m| m.filters.sets.clear());
    page.after("the set is gone, and that is only reported", |m| {
        m.desired.drift_policy = DriftPolicy::Report;
        m.filters.sets.clear();
    });
    page.after("a set of no interface", |m| drop(m.filters.sets.insert("net7".into(), vec![member("192.0.2.66")])));
    page.after("sets of other names and policies of somebody's choice", |m| {
        m.filters.options.insert("policy_in".into(), "DROP".into());
    });
    assert_snapshot!(page.text());
}

#[test]
fn filters_that_cannot_be_read_are_waited_for() {
    let model = Model::converged();
    let mut seen = model.seen();
    seen.filters = FilterView::Failed {
        reason: slipway_crds::words::WaitingReason::PermissionMissing,
        message: "Permission check failed (/vms/100000, VM.Audit)".into(),
    };
    let Some(Hold::Waiting(_, message)) = plan(&model.desired, &seen).hold else { panic!("it goes on") };
    assert!(message.contains("VM.Audit"));
}

#[test]
fn a_device_that_somebody_added_is_taken_out() {
    let mut page = Page::default();
    page.after("a second interface by hand", |m| m.edit("net1", "virtio=BC:24:11:00:00:99,bridge=vmbr0"));
    assert_snapshot!(page.text());
}
