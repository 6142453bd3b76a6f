//! The console: what its pages weigh, how long they take to stand and to change in Chromium, and what polls cost. The console's
//! own scripts measure; here their samples become figures.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use tokio::process::Command;

use crate::{figure::Figure, machine::Machine, program, report::Report};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The console's folder, built (`make console`).
    #[arg(long, default_value = "console")]
    console: PathBuf,
    /// Loads of each page; the median counts.
    #[arg(long, default_value_t = 9)]
    samples: usize,
}

/// What `npm run size -- --json` says of a route.
#[derive(Debug, Deserialize)]
struct Size {
    name: String,
    budget: f64,
    raw: f64,
    gz: f64,
    br: f64,
}

/// What `e2e/measure.ts` says.
#[derive(Debug, Deserialize)]
struct Measured {
    chromium: String,
    times: Vec<Timed>,
    answers: Vec<Answered>,
}

#[derive(Debug, Deserialize)]
struct Timed {
    name: String,
    /// Milliseconds.
    samples: Vec<f64>,
}

/// What the list did with one kind of answer to a poll.
#[derive(Debug, Deserialize)]
struct Answered {
    answer: String,
    requests: f64,
    mutations: f64,
    bytes: f64,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    let machine = Machine::here();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sizes, measured) = runtime.block_on(async {
        let sizes = run(&options.console, &["tools/size.mjs", "dist", "--json"], options.samples).await?;
        let measured = run(&options.console, &["tools/run.mjs", "e2e/measure.ts"], options.samples).await?;
        let read = "the console's scripts have changed what they print";
        let sizes: Vec<Size> = serde_json::from_str(&sizes).context(read)?;
        Ok::<_, anyhow::Error>((sizes, serde_json::from_str::<Measured>(&measured).context(read)?))
    })?;
    let versions = vec![format!("Chromium {}", measured.chromium)];
    let mut figures = weights(sizes);
    figures.extend(measured.times.into_iter().map(|timed| Figure::measured(timed.name, "ms", timed.samples)));
    figures.extend(measured.answers.into_iter().flat_map(polled));
    let report = Report::new("Console", machine, figures).about(
        "Bytes that each route loads; how long a page needs, after the last byte of the API's answer, to stand laid out in Chromium; \
         what a poll leads to. The console shows 100 rows at most.",
    );
    Ok(Report { versions, ..report })
}

fn weights(sizes: Vec<Size>) -> Vec<Figure> {
    let of = |size: Size| {
        let named = |how: &str| format!("{}, {how}", size.name);
        [
            Figure::count(named("as it is"), "bytes", size.raw),
            Figure::count(named("gzip"), "bytes", size.gz).at_most(size.budget),
            Figure::count(named("brotli"), "bytes", size.br),
        ]
    };
    sizes.into_iter().flat_map(of).collect()
}

fn polled(Answered { answer, requests, mutations, bytes }: Answered) -> Vec<Figure> {
    let named = |what: &str| format!("a poll answered {answer}: {what}");
    let mut figures = vec![
        Figure::count(named("requests"), "", requests),
        Figure::count(named("changes of the table"), "", mutations),
    ];
    if answer == "304" || answer.starts_with("200 with the same") {
        // The mock's headers are not the API's: shown, not compared.
        figures.push(Figure::fact(named("bytes"), "bytes", bytes));
    }
    figures
}

async fn run(console: &Path, arguments: &[&str], samples: usize) -> Result<String> {
    let mut command = Command::new("node");
    command.current_dir(console).args(arguments).env("SLIPWAY_SAMPLES", samples.to_string());
    let ended = program::run(command).await?;
    ensure!(ended.status.success(), "node {}: {}{}", arguments.join(" "), ended.stdout, ended.stderr);
    Ok(ended.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Kind;

    #[test]
    fn a_poll_that_changes_nothing_is_compared_exactly_but_for_the_mocks_headers() {
        let answered = Answered { answer: "304".to_owned(), requests: 1.0, mutations: 0.0, bytes: 120.0 };
        let kinds: Vec<Kind> = polled(answered).iter().map(|figure| figure.kind).collect();
        assert_eq!(kinds, [Kind::Count, Kind::Count, Kind::Fact]);
    }

    #[test]
    fn what_is_compressed_stands_beside_its_budget() {
        let size = Size { name: "login js".to_owned(), budget: 1000.0, raw: 3000.0, gz: 1001.0, br: 900.0 };
        let met: Vec<Option<bool>> = weights(vec![size]).iter().map(Figure::is_met).collect();
        assert_eq!(met, [None, Some(false), None]);
    }
}
