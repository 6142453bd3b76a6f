//! The planner alone: no I/O, no time but the one it is told. Golden plans, and what holds for every plan.
//!
//! `cargo test -p slipway-operator --test plan`; changed plans are reviewed with `INSTA_UPDATE=always` and `git diff`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod adopt;
mod changes;
mod create;
mod disks;
mod foreign;
mod model;
mod networks;
mod powers;
mod properties;
mod render;
mod restraint;
mod stuck;
mod suspension;
mod undo;
mod verbs;
mod verbs_data;
