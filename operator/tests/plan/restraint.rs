//! Whatever is observed, the planner answers, and never touches what is not exactly ours.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jiff::SignedDuration;
use proptest::prelude::*;
use proxmox_client::{GuestStatus, ProxmoxRequest, TaskState, VmConfig};
use serde_json::json;
use slipway_crds::{ActionPhase, Applied, DriftPolicy, RunPolicy, Verb, VirtualServerStatus, words::WaitingReason};
use slipway_operator::{
    mark::{Identity, Mark, MarkState, Verdict, verdict},
    server::{
        deed::Deed,
        desired::Desired,
        observed::{
            ActionView, AddressView, AdoptView, FilterView, NodeView, Observed, PoolView, PreviousVm, SiteView, Stored,
            TaskView, TemplateView, UndoView, VmView, WorkView,
        },
        plan::plan,
        report::set_provisioned,
        step::Step,
    },
};

use crate::{
    model::{Model, desired, node, now, vmid},
    verbs::{action, upid},
};

const OURS: u32 = 100_000;

static APPLIED: LazyLock<Applied> = LazyLock::new(|| Model::converged().status.applied.unwrap());

fn wish() -> impl Strategy<Value = Desired> {
    let policy = prop_oneof![Just(RunPolicy::Managed), Just(RunPolicy::Running), Just(RunPolicy::Stopped)];
    (1_u32..8, 1_u32..8192, 1_u32..64, policy, any::<bool>(), any::<bool>()).prop_map(
        |(cores, memory_mib, disk_gib, run_policy, report, paused)| Desired {
            cores,
            memory_mib,
            disk_gib,
            run_policy,
            drift_policy: if report { DriftPolicy::Report } else { DriftPolicy::Correct },
            paused,
            ..desired()
        },
    )
}

fn mark_line() -> impl Strategy<Value = String> {
    let part = |ours: &'static str| prop_oneof![3 => Just(ours.to_owned()), 1 => "[a-z0-9-]{0,8}"];
    let state = prop_oneof![
        Just(MarkState::Provisional),
        Just(MarkState::Owned),
        Just(MarkState::Retained { until: None }),
        Just(MarkState::Retained { until: Some(now()) }),
    ];
    let number = prop_oneof![3 => Just(OURS), 1 => 100_u32..200_000];
    (part("abc123def456"), part("acct-a"), part("web"), part("u-1"), number, state).prop_map(
        |(installation, namespace, name, uid, number, state)| {
            Mark {
                identity: Identity { installation, namespace, name, uid },
                vmid: vmid(number),
                born: "u-1".into(),
                state,
            }
            .to_string()
        },
    )
}

fn description() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => mark_line(),
        1 => ".{0,30}",
        1 => Just(" qmclone temporary file".to_owned()),
        1 => "slipway:v1 .{0,20}",
        1 => "slipway-map:v1 [0-9a-f]{16} (root=[a-z0-9]{1,6} )?public=net0",
    ];
    prop::collection::vec(line, 0..3).prop_map(|lines| lines.join("\n"))
}

fn config() -> impl Strategy<Value = VmConfig> {
    let lock = prop::option::of(prop_oneof![Just("clone"), Just("create"), Just("backup"), Just("suspended")]);
    let disk = prop_oneof![3 => "a:vm-1,size=[0-9]{1,4}[GMT]", 1 => ".{0,20}"];
    let net = prop_oneof![3 => Just("virtio=BC:24:11:00:00:01,bridge=vmbr0".to_owned()), 1 => ".{0,20}"];
    let number = prop_oneof![3 => "[0-9]{1,5}", 1 => ".{0,8}"];
    (description(), lock, prop::option::of(disk), prop::option::of(net), number, any::<bool>(), any::<bool>()).prop_map(
        |(description, lock, disk, net, number, protection, template)| {
            let mut all = json!({ "description": description, "cores": number, "memory": number, "digest": "d-7", "protection": u8::from(protection), "template": u8::from(template) });
            for (option, value) in [("lock", lock.map(str::to_owned)), ("scsi0", disk), ("net0", net)] {
                if let Some(value) = value {
                    all[option] = json!(value);
                }
            }
            VmConfig::from_json(&all)
        },
    )
}

fn power() -> impl Strategy<Value = Option<GuestStatus>> {
    let guest =
        (any::<bool>(), any::<bool>(), any::<u32>(), any::<u64>()).prop_map(|(running, paused, cpus, maxmem)| {
            GuestStatus { running, paused, lock: None, cpus, maxmem, ha_managed: false }
        });
    prop::option::of(guest)
}

fn vm() -> impl Strategy<Value = VmView> {
    prop_oneof![
        1 => Just(VmView::NotAsked),
        1 => Just(VmView::Absent),
        1 => Just(VmView::Unreadable { reason: WaitingReason::Locked, message: "locked".into() }),
        6 => (config(), power()).prop_map(|(config, status)| VmView::Found { node: node("pve1"), config: Box::new(config), status }),
    ]
}

fn task() -> impl Strategy<Value = Option<TaskView>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(TaskView::Running)),
        1 => Just(Some(TaskView::Lost)),
        1 => Just(Some(TaskView::Ended(TaskState::Succeeded { warnings: true }))),
        1 => ".{0,20}".prop_map(|exit_status| Some(TaskView::Ended(TaskState::Failed { exit_status }))),
    ]
}

fn actions() -> impl Strategy<Value = Vec<ActionView>> {
    let verb = prop::sample::select(&Verb::ALL[..]);
    let one = (verb, any::<bool>(), any::<bool>(), prop::option::of(-1_i64..3), -2_i64..2, any::<bool>(), task());
    let one = one.prop_map(|(verb, running, for_another, after_generation, hours, found, task)| ActionView {
        phase: if running { ActionPhase::Running } else { ActionPhase::Pending },
        for_another,
        after_generation,
        not_after: now() + SignedDuration::from_hours(hours),
        upid: (running && task.is_some()).then(upid),
        found: found.then(upid),
        task: task.filter(|_| running),
        ..action("a", verb)
    });
    prop::collection::vec(one, 0..3)
}

fn status() -> impl Strategy<Value = VirtualServerStatus> {
    let vmid = prop_oneof![1 => Just(None), 4 => Just(Some(OURS)), 1 => any::<u32>().prop_map(Some)];
    (vmid, any::<bool>(), prop::option::of((1_u32..8, 1_u32..64)), prop::option::of("[a-z]{1,5}[0-9]")).prop_map(
        |(vmid, provisioned, applied, slot)| {
            let mut status = VirtualServerStatus { vmid, node: Some("pve1".into()), ..VirtualServerStatus::default() };
            if provisioned {
                set_provisioned(&mut status, Some(1), now());
            }
            status.applied = applied.map(|(cores, size_gib)| {
                let mut applied = Applied { cores, ..APPLIED.clone() };
                applied.disks.iter_mut().for_each(|(_, d)| d.size_gib = size_gib);
                applied
            });
            if let Some(slot) = slot {
                status.disks.insert("root".into(), slipway_crds::DiskStatus { slot, volid: None, size_gib: None });
            }
            status
        },
    )
}

fn seen() -> impl Strategy<Value = Observed> {
    let address = prop_oneof![
        Just(AddressView::Claimed(Model::claim())),
        Just(AddressView::Free(Model::claim())),
        Just(AddressView::Own),
        Just(AddressView::none("none".into())),
    ];
    let template = prop_oneof![
        Just(TemplateView::NotNeeded),
        Just(TemplateView::Later { node: node("pve1"), vmid: vmid(9000) }),
        Just(TemplateView::NoNode { reason: WaitingReason::NoCapacity, message: "full".into() }),
        config().prop_map(|config| TemplateView::Read { node: node("pve1"), vmid: vmid(9000), config }),
    ];
    let previous = prop::option::weighted(0.2, (any::<bool>(), any::<bool>(), any::<bool>()));
    let nodes = prop::collection::vec((any::<bool>(), any::<bool>(), -100_i64..10_000), 0..3);
    (status(), address, template, vm(), task(), actions(), (previous, nodes, any::<bool>(), any::<i64>())).prop_map(
        |(status, address, template, vm, task, actions, (previous, nodes, frozen, generation))| {
            // While a task of ours works on a VM, it is not read.
            let busy = task == Some(TaskView::Running) || actions.iter().any(|a| a.task == Some(TaskView::Running));
            let nodes = nodes.into_iter().enumerate().map(|(i, (online, cordoned, free_memory_mib))| NodeView {
                name: node(&format!("pve{}", i + 1)),
                online,
                cordoned,
                apart: false,
                free_memory_mib,
                free_cores: 64,
                storages: Arc::default(),
                claimed_gib: BTreeMap::new(),
            });
            Observed {
                stored: Stored::default(),
                previous_unsure: None,
                now: now(),
                generation,
                site: SiteView {
                    frozen: frozen.then(|| (WaitingReason::SiteFrozen, "frozen".into())),
                    nodes: nodes.collect(),
                    ..SiteView::default()
                },
                undo: UndoView::NotAsked,
                adopt: AdoptView::NotAsked,
                gives_way: false,
                quota: None,
                previous: previous.map(|(ours, known, owned)| PreviousVm {
                    uid: if ours { "u-1" } else { "u-0" }.into(),
                    vmid: vmid(OURS),
                    node: known.then(|| node("pve1")),
                    owned,
                }),
                pool: PoolView::NotAsked,
                work: WorkView::NotAsked,
                vm: if busy { VmView::NotAsked } else { vm },
                status,
                addresses: [("public".to_owned(), vec![address])].into(),
                spare_claims: vec![],
                pending: vec![],
                filters: FilterView::NotAsked,
                template,
                task,
                actions,
            }
        },
    )
}

/// The number that a mutation is about.
fn target(request: &ProxmoxRequest) -> u32 {
    match request {
        ProxmoxRequest::Clone { newid, .. } => newid.get(),
        ProxmoxRequest::SetConfig { vmid, .. }
        | ProxmoxRequest::SetConfigInTask { vmid, .. }
        | ProxmoxRequest::GuestFirewall { vmid, .. }
        | ProxmoxRequest::Unlink { vmid, .. }
        | ProxmoxRequest::Resize { vmid, .. }
        | ProxmoxRequest::Start { vmid, .. }
        | ProxmoxRequest::Shutdown { vmid, .. }
        | ProxmoxRequest::Stop { vmid, .. }
        | ProxmoxRequest::Reboot { vmid, .. }
        | ProxmoxRequest::Destroy { vmid, .. } => vmid.get(),
        other => panic!("the planner asks for {}", other.name()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn only_a_vm_that_is_exactly_ours_is_ever_touched(wish in wish(), seen in seen()) {
        for step in &plan(&wish, &seen).steps {
            let Some(request) = step.request().filter(|r| !r.is_read()) else { continue };
            prop_assert_eq!(Some(target(&request)), seen.status.vmid, "{}", step);
            match (&seen.vm, step) {
                (VmView::Absent, Step::Clone { mark, .. }) => {
                    prop_assert_eq!(&mark.identity, &wish.identity);
                    prop_assert_eq!(mark.state, MarkState::Provisional);
                }
                (VmView::Found { config, .. }, _) => {
                    let judged = verdict(config, &wish.identity, vmid(target(&request)));
                    prop_assert!(matches!(judged, Verdict::Ours(_)), "{} although {:?}", step, judged);
                    prop_assert!(config.lock().is_none(), "{} although it is locked", step);
                }
                // Our own shutdown runs on it: it was read when that began.
                (VmView::NotAsked, Step::Act { deed: Deed::Stop { overrule: true }, .. }) => {}
                (view, _) => prop_assert!(false, "{} although the VM was seen as {:?}", step, view),
            }
        }
    }

    #[test]
    fn a_plan_destroys_nothing_shrinks_nothing_and_writes_only_what_it_read(wish in wish(), seen in seen()) {
        for step in &plan(&wish, &seen).steps {
            match step.request() {
                Some(ProxmoxRequest::Destroy { .. }) => prop_assert!(false, "{}", step),
                Some(ProxmoxRequest::SetConfig { change, .. }) => {
                    prop_assert_eq!(change.digest.as_str(), "d-7", "{}", step);
                    prop_assert!(!change.set.is_empty() || !change.delete.is_empty(), "{} writes nothing", step);
                    let lifts = change.delete.iter().any(|d| d == "protection");
                    let lifted_for = matches!(step, Step::Unprotect { .. });
                    prop_assert!(!lifts || lifted_for, "{} lifts protection", step);
                }
                Some(ProxmoxRequest::Resize { disk, size_gib, .. }) => {
                    let VmView::Found { config, .. } = &seen.vm else { panic!("{step} of what was not seen") };
                    prop_assert!(Some(size_gib) > config.disk_gib(&disk), "{} shrinks", step);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_same_look_gives_the_same_plan(wish in wish(), seen in seen()) {
        let first = plan(&wish, &seen);
        prop_assert_eq!(plan(&wish, &seen), first.clone());
        prop_assert!(first.steps.iter().all(|s| !s.to_string().is_empty() && !s.name().is_empty()));
    }

    #[test]
    fn a_frozen_site_creates_nothing(wish in wish(), mut seen in seen()) {
        seen.site.frozen = Some((WaitingReason::SiteFrozen, "frozen".into()));
        let creates = |step: &Step| matches!(step, Step::ReserveVmid { .. } | Step::Clone { .. });
        prop_assert!(!plan(&wish, &seen).steps.iter().any(creates));
    }

    #[test]
    fn a_paused_server_gets_no_call(wish in wish(), seen in seen()) {
        let plan = plan(&Desired { paused: true, ..wish }, &seen);
        let overrules = |step: &Step| matches!(step, Step::Act { deed: Deed::Stop { overrule: true }, .. });
        prop_assert!(plan.steps.iter().all(|s| s.request().is_none() || overrules(s)), "{:?}", plan.steps);
    }
}
