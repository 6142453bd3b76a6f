//! Operations: changes on their way.

pub mod list;
pub mod settle;
pub mod show;
pub mod store;
pub mod verdict;
pub mod view;
