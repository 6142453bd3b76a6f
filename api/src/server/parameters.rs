//! What a verb is about, beside its server: read strictly at the border, and kept as the action's spec spells it.

use serde::{Deserialize, Serialize};

use crate::operation::view::Verb;
use crate::problem::{FieldError, Kind, Problem};
use crate::server::act::Act;
use crate::server::stores::Stores;

/// Longest name of a snapshot.
const MAX_SNAPSHOT_NAME: usize = 40;
/// Names that Proxmox VE keeps for itself.
const RESERVED: [&str; 2] = ["current", "pending"];

/// The parameters of one verb; which of them are there follows from the verb.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Parameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub include_memory: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

impl Parameters {
    /// The one thing that the verb is about, for people.
    pub fn subject(self) -> Option<String> {
        self.snapshot.or(self.backup).or(self.disk).or(self.image_ref).or(self.node)
    }
}

/// What the parameters are checked against.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    pub stores: &'a Stores,
    /// The image that the server has now.
    pub image: &'a str,
    /// Whether the image that was asked for is deprecated; none: there is no such image.
    pub asked_image: Option<bool>,
}

/// Takes what the verb needs, and nothing else.
pub fn read(asked: &Act, ground: &Ground<'_>) -> Result<Parameters, Problem> {
    let mut errors = foreign_to(asked);
    let mut wrong = |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });
    let mut parameters = Parameters {
        snapshot: asked.snapshot.clone(),
        include_memory: asked.include_memory,
        backup: asked.backup.clone(),
        image_ref: asked.image.clone(),
        disk: asked.disk.clone(),
        node: asked.node.clone(),
    };
    let stores = ground.stores;
    match asked.verb {
        Verb::Start | Verb::Shutdown | Verb::Stop | Verb::Restart | Verb::Reset | Verb::Backup => {}
        Verb::Snapshot => match &asked.snapshot {
            None => wrong("snapshot", "is needed: a name for the snapshot".to_owned()),
            Some(name) if !is_snapshot_name(name) => wrong(
                "snapshot",
                format!(
                    "must be 2 to {MAX_SNAPSHOT_NAME} letters, digits, _ and -, begin with a letter, and not be current or pending"
                ),
            ),
            Some(name) if has_snapshot(stores, name) => {
                wrong("snapshot", format!("there is a snapshot {name} already; choose another name"));
            }
            Some(_) => {}
        },
        Verb::DeleteSnapshot | Verb::Rollback => match &asked.snapshot {
            None => wrong("snapshot", "is needed: the snapshot's name".to_owned()),
            Some(name) if !has_snapshot(stores, name) => wrong("snapshot", format!("there is no snapshot {name}")),
            Some(_) => {}
        },
        Verb::Restore | Verb::DeleteBackup => match &asked.backup {
            None => wrong("backup", "is needed: the backup's id".to_owned()),
            Some(id) => match stores.backups.iter().find(|backup| backup.id == *id) {
                None => wrong("backup", format!("the server has no backup {id}")),
                Some(backup) if backup.protected && asked.verb == Verb::DeleteBackup => {
                    wrong("backup", "is protected on Proxmox VE and cannot be deleted here".to_owned());
                }
                Some(_) => {}
            },
        },
        Verb::Migrate => match &asked.node {
            None => wrong("node", "is needed: the node to go to".to_owned()),
            Some(node) if !is_node_name(node) => wrong("node", "is no node's name".to_owned()),
            Some(_) => {}
        },
        Verb::Rebuild => match (&asked.image, &asked.disk) {
            (None, None) => wrong("image", "is needed, or disk: a detached root disk to put back".to_owned()),
            (Some(_), Some(_)) => wrong("disk", "stands instead of image, not beside it".to_owned()),
            (Some(image), None) => match ground.asked_image {
                None => wrong("image", format!("there is no image {image}")),
                Some(true) => wrong("image", format!("{image} is not installed any more")),
                Some(false) => {}
            },
            (None, Some(disk)) if !has_disk(stores, disk) => wrong("disk", format!("there is no detached disk {disk}")),
            // Kubernetes wants an image named in every rebuild; the disk decides what is on it.
            (None, Some(_)) => parameters.image_ref = Some(ground.image.to_owned()),
        },
        Verb::DestroyDisk => match &asked.disk {
            None => wrong("disk", "is needed: the detached disk's name".to_owned()),
            Some(disk) if !has_disk(stores, disk) => wrong("disk", format!("there is no detached disk {disk}")),
            Some(_) => {}
        },
    }
    if errors.is_empty() {
        return Ok(parameters);
    }
    Err(Problem::new(Kind::Unprocessable, format!("{} cannot be done like this.", asked.verb)).with_fields(errors))
}

/// Fields that the verb has no use for.
fn foreign_to(asked: &Act) -> Vec<FieldError> {
    use Verb::{DeleteBackup, DeleteSnapshot, DestroyDisk, Migrate, Rebuild, Restore, Rollback, Snapshot};
    let given: [(&str, bool, &[Verb]); 6] = [
        ("snapshot", asked.snapshot.is_some(), &[Snapshot, DeleteSnapshot, Rollback]),
        ("includeMemory", asked.include_memory, &[Snapshot]),
        ("backup", asked.backup.is_some(), &[Restore, DeleteBackup]),
        ("image", asked.image.is_some(), &[Rebuild]),
        ("disk", asked.disk.is_some(), &[Rebuild, DestroyDisk]),
        ("node", asked.node.is_some(), &[Migrate]),
    ];
    let foreign = given.into_iter().filter(|(_, given, verbs)| *given && !verbs.contains(&asked.verb));
    let error = |field: &str| FieldError { field: field.to_owned(), message: format!("is not for {}", asked.verb) };
    foreign.map(|(field, _, _)| error(field)).collect()
}

fn has_snapshot(stores: &Stores, name: &str) -> bool {
    stores.snapshots.iter().any(|snapshot| snapshot.name == name)
}

fn has_disk(stores: &Stores, name: &str) -> bool {
    stores.detached_disks.iter().any(|disk| disk.name == name)
}

fn is_snapshot_name(name: &str) -> bool {
    let inner = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    (2..=MAX_SNAPSHOT_NAME).contains(&name.len())
        && inner
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !RESERVED.contains(&name)
}

/// A DNS label, as Proxmox VE names its nodes.
pub fn is_node_name(name: &str) -> bool {
    let inner = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (1..=63).contains(&name.len()) && inner && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::{Value, json};

    use super::*;
    use crate::server::stores::{BackupView, DetachedDiskView, SnapshotView};

    fn stores() -> Stores {
        let at = DateTime::UNIX_EPOCH;
        let backup = |id: &str, protected| BackupView { id: id.into(), created_at: at, size_bytes: 1, protected };
        Stores {
            snapshots: vec![SnapshotView { name: "before".into(), created_at: at, includes_memory: false }],
            backups: vec![backup("b:1", false), backup("b:kept", true)],
            detached_disks: vec![DetachedDiskView { name: "root-old".into(), since: at, until: None }],
            ..Stores::default()
        }
    }

    fn try_read(asked: &Value) -> Result<Parameters, Problem> {
        let act: Act = serde_json::from_value(asked.clone()).unwrap();
        let asked_image = act.image.as_deref().and_then(|image| {
            [("new", false), ("old", true)].into_iter().find(|(name, _)| *name == image).map(|(_, old)| old)
        });
        read(&act, &Ground { stores: &stores(), image: "debian", asked_image })
    }

    #[test]
    fn each_verb_takes_exactly_its_own_parameters() {
        for (asked, field) in [
            (json!({"verb": "Start"}), None),
            (json!({"verb": "Reset"}), None),
            (json!({"verb": "Backup"}), None),
            (json!({"verb": "Start", "snapshot": "before"}), Some("snapshot")),
            (json!({"verb": "Stop", "includeMemory": true}), Some("includeMemory")),
            (json!({"verb": "Snapshot"}), Some("snapshot")),
            (json!({"verb": "Snapshot", "snapshot": "after", "includeMemory": true}), None),
            (json!({"verb": "Snapshot", "snapshot": "before"}), Some("snapshot")),
            (json!({"verb": "Snapshot", "snapshot": "current"}), Some("snapshot")),
            (json!({"verb": "Snapshot", "snapshot": "1st"}), Some("snapshot")),
            (json!({"verb": "Snapshot", "snapshot": "a b"}), Some("snapshot")),
            (json!({"verb": "Rollback", "snapshot": "before"}), None),
            (json!({"verb": "Rollback", "snapshot": "before", "includeMemory": true}), Some("includeMemory")),
            (json!({"verb": "Rollback", "snapshot": "never"}), Some("snapshot")),
            (json!({"verb": "DeleteSnapshot"}), Some("snapshot")),
            (json!({"verb": "DeleteSnapshot", "snapshot": "before"}), None),
            (json!({"verb": "Restore", "backup": "b:1"}), None),
            (json!({"verb": "Restore", "backup": "b:kept"}), None),
            (json!({"verb": "Restore", "backup": "b:of-another"}), Some("backup")),
            (json!({"verb": "DeleteBackup", "backup": "b:kept"}), Some("backup")),
            (json!({"verb": "Backup", "backup": "b:1"}), Some("backup")),
            (json!({"verb": "Migrate"}), Some("node")),
            (json!({"verb": "Migrate", "node": "pve 2"}), Some("node")),
            (json!({"verb": "Migrate", "node": "pve2"}), None),
            (json!({"verb": "Rebuild"}), Some("image")),
            (json!({"verb": "Rebuild", "image": "new"}), None),
            (json!({"verb": "Rebuild", "image": "old"}), Some("image")),
            (json!({"verb": "Rebuild", "image": "none"}), Some("image")),
            (json!({"verb": "Rebuild", "disk": "root-old"}), None),
            (json!({"verb": "Rebuild", "disk": "data"}), Some("disk")),
            (json!({"verb": "Rebuild", "image": "new", "disk": "root-old"}), Some("disk")),
            (json!({"verb": "DestroyDisk"}), Some("disk")),
            (json!({"verb": "DestroyDisk", "disk": "root-old"}), None),
            (json!({"verb": "DestroyDisk", "disk": "root"}), Some("disk")),
        ] {
            let answer = try_read(&asked);
            let refused = answer.as_ref().err().map(|problem| problem.fields()[0].clone());
            assert_eq!(refused.as_deref().and_then(|text| text.split(' ').next()), field, "{asked}: {refused:?}");
        }
    }

    #[test]
    fn what_is_kept_is_a_valid_spec_of_its_verb() {
        let put_back = try_read(&json!({"verb": "Rebuild", "disk": "root-old"})).unwrap();
        assert_eq!(serde_json::to_value(&put_back).unwrap(), json!({"imageRef": "debian", "disk": "root-old"}));
        assert_eq!(put_back.subject().as_deref(), Some("root-old"));
        let snapshot = try_read(&json!({"verb": "Snapshot", "snapshot": "after", "includeMemory": true})).unwrap();
        assert_eq!(serde_json::to_value(&snapshot).unwrap(), json!({"snapshot": "after", "includeMemory": true}));
    }
}
