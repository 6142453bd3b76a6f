//! Whether a site may be acted on: everything that creates or destroys asks here first.

use slipway_crds::words::{SiteStalledReason, WaitingReason};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not yet looked at.
    Connecting,
    Good,
    /// Cannot be reached, or refuses our token; heals by itself.
    Waiting {
        reason: WaitingReason,
        message: String,
    },
    /// Needs a person.
    Stalled {
        reason: SiteStalledReason,
        message: String,
    },
}

impl Standing {
    /// Why creating and destroying waits, for a server's condition.
    pub fn frozen(&self, site: &str) -> Option<(WaitingReason, String)> {
        match self {
            Self::Good => None,
            Self::Connecting => Some((WaitingReason::SiteUnreachable, format!("site `{site}` is being contacted"))),
            Self::Waiting { reason, message } => Some((*reason, format!("site `{site}`: {message}"))),
            Self::Stalled { reason, message } => {
                Some((WaitingReason::SiteFrozen, format!("site `{site}` is frozen ({reason}): {message}")))
            }
        }
    }

    pub fn reason(&self) -> &'static str {
        match self {
            Self::Connecting => "Connecting",
            Self::Good => "Connected",
            Self::Waiting { reason, .. } => reason.as_str(),
            Self::Stalled { reason, .. } => reason.as_str(),
        }
    }

    pub fn message(&self) -> String {
        match self {
            Self::Connecting => "the site is being contacted".to_owned(),
            Self::Good => "the site answers".to_owned(),
            Self::Waiting { message, .. } | Self::Stalled { message, .. } => message.clone(),
        }
    }
}
