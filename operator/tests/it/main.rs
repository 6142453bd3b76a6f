//! The operator on real parts: a kube-apiserver, and the Proxmox VE testbed in this process. `make test` runs them;
//! alone: `target/debug/testbed with -- cargo nextest run -p slipway-operator`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test's helper cannot do fails the test")]

mod lab;

mod access;
mod adopt;
mod create;
mod delete;
mod disks;
mod endpoint;
mod gitops;
mod give_back;
mod homecoming;
mod lifecycle;
mod manners;
mod networks;
mod plugin;
mod site;
mod storm;
mod stuck;
mod suspension;
mod sweep;
mod trouble;
mod undo;
mod verbs;
mod verbs_replace;
