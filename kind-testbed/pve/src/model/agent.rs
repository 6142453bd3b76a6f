//! What the guest agent remembers while its guest runs: commands it started, and whether file systems are frozen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::request::Millis;

/// A command that was started in the guest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// When it ends.
    pub ends: Millis,
    pub exit: i32,
    pub out: String,
    pub err: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Session {
    pub frozen: bool,
    /// By process id inside the guest, until the result was fetched.
    pub jobs: BTreeMap<u32, Job>,
    pub started: u32,
}

impl Session {
    /// Keeps a command; its process id.
    pub fn start(&mut self, job: Job) -> u32 {
        self.started += 1;
        let pid = 400 + 3 * self.started;
        self.jobs.insert(pid, job);
        pid
    }
}
