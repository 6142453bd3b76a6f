//! Sites as staff looks after them: what is found there, and what a person has acknowledged.

pub mod acknowledge;
pub mod acknowledgement;
pub mod adopt;
pub mod adoptable;
pub mod show;
pub mod store;
pub mod view;
