//! The operator: `VirtualServer` objects, reconciled against Proxmox VE, idempotently and without ever touching a VM
//! that is somebody else's.
//!
//! [`server`] is a `VirtualServer`, [`retained`] what is left when one is deleted, [`site`] a Proxmox VE cluster; [`plugin`] is
//! `kubectl slipway`.

pub mod actions;
pub mod adopt;
pub mod ambient;
pub mod catalogue;
pub mod claims;
pub mod config;
pub mod endpoint;
pub mod events;
pub mod init;
pub mod kubernetes;
pub mod lease;
pub mod mark;
pub mod metered;
pub mod metrics;
pub mod plugin;
pub mod probe;
pub mod retained;
pub mod run;
pub mod server;
pub mod site;
pub mod telemetry;
pub mod wake;
