//! When the next look at a task is worth its call: shortly before tasks of its kind end, and more often from then on.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use slipway_crds::TaskKind;

const FASTEST: Duration = Duration::from_millis(100);
const SLOWEST: Duration = Duration::from_secs(2);

/// How long the short ones among a site's last tasks of each kind took.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<(String, &'static str), Duration>>);

impl Pace {
    pub fn ended(&self, site: &str, kind: TaskKind, took: Duration) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let short = known.entry((site.to_owned(), kind.as_str())).or_insert(took);
        // A longer one is believed little by little: whoever looks too late holds everybody up.
        *short = took.min(*short + *short / 8);
    }

    /// Until the next look at a task that has run for so long.
    pub fn pause(&self, site: &str, kind: TaskKind, ran: Duration) -> Duration {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let short = known.get(&(site.to_owned(), kind.as_str())).copied().unwrap_or_default();
        let until_it_may_end = (short * 7 / 8).saturating_sub(ran);
        until_it_may_end.max(ran / 32).clamp(FASTEST, SLOWEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn little_of_a_short_task_and_few_calls_of_a_long_one_are_lost() {
        let pace = Pace::default();
        let pause = |ran| pace.pause("s", TaskKind::Clone, ran);
        assert_eq!([pause(ms(0)), pause(ms(6_400)), pause(ms(600_000))], [FASTEST, ms(200), SLOWEST]);
    }

    #[test]
    fn a_task_is_left_alone_until_it_may_end() {
        let pace = Pace::default();
        pace.ended("s", TaskKind::Clone, ms(1_600));
        assert_eq!(pace.pause("s", TaskKind::Clone, ms(100)), ms(1_300));
        assert_eq!(pace.pause("s", TaskKind::Clone, ms(1_400)), FASTEST);
        assert_eq!(pace.pause("s", TaskKind::Start, ms(100)), FASTEST, "of another kind nothing is known");
        assert_eq!(pace.pause("t", TaskKind::Clone, ms(100)), FASTEST, "nor of another site");
        pace.ended("s", TaskKind::Clone, ms(60_000));
        assert_eq!(pace.pause("s", TaskKind::Clone, ms(100)), ms(1_475), "a long one is an exception at first");
        pace.ended("s", TaskKind::Clone, ms(400));
        assert_eq!(pace.pause("s", TaskKind::Clone, ms(100)), ms(250), "a short one may come again");
    }
}
