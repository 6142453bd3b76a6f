//! Runs of a migration from another billing system, and what they found, for staff. `slipway-migrate` writes them.

pub mod findings;
pub mod list;
pub mod show;
pub mod store;
pub mod view;
