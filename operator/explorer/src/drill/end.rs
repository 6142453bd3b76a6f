//! How an operation that met a mishap ended.

use std::fmt;

/// The words of the matrix's cells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// As if nothing had gone wrong.
    Converged,
    /// The same, and what Proxmox refuses to remove is listed on the site with the root command.
    Quarantined,
    /// It waited for this reason as long as the fault lasted, and converged afterwards.
    Waits(String),
    /// It was refused, and nothing was done.
    Refused,
    /// The action ended in this phase, honestly, and the server is Ready.
    Ends(String),
    /// A hand destroyed the VM, and nothing of it is left: nobody asked for it any more.
    Gone,
    /// Only a person can go on, and the condition says so.
    Stalled(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Converged => f.write_str("converged"),
            Self::Quarantined => f.write_str("quarantined"),
            Self::Waits(reason) => write!(f, "waits ({reason})"),
            Self::Gone => f.write_str("gone"),
            Self::Refused => f.write_str("refused"),
            Self::Ends(phase) => write!(f, "ends ({phase})"),
            Self::Stalled(reason) => write!(f, "stalled ({reason})"),
        }
    }
}
