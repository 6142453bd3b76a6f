//! Copies share what carries them. A copy gets its part of the bandwidth of the storage and the nodes it goes through when
//! it begins: half of it beside one other, a third beside two. What ends or begins later changes nothing for it, so that
//! a copy's end is known from its beginning. A process that ends before its copies gives back what they had.

use serde::{Deserialize, Serialize};

use super::{ProcessId, World, durations, work::Me};
use crate::request::Millis;

/// MiB a second that one node moves in all, by its disks' bus or its network.
const NODE_BANDWIDTH: u64 = 1_200;
/// KiB a second of a migrating guest's memory.
const MEMORY_LIMIT: u64 = 1 << 20;

/// A copy under way, or one that follows it, on one of the nodes it goes through.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Transfer {
    /// The process that copies.
    #[serde(default)]
    by: ProcessId,
    node: String,
    /// Empty where only the node's network has to do with it.
    storage: String,
    #[serde(default)]
    from: Millis,
    until: Millis,
}

impl World {
    /// Begins a copy of `bytes` to a storage and says how long it takes. `limit` is the `bwlimit` of the call, in KiB a
    /// second.
    pub(crate) fn transfer(&mut self, me: &Me<'_>, storage: &str, bytes: u64, limit: Option<u64>) -> Millis {
        self.transfer_between(me.id, &[(me.node, storage)], self.now, bytes, limit)
    }

    /// Begins copies to storages, one after the other, and says how long all take.
    pub(crate) fn transfers(&mut self, me: &Me<'_>, copies: &[(String, u64)]) -> Millis {
        copies.iter().fold(0, |time, (storage, bytes)| {
            time + self.transfer_between(me.id, &[(me.node, storage)], self.now + time, *bytes, None)
        })
    }

    /// The same to another node, by the network of both; the memory of a running guest, in bytes, comes last.
    pub(crate) fn migration(&mut self, me: &Me<'_>, to: &str, copies: &[(String, u64)], memory: Option<u64>) -> Millis {
        let disks = copies.iter().map(|(storage, bytes)| (storage.as_str(), *bytes, None));
        let all = disks.chain(memory.map(|bytes| ("", bytes, Some(MEMORY_LIMIT))));
        all.fold(0, |time, (storage, bytes, limit)| {
            time + self.transfer_between(me.id, &[(me.node, ""), (to, storage)], self.now + time, bytes, limit)
        })
    }

    /// What a process has not copied yet it will not copy any more.
    pub(super) fn end_transfers(&mut self, by: ProcessId) {
        self.transfers.retain(|transfer| transfer.by != by);
    }

    /// A copy that begins at `start` and goes through nodes, each with the storage it uses there.
    fn transfer_between(
        &mut self,
        by: ProcessId,
        ways: &[(&str, &str)],
        start: Millis,
        bytes: u64,
        limit: Option<u64>,
    ) -> Millis {
        let now = self.now;
        self.transfers.retain(|transfer| transfer.until > now);
        let asked = limit.filter(|limit| *limit > 0).map_or(u64::MAX, |limit| limit << 10);
        let part = ways.iter().map(|(node, storage)| self.part(node, storage, start)).min();
        let time = durations::copy(bytes, part.unwrap_or(u64::MAX).min(asked));
        self.transfers.extend(ways.iter().map(|(node, storage)| Transfer {
            by,
            node: (*node).to_owned(),
            storage: (*storage).to_owned(),
            from: start,
            until: start + time,
        }));
        time
    }

    /// Bytes a second that one more copy gets of a node and a storage at a moment. Storages that are not shared are
    /// another one on each node.
    fn part(&self, node: &str, storage: &str, at: Millis) -> u64 {
        let beside = |of: &dyn Fn(&&Transfer) -> bool| {
            let under_way = self.transfers.iter().filter(|other| other.from <= at && at < other.until);
            u64::try_from(1 + under_way.filter(of).count()).unwrap_or(u64::MAX)
        };
        let of_node = (NODE_BANDWIDTH << 20) / beside(&|other| other.node == node);
        let Some(found) = self.storages.get(storage) else { return of_node };
        let same = |other: &&Transfer| other.storage == storage && (found.shared || other.node == node);
        of_node.min((found.kind.capabilities().bandwidth_mib << 20) / beside(&same))
    }
}
