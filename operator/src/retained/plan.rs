//! What a retained VM needs next: pure. Only `Purging` destroys, and only a record in `Retained` can get there.

use std::fmt;

use jiff::Timestamp;
use proxmox_client::{ConfigChange, GuestStatus, NodeName, ProxmoxRequest, VmConfig, Vmid};
use slipway_crds::{
    RetainedPhase, TaskKind,
    words::{StalledReason, WaitingReason},
};

use crate::{
    mark::{self, Identity, Mark, MarkState, Verdict},
    server::plan::Hold,
};

/// Seconds that a guest gets to shut down before its power is cut.
const SHUTDOWN_TIMEOUT: u32 = 30;

#[derive(Debug, Clone)]
pub struct Observed {
    pub now: Timestamp,
    pub phase: RetainedPhase,
    pub identity: Identity,
    pub vmid: Vmid,
    pub until: Option<Timestamp>,
    /// A person deleted the record: the VM is left to them.
    pub deleted: bool,
    /// A Proxmox task of ours runs.
    pub busy: bool,
    pub vm: VmView,
    /// Uncached: a `VirtualServer` names this number or uid (again).
    pub claimed_again: Option<String>,
    /// The site forbids destroying.
    pub frozen: Option<(WaitingReason, String)>,
    /// The brake forbids another stop this hour.
    pub brake: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmView {
    /// Proven: the number is free in the whole quorate cluster, twice.
    Absent,
    Unreadable {
        reason: WaitingReason,
        message: String,
    },
    Found {
        node: NodeName,
        config: Box<VmConfig>,
        status: GuestStatus,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Asks first, then cuts the power. Counted by the brake before it is done.
    Stop {
        node: NodeName,
        vmid: Vmid,
    },
    /// Writes the mark that says what the VM waits for, with protection on.
    Mark {
        node: NodeName,
        vmid: Vmid,
        change: ConfigChange,
        until: Option<Timestamp>,
    },
    /// `Retained → Purging`, by compare-and-swap.
    BeginPurge,
    /// Takes the protection off, guarded by the digest of the configuration that was matched.
    Unprotect {
        node: NodeName,
        vmid: Vmid,
        digest: String,
    },
    Destroy {
        node: NodeName,
        vmid: Vmid,
    },
    /// Absent: addresses are released and the record goes.
    Finish,
    /// The VM is left as it is and the record goes.
    LetGo,
}

impl Step {
    pub fn request(&self) -> Option<ProxmoxRequest> {
        Some(match self {
            Self::BeginPurge | Self::Finish | Self::LetGo => return None,
            Self::Stop { node, vmid } => {
                ProxmoxRequest::Shutdown { node: node.clone(), vmid: *vmid, timeout: SHUTDOWN_TIMEOUT, force: true }
            }
            Self::Mark { node, vmid, change, .. } => {
                ProxmoxRequest::SetConfig { node: node.clone(), vmid: *vmid, change: change.clone() }
            }
            Self::Unprotect { node, vmid, digest } => ProxmoxRequest::SetConfig {
                node: node.clone(),
                vmid: *vmid,
                change: ConfigChange { set: vec![], delete: vec!["protection".into()], digest: digest.clone() },
            },
            Self::Destroy { node, vmid } => ProxmoxRequest::Destroy { node: node.clone(), vmid: *vmid },
        })
    }

    pub const fn task_kind(&self) -> TaskKind {
        match self {
            Self::Stop { .. } => TaskKind::Shutdown,
            _ => TaskKind::Destroy,
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop { vmid, .. } => write!(f, "stop VM {vmid}"),
            Self::Mark { vmid, until: Some(until), .. } => write!(f, "mark VM {vmid} as retained until {until}"),
            Self::Mark { vmid, until: None, .. } => write!(f, "mark VM {vmid} as retained until a person decides"),
            Self::BeginPurge => f.write_str("begin to purge: from here on it cannot be undone"),
            Self::Unprotect { vmid, .. } => write!(f, "take the protection off VM {vmid}"),
            Self::Destroy { vmid, .. } => write!(f, "destroy VM {vmid}"),
            Self::Finish => f.write_str("release the addresses and forget the record"),
            Self::LetGo => f.write_str("leave the VM as it is and forget the record"),
        }
    }
}

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
    if seen.busy {
        return Plan::Hold(Hold::Task);
    }
    let (node, config, status) = match &seen.vm {
        VmView::Absent => return Plan::Step(Step::Finish),
        VmView::Unreadable { reason, message } => return Plan::Hold(Hold::Waiting(*reason, message.clone())),
        VmView::Found { node, config, status } => (node, config, status),
    };
    let mark = match mark::verdict(config, &seen.identity, seen.vmid) {
        Verdict::Ours(mark) => mark,
        Verdict::Undetermined { why } => {
            return Plan::Hold(Hold::Waiting(
                WaitingReason::Locked,
                format!("VM {} cannot be judged yet: {why}", seen.vmid),
            ));
        }
        Verdict::Foreign { .. } if seen.deleted => return Plan::Step(Step::LetGo),
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
    if seen.deleted {
        return vm.give_back();
    }
    match (seen.phase, seen.until) {
        (RetainedPhase::Taken, _) => Plan::Step(Step::LetGo),
        (RetainedPhase::Retained, None) => vm.keep(),
        (RetainedPhase::Retained, Some(until)) => vm.keep_until(until),
        (RetainedPhase::Purging, _) => vm.fence(),
    }
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
    fn give_back(&self) -> Plan {
        self.marked(None).map_or(Plan::Step(Step::LetGo), Plan::Step)
    }

    /// Kept until a person decides; the VM is otherwise left as it is.
    fn keep(&self) -> Plan {
        self.marked(None).map_or(Plan::Rest { until: None }, Plan::Step)
    }

    fn keep_until(&self, until: Timestamp) -> Plan {
        if let Some(hold) = self.may_not_destroy() {
            return Plan::Hold(hold);
        }
        if self.status.running {
            return self.stop();
        }
        // A clone that was never configured holds nobody's data: it is not worth a mark.
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
            None => Plan::Step(Step::BeginPurge),
        }
    }

    /// Stop while protected, take the protection off, destroy; absence is proven afterwards.
    fn fence(&self) -> Plan {
        if let Some(hold) = self.may_not_destroy() {
            return Plan::Hold(hold);
        }
        if self.status.running {
            return self.stop();
        }
        if self.config.flag("protection") {
            let digest = self.config.digest.clone();
            return Plan::Step(Step::Unprotect { node: self.node.clone(), vmid: self.seen.vmid, digest });
        }
        Plan::Step(Step::Destroy { node: self.node.clone(), vmid: self.seen.vmid })
    }

    fn stop(&self) -> Plan {
        match &self.seen.brake {
            Some(why) => Plan::Hold(Hold::Waiting(WaitingReason::Brake, why.clone())),
            None => Plan::Step(Step::Stop { node: self.node.clone(), vmid: self.seen.vmid }),
        }
    }

    fn may_not_destroy(&self) -> Option<Hold> {
        if let Some((reason, message)) = &self.seen.frozen {
            return Some(Hold::Waiting(*reason, message.clone()));
        }
        let lock = self.config.lock()?;
        Some(Hold::Waiting(WaitingReason::Locked, format!("VM {} is locked ({lock}) by another task", self.seen.vmid)))
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
    use serde_json::json;

    use super::*;

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
            busy: false,
            vm,
            claimed_again: None,
            frozen: None,
            brake: None,
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

    #[test]
    fn brake_lock_and_frozen_site_hold_everything_that_destroys() {
        let running = seen(found(MarkState::Owned, true, true));
        assert!(matches!(
            plan(&Observed { brake: Some("too many".into()), ..running.clone() }),
            Plan::Hold(Hold::Waiting(WaitingReason::Brake, _))
        ));
        let frozen = Some((WaitingReason::SiteFrozen, "older".to_owned()));
        assert!(matches!(
            plan(&Observed { frozen, ..running }),
            Plan::Hold(Hold::Waiting(WaitingReason::SiteFrozen, _))
        ));
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
}
