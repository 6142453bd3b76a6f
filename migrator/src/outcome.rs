//! What became of each row of consequence: the lines of `report --rows`, and what the owner reads.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::carried::{Cycle, Facts, Legacy, LegacyId, ServiceStatus};

/// One row of the source and what became of it. Every option answer and every field value has exactly one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    pub table: &'static str,
    pub id: LegacyId,
    pub outcome: Fate,
    /// For machines: one word for one cause, e.g. `choice-missing`.
    pub code: &'static str,
    /// For people: what is the case, and what to do about it.
    pub reason: String,
    /// The service that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<LegacyId>,
    /// Of a service only.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Box<ServiceRow>>,
}

/// What a service became, in the line of its `tblhosting` row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ServiceRow {
    #[serde(flatten)]
    pub facts: Facts,
    pub price: Decimal,
    pub currency: String,
    pub cycle: Cycle,
    pub next_due: Option<chrono::NaiveDate>,
    pub status: ServiceStatus,
}

/// In the order of how much it matters: a row's worst is the one that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// Carried over.
    Mapped,
    /// Left behind as the mapping says, with its reason.
    Ignored,
    /// Somebody has to look at it; what is sure was carried over all the same.
    Finding,
    /// Two answers exclude each other, or the target was changed since: nothing was written over.
    Conflict,
}

impl Outcome {
    pub fn new(legacy: Legacy, outcome: Fate, code: &'static str, reason: impl Into<String>) -> Self {
        let Legacy { table, id } = legacy;
        Self { table, id, outcome, code, reason: reason.into(), service: None, facts: None }
    }

    /// Adds what the target says of the same row: a row is told once, by what weighs most.
    pub fn absorb(&mut self, other: &Self) {
        if other.outcome >= self.outcome {
            (self.outcome, self.code) = (other.outcome, other.code);
        }
        if !self.reason.is_empty() {
            self.reason.push_str("; ");
        }
        self.reason.push_str(&other.reason);
    }

    #[must_use]
    pub fn of_service(self, service: LegacyId) -> Self {
        Self { service: Some(service), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_two_have_something_to_say_of_is_told_once_by_what_weighs_most() {
        let row = Legacy { table: "tblhosting", id: 7 };
        let mut told = Outcome::new(row, Fate::Mapped, "mapped", "");
        told.absorb(&Outcome::new(row, Fate::Conflict, "target-changed", "renamed"));
        told.absorb(&Outcome::new(row, Fate::Finding, "address-not-claimed", "unclaimed"));
        assert_eq!(
            (told.outcome, told.code, told.reason.as_str()),
            (Fate::Conflict, "target-changed", "renamed; unclaimed")
        );
    }
}
