//! What `cargo bench` left behind: criterion's samples, as figures of one part.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{figure::Figure, machine::Machine, report::Report};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Criterion's folder; beside this program's when not given.
    #[arg(long)]
    from: Option<PathBuf>,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    let beside = std::env::current_exe()?.parent().and_then(Path::parent).map(|target| target.join("criterion"));
    let from = options.from.clone().or(beside).context("no folder")?;
    let mut figures = Vec::new();
    collect(&from, &mut figures)?;
    ensure!(!figures.is_empty(), "{} holds no samples; run `cargo bench` first", from.display());
    figures.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Report::new("Micro-benchmarks", Machine::here(), figures))
}

/// Of the last run of each benchmark, however deep its folder lies.
fn collect(folder: &Path, figures: &mut Vec<Figure>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let newest = path.join("new");
        if newest.join("sample.json").is_file() {
            let benchmark: Benchmark = read(&newest.join("benchmark.json"))?;
            figures.push(figure(benchmark, &read(&newest.join("sample.json"))?));
        } else if path.is_dir() {
            collect(&path, figures)?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

/// Nanoseconds of so many iterations each.
#[derive(Deserialize)]
struct Sample {
    iters: Vec<f64>,
    times: Vec<f64>,
}

fn figure(benchmark: Benchmark, sample: &Sample) -> Figure {
    let each = sample.times.iter().zip(&sample.iters).map(|(time, iterations)| time / iterations).collect();
    Figure::measured(benchmark.full_id, "ns", each)
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not criterion's", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_benchmark_is_a_figure_of_nanoseconds_an_iteration() {
        let folder = std::env::temp_dir().join(format!("slipway-criterion-{}", std::process::id()));
        let newest = folder.join("api/token/new");
        fs::create_dir_all(&newest).unwrap();
        fs::write(newest.join("benchmark.json"), r#"{"group_id":"api","full_id":"api/token"}"#).unwrap();
        fs::write(newest.join("sample.json"), r#"{"sampling_mode":"Linear","iters":[1,2,3],"times":[10.0,24.0,33.0]}"#)
            .unwrap();
        let report = measure(&Options { from: Some(folder.clone()) });
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(report.unwrap().figures, [Figure::measured("api/token", "ns", vec![10.0, 12.0, 11.0])]);
    }
}
