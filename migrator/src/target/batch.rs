//! What every batch of a run has, and what becomes of it.

use chrono::{DateTime, Utc};
use slipway_api::environment::Env;
use uuid::Uuid;

use super::delta::Tally;
use super::ids::Ids;
use crate::outcome::Outcome;

#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    pub ids: Ids,
    pub source: &'a str,
    pub run: Uuid,
    pub env: &'a Env,
    pub now: DateTime<Utc>,
    /// False: nothing is written, and the answer is what would have been.
    pub write: bool,
}

/// What a batch wrote, and what could not be written as it stands in the source.
#[derive(Debug, Default)]
pub struct Written {
    pub tally: Tally,
    pub outcomes: Vec<Outcome>,
}
