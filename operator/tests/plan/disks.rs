//! Disks beside the root disk: attached once, grown, detached and kept, and never guessed.

use insta::assert_snapshot;
use slipway_crds::words::StalledReason;
use slipway_operator::server::{
    desired::Disk,
    plan::Hold,
    step::{Impact, Step},
};

use crate::{model::Model, render::Page};

fn data(size_gib: u32) -> Disk {
    Disk { name: "data".into(), size_gib, storage: None }
}

/// A running server with a data disk of 5 GiB.
fn with_data() -> Model {
    let mut model = Model::converged();
    model.desired.disks = vec![data(5)];
    model.settle();
    assert!(model.plan().is_settled(), "{:?}", model.plan());
    model
}

fn after(page: &mut Page, title: &str, change: impl FnOnce(&mut Model)) {
    let mut model = with_data();
    change(&mut model);
    page.case(title, &model.plan());
}

#[test]
fn a_disk_is_attached_in_the_first_free_slot_and_grown_by_absolute_sizes() {
    let mut page = Page::default();
    page.after("a disk is wished: what is applied is written first", |m| m.desired.disks = vec![data(5)]);
    let mut model = Model::converged();
    model.desired.disks = vec![Disk { storage: Some("nvme".into()), ..data(5) }];
    let write = model.plan().steps.remove(0);
    model.carry_out(&write);
    page.case("then the volume is made", &model.plan());
    after(&mut page, "as wished", |_| ());
    after(&mut page, "it is to grow", |m| m.desired.disks = vec![data(8)]);
    after(&mut page, "it is to shrink", |m| m.desired.disks = vec![data(2)]);
    after(&mut page, "a person has grown it", |m| m.edit("scsi1", "local-lvm:vm-100000-disk-3,size=9G"));
    assert_snapshot!(page.text());
}

#[test]
fn a_machine_that_plugs_no_disk_takes_and_gives_one_at_its_next_start() {
    let impacts = |hotplug: &str| {
        let mut model = Model::converged();
        model.edit("hotplug", hotplug);
        model.desired.disks = vec![data(5)];
        let write = model.plan().steps.remove(0);
        model.carry_out(&write);
        let attach = model.plan().steps.remove(0);
        model.settle();
        model.desired.disks = vec![];
        let detach = model.plan().steps.pop().unwrap();
        assert!(matches!((&attach, &detach), (Step::Attach { .. }, Step::Detach { .. })), "{attach}, {detach}");
        [attach.impact(), detach.impact()]
    };
    assert_eq!(impacts("network,disk"), [Impact::Live; 2]);
    assert_eq!(impacts("network"), [Impact::Reboot; 2]);
}

#[test]
fn a_new_server_starts_with_all_its_disks() {
    let mut model = Model::new();
    model.desired.disks = vec![data(5), Disk { name: "logs".into(), ..data(1) }];
    let taken = model.settle();
    let at = |words: &str| taken.iter().position(|step| step.contains(words)).unwrap();
    assert!(at("attach disk data") < at("attach disk logs") && at("attach disk logs") < at("start VM"), "{taken:#?}");
    assert_eq!(
        (model.status.disks.get("data").unwrap().slot.as_str(), model.status.disks.get("logs").unwrap().slot.as_str()),
        ("scsi1", "scsi2")
    );
}

#[test]
fn a_disk_that_leaves_the_wish_is_detached_and_kept() {
    let mut model = with_data();
    let volume = model.status.disks.get("data").unwrap().volid.clone().unwrap();
    model.desired.disks.clear();
    let taken = model.settle();
    let detached =
        ["lift protection of VM 100000 for the next step", "detach disk data (scsi1) from VM 100000 and keep it"];
    assert!(taken.windows(2).any(|pair| pair == detached), "{taken:#?}");
    assert_eq!((model.option("unused0"), model.option("protection")), (volume.as_str(), "1"));
    assert!(model.plan().is_settled() && !model.status.disks.contains_key("data"), "{:?}", model.status.disks);
    // Wished again, it is another disk.
    model.desired.disks = vec![data(5)];
    model.settle();
    assert_eq!(model.option("unused0"), volume);
    assert_ne!(model.status.disks.get("data").unwrap().volid.as_ref(), Some(&volume));
}

#[test]
fn an_allocation_whose_answer_was_lost_is_found_and_not_repeated() {
    let mut model = Model::converged();
    model.desired.disks = vec![data(5)];
    let write = model.plan().steps.remove(0);
    model.carry_out(&write);
    // It was made; only half of the write was kept, and nothing but the intent stands in the status.
    let attach = model.plan().steps.remove(0);
    let Step::Attach { name, slot, .. } = &attach else { panic!("{attach}") };
    let intent = slipway_crds::DiskStatus { slot: slot.clone(), volid: None, size_gib: None };
    model.status.disks.insert(name.clone(), intent);
    model.edit("scsi1", "local-lvm:vm-100000-disk-9,size=5G");
    let taken = model.settle();
    assert!(!taken.iter().any(|step| step.contains("attach")), "{taken:#?}");
    assert_eq!(model.status.disks.get("data").unwrap().volid.as_deref(), Some("local-lvm:vm-100000-disk-9"));
    // The status is lost too: the second line says what it is.
    model.status.disks.clear();
    assert!(model.plan().is_settled(), "{:?}", model.plan());
}

#[test]
fn what_somebody_took_out_comes_back_as_the_same_volume_or_not_at_all() {
    let mut page = Page::default();
    let take_out = |m: &mut Model| {
        let volume = m.option("scsi1").split(',').next().unwrap().to_owned();
        m.edit("scsi1", "");
        volume
    };
    after(&mut page, "a person has detached it", |m| {
        let volume = take_out(m);
        m.edit("unused0", &volume);
    });
    after(&mut page, "a person has detached it, and that is only reported", |m| {
        m.desired.drift_policy = slipway_crds::DriftPolicy::Report;
        let volume = take_out(m);
        m.edit("unused0", &volume);
    });
    after(&mut page, "a person has destroyed it", |m| {
        take_out(m);
    });
    after(&mut page, "a person has plugged it in elsewhere", |m| {
        let volume = take_out(m);
        m.edit("scsi7", &format!("{volume},size=5G"));
    });
    assert_snapshot!(page.text());
}

#[test]
fn no_disk_is_made_or_detached_while_one_has_no_name() {
    let stranger = |m: &mut Model| m.edit("scsi5", "local-lvm:vm-100000-disk-5,size=1G");
    let mut model = with_data();
    stranger(&mut model);
    assert!(model.plan().is_settled(), "{:?}", model.plan());
    for change in [vec![], vec![data(5), Disk { name: "logs".into(), ..data(1) }]] {
        let mut model = with_data();
        stranger(&mut model);
        model.desired.disks = change;
        // What is applied may be written; no disk is touched.
        let taken = model.settle();
        assert!(taken.iter().all(|step| step.starts_with("change")), "{taken:#?}");
        let Some(Hold::Stalled(StalledReason::Invalid, message)) = model.plan().hold else {
            panic!("{:?}", model.plan())
        };
        assert!(message.contains("scsi5"), "{message}");
    }
}
