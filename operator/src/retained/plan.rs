//! What a retained VM needs next: pure. Only `Purging` destroys, and only a record in `Retained` can get there.

use jiff::{SignedDuration, Timestamp};
use proxmox_client::{ConfigChange, GuestStatus, NodeName, VmConfig};
use slipway_crds::{
    RetainedPhase,
    words::{StalledReason, WaitingReason},
};

use super::{
    give_back,
    observed::{Observed, TaskView, VmView},
    step::{Step, TaskEnd},
};
use crate::{
    mark::{self, Mark, MarkState, Verdict},
    server::{plan::Hold, stuck},
};

/// Between two looks at a VM that is being taken back.
const TAKING: SignedDuration = SignedDuration::from_secs(2);

#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    Step(Step),
    Hold(Hold),
    /// Nothing to do before this time (or ever, until somebody changes the record).
    Rest {
        until: Option<Timestamp>,
    },
}

/// The next step.
pub fn plan(seen: &Observed) -> Plan {
    if let Some((reason, message)) = &seen.distrust {
        return Plan::Hold(Hold::Waiting(*reason, message.clone()));
    }
    if let Some(task) = &seen.task {
        return after(task, seen);
    }
    let (node, config, status) = match &seen.vm {
        VmView::NotAsked => return Plan::Hold(Hold::Task),
        VmView::Absent => return Plan::Step(Step::Finish),
        VmView::Unreadable { reason, message } => return Plan::Hold(Hold::Waiting(*reason, message.clone())),
        VmView::Found { node, config, status } => (node, config, status),
    };
    if let Some(gives) = &seen.gives_back {
        return give_back::plan(gives, seen, node, config);
    }
    let mark = match mark::verdict(config, &seen.identity, seen.vmid) {
        Verdict::Ours(mark) => mark,
        Verdict::Undetermined { why } => return undetermined(seen, node, config, &why),
        Verdict::Foreign { .. } if may_reown(seen, config) => return reown(seen, node, config),
        // It carries the taker's mark.
        Verdict::Foreign { .. } if seen.deleted || seen.phase == RetainedPhase::Taken => {
            return Plan::Step(Step::LetGo);
        }
        Verdict::Foreign { found } => {
            return Plan::Hold(Hold::Stalled(
                StalledReason::ForeignVM,
                format!(
                    "VM {} carries {}; nothing is done to it. Delete this record to let it go",
                    seen.vmid,
                    found.map_or_else(|| "no mark of Slipway".to_owned(), |f| format!("another mark (`{f}`)")),
                ),
            ));
        }
    };
    let vm = Vm { seen, mark: &mark, node, config, status };
    if seen.phase == RetainedPhase::Taken {
        // Until the taker has written its mark, the record says whose the VM is.
        return Plan::Rest { until: Some(seen.now + TAKING) };
    }
    if seen.deleted {
        return vm.let_go();
    }
    match (seen.phase, seen.end()) {
        (RetainedPhase::Taken, _) => Plan::Hold(Hold::Task),
        (RetainedPhase::Retained, None) => vm.keep(),
        (RetainedPhase::Retained, Some(until)) => vm.keep_until(until),
        (RetainedPhase::Purging, _) => vm.fence(),
    }
}

/// Nothing works on it, and has not for long enough: then it needs root.
fn undetermined(seen: &Observed, node: &NodeName, config: &VmConfig, why: &str) -> Plan {
    let vmid = seen.vmid;
    if seen.phase == RetainedPhase::Taken || !seen.stands_still() {
        let message = format!("VM {vmid} cannot be judged yet: {why}");
        return Plan::Hold(Hold::Waiting(WaitingReason::Locked, message));
    }
    // A restore of ours that died leaves `create` too, on a VM that was configured.
    let was_configured = seen.reowns.is_some()
        || mark::find(config.description()).is_some_and(|mark| mark.state != MarkState::Provisional);
    if !was_configured && config.lock().is_none_or(|lock| ["clone", "create"].contains(&lock)) {
        let reason =
            format!("what was to become VM {vmid} on node {node} was left unfinished ({why}) by a task that is gone");
        let command = format!("on node {node}: qm unlock {vmid}; qm destroy {vmid}");
        return Plan::Step(Step::Quarantine { reason, command });
    }
    let message = format!(
        "VM {vmid} cannot be judged ({why}), and no task works on it; as root on node {node}: qm unlock {vmid}"
    );
    Plan::Hold(Hold::Stalled(StalledReason::LockStale, message))
}

pub(super) fn may_reown(seen: &Observed, config: &VmConfig) -> bool {
    let installation = &seen.identity.installation;
    seen.phase == RetainedPhase::Retained
        && seen.reowns.as_ref().is_some_and(|born| mark::may_be_reowned(config.description(), installation, born))
}

/// The mark comes before everything else that is done to it.
pub(super) fn reown(seen: &Observed, node: &NodeName, config: &VmConfig) -> Plan {
    let (identity, vmid) = (seen.identity.clone(), seen.vmid);
    let born = seen.reowns.clone().unwrap_or_default();
    let mark = Mark { identity, vmid, born, state: MarkState::Retained { until: None } };
    let change = ConfigChange {
        set: vec![
            ("description".into(), mark::write(config.description(), &mark, None)),
            ("protection".into(), "1".into()),
        ],
        delete: vec![],
        digest: config.digest.clone(),
    };
    Plan::Step(Step::Mark { node: node.clone(), vmid, change, until: None })
}

/// A task in the status comes before everything else, until it has ended or what is there shows that it is over.
fn after(task: &TaskView, seen: &Observed) -> Plan {
    let over = match (task, &seen.vm) {
        (TaskView::Running, _) => return Plan::Hold(Hold::Task),
        (TaskView::Ended(end), _) => return Plan::Step(Step::EndTask { end: end.clone() }),
        (TaskView::Unknown { .. }, VmView::Absent) | (TaskView::Unanswered { .. }, VmView::Found { .. }) => true,
        (TaskView::Unknown { node: ran_on, .. }, VmView::Found { node, config, .. }) => {
            stuck::outlives_task(ran_on.as_str(), node, config)
        }
        (TaskView::Unanswered { until }, VmView::Absent) => seen.now >= *until,
        (_, VmView::Unreadable { .. } | VmView::NotAsked) => false,
    };
    if over {
        return Plan::Step(Step::EndTask { end: TaskEnd::Unclear });
    }
    Plan::Hold(match (task, &seen.vm) {
        (TaskView::Unknown { reason, message, .. }, _) | (_, VmView::Unreadable { reason, message }) => {
            Hold::Waiting(*reason, message.clone())
        }
        _ => Hold::Waiting(
            WaitingReason::Locked,
            format!("the answer to a call about VM {} was lost; it may have its effect yet", seen.vmid),
        ),
    })
}

struct Vm<'a> {
    seen: &'a Observed,
    mark: &'a Mark,
    node: &'a NodeName,
    config: &'a VmConfig,
    status: &'a GuestStatus,
}

impl Vm<'_> {
    /// The record was deleted by a person: protection back on, marked as retained, and nothing more.
    fn let_go(&self) -> Plan {
        self.marked(None).map_or(Plan::Step(Step::LetGo), Plan::Step)
    }

    /// Kept until a person decides; the VM is otherwise left as it is, but for a suspension.
    fn keep(&self) -> Plan {
        if self.seen.stays_off && self.status.running {
            return match self.config.lock() {
                Some(lock) => Plan::Hold(self.locked(lock)),
                None => Plan::Step(Step::Stop { node: self.node.clone(), vmid: self.seen.vmid }),
            };
        }
        self.marked(None).map_or(Plan::Rest { until: None }, Plan::Step)
    }

    fn keep_until(&self, until: Timestamp) -> Plan {
        if let Some(hold) = self.may_not_destroy() {
            return Plan::Hold(hold);
        }
        if self.status.running {
            return self.counted(Step::Stop { node: self.node.clone(), vmid: self.seen.vmid });
        }
        // What is destroyed at once is not worth a mark.
        if self.mark.state != MarkState::Provisional
            && let Some(step) = self.marked(Some(until))
        {
            return Plan::Step(step);
        }
        if self.seen.now < until {
            return Plan::Rest { until: Some(until) };
        }
        match &self.seen.claimed_again {
            Some(by) => {
                Plan::Hold(Hold::Stalled(StalledReason::Invalid, format!("{by} names this VM; it is not purged")))
            }
            None => self.counted(Step::BeginPurge),
        }
    }

    /// Stop while protected, take the protection off, destroy; absence is proven afterwards.
    fn fence(&self) -> Plan {
        if let Some(hold) = self.may_not_destroy() {
            return Plan::Hold(hold);
        }
        let (node, vmid) = (self.node.clone(), self.seen.vmid);
        self.counted(if self.status.running {
            Step::Stop { node, vmid }
        } else if self.config.flag("protection") {
            Step::Unprotect { node, vmid, digest: self.config.digest.clone() }
        } else {
            Step::Destroy { node, vmid, purge: self.status.ha_managed }
        })
    }

    /// The step, once the brake has counted this deletion. A clone that never ran is nobody's loss.
    fn counted(&self, step: Step) -> Plan {
        let is_empty = self.mark.state == MarkState::Provisional && !self.status.running;
        Plan::Step(if self.seen.counted || is_empty { step } else { Step::Count })
    }

    fn may_not_destroy(&self) -> Option<Hold> {
        if let Some((reason, message)) = &self.seen.frozen {
            return Some(Hold::Waiting(*reason, message.clone()));
        }
        self.config.lock().map(|lock| self.locked(lock))
    }

    fn locked(&self, lock: &str) -> Hold {
        let vmid = self.seen.vmid;
        if self.seen.stands_still() && lock != stuck::HIBERNATES {
            return stuck::stale(self.node, vmid, lock);
        }
        Hold::Waiting(WaitingReason::Locked, format!("VM {vmid} is locked ({lock}) by another task"))
    }

    /// The step that makes the mark `retained`, if it is not so already.
    fn marked(&self, until: Option<Timestamp>) -> Option<Step> {
        let state = MarkState::Retained { until };
        if self.mark.state == state && self.config.flag("protection") {
            return None;
        }
        let text = mark::write(self.config.description(), &Mark { state, ..self.mark.clone() }, None);
        let change = ConfigChange {
            set: vec![
                ("description".into(), text),
                ("protection".into(), "1".into()),
                ("onboot".into(), u8::from(until.is_none() && self.config.flag("onboot")).to_string()),
            ],
            delete: vec![],
            digest: self.config.digest.clone(),
        };
        Some(Step::Mark { node: self.node.clone(), vmid: self.seen.vmid, change, until })
    }
}

#[cfg(test)]
mod tests {
    use proxmox_client::Vmid;
    use serde_json::json;

    use super::*;
    use crate::mark::Identity;
    use crate::server::observed::WorkView;

    fn identity() -> Identity {
        Identity { installation: "i".into(), namespace: "a".into(), name: "web".into(), uid: "u".into() }
    }

    fn at(hour: &str) -> Timestamp {
        format!("2026-11-25T{hour}:00:00Z").parse().unwrap()
    }

    fn vmid() -> Vmid {
        Vmid::try_from(100_000).unwrap()
    }

    fn found(state: MarkState, running: bool, protected: bool) -> VmView {
        let mark = Mark { identity: identity(), vmid: vmid(), born: "u".into(), state };
        VmView::Found {
            node: NodeName::try_from("pve1").unwrap(),
            config: Box::new(VmConfig::from_json(
                &json!({ "description": mark.to_string(), "protection": u8::from(protected), "digest": "d" }),
            )),
            status: GuestStatus { running, paused: false, lock: None, cpus: 1, maxmem: 0, ha_managed: false },
        }
    }

    fn seen(vm: VmView) -> Observed {
        Observed {
            now: at("12"),
            phase: RetainedPhase::Retained,
            identity: identity(),
            vmid: vmid(),
            until: Some(at("13")),
            deleted: false,
            counted: true,
            distrust: None,
            task: None,
            vm,
            work: WorkView::NotAsked,
            stuck_since: None,
            reowns: None,
            gives_back: None,
            claimed_again: None,
            stays_off: false,
            frozen: None,
        }
    }

    fn step(seen: &Observed) -> Step {
        match plan(seen) {
            Plan::Step(step) => step,
            other => panic!("no step but {other:?}"),
        }
    }

    #[test]
    fn a_deleted_server_is_stopped_then_marked_then_rests_until_its_time() {
        assert!(matches!(step(&seen(found(MarkState::Owned, true, true))), Step::Stop { .. }));
        let Step::Mark { change, .. } = step(&seen(found(MarkState::Owned, false, true))) else { panic!("not marked") };
        assert!(
            change.set.iter().any(|(k, v)| k == "description" && v.contains("retained until 2026-11-25T13:00:00Z"))
        );
        let retained = MarkState::Retained { until: Some(at("13")) };
        assert_eq!(plan(&seen(found(retained, false, true))), Plan::Rest { until: Some(at("13")) });
    }

    #[test]
    fn the_brake_counts_what_may_hold_data_and_not_a_clone_that_never_ran() {
        let uncounted = |state, running| Observed { counted: false, ..seen(found(state, running, false)) };
        assert_eq!(step(&uncounted(MarkState::Provisional, false)), Step::BeginPurge);
        let purging = Observed { phase: RetainedPhase::Purging, ..uncounted(MarkState::Provisional, false) };
        assert!(matches!(step(&purging), Step::Destroy { .. }));
        assert_eq!(step(&uncounted(MarkState::Provisional, true)), Step::Count);
        assert_eq!(step(&uncounted(MarkState::Owned, true)), Step::Count);
    }

    #[test]
    fn what_is_kept_for_good_runs_on_unless_it_was_suspended() {
        let kept = Observed { until: None, counted: false, ..seen(found(MarkState::Owned, true, true)) };
        assert!(matches!(step(&kept), Step::Mark { .. }));
        assert!(matches!(step(&Observed { stays_off: true, ..kept }), Step::Stop { .. }), "no deletion: not counted");
        let off = seen(found(MarkState::Owned, false, true));
        assert!(matches!(step(&Observed { until: None, stays_off: true, ..off }), Step::Mark { .. }));
    }

    #[test]
    fn the_fence_unprotects_before_it_destroys_and_never_from_retained() {
        let retained = MarkState::Retained { until: Some(at("13")) };
        let due = Observed { now: at("14"), ..seen(found(retained, false, true)) };
        assert_eq!(step(&due), Step::BeginPurge);
        let purging = Observed { phase: RetainedPhase::Purging, ..due.clone() };
        assert!(matches!(step(&purging), Step::Unprotect { .. }));
        assert!(matches!(
            step(&Observed { vm: found(retained, false, false), ..purging.clone() }),
            Step::Destroy { .. }
        ));
        assert_eq!(step(&Observed { vm: VmView::Absent, ..purging }), Step::Finish);
    }

    #[test]
    fn somebody_elses_vm_is_left_alone_in_every_phase() {
        for phase in [RetainedPhase::Retained, RetainedPhase::Purging] {
            let VmView::Found { node, status, .. } = found(MarkState::Owned, false, false) else { unreachable!() };
            let vm =
                VmView::Found { node, config: Box::new(VmConfig::from_json(&json!({ "name": "not ours" }))), status };
            let plan = plan(&Observed { phase, now: at("14"), ..seen(vm) });
            assert!(matches!(plan, Plan::Hold(Hold::Stalled(StalledReason::ForeignVM, _))), "{phase:?}");
        }
    }

    #[test]
    fn what_a_rollback_brought_back_gets_this_servers_mark_before_anything_else() {
        let with = |text: &str, reowns: Option<&str>| {
            let VmView::Found { node, status, .. } = found(MarkState::Owned, true, true) else { unreachable!() };
            let config = VmConfig::from_json(&json!({ "description": text, "digest": "d" }));
            Observed {
                reowns: reowns.map(str::to_owned),
                ..seen(VmView::Found { node, config: Box::new(config), status })
            }
        };
        let older = "slipway:v1 i/a/old/u-0/100000 born=u owned";
        for text in ["", older] {
            let Step::Mark { change, until: None, .. } = step(&with(text, Some("u"))) else { panic!("{text}") };
            assert!(change.set[0].1.starts_with("slipway:v1 i/a/web/u/100000 born=u retained"), "{change:?}");
            assert!(matches!(plan(&with(text, None)), Plan::Hold(Hold::Stalled(StalledReason::ForeignVM, _))));
        }
        let foreign = with("slipway:v1 i/a/old/u-0/100000 born=u-9 owned", Some("u"));
        assert!(matches!(plan(&foreign), Plan::Hold(Hold::Stalled(StalledReason::ForeignVM, _))));
    }

    #[test]
    fn a_clone_whose_worker_died_is_set_aside_once_nothing_has_worked_on_it_for_long() {
        let VmView::Found { node, status, .. } = found(MarkState::Provisional, false, false) else { unreachable!() };
        let config =
            VmConfig::from_json(&json!({ "description": " qmclone temporary file", "lock": "clone", "digest": "d" }));
        let dead = seen(VmView::Found { node, config: Box::new(config), status });
        assert_eq!(waits(&dead), WaitingReason::Locked);
        let idle = Observed { work: WorkView::Idle, stuck_since: Some(at("12")), ..dead };
        assert_eq!(waits(&idle), WaitingReason::Locked);
        let later = Observed { now: at("13"), ..idle };
        let Step::Quarantine { command, .. } = step(&later) else { panic!("it waits for ever") };
        assert_eq!(command, "on node pve1: qm unlock 100000; qm destroy 100000");
        assert_eq!(waits(&Observed { work: WorkView::Runs, ..later.clone() }), WaitingReason::Locked);
        // A dead restore looks the same, and holds a customer's data.
        let restored = Observed { reowns: Some("u".into()), ..later };
        assert!(
            matches!(plan(&restored), Plan::Hold(Hold::Stalled(StalledReason::LockStale, _))),
            "{:?}",
            plan(&restored)
        );
    }

    #[test]
    fn a_lock_that_nobody_works_under_is_told_with_the_command_that_removes_it() {
        let VmView::Found { node, config, status } = found(MarkState::Retained { until: Some(at("14")) }, false, true)
        else {
            unreachable!()
        };
        let description = config.description();
        let locked = json!({ "description": description, "protection": 1, "lock": "backup", "digest": "d" });
        let locked = Box::new(VmConfig::from_json(&locked));
        let held = seen(VmView::Found { node, config: locked, status });
        assert_eq!(waits(&held), WaitingReason::Locked);
        let idle = Observed { work: WorkView::Idle, stuck_since: Some(at("12")), now: at("13"), ..held };
        let Plan::Hold(Hold::Stalled(StalledReason::LockStale, message)) = plan(&idle) else {
            panic!("it waits for ever")
        };
        assert!(message.ends_with("as root on node pve1: qm unlock 100000"), "{message}");
    }

    #[test]
    fn a_record_that_a_person_deletes_never_runs_the_fence() {
        let purging = Observed {
            phase: RetainedPhase::Purging,
            deleted: true,
            now: at("14"),
            ..seen(found(MarkState::Owned, false, false))
        };
        let Step::Mark { change, until: None, .. } = step(&purging) else { panic!("not given back") };
        assert!(change.set.contains(&("protection".into(), "1".into())));
        let given_back = Observed { vm: found(MarkState::Retained { until: None }, false, true), ..purging };
        assert_eq!(step(&given_back), Step::LetGo);
    }

    fn waits(seen: &Observed) -> WaitingReason {
        match plan(seen) {
            Plan::Hold(Hold::Waiting(reason, _)) => reason,
            other => panic!("it does not wait but {other:?}"),
        }
    }

    #[test]
    fn a_frozen_site_holds_everything_that_destroys() {
        let frozen = Some((WaitingReason::SiteFrozen, "older".to_owned()));
        for phase in [RetainedPhase::Retained, RetainedPhase::Purging] {
            let running = Observed { phase, frozen: frozen.clone(), ..seen(found(MarkState::Owned, true, true)) };
            assert_eq!(waits(&running), WaitingReason::SiteFrozen, "{phase:?}");
        }
    }

    #[test]
    fn each_deletion_is_counted_once_before_anything_is_done_to_the_vm() {
        let retained = MarkState::Retained { until: Some(at("13")) };
        let running = seen(found(MarkState::Owned, true, true));
        let stopped = Observed { now: at("14"), ..seen(found(retained, false, true)) };
        let purging = Observed { phase: RetainedPhase::Purging, ..stopped.clone() };
        for counted in [running, stopped, purging] {
            assert_ne!(step(&counted), Step::Count);
            assert_eq!(step(&Observed { counted: false, ..counted }), Step::Count);
        }
    }

    #[test]
    fn a_cluster_that_is_not_the_pinned_one_proves_no_absence_and_is_not_written_to() {
        let distrust = Some((WaitingReason::SiteFrozen, "another cluster".to_owned()));
        for vm in [VmView::Absent, found(MarkState::Owned, true, true), found(MarkState::Owned, false, false)] {
            for (phase, deleted, until) in [
                (RetainedPhase::Retained, false, Some(at("13"))),
                (RetainedPhase::Retained, false, None),
                (RetainedPhase::Retained, true, None),
                (RetainedPhase::Purging, false, Some(at("13"))),
            ] {
                let seen =
                    Observed { distrust: distrust.clone(), phase, deleted, until, now: at("14"), ..seen(vm.clone()) };
                assert_eq!(waits(&seen), WaitingReason::SiteFrozen, "{seen:?}");
            }
        }
    }

    #[test]
    fn a_clone_that_was_never_configured_goes_at_once_whatever_the_record_says() {
        for until in [None, Some(at("23"))] {
            let seen = Observed { until, ..seen(found(MarkState::Provisional, false, false)) };
            assert!(seen.is_due());
            assert_eq!(step(&seen), Step::BeginPurge);
        }
    }

    #[test]
    fn an_ended_task_is_told_with_its_end_and_a_running_one_is_waited_for() {
        let failed = TaskEnd::Failed { exit_status: "got timeout".into() };
        let ended = |end: &TaskEnd| Observed { task: Some(TaskView::Ended(end.clone())), ..seen(VmView::NotAsked) };
        for end in [TaskEnd::Succeeded, failed, TaskEnd::Unclear] {
            assert_eq!(step(&ended(&end)), Step::EndTask { end });
        }
        let running = Observed { task: Some(TaskView::Running), ..seen(VmView::NotAsked) };
        assert_eq!(plan(&running), Plan::Hold(Hold::Task));
    }

    #[test]
    fn a_task_of_a_dead_node_is_over_once_the_vm_is_elsewhere_or_proven_gone() {
        let over = Step::EndTask { end: TaskEnd::Unclear };
        let on = |node: &str, vm| {
            let unknown = TaskView::Unknown {
                node: NodeName::try_from(node).unwrap(),
                reason: WaitingReason::SiteUnreachable,
                message: "no route to host".into(),
            };
            Observed { task: Some(unknown), ..seen(vm) }
        };
        let vm = found(MarkState::Owned, true, true);
        assert_eq!(waits(&on("pve1", vm.clone())), WaitingReason::SiteUnreachable);
        assert_eq!(step(&on("pve9", vm)), over);
        assert_eq!(step(&on("pve1", VmView::Absent)), over);
        let unreadable = VmView::Unreadable { reason: WaitingReason::NodeUnavailable, message: String::new() };
        assert_eq!(waits(&on("pve9", unreadable)), WaitingReason::SiteUnreachable);
    }

    #[test]
    fn after_a_lost_answer_absence_is_believed_only_when_nothing_can_begin_any_more() {
        let lost =
            |now: &str, vm| Observed { task: Some(TaskView::Unanswered { until: at("13") }), now: at(now), ..seen(vm) };
        assert_eq!(waits(&lost("12", VmView::Absent)), WaitingReason::Locked);
        assert_eq!(step(&lost("13", VmView::Absent)), Step::EndTask { end: TaskEnd::Unclear });
        let there = found(MarkState::Provisional, false, false);
        assert_eq!(step(&lost("12", there)), Step::EndTask { end: TaskEnd::Unclear });
    }

    #[test]
    fn a_vm_that_a_server_names_again_is_not_purged() {
        let retained = MarkState::Retained { until: Some(at("13")) };
        let again = Observed {
            now: at("14"),
            claimed_again: Some("VirtualServer a/web".into()),
            ..seen(found(retained, false, true))
        };
        assert!(matches!(plan(&again), Plan::Hold(Hold::Stalled(..))));
    }

    #[test]
    fn a_server_kept_for_good_is_only_marked() {
        let kept = Observed { until: None, ..seen(found(MarkState::Owned, true, true)) };
        assert!(matches!(step(&kept), Step::Mark { until: None, .. }));
        assert_eq!(
            plan(&Observed { vm: found(MarkState::Retained { until: None }, true, true), ..kept }),
            Plan::Rest { until: None }
        );
    }

    #[test]
    fn a_vm_in_the_ha_stack_is_taken_out_of_it_when_it_is_destroyed() {
        let VmView::Found { node, config, status } = found(MarkState::Retained { until: Some(at("13")) }, false, false)
        else {
            panic!("not found")
        };
        let managed = VmView::Found { node, config, status: GuestStatus { ha_managed: true, ..status } };
        let purging = Observed { phase: RetainedPhase::Purging, now: at("14"), ..seen(managed) };
        assert!(matches!(step(&purging), Step::Destroy { purge: true, .. }));
    }
}
