//! What can be counted of a server, and how an answer changes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an option or field says a number about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Resource {
    /// MiB.
    Memory,
    Cores,
    /// GiB of the root disk.
    Disk,
    /// Port speed in Mbit/s.
    Network,
    /// GiB a month.
    Traffic,
    Backups,
    Snapshots,
    /// How many addresses, not which.
    AddressCount,
}

impl Resource {
    pub const ALL: [Self; 8] = [
        Self::Memory,
        Self::Cores,
        Self::Disk,
        Self::Network,
        Self::Traffic,
        Self::Backups,
        Self::Snapshots,
        Self::AddressCount,
    ];

    /// What its numbers are counted in, after a number.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Memory => " MiB",
            Self::Disk | Self::Traffic => " GiB",
            Self::Network => " Mbit/s",
            Self::Cores => " cores",
            Self::Backups | Self::Snapshots | Self::AddressCount => "",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cores => "cores",
            Self::Disk => "disk",
            Self::Network => "network",
            Self::Traffic => "traffic",
            Self::Backups => "backups",
            Self::Snapshots => "snapshots",
            Self::AddressCount => "address-count",
        }
    }

    /// Whether a bare number says nothing without a unit.
    pub fn needs_unit(self) -> bool {
        matches!(self, Self::Memory | Self::Disk | Self::Network | Self::Traffic)
    }

    /// The largest that can be carried over.
    pub fn most(self) -> u64 {
        match self {
            Self::Traffic => i64::MAX.unsigned_abs(),
            _ => u64::from(i32::MAX.unsigned_abs()),
        }
    }

    /// Whether having no limit of it is a size that can be sold.
    pub fn may_be_unlimited(self) -> bool {
        matches!(self, Self::Network | Self::Traffic)
    }
}

/// How an answer changes the size: first all that set, then all that multiply, then all that add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Instead of the product's own.
    #[default]
    Set,
    /// On top of it.
    Add,
    /// So many times what it is.
    Multiply,
}
