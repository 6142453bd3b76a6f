//! A node of the cluster: its size, its bridges, and the counters its process ids come from.

use serde::{Deserialize, Serialize};

use crate::request::Millis;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Node {
    pub id: u32,
    pub ip: String,
    pub cpus: u32,
    /// Bytes.
    pub memory: u64,
    /// When it was switched on, in virtual time; negative values are not needed: uptime is added at the start.
    pub booted: Millis,
    pub online: bool,
    pub next_pid: u32,
    pub bridges: Vec<String>,
    /// SHA-256 fingerprint of its certificate, as `/nodes` shows it.
    pub fingerprint: String,
    /// `proxmox-termproxy` is installed, as on every complete node.
    #[serde(default = "yes")]
    pub terminals: bool,
}

const fn yes() -> bool {
    true
}

impl Node {
    /// The next process id; ids skip a few, as other processes on a node take some.
    pub fn fork(&mut self, skip: u32) -> u32 {
        self.next_pid = self.next_pid.wrapping_add(1 + skip % 7);
        if self.next_pid > 4_194_304 {
            self.next_pid = 1000;
        }
        self.next_pid
    }
}
