//! What a refused or lost call means for the caller, read from status and text as Proxmox VE really answers.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::request::WireAnswer;

/// A call that did not answer with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxmoxError {
    pub fault: Fault,
    /// Proxmox's own words, or the transport's.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The guest has a configuration lock.
    Locked { lock: String },
    /// A file lock was not free in time; nothing was done, repeat later.
    Busy,
    /// The number is in use.
    Exists,
    /// No such guest on that node; it may be on another.
    Missing,
    /// The token may not do this, or the object does not exist and the token may not know.
    Forbidden,
    /// The token itself was refused.
    Unauthenticated,
    /// Parameters were refused: option → why.
    Invalid { fields: BTreeMap<String, String> },
    /// The configuration changed since it was read.
    DigestMismatch,
    /// `protection: 1` forbids it.
    Protected,
    /// The guest runs and must not.
    Running,
    /// The guest does not run and must.
    NotRunning,
    /// The cluster has no quorum.
    NoQuorum,
    /// Nothing was sent, or nobody took it: the call had no effect.
    Unreachable,
    /// The answer was lost after the call was sent: it may have had its effect.
    UnknownOutcome,
    /// No such task on that node (any more).
    NoSuchTask,
    /// Anything else.
    Refused { status: u16 },
}

impl ProxmoxError {
    pub(crate) fn new(fault: Fault, message: impl Into<String>) -> Self {
        Self { fault, message: message.into() }
    }

    /// Label for metrics and for Events.
    pub const fn category(&self) -> &'static str {
        match self.fault {
            Fault::Locked { .. } => "locked",
            Fault::Busy => "busy",
            Fault::Exists => "exists",
            Fault::Missing => "missing",
            Fault::Forbidden => "forbidden",
            Fault::Unauthenticated => "unauthenticated",
            Fault::Invalid { .. } => "invalid",
            Fault::DigestMismatch => "digest_mismatch",
            Fault::Protected => "protected",
            Fault::Running => "running",
            Fault::NotRunning => "not_running",
            Fault::NoQuorum => "no_quorum",
            Fault::Unreachable => "unreachable",
            Fault::UnknownOutcome => "unknown_outcome",
            Fault::NoSuchTask => "no_such_task",
            Fault::Refused { .. } => "refused",
        }
    }

    /// Reads an answer that is no success.
    pub(crate) fn from_answer(answer: &WireAnswer) -> Self {
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let text = body["message"].as_str().map_or(answer.reason.as_str(), str::trim_end);
        let text = if text.is_empty() { answer.reason.as_str() } else { text };
        Self { fault: classify(answer.status, text, &body["errors"]), message: text.to_owned() }
    }
}

impl fmt::Display for ProxmoxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Fault::Invalid { fields } = &self.fault {
            for (field, why) in fields {
                write!(f, " {field}: {}", why.trim_end())?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ProxmoxError {}

fn classify(status: u16, text: &str, errors: &Value) -> Fault {
    let has = |needle: &str| text.contains(needle);
    match status {
        401 => return Fault::Unauthenticated,
        403 => return Fault::Forbidden,
        // The node's own daemon was not there: nothing was done.
        595 => return Fault::Unreachable,
        596..=599 => return Fault::UnknownOutcome,
        400 => {
            let fields: BTreeMap<String, String> = errors
                .as_object()
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned()))
                .collect();
            return if fields.values().any(|why| why.contains("already exists")) {
                Fault::Exists
            } else if fields.values().any(|why| why.contains("no such task")) {
                Fault::NoSuchTask
            } else {
                Fault::Invalid { fields }
            };
        }
        _ => {}
    }
    if let Some(lock) = text.strip_prefix("VM is locked (").and_then(|rest| rest.split(')').next()) {
        return Fault::Locked { lock: lock.to_owned() };
    }
    // Any other timeout, as of a command to QEMU, may have had its effect.
    if (has("can't lock file") && has("got timeout")) || has("got lock request timeout") {
        Fault::Busy
    } else if has("already exists") || has("config file already exists") || has("File exists") {
        Fault::Exists
    } else if has("does not exist") && has("onfiguration file") || has("unable to find configuration file") {
        Fault::Missing
    } else if has("checksum mismatch") {
        Fault::DigestMismatch
    } else if has("protection mode enabled") {
        Fault::Protected
    } else if has("is running - destroy failed") || has("already running") {
        Fault::Running
    } else if has("not running") {
        Fault::NotRunning
    } else if has("no quorum") || has("cluster not ready") {
        Fault::NoQuorum
    } else {
        Fault::Refused { status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(status: u16, reason: &str, body: &str) -> Fault {
        ProxmoxError::from_answer(&WireAnswer { status, reason: reason.into(), body: body.into() }).fault
    }

    /// Texts as a real Proxmox VE 9.2 answered them.
    #[test]
    fn recorded_refusals_are_classified() {
        let cases = [
            (500, "VM is locked (backup)", Fault::Locked { lock: "backup".into() }),
            (500, "can't lock file '/var/lock/qemu-server/lock-103.conf' - got timeout", Fault::Busy),
            (500, "unable to create VM 450: config file already exists", Fault::Exists),
            (500, "unable to create VM 451 - VM 451 already exists on node 'pve1'", Fault::Exists),
            (500, "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist", Fault::Missing),
            (500, "unable to find configuration file for VM 4711 on node 'pve1'", Fault::Missing),
            (500, "checksum mismatch (file change by other user?)", Fault::DigestMismatch),
            (500, "can't remove VM 111 - protection mode enabled", Fault::Protected),
            (500, "VM 101 is running - destroy failed", Fault::Running),
            (500, "VM 102 not running", Fault::NotRunning),
            (403, "Permission check failed (/vms/4711, VM.Audit)", Fault::Forbidden),
            (401, "Authentication failed!", Fault::Unauthenticated),
            (595, "Connection refused", Fault::Unreachable),
            (596, "Broken pipe", Fault::UnknownOutcome),
            (500, "storage 'nosuch' does not exist", Fault::Refused { status: 500 }),
        ];
        for (status, reason, expected) in cases {
            assert_eq!(fault(status, reason, ""), expected, "{reason}");
        }
    }

    #[test]
    fn refused_parameters_keep_every_field() {
        let body = r#"{"data":null,"errors":{"foo":"property is not defined in schema and the schema does not allow additional properties"},"message":"Parameter verification failed.\n"}"#;
        let Fault::Invalid { fields } = fault(400, "Parameter verification failed.", body) else {
            panic!("not Invalid")
        };
        assert!(fields["foo"].starts_with("property is not defined"));
        assert_eq!(
            fault(400, "Parameter verification failed.", r#"{"errors":{"vmid":"VM 101 already exists"}}"#),
            Fault::Exists
        );
        assert_eq!(
            fault(400, "Parameter verification failed.", r#"{"errors":{"upid":"no such task"}}"#),
            Fault::NoSuchTask
        );
    }

    #[test]
    fn the_whole_message_is_kept_not_only_the_reason_line() {
        let error = ProxmoxError::from_answer(&WireAnswer {
            status: 500,
            reason: "first line".into(),
            body: r#"{"message":"first line\nsecond line\n"}"#.into(),
        });
        assert_eq!(error.message, "first line\nsecond line");
    }
}
