//! Guessing passwords is slow: attempts are counted by the client's address and by the account that is guessed at.
//!
//! A user who is guessed at can still log in, because tokens come back one by one; only the guesser's rate is capped.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::problem::{Kind, Problem};

/// Attempts at once from one address, and the time until one more is allowed.
const PER_ADDRESS: (NonZeroU32, Duration) = (NonZeroU32::new(40).unwrap(), Duration::from_secs(2));
/// Attempts at once for one user, and the time until one more is allowed.
const PER_USER: (NonZeroU32, Duration) = (NonZeroU32::new(10).unwrap(), Duration::from_secs(6));

/// Counts attempts.
#[derive(Debug)]
pub struct Throttle {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    users: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { addresses: limiter(PER_ADDRESS), users: limiter(PER_USER), clock: DefaultClock::default() }
    }
}

fn limiter<K: Clone + Eq + Hash>((burst, period): (NonZeroU32, Duration)) -> DefaultKeyedRateLimiter<K> {
    let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_second(burst));
    RateLimiter::keyed(quota.allow_burst(burst))
}

impl Throttle {
    /// Counts an attempt from this address, and at this user if one is named.
    pub fn check(&self, address: IpAddr, user: Option<&str>) -> Result<(), Problem> {
        let now = self.clock.now();
        self.addresses.check_key(&address).map_err(|denied| too_many(denied.wait_time_from(now)))?;
        let Some(user) = user else { return Ok(()) };
        self.users.check_key(&user.to_owned()).map_err(|denied| too_many(denied.wait_time_from(now)))
    }

    /// Forgets whoever has been quiet long enough to be allowed everything again.
    pub fn forget_the_quiet(&self) {
        self.addresses.retain_recent();
        self.users.retain_recent();
    }
}

fn too_many(wait: Duration) -> Problem {
    let seconds = wait.as_secs() + 1;
    Problem::new(Kind::TooManyRequests, format!("Too many attempts. Try again in {seconds} s."))
        .with_retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_guess_at_a_user_is_refused_from_whatever_address() {
        let throttle = Throttle::default();
        for last in 0..10 {
            throttle.check(IpAddr::from([10, 0, 0, last]), Some("a@example.org")).unwrap();
        }
        let refused = throttle.check(IpAddr::from([10, 0, 0, 99]), Some("a@example.org")).unwrap_err();
        assert_eq!(refused.kind(), Kind::TooManyRequests);
        throttle.check(IpAddr::from([10, 0, 0, 99]), Some("b@example.org")).unwrap();
    }

    #[test]
    fn an_address_that_tries_many_users_is_refused() {
        let throttle = Throttle::default();
        let address = IpAddr::from([10, 0, 0, 1]);
        let refused = (0..41).filter(|n| throttle.check(address, Some(&format!("{n}@example.org"))).is_err()).count();
        assert_eq!(refused, 1);
    }
}
