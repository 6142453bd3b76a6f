//! Figures against their goals, as a table and as JSON.

use std::{borrow::Cow, fmt::Write as _, fs, path::Path};

use anyhow::Result;
use serde::Serialize;

/// Which side of its goal is good.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Shown for its own sake.
    None,
}

#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
}

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) title: &'static str,
    pub(crate) machine: String,
    pub(crate) figures: Vec<Figure>,
}

impl Report {
    /// A Markdown table.
    pub(crate) fn table(&self) -> String {
        let mut out =
            format!("# {}\n\n{}\n\n| what | measured | goal | |\n|---|---:|---:|---|\n", self.title, self.machine);
        for Figure { name, value, unit, goal } in &self.figures {
            let (goal, verdict) = match goal {
                Goal::AtLeast(goal) => (format!("≥ {}", grouped(*goal)), met(value >= goal)),
                Goal::AtMost(goal) => (format!("≤ {}", grouped(*goal)), met(value <= goal)),
                Goal::None => ("–".to_owned(), ""),
            };
            let _ = writeln!(out, "| {name} | {} {unit} | {goal} | {verdict} |", grouped(*value));
        }
        out
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(())
    }
}

const fn met(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

/// `1,234,567`; and what is below 10 with two decimals.
fn grouped(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
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
    fn the_table_says_which_goals_are_met() {
        let figure = |name: &'static str, value, goal| Figure { name: name.into(), value, unit: "req/s", goal };
        let figures = vec![
            figure("fast", 12_345.0, Goal::AtLeast(2_260.0)),
            figure("fat", 900.0, Goal::AtMost(800.0)),
            figure("plain", 7.0, Goal::None),
        ];
        let table = Report { title: "T", machine: "M".to_owned(), figures }.table();
        assert!(table.contains("| fast | 12,345 req/s | ≥ 2,260 | met |"), "{table}");
        assert!(table.contains("| fat | 900 req/s | ≤ 800 | missed |"), "{table}");
        assert!(table.contains("| plain | 7 req/s | – |  |"), "{table}");
    }
}
