//! Copies share what carries them. A copy gets its part of the storage's and of the node's bandwidth when it begins: half
//! of it beside one other, a third beside two. What ends or begins later changes nothing for it, so that a copy's end is
//! known from its beginning.

use serde::{Deserialize, Serialize};

use super::{World, durations};
use crate::request::Millis;

/// MiB a second that one node moves in all.
const NODE_BANDWIDTH: u64 = 1_200;

/// A copy under way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Transfer {
    node: String,
    storage: String,
    until: Millis,
}

impl World {
    /// Begins a copy of `bytes` to a storage and says how long it takes. `limit` is the `bwlimit` of the call, in KiB a
    /// second.
    pub(crate) fn transfer(&mut self, node: &str, storage: &str, bytes: u64, limit: Option<u64>) -> Millis {
        let now = self.now;
        self.transfers.retain(|transfer| transfer.until > now);
        let beside = |of: &dyn Fn(&&Transfer) -> bool| {
            u64::try_from(1 + self.transfers.iter().filter(of).count()).unwrap_or(u64::MAX)
        };
        let own =
            self.storages.get(storage).map_or(NODE_BANDWIDTH, |storage| storage.kind.capabilities().bandwidth_mib);
        let of_storage = (own << 20) / beside(&|other| other.storage == storage);
        let of_node = (NODE_BANDWIDTH << 20) / beside(&|other| other.node == node);
        let asked = limit.filter(|limit| *limit > 0).map_or(u64::MAX, |limit| limit << 10);
        let time = durations::copy(bytes, of_storage.min(of_node).min(asked));
        self.transfers.push(Transfer { node: node.to_owned(), storage: storage.to_owned(), until: now + time });
        time
    }
}
