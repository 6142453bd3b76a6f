//! Clocks that tell real time, though everything else goes faster: what compares a node's clock with its own must find
//! nothing wrong.

use super::World;
use crate::request::Millis;

/// From where on the nodes' clocks go slower than virtual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RealTime {
    /// Virtual time then.
    since: Millis,
    /// Unix milliseconds then.
    unix: Millis,
    /// Virtual seconds a thousand real seconds.
    pace: u64,
}

impl World {
    /// Lets the nodes' clocks show `unix` milliseconds now and go on in real time, where `speed` virtual seconds are a
    /// real one. Not kept in a saved state: whoever goes on with it says what the time is.
    pub fn keep_real_time(&mut self, unix: Millis, speed: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates, and a speed is above 0"
        )]
        let pace = ((speed * 1000.0) as u64).max(1);
        self.real_time = Some(RealTime { since: self.now, unix, pace });
    }

    /// Unix seconds at a moment of virtual time.
    pub(crate) fn unix_at(&self, at: Millis) -> u64 {
        let Some(RealTime { since, unix, pace }) = self.real_time else { return self.settings.epoch + at / 1000 };
        let real = |virtual_millis: u64| virtual_millis.saturating_mul(1000) / pace;
        let unix =
            if at < since { unix.saturating_sub(real(since - at)) } else { unix.saturating_add(real(at - since)) };
        unix / 1000
    }

    /// Somebody moves virtual time ahead by hand: the clocks go along.
    pub(crate) fn skip_real_time(&mut self, millis: Millis) {
        if let Some(real) = &mut self.real_time {
            real.since += millis;
            real.unix += millis;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Fault;

    #[test]
    fn clocks_keep_real_time_while_tasks_go_faster_and_a_skew_is_still_one() {
        let mut world = World::seeded(1);
        world.advance(5_000);
        world.keep_real_time(1_800_000_000_000, 5.0);
        world.advance(5_000 + 50_000);
        assert_eq!(world.unix_now(), 1_800_000_010);
        assert_eq!(world.unix_at(0), 1_799_999_999);
        world.skip_real_time(60_000);
        world.advance(5_000 + 50_000 + 60_000);
        assert_eq!(world.unix_now(), 1_800_000_070, "a skip is for every clock");
        world.inject(Fault::ClockSkew { node: "pve1".into(), seconds: -420 });
        assert_eq!(world.unix_now_on("pve1"), 1_800_000_070 - 420);
    }
}
