//! What became of everything, counted, with examples: what `run` prints and `report` shows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::outcome::{Fate, Outcome};

/// Rows that are told of one kind of outcome; all of them stand in `--rows`.
const MOST_TOLD: usize = 500;

/// By table and outcome.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Story {
    pub groups: Vec<Group>,
    #[serde(skip)]
    at: BTreeMap<(&'static str, Fate, &'static str), usize>,
}

/// Rows of one table with one outcome.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    pub table: &'static str,
    pub outcome: Fate,
    pub code: &'static str,
    pub count: u64,
    /// The first of them; none of what was merely mapped.
    pub rows: Vec<Told>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Told {
    pub id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<i64>,
    pub reason: String,
}

impl Story {
    pub fn add(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let key = (outcome.table, outcome.outcome, outcome.code);
            let at = *self.at.entry(key).or_insert_with(|| {
                let Outcome { table, outcome, code, .. } = *outcome;
                self.groups.push(Group { table, outcome, code, count: 0, rows: Vec::new() });
                self.groups.len() - 1
            });
            let group = &mut self.groups[at];
            group.count += 1;
            if outcome.outcome != Fate::Mapped && group.rows.len() < MOST_TOLD {
                let reason = outcome.reason.clone();
                group.rows.push(Told { id: outcome.id, service: outcome.service, reason });
            }
        }
    }

    pub fn count(&self, fate: Fate) -> u64 {
        self.groups.iter().filter(|group| group.outcome == fate).map(|group| group.count).sum()
    }

    /// Somebody has to look at something.
    pub fn has_findings(&self) -> bool {
        self.groups.iter().any(|group| matches!(group.outcome, Fate::Finding | Fate::Conflict))
    }

    /// The worst first, the most frequent first.
    pub fn sorted(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_by(|a, b| (b.outcome, b.count, a.table, a.code).cmp(&(a.outcome, a.count, b.table, b.code)));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carried::Legacy;

    #[test]
    fn what_matters_most_is_told_first_and_what_was_mapped_is_only_counted() {
        let outcome = |id, fate, code| Outcome::new(Legacy { table: "tblhosting", id }, fate, code, "why");
        let mut story = Story::default();
        story.add(&[outcome(1, Fate::Mapped, "mapped"), outcome(2, Fate::Mapped, "mapped")]);
        assert!(!story.has_findings());
        story.add(&[outcome(3, Fate::Finding, "unlinked"), outcome(4, Fate::Conflict, "target-changed")]);
        let told: Vec<_> = story.sorted().iter().map(|g| (g.code, g.count, g.rows.len())).collect();
        assert_eq!(told, [("target-changed", 1, 1), ("unlinked", 1, 1), ("mapped", 2, 0)]);
        assert!(story.has_findings());
    }
}
