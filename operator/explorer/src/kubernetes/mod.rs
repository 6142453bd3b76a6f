//! An in-memory Kubernetes that `kube::Client` talks to as to a real one: what the controllers use of it, no more.

mod rest;
mod store;

pub use rest::{Call, Reply, parse};
pub use store::{Key, Refusal, Store};
