//! What the figures of now are compared with: reports in a folder, or those that a commit holds.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};

use crate::report::Report;

/// Where a commit holds them.
const RESULTS: &str = "perf/results/";

/// `base` is a folder if there is one of that name, otherwise a commit, as `main` or `v0.1.0`.
pub(crate) fn read(base: &str) -> Result<Vec<Report>> {
    if Path::new(base).is_dir() {
        return Report::read_all(Path::new(base));
    }
    let names = git(&["ls-tree", "--name-only", base, RESULTS])?;
    let reports =
        names.lines().filter(|name| Path::new(name).extension().is_some_and(|end| end == "json")).map(|name| {
            let text = git(&["show", &format!("{base}:{name}")])?;
            serde_json::from_str(&text).with_context(|| format!("{name} of {base} is no report of this program"))
        });
    let reports: Vec<Report> = reports.collect::<Result<_>>()?;
    ensure!(!reports.is_empty(), "{base} holds no reports in {RESULTS}");
    Ok(reports)
}

/// What git says, from the top of the tree.
pub(crate) fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git").args(arguments).output().context("git cannot be started")?;
    ensure!(output.status.success(), "git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
