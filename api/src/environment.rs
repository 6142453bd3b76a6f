//! Time, chance and ids, handed in: everything else in this crate is a function of its arguments, and tests set the clock.

use std::fmt::Debug;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rand::RngCore;
use uuid::Uuid;

/// Where time and chance come from.
pub trait Environment: Debug + Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    /// Fills the buffer with unpredictable bytes, good enough for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Environment for System {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// A shared [`Environment`], with what is made of it.
#[derive(Debug, Clone)]
pub struct Env(Arc<dyn Environment>);

impl Env {
    pub fn new(environment: impl Environment + 'static) -> Self {
        Self(Arc::new(environment))
    }

    /// The time in whole microseconds, as Postgres keeps it: what was written reads back equal.
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.0.now();
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// A new UUID v7.
    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.now().timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// Unpredictable bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made_at() {
        #[derive(Debug)]
        struct At(i64);
        impl Environment for At {
            fn now(&self) -> DateTime<Utc> {
                DateTime::from_timestamp_millis(self.0).unwrap()
            }
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(0xff);
            }
        }
        let (early, late) = (Env::new(At(1_000)).uuid(), Env::new(At(2_000)).uuid());
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
    }
}
