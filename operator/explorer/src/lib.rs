//! Runs the operator's real controllers through every interleaving of two processes, crashes before and after each
//! write, lost answers, failing tasks, people's edits and accidents, on an in-memory Kubernetes and the Proxmox testbed's
//! state machine; and checks the promises in each state, and that each comes to rest.
//!
//! A controller in the middle of its work is the list of answers that it had: it is run anew with them to go on. So a
//! state is data, and [`explore::explore`] meets each once.

pub mod clock;
pub mod drill;
pub mod explore;
pub mod fingerprint;
pub mod gate;
pub mod kubernetes;
pub mod moves;
pub mod properties;
pub mod proxmox;
pub mod runner;
pub mod sabotage;
pub mod scenario;
pub mod settle;
pub mod state;
pub mod wire;
