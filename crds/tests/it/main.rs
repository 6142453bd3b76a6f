//! The kinds, policies and roles on a real kube-apiserver. `make test` runs them; alone:
//! `target/debug/testbed with -- cargo test -p slipway-crds`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod action;
mod api_identity;
mod catalogue;
mod cluster;
mod kubectl;
mod manifests;
mod provider;
mod retained;
mod server_change;
mod server_create;
mod site;
mod status;
mod tenant;
mod tenant_reach;
