//! A backup archive: what `vzdump` keeps of a virtual machine.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{config::Config, device::Drive};

/// One disk in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BackupDisk {
    /// `scsi0`.
    pub slot: String,
    /// Where it was.
    pub storage: String,
    pub format: String,
    /// Bytes.
    pub size: u64,
    pub image: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Backup {
    /// The configuration without what belongs to the moment: locks, unused disks.
    pub config: Config,
    pub disks: Vec<BackupDisk>,
    pub notes: Option<String>,
    /// Neither deleted nor pruned.
    pub protected: bool,
}

impl Backup {
    /// A configuration as an archive keeps it.
    pub fn kept(config: &Config) -> Config {
        let mut kept = config.clone();
        kept.retain(|key| !key.starts_with("unused") && !matches!(key, "lock" | "parent"));
        kept
    }

    /// The configuration file in the archive, with the map of its disks.
    pub fn file(&self) -> String {
        let mut file = String::new();
        self.config.render(&mut file);
        for BackupDisk { slot, storage, format, .. } in &self.disks {
            let _ = writeln!(file, "#qmdump#map:{slot}:drive-{slot}:{storage}:{format}:");
        }
        file
    }
}

/// True for a drive that goes into an archive.
pub fn is_included(drive: &Drive) -> bool {
    !drive.is_cdrom() && !drive.is_cloudinit() && drive.options.get("backup").is_none_or(|value| value != "0")
}
