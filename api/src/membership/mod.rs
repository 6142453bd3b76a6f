//! Memberships: who belongs to which account.

pub mod delete;
pub mod list;
pub mod put;
pub mod store;
pub mod view;
