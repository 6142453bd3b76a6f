//! What a replay found, for people and for the README.

use std::{collections::BTreeMap, fmt};

/// How one recorded call went on ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Reproduced,
    /// What differs, in words.
    Differs(Vec<String>),
    /// The path is not served here.
    NotServed,
    /// The recording shows something that no real node does; why.
    Artefact(&'static str),
}

/// One call of the replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub number: u16,
    pub name: String,
    /// Where it belongs: `qemu/snapshot`, `access`, …
    pub area: String,
    pub verdict: Verdict,
}

/// A whole replay, in the order of the recordings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub outcomes: Vec<Outcome>,
}

/// How many of an area went which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub reproduced: usize,
    pub differs: usize,
    pub not_served: usize,
    pub artefacts: usize,
}

impl Report {
    pub fn total(&self) -> Count {
        self.count(|_| true)
    }

    /// Counts by area, in the order of their names.
    pub fn areas(&self) -> BTreeMap<&str, Count> {
        let names = self.outcomes.iter().map(|outcome| outcome.area.as_str());
        names.map(|area| (area, self.count(|outcome| outcome.area == area))).collect()
    }

    fn count(&self, of: impl Fn(&Outcome) -> bool) -> Count {
        let mut count = Count::default();
        for outcome in self.outcomes.iter().filter(|outcome| of(outcome)) {
            match outcome.verdict {
                Verdict::Reproduced => count.reproduced += 1,
                Verdict::Differs(_) => count.differs += 1,
                Verdict::NotServed => count.not_served += 1,
                Verdict::Artefact(_) => count.artefacts += 1,
            }
        }
        count
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            let Outcome { number, name, verdict, .. } = outcome;
            match verdict {
                Verdict::Reproduced => {}
                Verdict::Differs(differences) => {
                    writeln!(f, "differs          {number:03} {name}")?;
                    for difference in differences {
                        writeln!(f, "                     {difference}")?;
                    }
                }
                Verdict::NotServed => writeln!(f, "path not served  {number:03} {name}")?,
                Verdict::Artefact(why) => writeln!(f, "no real node     {number:03} {name}: {why}")?,
            }
        }
        let total = self.total();
        writeln!(
            f,
            "{} recordings: {} reproduced, {} differ, {} on paths not served, {} of no real node",
            self.outcomes.len(),
            total.reproduced,
            total.differs,
            total.not_served,
            total.artefacts
        )
    }
}
