//! What one part of a run measured: as JSON with every sample, and as a table for people.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::{
    figure::{Figure, Goal, grouped},
    heap::Site,
    machine::Machine,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) title: String,
    /// What was measured and how, for a stranger.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) about: String,
    pub(crate) machine: Machine,
    /// Programs that it was measured with or beside, as `PostgreSQL 15.14`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) versions: Vec<String>,
    pub(crate) figures: Vec<Figure>,
    /// Where memory is asked for; told, and compared with nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sites: Vec<Site>,
}

impl Report {
    pub(crate) fn new(title: &str, machine: Machine, figures: Vec<Figure>) -> Self {
        Self { title: title.to_owned(), about: String::new(), machine, versions: vec![], figures, sites: vec![] }
    }

    #[must_use]
    pub(crate) fn about(self, about: &str) -> Self {
        Self { about: about.to_owned(), ..self }
    }

    /// A Markdown table.
    pub(crate) fn table(&self) -> String {
        let mut out = format!(
            "# {}\n\n{}\n\n| what | measured | goal | |\n|---|---:|---:|---|\n",
            self.title,
            self.machine.describe()
        );
        for figure in &self.figures {
            let Figure { name, value, unit, goal, .. } = figure;
            let goal = shown(*goal);
            let verdict = figure.is_met().map_or("", |met| if met { "met" } else { "missed" });
            let _ = writeln!(out, "| {name} | {} {unit} | {goal} | {verdict} |", grouped(*value));
        }
        out
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
    }

    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no report of this program", path.display()))
    }

    /// All of a folder, by the names of their files: one a part.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Self>> {
        let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        let mut paths: Vec<_> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }
}

/// `≥ 1,000`, or a dash.
pub(crate) fn shown(goal: Goal) -> String {
    match goal {
        Goal::AtLeast(goal) => format!("≥ {}", grouped(goal)),
        Goal::AtMost(goal) => format!("≤ {}", grouped(goal)),
        Goal::None => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine { load: 0.0, ..Machine::here() }
    }

    #[test]
    fn the_table_says_which_goals_are_met() {
        let figures = vec![
            Figure::measured("fast", "req/s", vec![12_345.0]).at_least(2_260.0),
            Figure::measured("fat", "req/s", vec![900.0]).at_most(800.0),
            Figure::fact("plain", "req/s", 7.0),
        ];
        let table = Report::new("T", machine(), figures).table();
        assert!(table.contains("| fast | 12,345 req/s | ≥ 2,260 | met |"), "{table}");
        assert!(table.contains("| fat | 900 req/s | ≤ 800 | missed |"), "{table}");
        assert!(table.contains("| plain | 7 req/s | – |  |"), "{table}");
    }

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let figures = vec![Figure::ratio("a ÷ b", vec![1.5, 1.25]).at_least(1.0), Figure::count("queries", "", 3.0)];
        let report = Report::new("T", machine(), figures);
        let folder = std::env::temp_dir().join(format!("slipway-perf-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        report.write(&folder.join("t.json")).unwrap();
        assert_eq!(Report::read_all(&folder).unwrap(), [report]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
