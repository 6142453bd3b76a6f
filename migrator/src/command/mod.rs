//! One file a command: what it reads, what it prints, how it ends.

pub mod check;
mod drive;
pub mod machine_check;
pub mod map;
pub mod report;
pub mod rollback;
pub mod run;
pub mod verify;

use std::process::ExitCode;

/// How a command ended, as its exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// 0: nothing needs a look.
    Well,
    /// 10: it did not do what it was asked for.
    InError,
    /// 11: it did, and somebody has to look at something.
    WithFindings,
}

impl Ended {
    /// For a caller to whom "look at it" is no failure.
    #[must_use]
    pub fn tolerating_findings(self) -> Self {
        match self {
            Self::Well | Self::WithFindings => Self::Well,
            Self::InError => Self::InError,
        }
    }
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Well => Self::SUCCESS,
            Ended::InError => Self::from(10),
            Ended::WithFindings => Self::from(11),
        }
    }
}
