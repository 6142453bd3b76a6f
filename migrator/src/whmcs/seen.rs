//! What the services of a WHMCS really say, counted: distinct values, not rows.

use crate::carried::LegacyId;

/// Read with a few grouping queries.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub services: Vec<ServicesSeen>,
    pub answers: Vec<AnswersSeen>,
    /// Of fields of `type = 'product'`; of each field the commonest values only (a thousand are enough).
    pub values: Vec<ValuesSeen>,
    /// Module tables that are there: name, and how many of its rows name a service.
    pub modules: Vec<(String, u64)>,
}

/// Services by `packageid`, `server` and `domainstatus`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServicesSeen {
    pub product: LegacyId,
    pub server: LegacyId,
    pub status: String,
    pub count: u64,
}

/// Answers by `configid` and `optionid`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswersSeen {
    pub option: LegacyId,
    pub choice: LegacyId,
    pub count: u64,
    /// The largest `qty`.
    pub most: i64,
}

/// Values by `fieldid` and `value`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValuesSeen {
    pub field: LegacyId,
    pub value: String,
    pub count: u64,
}
