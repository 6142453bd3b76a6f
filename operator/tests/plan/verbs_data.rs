//! Verbs about data: what they do in which order, what they wait for, and what stops them.

use insta::assert_snapshot;
use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use proxmox_client::{BackupRow, MigratePreconditions, SnapshotRow};
use slipway_crds::{
    ActionPhase, DetachedDisk, PowerState, Reown, ReownKind, RunPolicy, Verb,
    words::{StalledReason, WaitingReason},
};
use slipway_operator::server::{
    deed::Deed,
    observed::{ActionView, Arguments, Listing, Source, VmView},
    plan::{Hold, plan},
    step::Step,
};

use crate::{
    model::{FIRST, Model, now, vmid},
    render::Page,
    verbs::action,
};

const VOLID: &str = "nas:backup/vzdump-qemu-100000.vma.zst";

/// Every verb about data, with what it takes.
fn data_verbs() -> Vec<ActionView> {
    let with = |verb, arguments| ActionView { arguments, ..action("a", verb) };
    let none = Arguments::default;
    let snapshot = || Arguments { snapshot: Some("before".into()), ..none() };
    let backup = || Arguments { backup: Some(VOLID.into()), ..none() };
    vec![
        with(Verb::Snapshot, Arguments { snapshot: Some("new".into()), include_memory: true, ..none() }),
        with(Verb::DeleteSnapshot, snapshot()),
        with(Verb::Rollback, snapshot()),
        with(Verb::Backup, none()),
        with(Verb::Restore, backup()),
        with(Verb::DeleteBackup, backup()),
        with(Verb::Migrate, Arguments { node: Some("pve1".into()), ..none() }),
        with(Verb::Rebuild, Arguments { image: Some("ubuntu".into()), ..none() }),
        with(Verb::DestroyDisk, Arguments { disk: Some("root-1".into()), ..none() }),
    ]
}

/// A snapshot, a backup and a detached disk; a template to rebuild from; nothing in the way of a migration.
fn furnish(model: &mut Model) {
    let notes = "web slipway:v1 abc123def456 born=u-1".into();
    let backup = BackupRow { volid: VOLID.into(), vmid: Some(vmid(FIRST)), time: 1, size: 2, notes, protected: false };
    let free = MigratePreconditions { allowed_nodes: vec!["pve1".into()], ..MigratePreconditions::default() };
    let snapshot = SnapshotRow { name: "before".into(), time: 1, memory: false, state: None };
    model.stored.snapshots = Listing::Read(vec![snapshot]);
    model.stored.backups = Listing::Read(vec![backup]);
    model.stored.migration = Listing::Read(vec![free]);
    model.stored.source = Source::Volume("local-lvm:base-9001-disk-0".into());
    detach(model, SignedDuration::from_hours(1));
}

fn detach(model: &mut Model, left: SignedDuration) {
    let (name, volid, slot) = ("root-1".into(), "local-lvm:vm-100000-disk-7".into(), "unused0".into());
    model.edit("unused0", "local-lvm:vm-100000-disk-7");
    let until = Some(Time(now() + left));
    model.status.detached.push(DetachedDisk { name, volid, slot, size_gib: None, since: Time(now()), until });
}

pub fn reown(kind: ReownKind) -> Reown {
    Reown { action: "a".into(), kind, since: Time(now()), born: "u-1".into(), was_running: true, image: None }
}

#[test]
fn each_verb_about_data_does_what_it_says() {
    let mut page = Page::default();
    for action in data_verbs() {
        page.after(&format!("{:?}", action.verb), |m| {
            furnish(m);
            m.actions.push(action);
        });
    }
    assert_snapshot!(page.text());
}

#[test]
fn what_needs_a_stopped_vm_stops_it_while_it_is_protected_and_starts_it_again() {
    let mut page = Vec::new();
    for action in data_verbs().into_iter().filter(|a| matches!(a.verb, Verb::Rollback | Verb::Restore | Verb::Rebuild))
    {
        let mut model = Model::converged();
        furnish(&mut model);
        let verb = action.verb;
        model.actions.push(action);
        page.push(format!("# {verb:?}\n{}", model.settle().join("\n")));
        assert!(model.plan().is_settled() && model.guest.as_ref().unwrap().running.is_some(), "{verb:?}");
        assert_eq!((model.option("protection"), &model.status.reown), ("1", &None), "{verb:?}");
    }
    assert_snapshot!(page.join("\n"));
}

#[test]
fn a_frozen_site_lets_nothing_replace_or_destroy_data() {
    for action in data_verbs() {
        let mut model = Model::converged();
        furnish(&mut model);
        let replaces = action.verb.replaces_data();
        model.actions.push(action);
        let mut seen = model.seen();
        seen.site.frozen = Some((WaitingReason::SiteFrozen, "frozen".into()));
        let plan = plan(&model.desired, &seen);
        assert_eq!(plan.hold.is_some(), replaces, "{plan:?}");
        assert_eq!(plan.steps.is_empty(), replaces, "{plan:?}");
    }
}

#[test]
fn what_replaces_data_names_its_server_by_uid() {
    for action in data_verbs().into_iter().filter(|a| a.verb.replaces_data()) {
        let mut model = Model::converged();
        furnish(&mut model);
        model.actions.push(ActionView { uid_given: false, ..action });
        let steps = model.plan().steps;
        assert!(matches!(&steps[..], [Step::EndAction { phase: ActionPhase::Refused, .. }]), "{steps:?}");
    }
}

#[test]
fn what_is_not_there_or_not_this_servers_is_refused() {
    let mut page = Page::default();
    for action in data_verbs().into_iter().filter(|a| !matches!(a.verb, Verb::Snapshot | Verb::Backup)) {
        page.after(&format!("{:?} of nothing", action.verb), |m| {
            m.stored.snapshots = Listing::Read(vec![]);
            m.stored.backups = Listing::Read(vec![]);
            m.stored.migration = Listing::Read(vec![MigratePreconditions::default()]);
            m.stored.source = Source::None { message: "OSImage `ubuntu` does not exist".into() };
            m.actions.push(action);
        });
    }
    page.after("Restore of another origin's backup", |m| {
        furnish(m);
        if let Listing::Read(rows) = &mut m.stored.backups {
            rows[0].notes = "web slipway:v1 abc123def456 born=u-9".into();
        }
        m.actions.push(data_verbs().remove(4));
    });
    page.after("Rollback with memory against Stopped", |m| {
        furnish(m);
        if let Listing::Read(rows) = &mut m.stored.snapshots {
            rows[0].memory = true;
        }
        m.desired.run_policy = RunPolicy::Stopped;
        m.guest.as_mut().unwrap().running = None;
        m.actions.push(data_verbs().remove(2));
    });
    page.after("Rollback with memory while suspended", |m| {
        furnish(m);
        if let Listing::Read(rows) = &mut m.stored.snapshots {
            rows[0].memory = true;
        }
        m.desired.suspended = Some("unpaid".into());
        m.status.suspension =
            Some(slipway_crds::SuspensionStatus { power: slipway_crds::PowerState::Running, spares: false });
        m.guest.as_mut().unwrap().running = None;
        m.actions.push(data_verbs().remove(2));
    });
    assert_snapshot!(page.text());
}

#[test]
fn no_verb_about_data_is_repeated_after_a_lost_answer() {
    for action in data_verbs() {
        let mut model = Model::converged();
        furnish(&mut model);
        model.actions.push(ActionView { phase: ActionPhase::Running, started_at: Some(now()), ..action });
        let steps = model.plan().steps;
        assert!(matches!(&steps[..], [Step::EndAction { phase: ActionPhase::OutcomeUnknown, .. }]), "{steps:?}");
    }
}

#[test]
fn a_rollback_to_older_settings_is_written_over_before_the_start() {
    let mut model = Model::converged();
    model.status.reown = Some(reown(ReownKind::Rollback));
    model.guest.as_mut().unwrap().running = None;
    for (option, value) in [
        ("protection", ""),
        ("tags", ""),
        ("name", "older"),
        ("cores", "7"),
        ("net0", "virtio=BC:24:11:99:99:99,bridge=vmbr9"),
    ] {
        model.edit(option, value);
    }
    assert_snapshot!(model.settle().join("\n"));
    assert_eq!((model.option("protection"), model.option("name"), model.option("cores")), ("1", "web", "1"));
    assert!(model.option("net0").starts_with("virtio=BC:24:11:00:00:01,bridge=vmbr0"), "{}", model.option("net0"));
    assert!(model.guest.unwrap().running.is_some());
}

#[test]
fn only_a_rollback_or_restore_of_ours_writes_over_another_mark() {
    let other = |change: fn(&str) -> String| {
        let mut model = Model::converged();
        let description = change(model.option("description"));
        model.edit("description", &description);
        model
    };
    let older = |text: &str| text.replace("/u-1/", "/u-0/");
    let reowns = |model: &Model| matches!(&model.plan().steps[..], [Step::Reown { .. }]);
    let stalls = |model: &Model| matches!(model.plan().hold, Some(Hold::Stalled(StalledReason::ForeignVM, _)));
    let mut model = other(older);
    assert!(stalls(&model), "nothing of ours is under way");
    for kind in [ReownKind::Rollback, ReownKind::Restore] {
        model.status.reown = Some(reown(kind));
        assert!(reowns(&model), "{kind:?}");
    }
    model.status.reown = Some(reown(ReownKind::Rebuild));
    assert!(stalls(&model), "a rebuild brings no mark back");
    for foreign in [
        |text: &str| text.replace("born=u-1", "born=u-9").replace("/u-1/", "/u-9/"),
        |text: &str| text.replace("abc123def456", "another"),
    ] {
        let mut model = other(foreign);
        model.status.reown = Some(reown(ReownKind::Restore));
        assert!(stalls(&model));
    }
    let mut model = other(|_| "somebody's notes".into());
    model.status.reown = Some(reown(ReownKind::Restore));
    assert!(reowns(&model), "no mark at all");
    let mut outside = model.seen();
    outside.site.guest_pool = None;
    assert!(matches!(plan(&model.desired, &outside).hold, Some(Hold::Stalled(StalledReason::ForeignVM, _))));
    let mut locked = model.seen();
    if let VmView::Found { config, .. } = &mut locked.vm {
        let mut options = model.guest.as_ref().unwrap().options.clone();
        options.insert("lock".into(), "create".into());
        **config = model.config_of(&options);
    }
    let plan = plan(&model.desired, &locked);
    assert!(matches!(plan.hold, Some(Hold::Waiting(WaitingReason::Locked, _))) && plan.steps.is_empty());
}

#[test]
fn a_vm_that_is_gone_is_made_anew_by_a_restore_only_and_never_over_somebody_elses() {
    for action in data_verbs() {
        let verb = action.verb;
        let mut model = Model::converged();
        furnish(&mut model);
        model.actions.push(action);
        model.status.power_state = Some(PowerState::Running);
        model.guest = None;
        let first = model.plan().steps;
        match &first[..] {
            [Step::Prepare { reown }] if verb == Verb::Restore => {
                assert!(reown.was_running, "it comes back as it was");
                model.status.reown = Some((**reown).clone());
                let next = model.plan().steps;
                let made = |step: &Step| matches!(step, Step::Act { deed: Deed::Restore { overwrite: false, .. }, .. });
                assert!(next.len() == 1 && made(&next[0]), "{next:?}");
            }
            [Step::EndAction { phase: ActionPhase::Refused, reason: "VMLost", .. }] => assert_ne!(verb, Verb::Restore),
            steps => panic!("{verb:?}: {steps:?}"),
        }
    }
}

#[test]
fn a_rebuild_keeps_no_more_old_disks_than_the_status_shows() {
    let mut model = Model::converged();
    furnish(&mut model);
    for _ in 1..16 {
        detach(&mut model, SignedDuration::from_hours(1));
    }
    model.actions.push(data_verbs().remove(7));
    let steps = model.plan().steps;
    assert!(matches!(steps[..], [Step::EndAction { phase: ActionPhase::Refused, reason: "TooMany", .. }]), "{steps:?}");
}

#[test]
fn a_mark_is_not_written_over_before_the_call_was_made() {
    let mut model = Model::converged();
    furnish(&mut model);
    model.actions.push(data_verbs().remove(4));
    model.status.reown = Some(reown(ReownKind::Restore));
    model.edit("description", "somebody's notes");
    assert!(matches!(model.plan().hold, Some(Hold::Stalled(StalledReason::ForeignVM, _))));
}

#[test]
fn a_detached_disk_is_destroyed_when_its_time_is_over_and_no_snapshot_may_use_it() {
    let mut model = Model::converged();
    detach(&mut model, SignedDuration::from_secs(1));
    assert!(model.plan().is_settled());
    model.status.detached[0].until = Some(Time(now()));
    model.status.snapshots.push(slipway_crds::SnapshotStatus {
        name: "before".into(),
        created_at: Time(now()),
        includes_memory: false,
    });
    assert!(model.plan().is_settled(), "a snapshot may use it");
    model.status.snapshots.clear();
    assert_snapshot!(model.settle().join("\n"));
    assert_eq!((model.option("unused0"), model.option("protection")), ("", "1"));
}

#[test]
fn a_server_has_no_more_backups_than_its_site_allows() {
    let ends = |most: Option<u32>| {
        let mut model = Model::converged();
        furnish(&mut model);
        model.actions = vec![ActionView { arguments: Arguments::default(), ..action("a", Verb::Backup) }];
        let mut seen = model.seen();
        seen.site.most_backups = most;
        plan(&model.desired, &seen).steps
    };
    assert!(matches!(ends(Some(2))[..], [Step::Act { .. }]), "{:?}", ends(Some(2)));
    assert!(matches!(ends(Some(1))[..], [Step::EndAction { reason: "TooMany", .. }]), "{:?}", ends(Some(1)));
}
