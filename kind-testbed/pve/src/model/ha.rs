//! High availability: what is asked of the HA stack, and what it made of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Vmid;
use crate::request::Millis;

/// The state somebody asked for. `enabled` is another word for `started`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wanted {
    #[default]
    Started,
    Stopped,
    Disabled,
    /// The HA stack keeps its hands off.
    Ignored,
}

impl Wanted {
    pub fn parse(text: &str) -> Self {
        match text {
            "stopped" => Self::Stopped,
            "disabled" => Self::Disabled,
            "ignored" => Self::Ignored,
            _ => Self::Started,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Disabled => "disabled",
            Self::Ignored => "ignored",
        }
    }
}

/// What the resource manager made of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Seen by the manager, nothing done yet.
    #[default]
    Queued,
    Started,
    RequestStop,
    Stopped,
    Migrate,
    /// Its node is gone; it is made sure of that.
    Fence,
    /// Its node is gone and no other can take it.
    Recovery,
    Error,
}

impl Service {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Started => "started",
            Self::RequestStop => "request_stop",
            Self::Stopped => "stopped",
            Self::Migrate => "migrate",
            Self::Fence => "fence",
            Self::Recovery => "recovery",
            Self::Error => "error",
        }
    }
}

/// One guest under the care of the HA stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resource {
    pub wanted: Wanted,
    /// Options that were set, as they were sent: `comment`, `failback`, `max_relocate`, `max_restart`, `state`.
    pub options: BTreeMap<String, String>,
    pub service: Service,
    /// When the service got into its state.
    pub since: Millis,
    /// Where it was asked to go.
    pub destination: Option<String>,
    /// Seconds a shutdown may take that was asked for.
    pub stop_timeout: Option<u64>,
    /// Starts that failed one after the other.
    pub failures: u32,
}

/// The HA configuration of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ha {
    pub resources: BTreeMap<Vmid, Resource>,
    /// Rules by name, with their options.
    pub rules: BTreeMap<String, BTreeMap<String, String>>,
}

impl Ha {
    /// The HA stack starts and stops this guest, so others have to ask it.
    pub fn manages(&self, vmid: Vmid) -> bool {
        self.resources.get(&vmid).is_some_and(|resource| resource.wanted != Wanted::Ignored)
    }
}

/// `vm:101` or `101`; containers are none.
pub fn parse_sid(sid: &str) -> Option<Vmid> {
    sid.strip_prefix("vm:").unwrap_or(sid).parse().ok()
}
