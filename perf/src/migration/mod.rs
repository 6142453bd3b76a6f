//! The migrator on a large WHMCS database: its transformation alone, a whole run beside `pgloader` copying the same tables
//! unchanged, a dry run, a second run, and its memory.

mod lab;
mod pgloader;
mod program;
mod transformation;

use anyhow::{Context as _, Result, ensure};

use self::lab::{Lab, Size};
use crate::{
    machine,
    report::{Figure, Goal, Report},
};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Clients of the database that runs are timed on; 72,000 of them have about 100,000 services.
    #[arg(long, default_value_t = 72_000)]
    clients: u32,
    /// How often each is timed; the median counts.
    #[arg(long, default_value_t = 3)]
    times: usize,
    /// Clients of the database that memory is measured on; 0 leaves it out.
    #[arg(long, default_value_t = 0)]
    memory_clients: u32,
    /// The WHMCS server, with an account that makes databases.
    #[arg(long, env = "WHMCS_DATABASE_URL", hide_env_values = true)]
    source: String,
    /// A database on the PostgreSQL server, with an account that makes others.
    #[arg(long, env = "SLIPWAY_TEST_DATABASE_URL", hide_env_values = true)]
    target: String,
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub(crate) fn measure(options: &Options) -> Result<Report> {
    let machine = machine::describe();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut figures = Vec::new();
    let mut figure = |name: &'static str, value, unit, goal| {
        eprintln!("{name}: {value:.2} {unit}");
        figures.push(Figure { name: name.into(), value, unit, goal });
    };
    runtime.block_on(async {
        if options.clients > 0 {
            let size = Size { clients: options.clients, only_servers: true };
            let lab = Lab::make(&options.source, &options.target, "slipway_perf", size).await?;
            figure("services", lab.services as f64, "", Goal::None);
            let alone = transformation::measure(&lab).await?;
            figure("option answers and field values", alone.read as f64, "", Goal::None);
            figure("transformation alone, one core", alone.a_second, "answers/s", Goal::AtLeast(1e6));
            let (mut runs, mut copies, mut dries, mut agains) = (vec![], vec![], vec![], vec![]);
            let mut resident = 0;
            let mut rows = 0;
            for _ in 0..options.times {
                let copied = pgloader::copy(&lab).await?;
                rows = copied.rows;
                copies.push(copied.seconds);
                lab.empty_target().await?;
                let dry = lab.run(&["--dry-run"]).await?;
                dries.push(dry.seconds);
                let first = lab.run(&[]).await?;
                ensure!(first.written > 0 && first.rows_read >= rows, "a run reads {} rows of {rows}", first.rows_read);
                runs.push(first.seconds);
                let content = lab.content().await?;
                let second = lab.run(&[]).await?;
                ensure!(second.written == 0, "the second run has written {} records", second.written);
                ensure!(lab.content().await? == content, "the second run has changed the target");
                agains.push(second.seconds);
                resident = resident.max(first.resident).max(second.resident).max(dry.resident);
            }
            let (run, copy, dry, again) = (median(runs)?, median(copies)?, median(dries)?, median(agains)?);
            figure("rows of the source's tables", rows as f64, "rows", Goal::None);
            figure("run: end to end", rows as f64 / run, "rows/s", Goal::None);
            figure("pgloader: the same tables, unchanged", rows as f64 / copy, "rows/s", Goal::None);
            figure("run ÷ pgloader, rows a second", copy / run, "×", Goal::AtLeast(1.0));
            figure("first run ÷ second, time", run / again, "×", Goal::AtLeast(3.0));
            figure("rows that the second run writes", 0.0, "rows", Goal::AtMost(0.0));
            figure("dry run ÷ run, time", dry / run, "×", Goal::AtMost(1.0));
            figure("resident memory at its most", resident as f64 / MB, "MB", Goal::None);
            lab.end().await?;
        }
        if options.memory_clients > 0 {
            let size = Size { clients: options.memory_clients, only_servers: false };
            let lab = Lab::make(&options.source, &options.target, "slipway_perf_memory", size).await?;
            let run = lab.run(&[]).await?;
            let clients = f64::from(options.memory_clients);
            figure("memory: clients", clients, "", Goal::None);
            figure("memory: services", lab.services as f64, "", Goal::None);
            figure("memory: rows a second", run.rows_read as f64 / run.seconds, "rows/s", Goal::None);
            figure("memory: resident at its most", run.resident as f64 / MB, "MB", Goal::AtMost(150.0));
            lab.end().await?;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    Ok(Report { title: "Migration", machine, figures })
}

const MB: f64 = 1e6;

fn median(mut samples: Vec<f64>) -> Result<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().context("nothing was timed")
}
