//! What goes wrong on Proxmox during the soak; all of it heals, so everything that was accepted must still come to an end. A task
//! that dies and leaves its lock behind is not among it: Slipway takes ten minutes to be sure. The explorer has that.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::bare::Proxmox;

/// Between two of those that come and go.
const PAUSE: Duration = Duration::from_secs(6);

pub(super) struct Storm<'a>(&'a Proxmox);

impl<'a> Storm<'a> {
    /// Calls become slow, answers are lost and connections are reset, from now on.
    pub(super) async fn begin(proxmox: &'a Proxmox) -> Result<Self> {
        let lasting = [
            json!({ "fault": "latency", "millis": 200, "jitter": 800, "times": "always", "chance": 30 }),
            json!({ "fault": "answer-lost", "on": { "method": "POST" }, "loss": "after", "times": "always", "chance": 10 }),
            json!({ "fault": "connection-reset", "loss": "before", "times": "always", "chance": 3 }),
            json!({ "fault": "task-error", "on": { "type": "qmstart" }, "text": "start failed: QEMU exited with code 1",
                "times": "always", "chance": 5 }),
        ];
        for fault in &lasting {
            proxmox.control(Method::POST, "/faults", Some(fault)).await?;
        }
        Ok(Self(proxmox))
    }

    /// A daemon, a call's worker, the way there and the cluster itself fail one after the other until the time is over; then all is well again.
    pub(super) async fn pass(self, seconds: u64) -> Result<()> {
        let passing: [Value; 4] = [
            json!({ "fault": "pvedaemon-down", "node": "pve1", "for": "15s" }),
            json!({ "fault": "worker-killed", "on": { "method": "PUT" }, "loss": "after" }),
            json!({ "fault": "unreachable", "for": "10s" }),
            json!({ "fault": "quorum-lost", "for": "10s" }),
        ];
        let began = Instant::now();
        for fault in passing.iter().cycle() {
            if began.elapsed() + PAUSE > Duration::from_secs(seconds) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
            self.0.control(Method::POST, "/faults", Some(fault)).await?;
        }
        self.0.control(Method::DELETE, "/faults", None).await
    }
}
