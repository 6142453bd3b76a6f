//! How long things take, in virtual milliseconds. One file, so that a reader can judge the model.
//!
//! | what | time |
//! |---|---|
//! | worker process until it asks for its first lock | 40 |
//! | synchronous configuration write | 30 |
//! | linked clone of one disk | 900 |
//! | cloud-init drive made | 300 |
//! | full copy of one disk, import, upload, backup, restore | 500 + bytes ÷ its part of the bandwidth (`world/transfer.rs`) |
//! | start: until QEMU runs | 3,000 |
//! | guest boots until its agent answers | 10,000 |
//! | guest shuts down after ACPI or agent request | 5,000 |
//! | hard stop | 800 |
//! | cleaning up after a guest has ended | 250 |
//! | resize | 400 |
//! | pause, resume, reset | 200 |
//! | hibernate | 1,500 + memory ÷ 1 GiB/s |
//! | snapshot without memory, its removal, the disks' part of a rollback | 500 |
//! | a restarted guest keeps the cleanup of the old one waiting | 30,000 |
//! | delete | 300 + 200 a volume |
//! | migration | 2,000, and the copy of each local disk and of a running guest's memory (at most 1 GiB/s) |
//! | template | 250 |
//! | statistics round of a node | every 10,000 |

use crate::request::Millis;

pub(crate) const FORK: Millis = 40;
pub(crate) const WRITE: Millis = 30;
pub(crate) const LINKED_CLONE: Millis = 900;
pub(crate) const CLOUDINIT: Millis = 300;
pub(crate) const START: Millis = 3_000;
pub(crate) const BOOT: Millis = 10_000;
pub(crate) const SHUTDOWN: Millis = 5_000;
pub(crate) const STOP: Millis = 800;
pub(crate) const CLEANUP: Millis = 250;
pub(crate) const CLEANUP_WAIT: Millis = 30_000;
pub(crate) const SNAPSHOT: Millis = 500;
pub(crate) const RESIZE: Millis = 400;
pub(crate) const SIGNAL: Millis = 200;
pub(crate) const TEMPLATE: Millis = 250;
/// A migration without anything to copy.
pub(crate) const MIGRATE: Millis = 2_000;
pub(crate) const MEASURE: Millis = 10_000;
/// Samples older than this are forgotten.
pub(crate) const SAMPLE_LIFE: Millis = 300_000;
/// Every refused login waits.
pub(crate) const LOGIN_DELAY: Millis = 3_000;
/// A guest agent that does not answer is given up after this.
pub(crate) const AGENT_PROBE: Millis = 3_000;
/// A console's port is waited for so long.
pub(crate) const PORT_WAIT: Millis = 5_700;
/// A node that is off is given up after this.
pub(crate) const NO_ROUTE: Millis = 3_000;
/// The proxy gives up after this.
pub(crate) const PROXY_TIMEOUT: Millis = 30_000;

/// A copy at so many bytes a second; how many it gets, `World::transfer` says.
pub(crate) fn copy(bytes: u64, per_second: u64) -> Millis {
    500 + bytes.saturating_mul(1000) / per_second.max(1)
}

/// Writing `mib` of guest memory to disk.
pub(crate) fn hibernate(mib: u64) -> Millis {
    1_500 + mib * 1000 / 1024
}

/// Removing a VM with so many volumes.
pub(crate) fn destroy(volumes: u64) -> Millis {
    300 + 200 * volumes
}
