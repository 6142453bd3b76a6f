//! `slipway-perf`: measures, prints a table, and keeps the figures. Nothing here is asserted in a test.

mod machine;
mod migration;
mod operator;
mod pve;
mod report;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(version, about = "Measures Slipway and its testbed. Build with --release.")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The Proxmox VE testbed: requests a second, memory, transitions a second.
    Pve {
        /// Also write the figures there, as JSON.
        #[arg(long)]
        write: Option<PathBuf>,
        /// Seconds each load lasts.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Only the measurements whose name contains this.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// The operator: CPU of a reconciliation that has nothing to do, what an idle fleet costs, calls and time of creates,
    /// states a second of the explorer. The fleet needs a kube-apiserver: `testbed with -- slipway-perf operator`.
    Operator {
        /// Also write the figures there, as JSON.
        #[arg(long)]
        write: Option<PathBuf>,
        #[command(flatten)]
        fleet: operator::Fleet,
    },
    /// The migrator: its transformation alone, whole runs beside `pgloader` on the same tables, a second run, memory. It needs
    /// both servers, `slipway-migrate` beside this program, and `pgloader`: `testbed with -- slipway-perf migration`.
    Migration {
        /// Also write the figures there, as JSON.
        #[arg(long)]
        write: Option<PathBuf>,
        #[command(flatten)]
        options: migration::Options,
    },
    /// Builds the large world and prints its memory; a process of its own, so that nothing else counts.
    #[command(hide = true)]
    PveMemory,
}

fn main() -> Result<()> {
    let (report, write) = match Arguments::parse().what {
        What::Pve { write, seconds, only } => (pve::measure(seconds, &only)?, write),
        What::Operator { write, fleet } => (operator::measure(&fleet)?, write),
        What::Migration { write, options } => (migration::measure(&options)?, write),
        What::PveMemory => return pve::memory::print(),
    };
    print!("{}", report.table());
    if let Some(path) = write {
        report.write(&path)?;
    }
    Ok(())
}
