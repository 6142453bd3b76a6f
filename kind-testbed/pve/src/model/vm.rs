//! A virtual machine: its configuration file, and its process when it runs.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};

use super::{
    agent::Session,
    config::{Config, digest_of},
};
use crate::request::Millis;

/// A change that waits for the VM to stop, or for its hotplug.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Change {
    Set(String),
    /// Removal; forced removal destroys a disk instead of keeping it as unused.
    Delete {
        force: bool,
    },
}

/// A running QEMU process and what became of its guest.
#[expect(clippy::struct_excessive_bools, reason = "each may hold beside any other")]
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Run {
    pub pid: u32,
    pub since: Millis,
    pub paused: bool,
    /// It only reads the disks for a backup: the guest's code does not run.
    #[serde(default)]
    pub prelaunch: bool,
    /// The operating system of the boot disk; without one the guest never answers.
    pub image: Option<String>,
    /// When the guest has booted and its agent answers.
    pub booted: Millis,
    /// Does not react to ACPI.
    pub deaf: bool,
    /// A disk failed and QEMU stopped the guest.
    #[serde(default)]
    pub io_error: bool,
    #[serde(default)]
    pub agent: Session,
}

/// A snapshot: a section of the file, and what the disks and the memory held.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// The options of that time with `snaptime`, `description`, `parent`, `vmstate` and `snapstate`.
    pub config: Config,
    /// Files on the guest's disks.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// The process whose memory was saved; `booted` counts from the moment of the snapshot.
    #[serde(default)]
    pub run: Option<Run>,
}

impl Snapshot {
    /// Volumes it needs: disks and saved memory, no media.
    pub fn volumes(&self) -> impl Iterator<Item = String> {
        let disks = self.config.drives().filter(|(_, drive)| !drive.is_cdrom()).map(|(_, drive)| drive.file);
        disks.chain(self.config.get("vmstate").map(str::to_owned))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vm {
    pub node: String,
    pub config: Config,
    pub pending: BTreeMap<String, Change>,
    /// The cloud-init options that stand on the drive, `[special:cloudinit]` in the file.
    pub cloudinit: Config,
    pub run: Option<Run>,
    /// Files that were written on the guest's disks.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    #[serde(default)]
    pub snapshots: BTreeMap<String, Snapshot>,
}

impl Vm {
    pub fn new(node: &str, config: Config) -> Self {
        Self {
            node: node.to_owned(),
            config,
            pending: BTreeMap::new(),
            cloudinit: Config::default(),
            run: None,
            files: BTreeMap::new(),
            snapshots: BTreeMap::new(),
        }
    }

    pub fn running(&self) -> bool {
        self.run.is_some()
    }

    /// A snapshot by its name.
    pub fn snapshot(&self, name: &str) -> Result<&Snapshot, String> {
        self.snapshots.get(name).ok_or_else(|| format!("snapshot '{name}' does not exist"))
    }

    /// A snapshot needs this volume.
    pub fn in_snapshot(&self, volid: &str) -> bool {
        self.snapshots.values().any(|snapshot| snapshot.volumes().any(|used| used == volid))
    }

    /// SHA-1 of the whole file: pending changes, drive contents and snapshots included.
    pub fn digest(&self) -> String {
        let mut file = String::new();
        self.config.render(&mut file);
        if !self.pending.is_empty() {
            file.push_str("\n[PENDING]\n");
            let mut deleted = Vec::new();
            for (key, change) in &self.pending {
                match change {
                    Change::Set(value) => {
                        let _ = writeln!(file, "{key}: {value}");
                    }
                    Change::Delete { force } => deleted.push(format!("{}{key}", if *force { "!" } else { "" })),
                }
            }
            if !deleted.is_empty() {
                let _ = writeln!(file, "delete: {}", deleted.join(","));
            }
        }
        if self.cloudinit.iter().next().is_some() {
            file.push_str("\n[special:cloudinit]\n");
            self.cloudinit.render(&mut file);
        }
        for (name, snapshot) in &self.snapshots {
            let _ = write!(file, "\n[{name}]\n");
            snapshot.config.render(&mut file);
        }
        digest_of(&file)
    }

    /// The configuration with pending changes merged in, as a plain read shows it.
    pub fn merged(&self) -> Config {
        let mut config = self.config.clone();
        for (key, change) in &self.pending {
            match change {
                Change::Set(value) => config.set(key, value.clone()),
                Change::Delete { .. } => {
                    config.remove(key);
                }
            }
        }
        config
    }

    /// The name a list shows: an unnamed VM is `VM 301`.
    pub fn display_name(&self, vmid: super::Vmid) -> String {
        self.config.get("name").map_or_else(|| format!("VM {vmid}"), str::to_owned)
    }
}
