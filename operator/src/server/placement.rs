//! Where a new server is made: pure. Says of every node why not, when none can take it.

use std::collections::BTreeMap;

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
    let refused: Vec<(&NodeName, Refusal)> =
        seen.site.nodes.iter().filter_map(|n| refusal(desired, seen, n).map(|why| (&n.name, why))).collect();
    let fits = |node: &&NodeView| !refused.iter().any(|(name, _)| **name == node.name);
    let best = seen.site.nodes.iter().filter(fits).max_by_key(|n| (n.free_memory_mib, std::cmp::Reverse(&n.name)));
    best.map(|node| node.name.clone()).ok_or_else(|| none(&refused))
}

/// Whether the storages of the node that was chosen have room, now that it is known where the template `lies_on`.
///
/// # Errors
/// Why not.
pub(super) fn check(
    desired: &Desired,
    seen: &Observed,
    node: &NodeName,
    lies_on: Option<&str>,
) -> Result<(), (WaitingReason, String)> {
    let Some(view) = seen.site.nodes.iter().find(|n| n.name == *node) else { return Ok(()) };
    without_room(desired, seen, view, lies_on).map_or(Ok(()), |why| Err(none(&[(node, why)])))
}

/// Storage → GiB that the server's disks need there. What is to lie where the template does, and nobody knows where that
/// is, is left out.
pub(super) fn wanted_gib(desired: &Desired, lies_on: Option<&str>) -> BTreeMap<String, i64> {
    let root = desired.storage.as_deref().or(lies_on);
    let beside = desired.disks.iter().map(|disk| (disk.storage.as_deref().or(root), disk.size_gib));
    let mut wanted = BTreeMap::new();
    for (storage, gib) in [(root, desired.disk_gib)].into_iter().chain(beside) {
        if let Some(storage) = storage {
            *wanted.entry(storage.to_owned()).or_default() += i64::from(gib);
        }
    }
    wanted
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
    #[error("it has no storage `{0}`")]
    NoStorage(String),
    #[error("{free} GiB are left on storage `{storage}`, {wanted} are wanted")]
    Storage { storage: String, free: i64, wanted: i64 },
}

impl Refusal {
    /// What has to be given back before the node can take it; none where that is no question of room.
    const fn lacks(&self) -> Option<WaitingReason> {
        match self {
            Self::Memory { .. } | Self::Cores { .. } | Self::Apart => Some(WaitingReason::NoCapacity),
            Self::Storage { .. } => Some(WaitingReason::StorageFull),
            Self::NotChosen(_) | Self::NoTemplate(_) | Self::Offline | Self::Cordoned | Self::NoStorage(_) => None,
        }
    }
}

fn refusal(desired: &Desired, seen: &Observed, node: &NodeView) -> Option<Refusal> {
    let Some(template) = desired.image.templates.iter().find(|t| t.node == node.name) else {
        return Some(not_chosen(desired, node).unwrap_or_else(|| Refusal::NoTemplate(desired.image.name.clone())));
    };
    Some(if let Some(why) = not_chosen(desired, node) {
        why
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
        let lies_on = seen.site.templates.get(&template.vmid).map(String::as_str);
        return without_room(desired, seen, node, lies_on);
    })
}

fn not_chosen(desired: &Desired, node: &NodeView) -> Option<Refusal> {
    desired.node.clone().filter(|wanted| *wanted != node.name).map(Refusal::NotChosen)
}

/// Which storage cannot take the server's disks. One that our token sees nowhere refuses nothing: Proxmox will say.
fn without_room(desired: &Desired, seen: &Observed, node: &NodeView, lies_on: Option<&str>) -> Option<Refusal> {
    wanted_gib(desired, lies_on).into_iter().find_map(|(storage, wanted)| match node.free_gib(&storage) {
        Some(free) if free < wanted => Some(Refusal::Storage { storage, free, wanted }),
        Some(_) => None,
        None => {
            let elsewhere = seen.site.nodes.iter().any(|n| n.storages.contains_key(&storage));
            elsewhere.then_some(Refusal::NoStorage(storage))
        }
    })
}

fn none(refused: &[(&NodeName, Refusal)]) -> (WaitingReason, String) {
    // What nobody can use (a node that is off) is no lack of room.
    let lacks: Vec<WaitingReason> = refused.iter().filter_map(|(_, why)| why.lacks()).collect();
    let (reason, hint) = if lacks.is_empty() {
        (WaitingReason::NodeUnavailable, "")
    } else if lacks.contains(&WaitingReason::NoCapacity) {
        (WaitingReason::NoCapacity, "")
    } else {
        (WaitingReason::StorageFull, "; free space there, or wish for smaller disks")
    };
    let named: Vec<String> = refused.iter().take(MOST_NAMED).map(|(name, why)| format!("{name}: {why}")).collect();
    let named = if named.is_empty() { "the site shows none".to_owned() } else { named.join("; ") };
    (reason, format!("no node can take this server ({named}){hint}"))
}
