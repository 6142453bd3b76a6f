//! Medians of each run that was kept, beside the code: `history/<kind of machine>/<date>-<commit>.json`.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::{baseline::git, machine::Machine, report::Report, statistics};

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When it was kept, in UTC: `2026-11-30T12:00:00Z`.
    pub(crate) at: String,
    /// With a `+` when the tree had changes that no commit holds.
    pub(crate) commit: String,
    pub(crate) machine: Machine,
    /// Report → figure → its middle.
    pub(crate) figures: BTreeMap<String, BTreeMap<String, Middle>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Middle {
    pub(crate) median: f64,
    /// Bounds of 95 % for it.
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) samples: usize,
}

impl Entry {
    pub(crate) fn of(reports: &[Report]) -> Result<Self> {
        let machine = reports.first().context("there is no report to keep")?.machine.clone();
        let key = machine.key();
        let other = reports.iter().find(|report| report.machine.key() != key);
        ensure!(
            other.is_none(),
            "the reports are of different machines: {key} and {:?}",
            other.map(|o| o.machine.key())
        );
        let figures = reports.iter().map(|report| {
            let middles = report.figures.iter().map(|figure| {
                let (low, high) = statistics::confidence(&figure.samples);
                let middle = Middle { median: figure.value, low, high, samples: figure.samples.len() };
                (figure.name.to_string(), middle)
            });
            (report.title.clone(), middles.collect())
        });
        let at = jiff::Timestamp::now().round(jiff::Unit::Second)?.to_string();
        Ok(Self { at, commit: commit()?, machine, figures: figures.collect() })
    }

    pub(crate) fn keep(&self, history: &Path) -> Result<()> {
        let folder = history.join(self.machine.key());
        fs::create_dir_all(&folder)?;
        let name = format!("{}-{}.json", self.at.replace(':', ""), self.commit.trim_end_matches('+'));
        fs::write(folder.join(name), serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }

    /// Of one kind of machine, the oldest first; none, if none was kept.
    pub(crate) fn all(history: &Path, key: &str) -> Result<Vec<Self>> {
        let Ok(entries) = fs::read_dir(history.join(key)) else { return Ok(vec![]) };
        let mut all: Vec<Self> = entries
            .map(|entry| {
                let path = entry?.path();
                serde_json::from_slice(&fs::read(&path)?).with_context(|| format!("{} is no run", path.display()))
            })
            .collect::<Result<_>>()?;
        all.sort_by(|a, b| a.at.cmp(&b.at));
        Ok(all)
    }
}

/// The one that is measured.
pub(crate) fn commit() -> Result<String> {
    let commit = git(&["rev-parse", "--short", "HEAD"])?.trim().to_owned();
    // What a run itself writes is no change of what it measured.
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", ":!perf/results", ":!perf/history"])?;
    Ok(if changed.is_empty() { commit } else { commit + "+" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Figure;

    #[test]
    fn runs_of_one_kind_of_machine_are_kept_in_their_order() {
        let history = std::env::temp_dir().join(format!("slipway-history-{}", std::process::id()));
        let report = Report::new("API", Machine::here(), vec![Figure::measured("list", "ms", vec![1.0, 2.0, 3.0])]);
        let mut entry = Entry::of(&[report]).unwrap();
        for at in ["2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z"] {
            at.clone_into(&mut entry.at);
            entry.keep(&history).unwrap();
        }
        let all = Entry::all(&history, &entry.machine.key()).unwrap();
        fs::remove_dir_all(&history).unwrap();
        assert_eq!(
            all.iter().map(|entry| entry.at.as_str()).collect::<Vec<_>>(),
            ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"]
        );
        let middle = all[0].figures["API"]["list"];
        assert_eq!((middle.median, middle.samples), (2.0, 3));
    }
}
