//! Replays recorded calls of a real Proxmox VE, in their order, on one world behind the real TLS server, and says which
//! answers are the same.
//!
//! Time is stepped, not measured: between two calls as much virtual time passes as passed on the real system, and while
//! a call waits, the clock jumps to what it waits for. A replay is therefore repeatable on a machine of any speed.

mod compare;
mod recording;
mod replay;
mod report;
mod scratch;
mod translate;

use std::{fs, io::Result, path::Path};

pub use recording::{Message, Recording};
pub use report::{Outcome, Report, Verdict};

/// Replays every `NNN-name.http` of a folder.
///
/// # Errors
///
/// A file that is no recording, or a server that cannot be started.
pub async fn run(folder: &Path) -> Result<Report> {
    let mut recordings = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "http") {
            recordings.push(Recording::read(&path)?);
        }
    }
    recordings.sort_by_key(|recording| recording.number);
    replay::replay(&recordings).await
}
