//! Where a new server is made: pure. Says of every node why not, when none can take it.

use proxmox_client::NodeName;
use slipway_crds::words::WaitingReason;

use super::{
    desired::Desired,
    observed::{NodeView, Observed},
};

/// As many nodes as a message names.
const MOST_NAMED: usize = 8;

/// The node with a template and room that has the most memory left.
///
/// # Errors
/// Why no node can take it; heals by itself once one can.
pub fn place(desired: &Desired, seen: &Observed) -> Result<NodeName, (WaitingReason, String)> {
    let image = &desired.image;
    if image.templates.is_empty() {
        let message = format!("image `{}` names no template on this site; add one to its spec.templates", image.name);
        return Err((WaitingReason::NoTemplate, message));
    }
    let refused: Vec<(&NodeView, Refusal)> =
        seen.site.nodes.iter().filter_map(|n| refusal(desired, n).map(|why| (n, why))).collect();
    let fits = |node: &&NodeView| !refused.iter().any(|(n, _)| n.name == node.name);
    let best = seen.site.nodes.iter().filter(fits).max_by_key(|n| (n.free_memory_mib, std::cmp::Reverse(&n.name)));
    best.map(|node| node.name.clone()).ok_or_else(|| {
        // What nobody can use (a node that is off) is no lack of room.
        let full = refused.iter().any(|(_, why)| why.is_about_room());
        let reason = if full { WaitingReason::NoCapacity } else { WaitingReason::NodeUnavailable };
        let named: Vec<String> = refused.iter().take(MOST_NAMED).map(|(n, why)| format!("{}: {why}", n.name)).collect();
        let named = if named.is_empty() { "the site shows none".to_owned() } else { named.join("; ") };
        (reason, format!("no node can take this server ({named})"))
    })
}

/// Why a node cannot take a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("placement.node is {0}")]
    NotChosen(NodeName),
    #[error("it has no template of image `{0}`")]
    NoTemplate(String),
    #[error("offline")]
    Offline,
    #[error("cordoned")]
    Cordoned,
    #[error("a server of the same antiAffinityGroup is there")]
    Apart,
    #[error("{free} MiB of memory are left of what may be given away, {wanted} are wanted")]
    Memory { free: i64, wanted: u32 },
    #[error("{free} cores are left of what may be given away, {wanted} are wanted")]
    Cores { free: i64, wanted: u32 },
}

impl Refusal {
    const fn is_about_room(&self) -> bool {
        matches!(self, Self::Memory { .. } | Self::Cores { .. } | Self::Apart)
    }
}

fn refusal(desired: &Desired, node: &NodeView) -> Option<Refusal> {
    let has_template = desired.image.templates.iter().any(|t| t.node == node.name);
    Some(if let Some(wanted) = desired.node.as_ref().filter(|wanted| **wanted != node.name) {
        Refusal::NotChosen(wanted.clone())
    } else if !has_template {
        Refusal::NoTemplate(desired.image.name.clone())
    } else if !node.online {
        Refusal::Offline
    } else if node.cordoned {
        Refusal::Cordoned
    } else if node.apart {
        Refusal::Apart
    } else if node.free_memory_mib < i64::from(desired.memory_mib) {
        Refusal::Memory { free: node.free_memory_mib, wanted: desired.memory_mib }
    } else if node.free_cores < i64::from(desired.cores) {
        Refusal::Cores { free: node.free_cores, wanted: desired.cores }
    } else {
        return None;
    })
}
