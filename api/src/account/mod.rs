//! Accounts: the customers.

pub mod create;
pub mod list;
pub mod show;
pub mod store;
pub mod update;
pub mod view;
