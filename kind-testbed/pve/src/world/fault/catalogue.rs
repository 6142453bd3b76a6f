//! All faults for people: a sentence and an example each. The control endpoint, `--help` and the README show these.

use super::Fault;

/// One fault as people read it.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    pub what: &'static str,
    pub example: &'static str,
}

const fn entry(name: &'static str, what: &'static str, example: &'static str) -> Entry {
    Entry { name, what, example }
}

const CATALOGUE: [Entry; 28] = [
    entry(
        "latency",
        "calls are slower by millis and up to jitter more; loss \"before\" delays the call itself, so that it takes effect late",
        r#"{"fault":"latency","millis":800,"jitter":400,"on":{"path":"/qemu"},"times":"always"}"#,
    ),
    entry(
        "answer-lost",
        "the proxy gives up with 595, 596 or 599 before or after the effect",
        r#"{"fault":"answer-lost","on":{"method":"POST","path":"/clone"},"loss":"after","times":3}"#,
    ),
    entry(
        "connection-reset",
        "the connection is reset before the effect, or in the middle of the answer",
        r#"{"fault":"connection-reset","on":{"path":"/config"},"loss":"after","chance":10,"times":"always"}"#,
    ),
    entry(
        "worker-killed",
        "the pvedaemon worker that has the call is killed: 596 Broken pipe",
        r#"{"fault":"worker-killed","on":{"method":"PUT","vmid":101},"loss":"after"}"#,
    ),
    entry(
        "pvedaemon-down",
        "pvedaemon of a node is down: 595 Connection refused for protected calls only",
        r#"{"fault":"pvedaemon-down","node":"pve1","for":"1m"}"#,
    ),
    entry(
        "certificate-changed",
        "a node's certificate is not the pinned one: calls for it by way of another node get 596",
        r#"{"fault":"certificate-changed","node":"pve2","for":"1m"}"#,
    ),
    entry(
        "worker-death",
        "the worker of a task is killed at a step: locks and volumes stay behind",
        r#"{"fault":"worker-death","on":{"type":"qmclone","step":3}}"#,
    ),
    entry(
        "task-error",
        "a task cleans up and fails with this text",
        r#"{"fault":"task-error","on":{"type":"qmstart","vmid":101},"text":"start failed: QEMU exited with code 1"}"#,
    ),
    entry(
        "task-warnings",
        "a task ends with WARNINGS: count",
        r#"{"fault":"task-warnings","on":{"type":"qmdestroy"},"count":1}"#,
    ),
    entry(
        "vmid-stolen",
        "somebody's VM appears when a create or clone for the number arrives, or (moment \"task\") between a clone's call and its task",
        r#"{"fault":"vmid-stolen","vmid":101,"moment":"task"}"#,
    ),
    entry(
        "storage-full",
        "no volume can be made on a storage any more",
        r#"{"fault":"storage-full","storage":"local-lvm","node":"pve1"}"#,
    ),
    entry(
        "quorum-lost",
        "nothing can be written; tasks under way fail where they write next",
        r#"{"fault":"quorum-lost","for":"30s"}"#,
    ),
    entry("unreachable", "connections are closed without an answer", r#"{"fault":"unreachable","for":"10s"}"#),
    entry(
        "statistics-stale",
        "pvestatd measures nothing: rows turn unknown after five minutes",
        r#"{"fault":"statistics-stale","node":"pve1"}"#,
    ),
    entry(
        "clock-skew",
        "a node's clock is off by so many seconds",
        r#"{"fault":"clock-skew","node":"pve1","seconds":-420}"#,
    ),
    entry(
        "acl-lost",
        "every ACL entry of a user or token is removed",
        r#"{"fault":"acl-lost","authid":"root@pam!slipway"}"#,
    ),
    entry("token-expired", "a token or user expires", r#"{"fault":"token-expired","authid":"root@pam!slipway"}"#),
    entry(
        "foreign-vm",
        "somebody else makes a VM with this number",
        r#"{"fault":"foreign-vm","node":"pve1","vmid":101}"#,
    ),
    entry(
        "node-down",
        "a node loses power: its guests and workers die",
        r#"{"fault":"node-down","node":"pve2","for":"2m"}"#,
    ),
    entry("node-up", "a node is back; guests with onboot start", r#"{"fault":"node-up","node":"pve2"}"#),
    entry("ha-move", "HA restarts a guest on another node", r#"{"fault":"ha-move","vmid":101,"node":"pve2"}"#),
    entry("hand-move", "somebody moves a guest to another node", r#"{"fault":"hand-move","vmid":101,"node":"pve2"}"#),
    entry(
        "hand-edit",
        "somebody edits a VM's file: name, tags, description, a card; sets or deletes a lock",
        r#"{"fault":"hand-edit","vmid":101,"set":{"name":"renamed","lock":"backup"},"delete":["tags"]}"#,
    ),
    entry("hand-destroy", "somebody destroys a VM, protected or not", r#"{"fault":"hand-destroy","vmid":101}"#),
    entry("guest-deaf", "a guest ignores shutdown requests", r#"{"fault":"guest-deaf","vmid":101}"#),
    entry("guest-no-agent", "a guest's agent does not answer", r#"{"fault":"guest-no-agent","vmid":101}"#),
    entry("guest-off", "a guest powers itself off", r#"{"fault":"guest-off","vmid":101}"#),
    entry(
        "guest-crash",
        "a guest crashes: io-error (still running) or gone",
        r#"{"fault":"guest-crash","vmid":101,"how":"io-error"}"#,
    ),
];

/// All faults.
pub const fn catalogue() -> &'static [Entry] {
    &CATALOGUE
}

impl Fault {
    /// Its name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::AnswerLost { .. } => "answer-lost",
            Self::ConnectionReset { .. } => "connection-reset",
            Self::WorkerKilled { .. } => "worker-killed",
            Self::PvedaemonDown { .. } => "pvedaemon-down",
            Self::CertificateChanged { .. } => "certificate-changed",
            Self::WorkerDeath { .. } => "worker-death",
            Self::TaskError { .. } => "task-error",
            Self::TaskWarnings { .. } => "task-warnings",
            Self::VmidStolen { .. } => "vmid-stolen",
            Self::StorageFull { .. } => "storage-full",
            Self::QuorumLost => "quorum-lost",
            Self::Unreachable => "unreachable",
            Self::StatisticsStale { .. } => "statistics-stale",
            Self::ClockSkew { .. } => "clock-skew",
            Self::AclLost { .. } => "acl-lost",
            Self::TokenExpired { .. } => "token-expired",
            Self::ForeignVm { .. } => "foreign-vm",
            Self::NodeDown { .. } => "node-down",
            Self::NodeUp { .. } => "node-up",
            Self::HaMove { .. } => "ha-move",
            Self::HandMove { .. } => "hand-move",
            Self::HandEdit { .. } => "hand-edit",
            Self::HandDestroy { .. } => "hand-destroy",
            Self::GuestDeaf { .. } => "guest-deaf",
            Self::GuestNoAgent { .. } => "guest-no-agent",
            Self::GuestOff { .. } => "guest-off",
            Self::GuestCrash { .. } => "guest-crash",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::fault::Order;

    #[test]
    fn every_example_reads_as_the_fault_it_stands_for() {
        for entry in catalogue() {
            let order = Order::from_json(serde_json::from_str(entry.example).unwrap()).unwrap();
            assert_eq!(order.fault.name(), entry.name);
        }
    }
}
