//! Plain data: what a Proxmox VE cluster is made of. Nothing here knows about time passing or requests.

pub mod access;
pub mod agent;
pub mod backup;
pub mod clock;
pub mod config;
pub mod crypt;
pub mod device;
pub mod firewall;
pub mod ha;
pub mod node;
pub mod privilege;
pub mod retention;
pub mod storage;
pub mod task;
pub mod vm;

/// A guest's number, unique in the cluster: 100 to 999,999,999.
pub type Vmid = u32;
