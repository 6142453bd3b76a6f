//! `slipway-perf`: measures, prints a table, and keeps the figures; draws and compares what was kept. Times are asserted in no
//! test.

mod allocations;
mod api;
mod baseline;
mod compare;
mod console;
mod counts;
mod criterion;
mod figure;
mod heap;
mod history;
mod machine;
mod migration;
mod operator;
mod page;
mod peers;
mod program;
mod pve;
mod report;
mod statistics;
mod workflow;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{history::Entry, report::Report};

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
        #[command(flatten)]
        to: To,
        /// Seconds that each sample of a load takes.
        #[arg(long, default_value_t = 2)]
        seconds: u64,
        /// Only the measurements whose name contains this.
        #[arg(long, default_value = "")]
        only: String,
    },
    /// The operator: CPU of a reconciliation that has nothing to do, what an idle fleet costs, calls and time of creates,
    /// states a second of the explorer. The fleet needs a kube-apiserver: `testbed with -- slipway-perf operator`.
    Operator {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        fleet: operator::Fleet,
    },
    /// The migrator: its transformation alone, whole runs beside `pgloader` on the same tables, a second run, memory. It needs
    /// both servers, `slipway-migrate` beside this program, and `pgloader`: `testbed with -- slipway-perf migration`.
    Migration {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: migration::Options,
    },
    /// The REST API on a large database: tokens, logins, hot requests with their plans, crowds beside a bare server, polls,
    /// memory, sizes of the pool. It needs a `PostgreSQL` server: `testbed with -- slipway-perf api`.
    Api {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: api::Options,
    },
    /// What is the same each time on any machine: statements, bytes, calls, allocations, states. `make test` compares it with
    /// what is committed.
    Counts {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: counts::Options,
    },
    /// Micro-benchmarks: what `cargo bench` measured, as a report.
    Criterion {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: criterion::Options,
    },
    /// Heap profiles of the API, the operator and the migrator under a small load, and where they ask for memory. Beside it
    /// lie the programs, built with their feature `dhat`, and the testbeds.
    Heap {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: heap::Options,
    },
    /// The console in Chromium: weight of its pages, how fast they stand and change, what polls cost. It needs Node.js, and
    /// the console built: `make console`.
    Console {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: console::Options,
    },
    /// All of Slipway: each hop of a create, many users at once, and the same while Proxmox is in trouble:
    /// `testbed with --slipway -- slipway-perf workflow`.
    Workflow {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: workflow::Options,
    },
    /// Ansible's `community.proxmox` and a `proxmoxer` script beside the operator, on the same Proxmox VE testbed. It needs a
    /// kube-apiserver: `testbed with -- slipway-perf peers`.
    Peers {
        #[command(flatten)]
        to: To,
        #[command(flatten)]
        options: peers::Options,
    },
    /// Serves the API, or a bare server, on the measured database; a process of its own, so that nothing else counts.
    #[command(hide = true)]
    ApiServer {
        #[command(flatten)]
        options: api::server::Options,
    },
    /// Builds the large world and prints its memory; a process of its own, so that nothing else counts.
    #[command(hide = true)]
    PveMemory,
    /// Compares the reports with those of a baseline. Exit code 1: a figure has become worse beyond noise, or is gone.
    Compare {
        /// A folder of reports, or a commit whose `perf/results` are the baseline.
        base: String,
        #[command(flatten)]
        kept: Kept,
    },
    /// Draws the reports, and how they went over the kept runs, as one HTML page.
    Page {
        #[arg(long, default_value = "perf/report.html")]
        to: PathBuf,
        #[command(flatten)]
        kept: Kept,
    },
    /// Keeps the medians of the reports as one run of this kind of machine.
    Keep {
        #[command(flatten)]
        kept: Kept,
    },
}

#[derive(Debug, clap::Args)]
struct To {
    /// Also write the figures with their samples there, as JSON.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// Where what was measured lies.
#[derive(Debug, clap::Args)]
struct Kept {
    /// One report a part.
    #[arg(long, default_value = "perf/results")]
    results: PathBuf,
    #[arg(long, default_value = "perf/history")]
    history: PathBuf,
    /// Reports of what was measured on other machines, of other systems.
    #[arg(long, default_value = "perf/elsewhere")]
    elsewhere: PathBuf,
}

fn main() -> Result<ExitCode> {
    let (report, to) = match Arguments::parse().what {
        What::Pve { to, seconds, only } => (pve::measure(seconds, &only)?, to),
        What::Operator { to, fleet } => (operator::measure(&fleet)?, to),
        What::Migration { to, options } => (migration::measure(&options)?, to),
        What::Api { to, options } => (api::measure(&options)?, to),
        What::Counts { to, options } => (counts::measure(&options)?, to),
        What::Criterion { to, options } => (criterion::measure(&options)?, to),
        What::ApiServer { options } => return api::server::serve(&options).map(|()| ExitCode::SUCCESS),
        What::Heap { to, options } => (heap::measure(&options)?, to),
        What::Console { to, options } => (console::measure(&options)?, to),
        What::Workflow { to, options } => (workflow::measure(&options)?, to),
        What::Peers { to, options } => (peers::measure(&options)?, to),
        What::PveMemory => return pve::memory::print().map(|()| ExitCode::SUCCESS),
        What::Compare { base, kept } => return compare_with(&base, &kept),
        What::Page { to, kept } => return draw(&to, &kept),
        What::Keep { kept } => {
            Entry::of(&Report::read_all(&kept.results)?)?.keep(&kept.history)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    print!("{}", report.table());
    if let Some(path) = to.write {
        report.write(&path)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn compare_with(base: &str, kept: &Kept) -> Result<ExitCode> {
    let changes = compare::compare(&baseline::read(base)?, &Report::read_all(&kept.results)?);
    print!("{}", compare::table(&changes));
    let worse = changes.iter().any(compare::Change::is_regression);
    Ok(if worse { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn draw(to: &std::path::Path, kept: &Kept) -> Result<ExitCode> {
    let reports = Report::read_all(&kept.results)?;
    let keys = reports.first().map(|report| report.machine.key());
    let history = keys.map_or(Ok(vec![]), |key| Entry::all(&kept.history, &key))?;
    let elsewhere = if kept.elsewhere.is_dir() { Report::read_all(&kept.elsewhere)? } else { vec![] };
    std::fs::write(to, page::page(&reports, &history, &elsewhere, &history::commit()?))?;
    println!("{}", to.display());
    Ok(ExitCode::SUCCESS)
}
