//! How fast one customer may ask: a bucket of requests per account, in this process. One account's script cannot take the
//! database from all the others. Staff is not counted, and neither are health pages, which know no caller.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

use crate::auth::caller::Caller;
use crate::problem::{Kind, Problem};

/// A minute's requests of an account when nothing else was configured: some twenty open consoles.
pub const DEFAULT_PER_MINUTE: NonZeroU32 = NonZeroU32::new(1200).unwrap();

/// Counts requests. A bucket holds a minute's worth, and fills evenly.
#[derive(Debug)]
pub struct Pace {
    accounts: DefaultKeyedRateLimiter<Uuid>,
    clock: DefaultClock,
}

impl Pace {
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self { accounts: RateLimiter::keyed(Quota::per_minute(per_minute)), clock: DefaultClock::default() }
    }

    /// Counts a request of this caller.
    pub fn check(&self, caller: &Caller) -> Result<(), Problem> {
        let Some(key) = key(caller) else { return Ok(()) };
        let now = self.clock.now();
        self.accounts.check_key(&key).map_err(|denied| too_fast(denied.wait_time_from(now)))
    }

    /// Forgets whoever has been quiet long enough to be allowed everything again.
    pub fn forget_the_quiet(&self) {
        self.accounts.retain_recent();
    }
}

/// All members of an account share its bucket, however many users it makes. Who is a member of several is counted at one
/// of them, so that a busy account never slows another down through a member of both.
fn key(caller: &Caller) -> Option<Uuid> {
    let account = caller.accounts.iter().map(|account| account.0).min();
    (!caller.staff).then(|| account.unwrap_or(caller.user.0))
}

fn too_fast(wait: Duration) -> Problem {
    let seconds = wait.as_secs() + 1;
    let detail = format!("Your account sends more requests than it may. Try again in {seconds} s.");
    Problem::new(Kind::TooManyRequests, detail).with_retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AccountId, SessionId, UserId};

    fn caller(staff: bool, accounts: &[AccountId]) -> Caller {
        let (user, session) = (UserId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
        Caller { user, session, staff, accounts: accounts.to_vec() }
    }

    #[test]
    fn members_share_a_bucket_and_nobody_else_is_slowed_down() {
        let pace = Pace::new(NonZeroU32::new(2).unwrap());
        let (busy, quiet) = (AccountId(Uuid::now_v7()), AccountId(Uuid::now_v7()));
        pace.check(&caller(false, &[busy])).unwrap();
        pace.check(&caller(false, &[busy])).unwrap();
        let refused = pace.check(&caller(false, &[busy])).unwrap_err();
        assert_eq!(refused.kind(), Kind::TooManyRequests);
        pace.check(&caller(false, &[quiet])).unwrap();
        for _ in 0..5 {
            pace.check(&caller(true, &[busy])).unwrap();
        }
    }

    #[test]
    fn who_is_in_no_account_has_a_bucket_of_their_own() {
        let pace = Pace::new(NonZeroU32::new(1).unwrap());
        let (one, other) = (caller(false, &[]), caller(false, &[]));
        pace.check(&one).unwrap();
        pace.check(&one).unwrap_err();
        pace.check(&other).unwrap();
    }
}
