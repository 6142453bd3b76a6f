//! Wishes and hand edits of a server that runs.

use insta::assert_snapshot;
use slipway_crds::{DriftPolicy, RunPolicy};
use slipway_operator::server::{
    observed::{AddressView, Claim},
    plan::plan,
    step::Step,
};

use crate::{model::Model, render::Page};

#[test]
fn a_converged_server_needs_nothing() {
    let mut page = Page::default();
    page.after("as wished", |_| ());
    assert_snapshot!(page.text(), @"
    # as wished
    nothing to do
    ");
}

#[test]
fn wishes_are_carried_out_in_one_write() {
    let mut page = Page::default();
    page.after("a larger plan", |m| (m.desired.cores, m.desired.memory_mib, m.desired.disk_gib) = (4, 8192, 40));
    page.after("a faster port", |m| m.desired.networks[0].rate_mbps = Some(1000));
    page.after("an unlimited port", |m| m.desired.networks[0].rate_mbps = None);
    page.after("another host name", |m| m.desired.hostname = "db".into());
    page.after("name servers of its own", |m| {
        m.desired.nameservers = vec!["198.51.100.1".into(), "2001:db8::1".into()];
        m.desired.search_domain = Some("example.org".into());
    });
    page.after("a larger disk alone", |m| m.desired.disk_gib = 50);
    page.after("another image and other keys, which act at a rebuild", |m| {
        m.desired.image.name = "debian-12".into();
        m.desired.ssh_keys = vec![];
        m.desired.user = "root".into();
    });
    assert_snapshot!(page.text());
}

#[test]
fn new_sizes_of_a_running_machine_wait_for_a_restart() {
    let mut model = Model::converged();
    (model.desired.cores, model.desired.memory_mib) = (4, 8192);
    model.settle();
    let waiting = model.plan();
    assert!(waiting.is_settled() && waiting.restart_required, "{waiting:?}");
    let guest = model.guest.as_mut().unwrap();
    guest.running = Some((4, 8192 << 20));
    assert!(!model.plan().restart_required);
}

#[test]
fn a_disk_never_shrinks() {
    let mut page = Page::default();
    page.after("a smaller disk is wished", |m| m.desired.disk_gib = 5);
    page.after("a smaller disk and another name", |m| (m.desired.disk_gib, m.desired.hostname) = (5, "db".into()));
    page.after("a person has grown the disk", |m| m.edit("scsi0", "local-lvm:vm-100000-disk-0,size=25G"));
    let mut model = Model::new();
    model.template.insert("scsi0".into(), "local-lvm:base-9000-disk-0,size=20G".into());
    let taken = model.settle();
    assert!(!taken.iter().any(|step| step.contains("grow")), "{taken:?}");
    page.case("the template's disk is larger than the plan's", &model.plan());
    assert_snapshot!(page.text());
}

#[test]
fn a_hand_edit_is_put_back() {
    let mut page = Page::default();
    page.after("more cores", |m| m.edit("cores", "8"));
    page.after("another bridge", |m| m.edit("net0", "virtio=BC:24:11:00:00:01,bridge=vmbr7,firewall=1,rate=25"));
    page.after("no address", |m| m.edit("ipconfig0", ""));
    page.after("a search domain", |m| m.edit("searchdomain", "elsewhere.lan"));
    page.after("protection is off", |m| m.edit("protection", ""));
    page.after("protection is off and the disk is to grow", |m| {
        m.edit("protection", "");
        m.desired.disk_gib = 20;
    });
    page.after("the second line is gone", |m| {
        let first = m.option("description").lines().next().unwrap().to_owned();
        m.edit("description", &format!("{first}\nKunde: Ann"));
    });
    page.after("a note beside our lines", |m| {
        let with_note = format!("{}\nKunde: Ann", m.option("description"));
        m.edit("description", &with_note);
    });
    assert_snapshot!(page.text());
}

#[test]
fn a_hand_edit_is_only_reported_where_that_is_the_policy() {
    let report = |m: &mut Model| m.desired.drift_policy = DriftPolicy::Report;
    let mut page = Page::default();
    page.after("more cores", |m| {
        report(m);
        m.edit("cores", "8");
    });
    page.after("more cores, and a wish beside it", |m| {
        report(m);
        m.edit("cores", "8");
        m.desired.hostname = "db".into();
    });
    page.after("more cores, and a wish for as many", |m| {
        report(m);
        m.edit("cores", "8");
        m.desired.cores = 8;
    });
    page.after("protection is off", |m| {
        report(m);
        m.edit("protection", "");
    });
    assert_snapshot!(page.text());
}

#[test]
fn an_edit_of_the_pool_is_no_wish_for_a_server_that_exists() {
    let model = Model::converged();
    let mut seen = model.seen();
    let edited =
        Claim { gateway: "192.0.2.254".parse().unwrap(), nameservers: vec!["192.0.2.53".into()], ..Model::claim() };
    seen.addresses = [("public".to_owned(), vec![AddressView::Claimed(edited)])].into();
    assert!(plan(&model.desired, &seen).is_settled());
}

#[test]
fn a_first_write_that_was_applied_by_half_is_written_again_whole() {
    let mut model = Model::converged();
    // The mark was stored, the answer was a failure: nothing is known of what was applied, and it never started.
    model.status.applied = None;
    model.status.conditions.clear();
    let plan = model.plan();
    let Some(Step::Configure { first: true, change, .. }) = plan.steps.first() else { panic!("{plan:?}") };
    assert!(change.set.iter().any(|(k, _)| k == "ciuser") && change.set.iter().any(|(k, _)| k == "sshkeys"));
}

#[test]
fn what_a_change_means_for_a_running_guest_is_as_its_machine_says() {
    let mut page = Page::default();
    let plugs = |m: &mut Model, features: &str| {
        m.edit("hotplug", features);
        m.edit("numa", "1");
    };
    page.after("more memory", |m| m.desired.memory_mib = 8192);
    page.after("more memory for a machine that takes it", |m| {
        plugs(m, "network,disk,memory");
        m.desired.memory_mib = 8192;
    });
    page.after("less memory for a machine that takes more", |m| {
        plugs(m, "network,disk,memory");
        m.desired.memory_mib = 512;
    });
    page.after("more cores for a machine that takes processors", |m| {
        plugs(m, "network,disk,cpu");
        m.desired.cores = 4;
    });
    page.after("a faster port", |m| m.desired.networks[0].rate_mbps = Some(1000));
    page.after("a faster port for a machine that takes nothing", |m| {
        plugs(m, "0");
        m.desired.networks[0].rate_mbps = Some(1000);
    });
    page.after("more cores for a machine that is off", |m| {
        m.desired.run_policy = RunPolicy::Stopped;
        m.settle();
        m.desired.cores = 4;
    });
    assert_snapshot!(page.text());
}
