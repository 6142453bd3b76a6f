//! A typed client of the Proxmox VE API, as far as Slipway uses it.
//!
//! A call is data at both ends: [`ProxmoxRequest`] → [`WireRequest`] and [`WireAnswer`] → [`ProxmoxAnswer`] are pure, so
//! that the same calls can go over HTTPS, to an in-process simulator, or to a script. A request is never repeated here:
//! whether it may be is a decision of the caller, who can look first.

mod answer;
mod client;
mod config;
mod error;
mod firewall;
mod http;
mod identifiers;
mod inspect;
mod pool;
mod request;
mod resources;
mod stored;
mod upid;

pub use answer::{ClusterMember, ClusterStatus, GuestStatus, ProxmoxAnswer, TaskRow, TaskState};
pub use client::ProxmoxClient;
pub use config::{NetworkDevice, VmConfig};
pub use error::{Fault, ProxmoxError};
pub use firewall::{FirewallCall, SetMember};
pub use http::{ConnectError, HttpClient, TlsTrust};
pub use identifiers::{InvalidNodeName, InvalidVmid, NodeName, Vmid};
pub use inspect::{NodeStorage, Permissions};
pub use pool::Pool;
pub use request::{ConfigChange, ProxmoxRequest, WireAnswer, WireRequest, percent_encode};
pub use resources::{GuestRow, NodeRow, Resources, StorageRow};
pub use stored::{BackupRow, MigratePreconditions, SnapshotRow};
pub use upid::{InvalidUpid, Upid};
