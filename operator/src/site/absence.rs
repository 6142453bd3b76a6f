//! The one proof that a VM is not there. Nothing else may be taken for it: a list is filtered by what our token may see.

use proxmox_client::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Vmid};

use super::Site;

/// What is known of a number in the whole cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Absence {
    /// The number is free, said twice, by a cluster with quorum (a standalone node counts as quorate).
    Proven,
    /// Somewhere it is: on another node, or out of our sight.
    Exists,
    NoQuorum,
    /// The question was not answered.
    Unanswered(ProxmoxError),
}

impl Site {
    /// Asks whether `vmid` is free; reads only.
    pub async fn prove_absence(&self, vmid: Vmid) -> Absence {
        match self.call(&ProxmoxRequest::ClusterStatus).await {
            Ok(ProxmoxAnswer::ClusterStatus(cluster)) if cluster.quorate => {}
            Ok(_) => return Absence::NoQuorum,
            Err(error) => return Absence::Unanswered(error),
        }
        for _ in 0..2 {
            match self.call(&ProxmoxRequest::NextId { vmid }).await {
                Ok(ProxmoxAnswer::Free(true)) => {}
                Ok(_) => return Absence::Exists,
                Err(error) => return Absence::Unanswered(error),
            }
        }
        Absence::Proven
    }
}
