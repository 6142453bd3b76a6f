//! A backup archive: what `vzdump` keeps of a virtual machine.

use serde::{Deserialize, Serialize};

use super::config::Config;

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
