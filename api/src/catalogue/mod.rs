//! The catalogue: what can be ordered, and where.

pub mod images;
pub mod networks;
pub mod plans;
pub mod sites;
pub mod store;
pub mod view;
