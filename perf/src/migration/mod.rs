//! The migrator on a large WHMCS database: its transformation alone, a whole run beside `pgloader` copying the same tables
//! unchanged, a dry run, a second run, and its memory.

mod lab;
mod pgloader;
mod transformation;

use anyhow::{Result, ensure};

use self::lab::{Lab, Size};
use crate::{
    figure::{Figure, grouped},
    machine::Machine,
    report::Report,
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
    let machine = Machine::here();
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
    Ok(Report::new("Migration", machine, figures).about(
        "A seeded WHMCS database of virtual servers with eight option answers and four field values each, MariaDB and PostgreSQL \
         on the same machine. pgloader copies the same tables unchanged, in turn with the runs.",
    ))
}

/// Told as they come: all of it takes long.
#[derive(Default)]
struct Figures(Vec<Figure>);

impl Figures {
    fn add(&mut self, figure: Figure) {
        eprintln!("{}: {} {}", figure.name, grouped(figure.value), figure.unit);
        self.0.push(figure);
    }
}

/// Seconds of one round, in which everything is timed in turn.
struct Round {
    copy: f64,
    dry: f64,
    first: f64,
    second: f64,
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn timed(lab: &Lab, times: usize, figures: &mut Figures) -> Result<()> {
    figures.add(Figure::fact("services", "", f64::from(lab.services)));
    let alone = transformation::measure(lab).await?;
    figures.add(
        Figure::measured("transformation alone, one core: option answers", "answers/s", alone.answers).at_least(1e6),
    );
    figures.add(Figure::measured("… and field values", "values/s", alone.values).more_is_better());
    let (mut rounds, mut rows, mut resident, mut rewritten) = (Vec::new(), 0, Vec::new(), 0);
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
        let most = dry.resident.max(first.resident).max(second.resident);
        resident.push(most as f64 / MB);
        rewritten += second.written;
        let (copy, dry, first, second) = (copy.seconds, dry.seconds, first.seconds, second.seconds);
        rounds.push(Round { copy, dry, first, second });
    }
    let rows = rows as f64;
    let each = |of: &dyn Fn(&Round) -> f64| rounds.iter().map(of).collect::<Vec<f64>>();
    figures.add(Figure::fact("rows of the source's tables", "rows", rows));
    figures.add(Figure::measured("run: end to end", "rows/s", each(&|r| rows / r.first)).more_is_better());
    let copies = each(&|r| rows / r.copy);
    figures.add(Figure::measured("pgloader: the same tables, unchanged", "rows/s", copies).more_is_better());
    figures.add(Figure::ratio("run ÷ pgloader, rows a second", each(&|r| r.copy / r.first)).at_least(1.0));
    figures.add(Figure::ratio("first run ÷ second, time", each(&|r| r.first / r.second)).at_least(3.0));
    figures.add(Figure::count("records that the second runs write", "records", rewritten as f64).at_most(0.0));
    figures.add(Figure::ratio("dry run ÷ run, time", each(&|r| r.dry / r.first)).at_most(1.0));
    figures.add(Figure::measured("resident memory at its most", "MB", resident));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
async fn remembered(lab: &Lab, figures: &mut Figures) -> Result<()> {
    let run = lab.run(&[]).await?;
    figures.add(Figure::fact("memory: clients", "", f64::from(lab.clients)));
    figures.add(Figure::fact("memory: services", "", f64::from(lab.services)));
    let rate = run.rows_read as f64 / run.seconds;
    figures.add(Figure::measured("memory: rows a second", "rows/s", vec![rate]).more_is_better());
    figures.add(Figure::measured("memory: resident at its most", "MB", vec![run.resident as f64 / MB]).at_most(150.0));
    Ok(())
}

const MB: f64 = 1e6;
