//! Middle, spread and difference of samples. Few samples, of unknown distribution: nothing here takes them for normal but
//! the large-sample form of the rank test.

use std::cmp::Ordering;

/// NaN of none.
pub(crate) fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// Linear between the two samples around it; NaN of none.
pub(crate) fn quantile(samples: &[f64], at: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    #[expect(clippy::cast_precision_loss, reason = "samples are few")]
    let position = at.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let below = position as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * position.fract()
}

/// Bounds that hold the median in 95 of 100 repetitions, by bootstrap: as many samples drawn with replacement, again and
/// again. Of one sample they are that sample.
pub(crate) fn confidence(samples: &[f64]) -> (f64, f64) {
    const DRAWS: usize = 2000;
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let medians: Vec<f64> = (0..DRAWS)
        .map(|_| median(&samples.iter().map(|_| samples[random.below(samples.len())]).collect::<Vec<_>>()))
        .collect();
    (quantile(&medians, 0.025), quantile(&medians, 0.975))
}

/// Chance that samples as far above the base's as these came from the same distribution: the one-sided rank test of Mann and
/// Whitney, exact for few samples without ties, else by the normal distribution with its correction for ties.
pub(crate) fn chance_of_no_increase(base: &[f64], now: &[f64]) -> f64 {
    const FEW: usize = 12;
    let mut wins = 0.0;
    let mut ties = false;
    for a in base {
        for b in now {
            match b.total_cmp(a) {
                Ordering::Greater => wins += 1.0,
                Ordering::Equal => (wins, ties) = (wins + 0.5, true),
                Ordering::Less => {}
            }
        }
    }
    if !ties && base.len() <= FEW && now.len() <= FEW {
        exact(base.len(), now.len(), wins)
    } else {
        normal(base, now, wins)
    }
}

/// Of all orders in which the samples could have come, those with so many wins or more.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "wins are few and not negative")]
fn exact(base: usize, now: usize, wins: f64) -> f64 {
    // orders[n][u]: orders of `m` base and `n` new samples with u wins, built up in m.
    let mut orders = vec![vec![0.0; base * now + 1]; now + 1];
    for row in &mut orders {
        row[0] = 1.0;
    }
    for m in 1..=base {
        let before = orders.clone();
        for n in 1..=now {
            // The largest is a base sample, which wins nothing, or a new one, which beats all m.
            orders[n] = (0..=base * now)
                .map(|u| before[n][u] + u.checked_sub(m).map_or(0.0, |rest| orders[n - 1][rest]))
                .collect();
        }
    }
    let all: f64 = orders[now].iter().sum();
    orders[now][wins.ceil() as usize..].iter().sum::<f64>() / all
}

#[expect(clippy::cast_precision_loss, reason = "samples are few")]
fn normal(base: &[f64], now: &[f64], wins: f64) -> f64 {
    let (m, n) = (base.len() as f64, now.len() as f64);
    let mut all: Vec<f64> = base.iter().chain(now).copied().collect();
    all.sort_by(f64::total_cmp);
    let tied: f64 =
        all.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|tie| tie.len() as f64).map(|t| t * t * t - t).sum();
    let total = m + n;
    let variance = m * n / 12.0 * (total + 1.0 - tied / (total * (total - 1.0)).max(1.0));
    if variance <= 0.0 {
        return 1.0;
    }
    // Half a win of continuity.
    upper_tail((wins - m * n / 2.0 - 0.5) / variance.sqrt())
}

/// Of the standard normal distribution; Abramowitz and Stegun 26.2.17, wrong by less than 10⁻⁷.
fn upper_tail(z: f64) -> f64 {
    const B: [f64; 5] = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let tail = density * B.iter().rev().fold(0.0, |sum, b| (sum + b) * t);
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// Splitmix: the same draws each time, so that a report of the same samples is the same report.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        #[expect(clippy::cast_possible_truncation, reason = "the remainder is below a usize")]
        let index = ((z ^ (z >> 31)) % bound.max(1) as u64) as usize;
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-3
    }

    #[test]
    fn quantiles_lie_between_samples() {
        assert!(close(median(&[4.0, 1.0, 3.0, 2.0]), 2.5));
        assert!(close(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.9), 4.6));
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn bounds_hold_the_median_and_narrow_with_samples() {
        let few = [1.0, 2.0, 3.0, 4.0, 5.0];
        let many: Vec<f64> = few.iter().copied().cycle().take(100).collect();
        let (low, high) = confidence(&few);
        let (lower, higher) = confidence(&many);
        assert!(low <= 3.0 && 3.0 <= high && higher - lower < high - low);
        assert_eq!(confidence(&[7.0]), (7.0, 7.0));
    }

    /// Values of the test's published tables, and of its definition: of 6 orders of 2 and 2, one has four wins.
    #[test]
    fn the_rank_test_gives_the_published_chances() {
        assert!(close(chance_of_no_increase(&[1.0, 2.0], &[3.0, 4.0]), 1.0 / 6.0));
        assert!(close(chance_of_no_increase(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]), 1.0 / 252.0));
        assert!(close(chance_of_no_increase(&[3.0, 4.0], &[1.0, 2.0]), 1.0));
        // U = 23 of 25 for five and five: 0.016 one-sided.
        assert!(close(chance_of_no_increase(&[1.0, 2.0, 3.0, 4.0, 7.0], &[5.0, 6.0, 8.0, 9.0, 10.0]), 0.0159));
    }

    #[test]
    fn samples_that_are_all_the_same_are_no_increase() {
        assert!(close(chance_of_no_increase(&[5.0; 10], &[5.0; 10]), 1.0));
        let (base, now) = ([1.0; 20], [2.0; 20]);
        assert!(chance_of_no_increase(&base, &now) < 1e-6);
    }
}
