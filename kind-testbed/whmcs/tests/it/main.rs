//! Seeded databases on a real server: `target/debug/testbed with -- cargo nextest run -p whmcs-testbed`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a test's helper cannot do fails the test")]

mod server;

mod accounts;
mod damage;
mod repeat;
mod tables;
mod truth;
