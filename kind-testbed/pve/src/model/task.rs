//! Worker tasks and their ids.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::access::Principal;
use crate::request::Millis;

/// The parts of a `UPID:…:` string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Upid {
    pub node: String,
    pub pid: u32,
    /// Clock ticks (1/100 s) since the node booted.
    pub pstart: u64,
    /// Unix seconds.
    pub starttime: u64,
    pub kind: String,
    pub id: String,
    pub owner: Principal,
}

impl Upid {
    pub fn print(&self) -> String {
        let mut out = format!("UPID:{}:{:08X}:{:08X}:{:08X}:", self.node, self.pid, self.pstart, self.starttime);
        let _ = write!(out, "{}:{}:{}:", self.kind, self.id, self.owner.authid());
        out
    }

    /// `None` when the text is no task id.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.strip_prefix("UPID:")?.strip_suffix(':')?.split(':').collect();
        let [node, pid, pstart, starttime, kind, id, owner] = parts[..] else { return None };
        Some(Self {
            node: node.to_owned(),
            pid: u32::from_str_radix(pid, 16).ok()?,
            pstart: u64::from_str_radix(pstart, 16).ok()?,
            starttime: u64::from_str_radix(starttime, 16).ok()?,
            kind: kind.to_owned(),
            id: id.to_owned(),
            owner: Principal::parse(owner),
        })
    }
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outcome {
    pub at: Millis,
    /// Unix seconds.
    pub endtime: u64,
    /// `OK`, `WARNINGS: n`, `unexpected status` or the error text.
    pub exit: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Task {
    pub upid: Upid,
    pub log: Vec<String>,
    pub outcome: Option<Outcome>,
}

impl Task {
    pub fn running(&self) -> bool {
        self.outcome.is_none()
    }

    /// `GET …/tasks/{upid}/status`: the user without the token part.
    pub fn status_json(&self) -> Value {
        let upid = &self.upid;
        let mut out = json!({
            "upid": upid.print(), "node": upid.node, "pid": upid.pid, "pstart": upid.pstart,
            "starttime": upid.starttime, "type": upid.kind, "id": upid.id, "user": upid.owner.user,
            "status": if self.running() { "running" } else { "stopped" },
        });
        if let Some(token) = &upid.owner.token {
            out["tokenid"] = json!(token);
        }
        if let Some(outcome) = &self.outcome {
            out["exitstatus"] = json!(outcome.exit);
        }
        out
    }

    /// A row of a task list: a running one shows `RUNNING` and the user unsplit.
    pub fn row_json(&self) -> Value {
        let upid = &self.upid;
        let mut out = json!({
            "upid": upid.print(), "node": upid.node, "pid": upid.pid, "pstart": upid.pstart,
            "starttime": upid.starttime, "type": upid.kind, "id": upid.id,
        });
        match &self.outcome {
            None => {
                out["status"] = json!("RUNNING");
                out["user"] = json!(upid.owner.authid());
            }
            Some(outcome) => {
                out["status"] = json!(outcome.exit);
                out["endtime"] = json!(outcome.endtime);
                out["user"] = json!(upid.owner.user);
                if let Some(token) = &upid.owner.token {
                    out["tokenid"] = json!(token);
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_id_reads_back() {
        let text = "UPID:pve1:00000494:00064C21:6B03D53C:qmcreate:9000:root@pam!full:";
        let upid = Upid::parse(text).unwrap();
        assert_eq!((upid.pid, upid.pstart, upid.starttime), (1172, 412_705, 1_795_413_308));
        assert_eq!(upid.owner.token.as_deref(), Some("full"));
        assert_eq!(upid.print(), text);
        assert!(Upid::parse("UPID:foo").is_none());
    }
}
