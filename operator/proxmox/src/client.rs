//! The one door to Proxmox VE: everything that talks to it goes through this trait.

use futures::future::BoxFuture;

use crate::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest};

/// Sends one call once. Implemented over HTTPS, by the in-process simulator of the testbed, and by scripts in tests.
pub trait ProxmoxClient: Send + Sync + std::fmt::Debug {
    /// Never repeats a call; never awaits a task.
    fn call<'a>(&'a self, request: &'a ProxmoxRequest) -> BoxFuture<'a, Result<ProxmoxAnswer, ProxmoxError>>;
}
