//! What a site's setup looks like: privileges, storages, bridges, clocks, firewall. Read rarely, by the doctor.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::answer::{flag, rows, text};

/// The caller's own privileges, path by path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permissions {
    /// Privilege → whether it holds below the path too.
    paths: BTreeMap<String, BTreeMap<String, bool>>,
}

impl Permissions {
    /// The paths that have entries.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// Whether the privilege holds on a path. Proxmox lists the paths that have entries; what holds below one, holds on
    /// every path under it that is not listed itself.
    pub fn has(&self, path: &str, privilege: &str) -> bool {
        if let Some(here) = self.paths.get(path) {
            return here.contains_key(privilege);
        }
        let mut above = path;
        while let Some(cut) = above.rfind('/') {
            above = if cut == 0 { "/" } else { &above[..cut] };
            if let Some(held) = self.paths.get(above) {
                return held.get(privilege).copied().unwrap_or_default();
            }
            if above == "/" {
                break;
            }
        }
        false
    }
}

/// A storage as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeStorage {
    pub storage: String,
    /// As `images`, `backup`.
    pub content: BTreeSet<String>,
    pub active: bool,
}

pub(crate) fn permissions(data: &Value) -> Permissions {
    let paths = data.as_object().into_iter().flatten().map(|(path, held)| {
        let held = held.as_object().into_iter().flatten();
        (path.clone(), held.map(|(privilege, below)| (privilege.clone(), flag(below))).collect())
    });
    Permissions { paths: paths.collect() }
}

pub(crate) fn storages(data: &Value) -> Vec<NodeStorage> {
    rows(data)
        .map(|row| NodeStorage {
            storage: text(&row["storage"]),
            content: text(&row["content"]).split(',').map(|c| c.trim().to_owned()).collect(),
            active: flag(&row["active"]),
        })
        .collect()
}

pub(crate) fn bridges(data: &Value) -> BTreeSet<String> {
    rows(data).map(|row| text(&row["iface"])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn privileges_hold_below_a_path_until_another_entry_says_otherwise() {
        let all = permissions(&serde_json::json!({
            "/": { "Sys.Audit": 1, "Sys.Console": 0 }, "/vms": { "VM.Audit": 1 }, "/pool/slipway-x": { "VM.Allocate": 1 },
        }));
        assert!(all.has("/", "Sys.Audit") && all.has("/", "Sys.Console"));
        assert!(all.has("/nodes/pve1", "Sys.Audit"));
        assert!(!all.has("/nodes/pve1", "Sys.Console"), "it does not propagate");
        assert!(all.has("/vms/100", "VM.Audit"));
        assert!(!all.has("/vms/100", "Sys.Audit"), "the nearer entry replaces those above it");
        assert!(!all.has("/storage/local", "Datastore.Audit"));
        assert!(!Permissions::default().has("/", "Sys.Audit"));
    }

    #[test]
    fn a_storages_contents_are_a_list() {
        let all = storages(&serde_json::json!([{ "storage": "nas", "content": "backup,iso", "active": 1 }]));
        assert_eq!(all[0].content, BTreeSet::from(["backup".to_owned(), "iso".to_owned()]));
        assert!(all[0].active);
    }
}
