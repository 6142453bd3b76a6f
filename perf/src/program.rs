//! Another program, its time and the most memory that it had.

use std::{
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tokio::{io::AsyncReadExt as _, process::Command};

use crate::machine;

/// How often its memory is looked at: the kernel keeps the maximum, so only what comes after the last look is missed.
const LOOKS: Duration = Duration::from_millis(20);

pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) seconds: f64,
    /// Bytes.
    pub(crate) resident: u64,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) async fn run(mut command: Command) -> Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{command:?} could not be started"))?;
    let (mut out, mut err) = (child.stdout.take().context("no pipe")?, child.stderr.take().context("no pipe")?);
    let reading = tokio::spawn(async move {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        tokio::try_join!(out.read_to_string(&mut stdout), err.read_to_string(&mut stderr))?;
        Ok::<_, std::io::Error>((stdout, stderr))
    });
    let (mut resident, id) = (0, child.id().unwrap_or_default().to_string());
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            () = tokio::time::sleep(LOOKS) => resident = resident.max(machine::memory(&id, "VmHWM")),
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    let (stdout, stderr) = reading.await??;
    Ok(Ended { status, seconds, resident, stdout, stderr })
}
