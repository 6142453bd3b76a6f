//! What a process takes from its surroundings: the time, and chance. Data like any other, so that a run can be repeated.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

#[derive(Clone)]
pub struct Ambient {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    chance: Arc<dyn Fn() -> u32 + Send + Sync>,
}

impl Ambient {
    /// The machine's own clock and random numbers.
    pub fn system() -> Self {
        Self::new(Timestamp::now, rand::random)
    }

    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        chance: impl Fn() -> u32 + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), chance: Arc::new(chance) }
    }

    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// 32 random bits.
    pub fn chance(&self) -> u32 {
        (self.chance)()
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ambient({})", self.now())
    }
}
