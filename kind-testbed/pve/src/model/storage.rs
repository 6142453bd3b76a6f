//! Storages and volumes. What a storage type can do stands in one table, [`Capabilities`].

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Vmid, backup::Backup};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StorageKind {
    Dir,
    Nfs,
    Lvm,
    LvmThin,
    ZfsPool,
    Rbd,
}

/// What decides names, formats and refusals.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "a table of yes and no")]
pub struct Capabilities {
    /// The `type` of the API.
    pub name: &'static str,
    /// Volumes are files under a directory a guest: `101/vm-101-disk-0.qcow2`.
    pub files: bool,
    /// One storage for all nodes by its nature.
    pub shared: bool,
    pub default_format: &'static str,
    /// Image formats it can hold.
    pub formats: &'static [&'static str],
    /// Formats whose volumes can be snapshotted.
    pub snapshot_formats: &'static [&'static str],
    /// A base volume can be the ground of linked clones.
    pub linked_clones: bool,
    /// So can a snapshot.
    pub clones_of_snapshots: bool,
    /// The name of a linked clone carries its base (`9000/base-9000-disk-0.raw/101/vm-…`), so the base cannot go
    /// while it exists. Thin LVM snapshots stand alone.
    pub linked_names_base: bool,
    /// MiB a second of one sequential copy.
    pub bandwidth_mib: u64,
}

impl StorageKind {
    pub const fn capabilities(self) -> Capabilities {
        let files = Capabilities {
            name: "dir",
            files: true,
            shared: false,
            default_format: "raw",
            formats: &["raw", "qcow2", "vmdk"],
            snapshot_formats: &["qcow2"],
            linked_clones: true,
            clones_of_snapshots: false,
            linked_names_base: true,
            bandwidth_mib: 500,
        };
        let blocks =
            Capabilities { files: false, formats: &["raw"], snapshot_formats: &["raw"], bandwidth_mib: 800, ..files };
        match self {
            Self::Dir => files,
            Self::Nfs => Capabilities { name: "nfs", shared: true, bandwidth_mib: 110, ..files },
            Self::Lvm => Capabilities {
                name: "lvm",
                snapshot_formats: &[],
                linked_clones: false,
                linked_names_base: false,
                ..blocks
            },
            Self::LvmThin => {
                Capabilities { name: "lvmthin", linked_names_base: false, clones_of_snapshots: true, ..blocks }
            }
            Self::ZfsPool => Capabilities { name: "zfspool", ..blocks },
            Self::Rbd => {
                Capabilities { name: "rbd", shared: true, clones_of_snapshots: true, bandwidth_mib: 400, ..blocks }
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Storage {
    pub kind: StorageKind,
    /// Content types it may hold: `images`, `iso`, `import`, …
    pub content: BTreeSet<String>,
    /// Nodes it is limited to; everywhere when empty.
    pub nodes: BTreeSet<String>,
    pub shared: bool,
    /// A directory, `vg/pool` (thin), a volume group, or a pool.
    pub path: String,
    /// Bytes a node (or in all, when shared).
    pub total: u64,
    /// Bytes used by what is not a guest's volume.
    pub base_used: u64,
}

impl Storage {
    pub fn on(&self, node: &str) -> bool {
        self.nodes.is_empty() || self.nodes.contains(node)
    }

    pub fn holds(&self, content: &str) -> bool {
        self.content.contains(content)
    }

    /// Where a volume's file or device is.
    pub fn volume_path(&self, name: &str) -> String {
        let own = own_name(self.kind, name);
        match self.kind {
            StorageKind::Dir | StorageKind::Nfs => {}
            StorageKind::Lvm | StorageKind::LvmThin => return format!("/dev/{}/{own}", self.group()),
            StorageKind::ZfsPool => return format!("/dev/zvol/{}/{own}", self.path),
            StorageKind::Rbd => return format!("rbd:{}/{own}:conf=/etc/pve/ceph.conf:id=admin", self.path),
        }
        match name.split_once('/') {
            Some(("iso", file)) => format!("{}/template/iso/{file}", self.path),
            Some(("vztmpl", file)) => format!("{}/template/cache/{file}", self.path),
            Some(("backup", file)) => format!("{}/dump/{file}", self.path),
            Some((content @ ("import" | "snippets"), file)) => format!("{}/{content}/{file}", self.path),
            // The base in a linked clone's name is no folder.
            _ => format!("{}/images/{own}", self.path),
        }
    }

    /// The volume group of either LVM type.
    pub fn group(&self) -> &str {
        self.path.split_once('/').map_or(&self.path, |(group, _)| group)
    }

    pub fn content_list(&self) -> String {
        self.content.iter().map(String::as_str).collect::<Vec<_>>().join(",")
    }
}

/// Where a volume is. `node` is empty on a shared storage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VolumeKey {
    pub storage: String,
    pub node: String,
    pub name: String,
}

impl VolumeKey {
    pub fn volid(&self) -> String {
        format!("{}:{}", self.storage, self.name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Volume {
    /// The guest its name says it belongs to; none for an ISO or an import image.
    pub owner: Option<Vmid>,
    /// Bytes.
    pub size: u64,
    pub format: String,
    pub content: String,
    /// The volume a linked clone stands on, by its name on the same storage.
    pub base: Option<String>,
    /// Unix seconds.
    pub ctime: u64,
    /// The operating system image it was made from; a disk without one does not boot.
    pub image: Option<String>,
    /// What a backup archive holds.
    #[serde(default)]
    pub backup: Option<Arc<Backup>>,
}

impl Volume {
    /// A guest's disks go where it goes, and with it; its backups stay.
    pub fn is_disk_of(&self, vmid: Vmid) -> bool {
        self.owner == Some(vmid) && self.backup.is_none()
    }

    /// Bytes it takes: a linked clone takes little, a fresh disk nothing much.
    pub fn used(&self) -> u64 {
        match (&self.base, &self.image) {
            (Some(_), _) => self.size / 64,
            (None, Some(_)) => self.size / 2,
            (None, None) => self.size / 256,
        }
    }
}

/// What a volume is for, which decides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Disk,
    CloudInit,
}

/// The name of a new volume of `owner`; `taken` says whether one exists already.
pub fn new_volume_name(
    kind: StorageKind,
    owner: Vmid,
    purpose: Purpose,
    format: &str,
    base: Option<&str>,
    taken: impl Fn(&str) -> bool,
) -> String {
    let capabilities = kind.capabilities();
    let place = |stem: String| {
        let own = if capabilities.files { format!("{owner}/{stem}.{format}") } else { stem };
        base.map_or_else(|| own.clone(), |base| format!("{base}/{own}"))
    };
    if purpose == Purpose::CloudInit {
        return place(format!("vm-{owner}-cloudinit"));
    }
    (0..u32::MAX)
        .map(|index| format!("vm-{owner}-disk-{index}"))
        .find(|stem| !taken(stem))
        .map(place)
        .unwrap_or_default()
}

/// `…/vm-101-disk-0.qcow2` → `vm-101-disk-0`: numbers are free or taken by this part, whatever the format.
pub fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.split('.').next().unwrap_or(file)
}

/// A volume's name without those of the bases it stands on.
pub fn own_name(kind: StorageKind, name: &str) -> &str {
    let parts = if kind.capabilities().files { 2 } else { 1 };
    name.rmatch_indices('/').nth(parts - 1).map_or(name, |(at, _)| &name[at + 1..])
}

/// The name a volume gets when its VM becomes a template.
pub fn base_name(name: &str) -> String {
    match name.rfind("vm-") {
        Some(at) => format!("{}base-{}", &name[..at], &name[at + 3..]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_storage_type() {
        let dir =
            new_volume_name(StorageKind::Dir, 101, Purpose::Disk, "qcow2", Some("9000/base-9000-disk-0.raw"), |_| {
                false
            });
        assert_eq!(dir, "9000/base-9000-disk-0.raw/101/vm-101-disk-0.qcow2");
        let thin =
            new_volume_name(StorageKind::LvmThin, 101, Purpose::Disk, "raw", None, |stem| stem == "vm-101-disk-0");
        assert_eq!(thin, "vm-101-disk-1");
        let rbd = new_volume_name(StorageKind::Rbd, 101, Purpose::Disk, "raw", Some("base-9000-disk-0"), |_| false);
        assert_eq!(rbd, "base-9000-disk-0/vm-101-disk-0");
        assert_eq!(own_name(StorageKind::Rbd, &rbd), "vm-101-disk-0");
        assert_eq!(own_name(StorageKind::Dir, &dir), "101/vm-101-disk-0.qcow2");
        assert_eq!(
            new_volume_name(StorageKind::Dir, 7, Purpose::CloudInit, "qcow2", None, |_| true),
            "7/vm-7-cloudinit.qcow2"
        );
    }

    #[test]
    fn a_template_volume_is_renamed_to_base() {
        assert_eq!(base_name("9000/vm-9000-disk-0.raw"), "9000/base-9000-disk-0.raw");
        assert_eq!(base_name("vm-9000-disk-0"), "base-9000-disk-0");
    }
}
