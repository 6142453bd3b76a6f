//! Small pictures as SVG, drawn beside the numbers that they show.

use std::fmt::Write as _;

use crate::figure::Goal;

const WIDTH: f64 = 180.0;
const HEIGHT: f64 = 26.0;
/// Of a dot's middle from the picture's edge.
const EDGE: f64 = 5.0;

/// Each sample as a dot, the range of their median as a bar, the median as a line, and the goal as a dashed one. Of one
/// sample without a goal there is nothing to see.
pub(super) fn samples(samples: &[f64], range: (f64, f64), goal: Goal) -> String {
    let goal = match goal {
        Goal::AtLeast(goal) | Goal::AtMost(goal) => Some(goal),
        Goal::None => None,
    };
    if samples.len() < 2 && goal.is_none() {
        return String::new();
    }
    let Some(axis) = Axis::over(samples.iter().copied().chain(goal), WIDTH) else { return String::new() };
    let mut out = open();
    let (low, high) = (axis.at(range.0), axis.at(range.1));
    let _ = write!(out, "<rect class=\"range\" x=\"{low:.1}\" y=\"8\" width=\"{:.1}\" height=\"10\"/>", high - low);
    let median = axis.at(crate::statistics::median(samples));
    let _ = write!(out, "<line class=\"median\" x1=\"{median:.1}\" x2=\"{median:.1}\" y1=\"5\" y2=\"21\"/>");
    for (n, sample) in samples.iter().enumerate() {
        // Three heights, so that dots of like samples do not hide each other.
        let y = [13, 10, 16][n % 3];
        let _ = write!(out, "<circle cx=\"{:.1}\" cy=\"{y}\" r=\"2\"/>", axis.at(*sample));
    }
    if let Some(goal) = goal {
        let x = axis.at(goal);
        let _ = write!(out, "<line class=\"goal\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"1\" y2=\"25\"/>");
    }
    out + "</svg>"
}

/// Middles of runs, the oldest on the left, each with what it says when it is pointed at. Of one run there is no trend.
pub(super) fn trend(runs: &[(String, f64)]) -> String {
    if runs.len() < 2 {
        return String::new();
    }
    let Some(axis) = Axis::over(runs.iter().map(|(_, value)| *value), HEIGHT) else { return String::new() };
    #[expect(clippy::cast_precision_loss, reason = "runs are few")]
    let x = |n: usize| EDGE + (WIDTH - 2.0 * EDGE) * n as f64 / (runs.len() - 1) as f64;
    let y = |value| HEIGHT - axis.at(value);
    let mut out = open();
    let points: Vec<String> =
        runs.iter().enumerate().map(|(n, (_, value))| format!("{:.1},{:.1}", x(n), y(*value))).collect();
    let _ = write!(out, "<polyline points=\"{}\"/>", points.join(" "));
    for (n, (said, value)) in runs.iter().enumerate() {
        let (x, y, said) = (x(n), y(*value), super::escaped(said));
        let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"><title>{said}</title></circle>");
    }
    out + "</svg>"
}

fn open() -> String {
    format!("<svg width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">")
}

/// Values on a line of so many pixels.
struct Axis {
    from: f64,
    to: f64,
    pixels: f64,
}

impl Axis {
    /// With room on both sides; `None`: there is nothing finite to show.
    fn over(values: impl Iterator<Item = f64>, pixels: f64) -> Option<Self> {
        let (from, to) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), value| (from.min(value), to.max(value)));
        (from <= to).then_some(Self { from, to, pixels })
    }

    fn at(&self, value: f64) -> f64 {
        let span = self.to - self.from;
        let share = if span > 0.0 { (value - self.from) / span } else { 0.5 };
        EDGE + (self.pixels - 2.0 * EDGE) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_a_dot_between_the_edges() {
        let picture = samples(&[1.0, 2.0, 3.0], (1.0, 3.0), Goal::AtMost(2.5));
        assert_eq!(picture.matches("<circle").count(), 3);
        assert!(
            picture.contains("cx=\"5.0\"") && picture.contains("cx=\"175.0\"") && picture.contains("class=\"goal\"")
        );
        assert_eq!(samples(&[1.0], (1.0, 1.0), Goal::None), "");
    }

    #[test]
    fn a_trend_rises_to_the_top_and_says_which_run_each_dot_is() {
        let picture = trend(&[("a".to_owned(), 1.0), ("b".to_owned(), 3.0)]);
        assert!(picture.contains("points=\"5.0,21.0 175.0,5.0\"") && picture.contains("<title>b</title>"), "{picture}");
        assert_eq!(trend(&[("a".to_owned(), 1.0)]), "");
    }
}
