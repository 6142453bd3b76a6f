//! The testbed's catalogue of faults, as an operation meets them.

use pve_testbed::{Calls, Crash, Fault, Loss, Order, ProxyStatus, Tasks, Theft, Times, faults};

use super::{operation::Operation, rehearse::Stage};
use crate::scenario::AUTHID;

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueFault {
    pub name: &'static str,
    /// Ends of lines of the picture that the fault itself changes: a guest that powered itself off stays off.
    pub ignored: &'static [&'static str],
}

/// Those that can meet an operation; that a node is back is only the end of another fault.
pub fn catalogue_faults() -> Vec<CatalogueFault> {
    let names = faults().iter().map(|entry| entry.name).filter(|name| *name != "node-up");
    // A guest that starts anew has nothing left that waits for that; an edit that is taken back may.
    let ignored = |name| match name {
        "node-down" | "ha-move" => &[": node", ": runs", ": power", ": RestartRequired"][..],
        // A clone whose worker died is made anew, where there is room by then.
        "hand-move" | "worker-death" => &[": node"],
        "hand-edit" => &[": RestartRequired"],
        "guest-off" | "guest-crash" => &[": runs", ": power", ": RestartRequired"],
        _ => &[],
    };
    names.map(|name| CatalogueFault { name, ignored: ignored(name) }).collect()
}

impl CatalogueFault {
    /// A number can be taken only while one is asked for.
    pub fn meets(&self, operation: &Operation) -> bool {
        !matches!(self.name, "vmid-stolen" | "foreign-vm") || operation.name == "create"
    }

    /// The same, where the operation does not put right what a hand did: it only says so.
    pub fn ignored_by(&self, operation: &Operation) -> &'static [&'static str] {
        match (self.name, operation.name) {
            ("hand-edit", "adopt" | "give back" | "delete and retain") => {
                &[": cores", ": tags", ": drift", ": RestartRequired"]
            }
            _ => self.ignored,
        }
    }

    /// As it is ordered when it meets an operation; several are tried one after the other.
    pub fn orders(&self, stage: &Stage) -> Vec<Order> {
        let (vmid, node) = (stage.vmid, stage.node.clone());
        let other = if node == "pve1" { "pve2" } else { "pve1" }.to_owned();
        let (on, tasks) = (Calls::default(), Tasks::default());
        let both = [Loss::Before, Loss::After];
        let one = |fault: Fault| vec![Order::from(fault)];
        match self.name {
            "latency" => vec![
                Fault::Latency { millis: 800, jitter: 400, loss: Loss::Before, on: on.clone() }.always(),
                // Later than anybody waits for.
                Fault::Latency { millis: 90_000, jitter: 0, loss: Loss::Before, on: on.clone() }.into(),
                Fault::Latency { millis: 90_000, jitter: 0, loss: Loss::After, on }.into(),
            ],
            "answer-lost" => both
                .into_iter()
                .flat_map(|loss| {
                    let on = on.clone();
                    [None, Some(ProxyStatus::TimedOut)]
                        .map(|status| Order::from(Fault::AnswerLost { on: on.clone(), loss, status }))
                })
                .collect(),
            "connection-reset" => both.map(|loss| Fault::ConnectionReset { on: on.clone(), loss }.into()).into(),
            "worker-killed" => both.map(|loss| Fault::WorkerKilled { on: on.clone(), loss }.into()).into(),
            "pvedaemon-down" => one(Fault::PvedaemonDown { node }),
            "certificate-changed" => one(Fault::CertificateChanged { node }),
            "worker-death" => {
                [0, 1, 2, 3].map(|step| Fault::WorkerDeath { on: Tasks { step, ..tasks.clone() } }.into()).into()
            }
            "task-error" => one(Fault::TaskError { on: tasks, text: "unable to do it".into() }),
            "task-warnings" => one(Fault::TaskWarnings { on: tasks, count: 1 }),
            "vmid-stolen" => [Theft::Call, Theft::Task]
                .map(|moment| Fault::VmidStolen { vmid: None, node: None, moment }.into())
                .into(),
            "storage-full" => one(Fault::StorageFull { storage: "local-lvm".into(), node: None }),
            "quorum-lost" => one(Fault::QuorumLost),
            "unreachable" => one(Fault::Unreachable),
            "statistics-stale" => one(Fault::StatisticsStale { node: None }),
            "clock-skew" => one(Fault::ClockSkew { node, seconds: -420 }),
            "acl-lost" => one(Fault::AclLost { authid: AUTHID.into() }),
            "token-expired" => one(Fault::TokenExpired { authid: format!("{AUTHID}!operator") }),
            "foreign-vm" => one(Fault::ForeignVm { node, vmid }),
            "node-down" => one(Fault::NodeDown { node }),
            "ha-move" => one(Fault::HaMove { vmid, node: other }),
            "hand-move" => one(Fault::HandMove { vmid, node: other }),
            "hand-edit" => vec![
                Fault::HandEdit { vmid, set: [("cores".into(), "7".into())].into(), delete: ["tags".into()].into() }
                    .into(),
            ],
            "hand-destroy" => one(Fault::HandDestroy { vmid }),
            "guest-deaf" => one(Fault::GuestDeaf { vmid }),
            "guest-no-agent" => one(Fault::GuestNoAgent { vmid }),
            "guest-off" => one(Fault::GuestOff { vmid }),
            "guest-crash" => [Crash::IoError, Crash::Gone].map(|how| Fault::GuestCrash { vmid, how }.into()).into(),
            _ => vec![],
        }
    }
}

trait Always {
    fn always(self) -> Order;
}

impl Always for Fault {
    fn always(self) -> Order {
        Order::from(self).times(Times::Always)
    }
}
