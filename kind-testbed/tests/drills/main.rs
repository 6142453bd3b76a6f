//! Disasters of a control plane, each with one of its own that may be broken: real etcd, kube-apiserver and operator
//! processes, and the Proxmox VE testbed in this one. `make test` runs them; alone:
//! `SLIPWAY_STATE=$PWD/.slipway cargo nextest run -p slipway-testbed -j1 -E 'binary(drills)'`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a test's helper cannot do fails the test")]

mod operator;
mod plane;
mod proxmox;

mod compose;
mod copied;
mod deleted_kinds;
mod handover;
mod real_node;
mod restored;
