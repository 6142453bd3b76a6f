//! A clock that stands still until a test moves it.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use slipway_api::environment::{Environment, System};

#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<DateTime<Utc>>>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(System.now())))
    }
}

impl TestClock {
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Environment for TestClock {
    /// Each look at the clock is a millisecond later, so that ids sort by the order in which they were made.
    fn now(&self) -> DateTime<Utc> {
        let mut now = self.0.lock().unwrap();
        *now += TimeDelta::milliseconds(1);
        *now
    }

    fn fill(&self, bytes: &mut [u8]) {
        System.fill(bytes);
    }
}
