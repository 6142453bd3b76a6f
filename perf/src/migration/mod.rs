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
    /// A database on the `PostgreSQL` server, with an account that makes others.
    #[arg(long, env = "SLIPWAY_TEST_DATABASE_URL", hide_env_values = true)]
    target: String,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    let machine = machine::describe();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let figures = runtime.block_on(async {
        let mut figures = Figures::default();
        if options.clients > 0 {
            let size = Size { clients: options.clients, only_servers: true };
            let lab = Lab::make(&options.source, &options.target, "slipway_perf", size).await?;
            timed(&lab, options.times, &mut figures).await?;
            lab.end().await?;
        }
        if options.memory_clients > 0 {
            let size = Size { clients: options.memory_clients, only_servers: false };
            let lab = Lab::make(&options.source, &options.target, "slipway_perf_memory", size).await?;
            remembered(&lab, &mut figures).await?;
            lab.end().await?;
        }
        Ok::<_, anyhow::Error>(figures.0)
    })?;
    Ok(Report { title: "Migration", machine, figures })
}

/// Told as they come: all of it takes long.
#[derive(Default)]
struct Figures(Vec<Figure>);

impl Figures {
    fn add(&mut self, name: &'static str, value: f64, unit: &'static str, goal: Goal) {
        eprintln!("{name}: {value:.2} {unit}");
        self.0.push(Figure { name: name.into(), value, unit, goal });
    }
}

/// Seconds of each of several times.
#[derive(Default)]
struct Seconds {
    copy: Vec<f64>,
    dry: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn timed(lab: &Lab, times: usize, figures: &mut Figures) -> Result<()> {
    figures.add("services", f64::from(lab.services), "", Goal::None);
    let alone = transformation::measure(lab).await?;
    figures.add("transformation alone, one core: option answers", alone.answers, "answers/s", Goal::AtLeast(1e6));
    figures.add("… and field values", alone.values, "values/s", Goal::None);
    let (mut seconds, mut rows, mut resident, mut rewritten) = (Seconds::default(), 0, 0, 0);
    for _ in 0..times {
        let copy = pgloader::copy(lab).await?;
        rows = copy.rows;
        lab.empty_target().await?;
        let dry = lab.run(&["--dry-run"]).await?;
        let first = lab.run(&[]).await?;
        ensure!(first.written > 0 && first.rows_read >= rows, "a run reads {} rows of {rows}", first.rows_read);
        let content = lab.content().await?;
        let second = lab.run(&[]).await?;
        ensure!(second.written == 0, "the second run has written {} records", second.written);
        ensure!(lab.content().await? == content, "the second run has changed the target");
        eprintln!(
            "pgloader {:.1} s, dry run {:.1} s, first run {:.1} s, second run {:.1} s",
            copy.seconds, dry.seconds, first.seconds, second.seconds
        );
        resident = [resident, dry.resident, first.resident, second.resident].into_iter().max().unwrap_or_default();
        rewritten += second.written;
        seconds.copy.push(copy.seconds);
        seconds.dry.push(dry.seconds);
        seconds.first.push(first.seconds);
        seconds.second.push(second.seconds);
    }
    let rows = rows as f64;
    let (copy, dry) = (median(seconds.copy)?, median(seconds.dry)?);
    let (first, second) = (median(seconds.first)?, median(seconds.second)?);
    figures.add("rows of the source's tables", rows, "rows", Goal::None);
    figures.add("run: end to end", rows / first, "rows/s", Goal::None);
    figures.add("pgloader: the same tables, unchanged", rows / copy, "rows/s", Goal::None);
    figures.add("run ÷ pgloader, rows a second", copy / first, "×", Goal::AtLeast(1.0));
    figures.add("first run ÷ second, time", first / second, "×", Goal::AtLeast(3.0));
    figures.add("records that the second runs write", rewritten as f64, "records", Goal::AtMost(0.0));
    figures.add("dry run ÷ run, time", dry / first, "×", Goal::AtMost(1.0));
    figures.add("resident memory at its most", resident as f64 / MB, "MB", Goal::None);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn remembered(lab: &Lab, figures: &mut Figures) -> Result<()> {
    let run = lab.run(&[]).await?;
    figures.add("memory: clients", f64::from(lab.clients), "", Goal::None);
    figures.add("memory: services", f64::from(lab.services), "", Goal::None);
    figures.add("memory: rows a second", run.rows_read as f64 / run.seconds, "rows/s", Goal::None);
    figures.add("memory: resident at its most", run.resident as f64 / MB, "MB", Goal::AtMost(150.0));
    Ok(())
}

const MB: f64 = 1e6;

fn median(mut samples: Vec<f64>) -> Result<f64> {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().context("nothing was timed")
}
