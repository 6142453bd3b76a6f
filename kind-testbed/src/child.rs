//! One supervised child process: its own process group, its output in a log file, stopped in order.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::{Child, Command};

/// How long a child may take to end after its stop signal before it is killed.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(15);

#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    #[error("{name} could not be started ({program})")]
    Spawn { name: String, program: String, source: io::Error },
    #[error("{name} ended while it was starting; the last lines of {log}:\n{tail}")]
    Died { name: String, log: PathBuf, tail: String },
    #[error("{name} was not ready after {seconds} s; the last lines of {log}:\n{tail}")]
    NotReady { name: String, seconds: u64, log: PathBuf, tail: String },
}

/// A running child.
#[derive(Debug)]
pub struct Supervised {
    pub name: String,
    pub log: PathBuf,
    stop_signal: Signal,
    child: Child,
}

/// What asks a child to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Terminate,
    /// `PostgreSQL`'s "fast" shutdown.
    Interrupt,
    Kill,
}

impl Signal {
    const fn name(self) -> &'static str {
        match self {
            Self::Terminate => "-TERM",
            Self::Interrupt => "-INT",
            Self::Kill => "-KILL",
        }
    }
}

impl Supervised {
    /// Starts `command` with its output appended to `<logs>/<name>.log`.
    pub fn spawn(name: &str, mut command: Command, logs: &Path, stop_signal: Signal) -> Result<Self, ChildError> {
        let log = logs.join(format!("{name}.log"));
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let failed = |source| ChildError::Spawn { name: name.to_owned(), program: program.clone(), source };
        let out = OpenOptions::new().create(true).append(true).open(&log).map_err(failed)?;
        let err = out.try_clone().map_err(failed)?;
        // A group of its own: Ctrl-C at the terminal reaches the supervisor alone, which stops the children in order.
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok(Self { name: name.to_owned(), log, stop_signal, child })
    }

    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Polls `probe` until it says yes.
    pub async fn ready<F, Fut>(&mut self, timeout: Duration, mut probe: F) -> Result<(), ChildError>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = bool>,
    {
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            if probe().await {
                return Ok(());
            }
            if self.has_ended() {
                return Err(ChildError::Died { name: self.name.clone(), log: self.log.clone(), tail: tail(&self.log) });
            }
            if tokio::time::Instant::now() > deadline {
                return Err(ChildError::NotReady {
                    name: self.name.clone(),
                    seconds: timeout.as_secs(),
                    log: self.log.clone(),
                    tail: tail(&self.log),
                });
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks it to end, waits, and kills it when it does not.
    pub async fn stop(self) {
        self.stop_within(STOP_TIMEOUT).await;
    }

    pub async fn stop_within(mut self, patience: Duration) {
        if let Some(pid) = self.pid() {
            send(pid, self.stop_signal).await;
            if tokio::time::timeout(patience, self.child.wait()).await.is_err() {
                send(pid, Signal::Kill).await;
                // A killed child is reaped at once; an error would mean that it was reaped already.
                let _ = self.child.wait().await;
            }
        }
    }
}

/// Signals one process by number.
pub async fn send(pid: u32, signal: Signal) -> bool {
    Command::new("kill")
        .arg(signal.name())
        .arg(pid.to_string())
        .stderr(Stdio::null())
        .status()
        .await
        .is_ok_and(|s| s.success())
}

/// The last lines of a log, for an error that names it.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
