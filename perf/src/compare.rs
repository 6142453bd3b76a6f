//! Figures of now against those of a baseline: what has become worse beyond noise is a regression.

use std::fmt::Write as _;

use crate::{
    figure::{Better, Figure, Kind, grouped},
    report::Report,
    statistics,
};

/// A change that is smaller is none, however sure it is.
const SMALLEST: f64 = 0.05;
/// A change that chance alone would bring more often is none, however large it is.
const CHANCE: f64 = 0.01;
/// With fewer samples on a side, the rank test never gets below `CHANCE`.
const FEWEST: usize = 5;

/// What became of one figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) report: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) before: f64,
    pub(crate) now: f64,
    pub(crate) verdict: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// With the chance that it is noise; of a count: none.
    Worse(f64),
    Better(f64),
    Same,
    /// Not to be compared, and why.
    Open(&'static str),
    /// The baseline has it, and now it is not measured: a figure that disappears would never be red.
    Gone,
}

impl Change {
    pub(crate) const fn is_regression(&self) -> bool {
        matches!(self.verdict, Verdict::Worse(_) | Verdict::Gone)
    }
}

/// Every figure of the baseline's reports that are measured now, too; a report that is not there now was not run.
pub(crate) fn compare(base: &[Report], now: &[Report]) -> Vec<Change> {
    let pairs = base.iter().filter_map(|base| Some((base, now.iter().find(|now| now.title == base.title)?)));
    pairs.flat_map(|(base, now)| base.figures.iter().filter_map(move |figure| change(base, now, figure))).collect()
}

fn change(base: &Report, now: &Report, before: &Figure) -> Option<Change> {
    if before.kind == Kind::Fact {
        return None;
    }
    let after = now.figures.iter().find(|figure| figure.name == before.name);
    let verdict = after.map_or(Verdict::Gone, |after| judge(before, after, base.machine.key() == now.machine.key()));
    Some(Change {
        report: now.title.clone(),
        name: before.name.to_string(),
        unit: before.unit.to_string(),
        before: before.value,
        now: after.map_or(f64::NAN, |after| after.value),
        verdict,
    })
}

fn judge(before: &Figure, after: &Figure, alike: bool) -> Verdict {
    // Turned so that more is worse.
    let worse = |samples: &[f64]| -> Vec<f64> {
        let sign = if after.better == Better::Less { 1.0 } else { -1.0 };
        samples.iter().map(|sample| sample * sign).collect()
    };
    let (base, now) = (worse(&before.samples), worse(&after.samples));
    let (middle, new) = (statistics::median(&base), statistics::median(&now));
    match after.kind {
        Kind::Count if new > middle => Verdict::Worse(0.0),
        Kind::Count if new < middle => Verdict::Better(0.0),
        Kind::Count => Verdict::Same,
        Kind::Fact => Verdict::Open("it only describes"),
        Kind::Measured if !alike => Verdict::Open("measured on another kind of machine"),
        Kind::Ratio | Kind::Measured if base.len() < FEWEST || now.len() < FEWEST => {
            Verdict::Open("too few samples to tell a change from noise")
        }
        Kind::Ratio | Kind::Measured => {
            let (grown, shrunk) =
                (statistics::chance_of_no_increase(&base, &now), statistics::chance_of_no_increase(&now, &base));
            let size = (new - middle).abs() / middle.abs();
            match () {
                () if size < SMALLEST => Verdict::Same,
                () if grown < CHANCE && new > middle => Verdict::Worse(grown),
                () if shrunk < CHANCE && new < middle => Verdict::Better(shrunk),
                () => Verdict::Same,
            }
        }
    }
}

/// What changed, and last what could not be compared, as a Markdown table.
pub(crate) fn table(changes: &[Change]) -> String {
    let mut out = "| what | before | now | change | |\n|---|---:|---:|---:|---|\n".to_owned();
    let mut rows: Vec<&Change> = changes.iter().filter(|change| change.verdict != Verdict::Same).collect();
    rows.sort_by_key(|change| match change.verdict {
        Verdict::Worse(_) | Verdict::Gone => 0,
        Verdict::Better(_) => 1,
        Verdict::Same | Verdict::Open(_) => 2,
    });
    for Change { report, name, unit, before, now, verdict } in rows {
        let (now_shown, percent) = if now.is_nan() {
            ("–".to_owned(), String::new())
        } else {
            let change = (now / before - 1.0) * 100.0;
            // Of nothing there is no percentage.
            let percent = if change.is_finite() { format!("{change:+.1} %") } else { String::new() };
            (format!("{} {unit}", grouped(*now)), percent)
        };
        let verdict = match verdict {
            Verdict::Worse(chance) if *chance > 0.0 => format!("**worse** (noise in {chance:.4} of cases)"),
            Verdict::Worse(_) => "**worse**".to_owned(),
            Verdict::Better(_) => "better".to_owned(),
            Verdict::Same => "same".to_owned(),
            Verdict::Open(why) => (*why).to_owned(),
            Verdict::Gone => "**no longer measured**".to_owned(),
        };
        let before = grouped(*before);
        let _ = writeln!(out, "| {report}: {name} | {before} {unit} | {now_shown} | {percent} | {verdict} |");
    }
    let same = changes.iter().filter(|change| change.verdict == Verdict::Same).count();
    let _ = writeln!(out, "\n{same} of {} figures are the same.", changes.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    fn report(model: &str, figure: Figure) -> Vec<Report> {
        let machine = Machine { model: model.to_owned(), ..Machine::here() };
        vec![Report::new("API", machine, vec![figure])]
    }

    fn verdict(before: Figure, after: Figure) -> Verdict {
        compare(&report("a", before), &report("a", after))[0].verdict
    }

    /// Around a middle, within two per cent of it.
    fn noisy(middle: f64) -> Vec<f64> {
        [0.98, 0.99, 1.0, 1.01, 1.02, 1.005, 0.995, 1.015].map(|factor| factor * middle).to_vec()
    }

    #[test]
    fn a_count_that_grows_by_one_is_a_regression_and_one_that_shrinks_is_none() {
        let count = |value| Figure::count("queries of a list", "", value);
        assert_eq!(verdict(count(3.0), count(4.0)), Verdict::Worse(0.0));
        assert_eq!(verdict(count(3.0), count(2.0)), Verdict::Better(0.0));
        assert_eq!(verdict(count(3.0), count(3.0)), Verdict::Same);
    }

    #[test]
    fn a_time_is_worse_when_it_is_longer_beyond_noise() {
        let time = |middle| Figure::measured("list", "ms", noisy(middle));
        assert!(matches!(verdict(time(10.0), time(12.0)), Verdict::Worse(chance) if chance < CHANCE));
        assert!(matches!(verdict(time(12.0), time(10.0)), Verdict::Better(_)));
        assert_eq!(verdict(time(10.0), time(10.1)), Verdict::Same);
    }

    #[test]
    fn a_rate_is_worse_when_it_is_lower() {
        let rate = |middle| Figure::measured("requests", "req/s", noisy(middle)).more_is_better();
        assert!(matches!(verdict(rate(1000.0), rate(800.0)), Verdict::Worse(_)));
        assert!(matches!(verdict(rate(800.0), rate(1000.0)), Verdict::Better(_)));
    }

    #[test]
    fn times_of_another_machine_are_not_compared_and_ratios_are() {
        let on_another = |before, after| compare(&report("a", before), &report("b", after))[0].verdict;
        let time = |middle| Figure::measured("list", "ms", noisy(middle));
        let ratio = |middle| Figure::ratio("list ÷ bare", noisy(middle));
        assert!(matches!(on_another(time(10.0), time(100.0)), Verdict::Open(_)));
        assert!(matches!(on_another(ratio(1.0), ratio(2.0)), Verdict::Worse(_)));
        assert!(matches!(on_another(Figure::count("q", "", 1.0), Figure::count("q", "", 2.0)), Verdict::Worse(_)));
    }

    #[test]
    fn what_is_measured_once_is_told_from_noise_by_nobody() {
        let once = |value| Figure::measured("creates", "s", vec![value]);
        assert!(matches!(verdict(once(600.0), once(900.0)), Verdict::Open(_)));
    }

    #[test]
    fn a_figure_that_disappears_is_red_and_a_report_that_was_not_run_is_not() {
        let count = Figure::count("queries", "", 3.0);
        assert_eq!(verdict(count.clone(), Figure::count("other", "", 3.0)), Verdict::Gone);
        assert_eq!(compare(&report("a", count), &[]), []);
    }
}
