//! Starts the services in order, restarts one that ends by itself, and stops them in reverse order.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    child::{self, Signal, Supervised},
    slipway::Service,
};

/// Pause before a service that ended by itself is started again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// What stands in `run.json` while a testbed runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    pub supervisor: u32,
    pub ready: bool,
    pub children: Vec<ChildRecord>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChildRecord {
    pub name: String,
    pub pid: u32,
}

impl RunRecord {
    pub fn path(state: &Path) -> PathBuf {
        state.join("run.json")
    }

    pub fn load(state: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(Self::path(state)).ok()?).ok()
    }

    fn save(&self, state: &Path) -> io::Result<()> {
        let path = Self::path(state);
        let partial = path.with_extension("partial");
        fs::write(&partial, serde_json::to_vec_pretty(self)?)?;
        fs::rename(partial, path)
    }

    /// Whether the supervisor that wrote this still lives.
    pub fn is_running(&self) -> bool {
        runs(self.supervisor, "testbed")
    }
}

/// Whether `pid` is a process whose program or first arguments name `program`; numbers are reused by the kernel.
pub fn runs(pid: u32, program: &str) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(program))
}

/// The running services, in starting order.
#[derive(Debug)]
pub struct Supervisor {
    state: PathBuf,
    children: Vec<(Service, Supervised)>,
}

impl Supervisor {
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), children: Vec::new() }
    }

    pub fn add(&mut self, service: Service, child: Supervised) -> io::Result<()> {
        self.children.push((service, child));
        self.record(false)
    }

    /// Writes who runs, for `testbed status` and `testbed down`.
    pub fn record(&self, ready: bool) -> io::Result<()> {
        RunRecord {
            supervisor: std::process::id(),
            ready,
            children: self
                .children
                .iter()
                .filter_map(|(_, c)| Some(ChildRecord { name: c.name.clone(), pid: c.pid()? }))
                .collect(),
        }
        .save(&self.state)
    }

    /// Watches the services until `stop` resolves; `start` starts one again that ended by itself.
    pub async fn watch<S, Fut, E>(&mut self, stop: impl Future<Output = ()>, start: S) -> io::Result<()>
    where
        S: Fn(Service) -> Fut,
        Fut: Future<Output = Result<Supervised, E>>,
        E: std::fmt::Display,
    {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return Ok(()),
                () = tokio::time::sleep(RESTART_PAUSE) => {}
            }
            let mut changed = false;
            for (service, child) in &mut self.children {
                if !child.has_ended() {
                    continue;
                }
                eprintln!("{} ended; starting it again (log: {})", child.name, child.log.display());
                match start(*service).await {
                    Ok(again) => *child = again,
                    Err(error) => eprintln!("{error}"),
                }
                changed = true;
            }
            if changed {
                self.record(true)?;
            }
        }
    }

    /// Stops everything, the last started first. Each may take so long.
    pub async fn stop(mut self, patience: Duration) {
        while let Some((_, child)) = self.children.pop() {
            child.stop_within(patience).await;
        }
        // Gone already is as good.
        let _ = fs::remove_file(RunRecord::path(&self.state));
    }
}

/// Stops a testbed by its record; also what a killed supervisor left behind.
pub async fn stop_recorded(state: &Path) -> bool {
    let Some(record) = RunRecord::load(state) else { return false };
    if record.is_running() {
        child::send(record.supervisor, Signal::Terminate).await;
        for _ in 0..1200 {
            if !record.is_running() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    for leftover in record.children.iter().rev() {
        for signal in [Signal::Terminate, Signal::Interrupt, Signal::Kill] {
            if !runs(leftover.pid, &leftover.name) {
                break;
            }
            child::send(leftover.pid, signal).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    // Gone already is as good.
    let _ = fs::remove_file(RunRecord::path(state));
    true
}
