//! What is kept of a guest beside itself, snapshots and backups, and what stands in a migration's way.

use serde_json::Value;

use crate::{
    Vmid,
    answer::{flag, number, optional, rows, text, vmid},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRow {
    pub name: String,
    /// Unix seconds by the node's clock.
    pub time: i64,
    /// The running guest's memory is in it.
    pub memory: bool,
    /// As `prepare` or `delete` while a task works on it, and for good when that task died.
    pub state: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRow {
    /// As `local:backup/vzdump-qemu-100-2026_01_01-00_00_00.vma.zst`.
    pub volid: String,
    /// The number of the guest that it is of.
    pub vmid: Option<Vmid>,
    /// Unix seconds.
    pub time: i64,
    /// Bytes on the storage.
    pub size: u64,
    pub notes: String,
    /// Not to be removed.
    pub protected: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigratePreconditions {
    pub running: bool,
    /// Nodes that it could go to at once.
    pub allowed_nodes: Vec<String>,
    /// Volumes, attached or not, that would have to be copied.
    pub local_disks: Vec<String>,
    /// Devices of its node that it uses, as `hostpci0`.
    pub local_resources: Vec<String>,
}

/// The guest's present state, which is listed as `current`, is left out.
pub(crate) fn snapshots(data: &Value) -> Vec<SnapshotRow> {
    rows(data)
        .filter(|row| row["name"] != "current")
        .map(|row| SnapshotRow {
            name: text(&row["name"]),
            time: seconds(&row["snaptime"]),
            memory: flag(&row["vmstate"]),
            state: optional(&row["snapstate"]),
        })
        .collect()
}

pub(crate) fn backups(data: &Value) -> Vec<BackupRow> {
    rows(data)
        .filter(|row| row["content"] == "backup")
        .map(|row| BackupRow {
            volid: text(&row["volid"]),
            vmid: vmid(&row["vmid"]),
            time: seconds(&row["ctime"]),
            size: number(&row["size"]),
            notes: text(&row["notes"]),
            protected: flag(&row["protected"]),
        })
        .collect()
}

pub(crate) fn migrate_preconditions(data: &Value) -> MigratePreconditions {
    let local = rows(&data["local_disks"]);
    MigratePreconditions {
        running: flag(&data["running"]),
        allowed_nodes: rows(&data["allowed_nodes"]).map(text).collect(),
        // The cloud-init drive is made anew wherever the guest starts.
        local_disks: local.filter(|d| !flag(&d["is_cloudinit"])).map(|d| text(&d["volid"])).collect(),
        local_resources: rows(&data["local_resources"]).map(text).collect(),
    }
}

fn seconds(value: &Value) -> i64 {
    i64::try_from(number(value)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_present_state_is_no_snapshot() {
        let data = json!([
            { "name": "before", "snaptime": 1_767_225_600, "vmstate": 1, "description": "" },
            { "name": "half", "snaptime": 1_767_225_601, "snapstate": "prepare" },
            { "name": "current", "running": 1, "digest": "d", "description": "You are here!", "parent": "before" },
        ]);
        let [before, half] = &snapshots(&data)[..] else { panic!("not two") };
        assert_eq!(
            (before.name.as_str(), before.time, before.memory, &before.state),
            ("before", 1_767_225_600, true, &None)
        );
        assert_eq!((half.memory, half.state.as_deref()), (false, Some("prepare")));
    }

    #[test]
    fn a_backup_without_notes_or_owner_is_read() {
        let data = json!([
            { "volid": "nas:backup/a.vma.zst", "content": "backup", "ctime": 7, "size": "12", "vmid": 100, "notes": "n", "protected": 1 },
            { "volid": "nas:backup/b.vma.zst", "content": "backup", "ctime": 8, "size": 13 },
            { "volid": "nas:iso/c.iso", "content": "iso", "ctime": 9, "size": 14 },
        ]);
        let [a, b] = &backups(&data)[..] else { panic!("not two") };
        assert_eq!((a.vmid.map(Vmid::get), a.time, a.size, a.protected), (Some(100), 7, 12, true));
        assert_eq!((b.vmid, b.notes.as_str(), b.protected), (None, "", false));
    }

    #[test]
    fn the_cloud_init_drive_keeps_nobody_from_moving() {
        let data = json!({
            "running": 1, "allowed_nodes": ["pve2"], "local_resources": ["hostpci0"],
            "local_disks": [{ "volid": "lvm:vm-1-disk-0", "is_cloudinit": 0 }, { "volid": "lvm:vm-1-cloudinit", "is_cloudinit": 1 }],
        });
        let found = migrate_preconditions(&data);
        assert_eq!(found.local_disks, ["lvm:vm-1-disk-0"]);
        assert_eq!(
            (found.allowed_nodes, found.local_resources, found.running),
            (vec!["pve2".into()], vec!["hostpci0".into()], true)
        );
    }
}
