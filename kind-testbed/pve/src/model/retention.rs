//! Which backups of a guest stay when old ones are pruned: the `keep-…` options of `PVE::Storage`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::clock::Civil;

/// How many backups stay, by the period of which each is the newest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Retention {
    /// As they were given: `keep-last=3,keep-daily=7`.
    text: String,
    counts: [usize; 6],
    all: bool,
}

/// In the order in which backups are kept.
const PERIODS: [&str; 6] = ["last", "hourly", "daily", "weekly", "monthly", "yearly"];

impl Retention {
    /// Everything stays, as where nothing is said.
    pub fn everything() -> Self {
        Self { text: "keep-all=1".to_owned(), all: true, ..Self::default() }
    }

    pub fn parse(text: &str) -> Self {
        let mut out = Self { text: text.to_owned(), ..Self::default() };
        for (name, value) in text.split(',').filter_map(|part| part.strip_prefix("keep-")?.split_once('=')) {
            if name == "all" {
                out.all = value == "1";
            }
            if let Some(at) = PERIODS.iter().position(|period| *period == name) {
                out.counts[at] = value.parse().unwrap_or(0);
            }
        }
        out.all |= out.counts.iter().all(|count| *count == 0);
        out
    }

    /// `keep-last=3, keep-daily=7`, for logs.
    pub fn told(&self) -> String {
        self.text.replace(',', ", ")
    }

    /// For each backup whether it stays. `times` are Unix seconds, the newest first.
    pub fn keeps(&self, times: &[u64]) -> Vec<bool> {
        let mut kept: Vec<Option<bool>> = vec![self.all.then_some(true); times.len()];
        for (period, count) in PERIODS.iter().zip(self.counts).filter(|(_, count)| *count > 0) {
            let ids: Vec<String> = times.iter().enumerate().map(|(at, time)| id(period, at, *time)).collect();
            let included: BTreeSet<&String> =
                ids.iter().zip(&kept).filter(|(_, kept)| **kept == Some(true)).map(|(id, _)| id).collect();
            let mut fresh = BTreeSet::new();
            for (id, kept) in ids.iter().zip(&mut kept).filter(|(id, _)| !included.contains(id)) {
                if fresh.contains(id) {
                    *kept = Some(false);
                    continue;
                }
                if fresh.len() >= count {
                    break;
                }
                fresh.insert(id);
                *kept = Some(true);
            }
        }
        kept.into_iter().map(Option::unwrap_or_default).collect()
    }
}

/// What backups of one period have in common. Weeks begin on Mondays.
fn id(period: &str, at: usize, time: u64) -> String {
    let day = Civil::of(time);
    match period {
        "last" => at.to_string(),
        "hourly" => format!("{} {}", day.date(), day.hour),
        "daily" => day.date(),
        "weekly" => ((time / 86_400 + 3) / 7).to_string(),
        "monthly" => format!("{}-{}", day.year, day.month),
        _ => day.year.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400;
    /// A Monday noon.
    const MONDAY: u64 = 1_795_435_200;

    #[test]
    fn the_newest_of_each_period_stay_and_a_period_counts_no_backup_twice() {
        let times = [MONDAY + DAY, MONDAY + 3_600, MONDAY, MONDAY - DAY, MONDAY - 2 * DAY, MONDAY - 8 * DAY];
        let keeps = |text: &str| Retention::parse(text).keeps(&times);
        assert_eq!(keeps("keep-last=2"), [true, true, false, false, false, false]);
        assert_eq!(keeps("keep-daily=2"), [true, true, false, false, false, false]);
        assert_eq!(keeps("keep-weekly=2"), [true, false, false, true, false, false]);
        // Monday has one that stays already, so the next daily one is of Sunday.
        assert_eq!(keeps("keep-last=2,keep-daily=1"), [true, true, false, true, false, false]);
        assert_eq!(keeps("keep-yearly=9"), [true, false, false, false, false, false]);
    }

    #[test]
    fn without_a_number_everything_stays() {
        for text in ["keep-all=1", "keep-last=0", ""] {
            assert_eq!(Retention::parse(text).keeps(&[MONDAY, MONDAY]), [true, true], "{text}");
        }
        assert_eq!(Retention::everything().told(), "keep-all=1");
        assert_eq!(Retention::parse("keep-last=1,keep-daily=2").told(), "keep-last=1, keep-daily=2");
    }
}
