//! The migrator against a real `MariaDB` and `PostgreSQL`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what a test's helper cannot do fails the test"
)]

mod accuracy;
mod check;
mod lab;
mod rollback;
mod run;
mod verify;
mod versions;
