//! Writes the README: what the replay reproduced, which faults there are, what real clients did, how fast it is. Every
//! figure comes from a run; only the introduction is written by hand.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use pve_testbed::conformance::{self, Report, Verdict};
use serde::Deserialize;

/// Where the figures come from.
#[derive(Debug, Args)]
pub(crate) struct Sources {
    /// The folder with the recordings, NNN-name.http.
    #[arg(long)]
    recordings: PathBuf,
    /// What real clients did, one JSON object a line; written by the clients' test.
    #[arg(long)]
    clients: PathBuf,
    /// What was measured; written by the benchmark.
    #[arg(long)]
    perf: PathBuf,
}

/// The whole README.
pub(crate) async fn write(sources: &Sources) -> Result<String> {
    let read = |path: &Path| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let report = conformance::run(&sources.recordings).await.context("cannot replay the recordings")?;
    let operations = read(&sources.clients)?
        .lines()
        .map(serde_json::from_str)
        .collect::<serde_json::Result<Vec<Tried>>>()
        .with_context(|| format!("{} is not what the clients' test writes", sources.clients.display()))?;
    let measured = serde_json::from_str(&read(&sources.perf)?)
        .with_context(|| format!("{} is not what the benchmark writes", sources.perf.display()))?;
    let mut out = include_str!("intro.md").to_owned();
    out.push_str("\n<!-- From here on: make pve-readme -->\n");
    conformance_table(&mut out, &report);
    fault_list(&mut out);
    client_table(&mut out, &operations);
    figures(&mut out, &measured);
    Ok(out)
}

fn conformance_table(out: &mut String, report: &Report) {
    let total = report.total();
    let _ = writeln!(
        out,
        "\n## Held to recordings of a real Proxmox VE 9.2\n\n\
         {} recorded calls were replayed in their order on one world: {} reproduced, {} differ, {} on paths that are not \
         served, {} show something no complete node does.\n\n\
         Same means: status, reason phrase, error body, the shape and types of the data, the words clients decide by, \
         and the lines of task logs.\n\n| area | reproduced | differ | not served |\n|---|---:|---:|---:|",
        report.outcomes.len(),
        total.reproduced,
        total.differs,
        total.not_served,
        total.artefacts,
    );
    for (area, count) in report.areas() {
        let _ = writeln!(out, "| {area} | {} | {} | {} |", count.reproduced, count.differs, count.not_served);
    }
    let open: Vec<_> = report
        .outcomes
        .iter()
        .filter_map(|outcome| match &outcome.verdict {
            Verdict::Differs(differences) => Some((outcome, differences[0].as_str())),
            Verdict::NotServed => Some((outcome, "not served")),
            Verdict::Reproduced | Verdict::Artefact(_) => None,
        })
        .collect();
    if !open.is_empty() {
        out.push_str("\nNot reproduced, with the first difference:\n\n");
        for (outcome, why) in open {
            let why: String = why.lines().next().unwrap_or_default().chars().take(160).collect();
            let _ = writeln!(out, "- {:03} {}: {why}", outcome.number, outcome.name);
        }
    }
}

fn fault_list(out: &mut String) {
    out.push_str("\n## Faults\n\n| fault | what happens | for example |\n|---|---|---|\n");
    for fault in pve_testbed::faults() {
        let _ = writeln!(out, "| {} | {} | `{}` |", fault.name, fault.what, fault.example.replace('|', "\\|"));
    }
}

/// One thing a client did.
#[derive(Debug, Deserialize)]
struct Tried {
    client: String,
    version: String,
    operation: String,
    outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    /// It worked, and something is not as it was.
    Changed,
    Failed,
}

fn client_table(out: &mut String, operations: &[Tried]) {
    out.push_str("\n## Real clients, unmodified\n\n| client | operations that worked | operations that did not |\n|---|---|---|\n");
    let mut clients: BTreeMap<String, [Vec<&str>; 2]> = BTreeMap::new();
    for operation in operations {
        let lists = clients.entry(format!("{} {}", operation.client, operation.version)).or_default();
        lists[usize::from(operation.outcome == Outcome::Failed)].push(&operation.operation);
    }
    for (client, [worked, failed]) in clients {
        let failed = if failed.is_empty() { "none".to_owned() } else { failed.join(", ") };
        let _ = writeln!(out, "| {client} | {} | {failed} |", worked.join(", "));
    }
}

#[derive(Debug, Deserialize)]
struct Measured {
    machine: Machine,
    figures: Vec<Figure>,
}

#[derive(Debug, Deserialize)]
struct Machine {
    processors: u32,
    model: String,
    kernel: String,
}

#[derive(Debug, Deserialize)]
struct Figure {
    name: String,
    value: f64,
    unit: String,
    goal: Goal,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
    None,
}

fn figures(out: &mut String, measured: &Measured) {
    let Machine { processors, model, kernel } = &measured.machine;
    let _ = writeln!(
        out,
        "\n## Speed\n\n{processors} × {model}, Linux {kernel} (`make bench`).\n\n| what | measured | goal |\n|---|---:|---:|"
    );
    for figure in &measured.figures {
        let goal = match figure.goal {
            Goal::AtLeast(value) => format!("at least {value:.0}"),
            Goal::AtMost(value) => format!("at most {value:.0}"),
            Goal::None => String::new(),
        };
        let _ = writeln!(out, "| {} | {:.0} {} | {} |", figure.name, figure.value, figure.unit, goal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_changed_something_has_worked() {
        let lines = ["read ok", "clone changed", "move failed"].map(|line| {
            let (operation, outcome) = line.split_once(' ').unwrap_or_default();
            format!(r#"{{"client":"c","version":"1","operation":"{operation}","outcome":"{outcome}"}}"#)
        });
        let tried = lines.iter().map(|line| serde_json::from_str(line)).collect::<serde_json::Result<Vec<Tried>>>();
        let mut out = String::new();
        client_table(&mut out, &tried.unwrap_or_default());
        assert!(out.ends_with("| c 1 | read, clone | move |\n"), "{out}");
    }
}
