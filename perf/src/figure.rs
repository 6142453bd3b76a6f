//! One thing that was measured: its samples, and which way is better.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::statistics;

/// Its name is its identity from one run to the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: Cow<'static, str>,
    pub(crate) kind: Kind,
    pub(crate) better: Better,
    pub(crate) unit: Cow<'static, str>,
    /// The median of the samples.
    pub(crate) value: f64,
    /// As they came; never empty.
    pub(crate) samples: Vec<f64>,
    pub(crate) goal: Goal,
}

/// How a figure is compared with the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Says what was measured, as the size of a database: it is compared with nothing.
    Fact,
    /// The same each time: any that is worse is a regression.
    Count,
    /// Two times of the same run, one by the other: compared by its samples, whatever the machine.
    Ratio,
    /// A time, a rate, memory: compared by its samples, on the same kind of machine only.
    Measured,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Better {
    Less,
    More,
}

/// Which side of it is good.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Shown for its own sake.
    None,
}

impl Figure {
    /// What was measured on, so that a reader can judge the others.
    pub(crate) fn fact(name: impl Into<Cow<'static, str>>, unit: &'static str, value: f64) -> Self {
        Self::new(name, unit, Kind::Fact, vec![value])
    }

    pub(crate) fn count(name: impl Into<Cow<'static, str>>, unit: &'static str, value: f64) -> Self {
        Self::new(name, unit, Kind::Count, vec![value])
    }

    pub(crate) fn ratio(name: impl Into<Cow<'static, str>>, samples: Vec<f64>) -> Self {
        Self::new(name, "×", Kind::Ratio, samples)
    }

    pub(crate) fn measured(name: impl Into<Cow<'static, str>>, unit: &'static str, samples: Vec<f64>) -> Self {
        Self::new(name, unit, Kind::Measured, samples)
    }

    /// Less is better, unless said otherwise.
    fn new(name: impl Into<Cow<'static, str>>, unit: &'static str, kind: Kind, samples: Vec<f64>) -> Self {
        let value = statistics::median(&samples);
        Self { name: name.into(), kind, better: Better::Less, unit: unit.into(), value, samples, goal: Goal::None }
    }

    #[must_use]
    pub(crate) fn at_most(self, goal: f64) -> Self {
        Self { goal: Goal::AtMost(goal), better: Better::Less, ..self }
    }

    #[must_use]
    pub(crate) fn at_least(self, goal: f64) -> Self {
        Self { goal: Goal::AtLeast(goal), better: Better::More, ..self }
    }

    #[must_use]
    pub(crate) fn more_is_better(self) -> Self {
        Self { better: Better::More, ..self }
    }

    /// `None`: it has no goal.
    pub(crate) fn is_met(&self) -> Option<bool> {
        match self.goal {
            Goal::AtLeast(goal) => Some(self.value >= goal),
            Goal::AtMost(goal) => Some(self.value <= goal),
            Goal::None => None,
        }
    }
}

/// `1,234,567`; of small numbers, three digits that count.
pub(crate) fn grouped(value: f64) -> String {
    let size = value.abs();
    if size < 100.0 && value.fract() != 0.0 {
        let decimals = if size >= 10.0 {
            1
        } else if size >= 1.0 {
            2
        } else {
            4
        };
        return format!("{value:.decimals$}").trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{size:.0}");
    let mut out = if value < 0.0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_of_its_samples_and_knows_whether_its_goal_is_met() {
        let figure = Figure::measured("requests", "req/s", vec![3.0, 1.0, 2.0]).at_least(2.5);
        assert!((figure.value - 2.0).abs() < f64::EPSILON);
        assert_eq!((figure.is_met(), figure.better), (Some(false), Better::More));
        assert_eq!(Figure::count("queries", "", 3.0).at_most(3.0).is_met(), Some(true));
    }

    #[test]
    fn numbers_are_grouped_for_people() {
        for (value, text) in [
            (1_234_567.0, "1,234,567"),
            (0.0312, "0.0312"),
            (7.0, "7"),
            (62.25, "62.2"),
            (-1200.0, "-1,200"),
            (0.2, "0.2"),
        ] {
            assert_eq!(grouped(value), text);
        }
    }
}
