//! The cluster's resources: one read of everything that there is. Ten thousand guests are five megabytes of JSON, so it is
//! read row by row, and of a row only what is asked for stays.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::Value;

use crate::{
    NodeName, Vmid,
    answer::{flag, number, optional, small, text, vmid},
};

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    pub guests: Vec<GuestRow>,
    pub nodes: Vec<NodeRow>,
    pub storages: Vec<StorageRow>,
    pub pools: Vec<String>,
}

/// A row of a VM or container. Statistics lag; `status: unknown` means that its node has not spoken.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GuestRow {
    pub vmid: Vmid,
    pub node: NodeName,
    /// `qemu` or `lxc`.
    pub kind: String,
    pub status: String,
    pub name: String,
    pub template: bool,
    pub lock: Option<String>,
    pub pool: Option<String>,
    pub tags: String,
    pub hastate: Option<String>,
    pub maxcpu: u32,
    /// Bytes.
    pub maxmem: u64,
    /// Bytes.
    pub maxdisk: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NodeRow {
    pub name: NodeName,
    pub online: bool,
    pub maxcpu: u32,
    /// Bytes.
    pub maxmem: u64,
    /// Bytes in use.
    pub mem: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageRow {
    pub storage: String,
    pub node: String,
    /// It is the same one on every node.
    pub shared: bool,
    /// Bytes.
    pub total: u64,
    /// Bytes.
    pub used: u64,
}

impl Resources {
    /// The body of an answer to `GET /cluster/resources`.
    pub(crate) fn read(body: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Body {
            data: Resources,
        }
        Ok(serde_json::from_str::<Body>(body)?.data)
    }

    fn take(&mut self, row: &Value) {
        match row["type"].as_str() {
            Some("qemu" | "lxc") => self.guests.extend(guest_row(row)),
            Some("node") => self.nodes.extend(node_row(row)),
            Some("storage") => self.storages.push(StorageRow {
                storage: text(&row["storage"]),
                node: text(&row["node"]),
                shared: flag(&row["shared"]),
                total: number(&row["maxdisk"]),
                used: number(&row["disk"]),
            }),
            Some("pool") => self.pools.push(text(&row["pool"])),
            _ => {}
        }
    }
}

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> Visitor<'de> for Rows {
            type Value = Resources;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the rows of the cluster's resources")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Resources, A::Error> {
                let mut all = Resources::default();
                while let Some(row) = rows.next_element::<Value>()? {
                    all.take(&row);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_seq(Rows)
    }
}

fn guest_row(row: &Value) -> Option<GuestRow> {
    Some(GuestRow {
        vmid: vmid(&row["vmid"])?,
        node: NodeName::try_from(text(&row["node"])).ok()?,
        kind: text(&row["type"]),
        status: text(&row["status"]),
        name: text(&row["name"]),
        template: flag(&row["template"]),
        lock: optional(&row["lock"]),
        pool: optional(&row["pool"]),
        tags: text(&row["tags"]),
        hastate: optional(&row["hastate"]),
        maxcpu: small(&row["maxcpu"]),
        maxmem: number(&row["maxmem"]),
        maxdisk: number(&row["maxdisk"]),
    })
}

fn node_row(row: &Value) -> Option<NodeRow> {
    Some(NodeRow {
        name: NodeName::try_from(text(&row["node"])).ok()?,
        online: row["status"] == "online",
        maxcpu: small(&row["maxcpu"]),
        maxmem: number(&row["maxmem"]),
        mem: number(&row["mem"]),
    })
}
