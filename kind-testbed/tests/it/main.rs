//! The whole of Slipway, as its users see it: every program as a process of its own, and killed when that matters.
//!
//! `make test` runs them one after the other; alone:
//! `target/debug/testbed with --slipway -- cargo nextest run -p slipway-testbed -j1`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test's helper cannot do fails the test")]

mod stack;

mod adoption;
mod crash;
mod migration;
mod outage;
mod tenant;
mod three_ways;
