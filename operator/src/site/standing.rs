//! Whether a site may be acted on: everything that creates or destroys asks here first.

use slipway_crds::words::{SiteStalledReason, WaitingReason};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Standing {
    /// Not yet looked at.
    #[default]
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

/// What was found about each question on its own, so that a good answer to one never covers a bad one to another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdicts {
    /// Does it answer?
    pub contact: Standing,
    /// Is it the cluster that was pinned?
    pub identity: Standing,
    /// Is this the control plane that is in charge of it?
    pub epoch: Standing,
    /// Can its list of guests be believed?
    pub inventory: Standing,
    /// Why nothing is created, though everything else is good.
    pub creates_held: Option<String>,
}

impl Verdicts {
    /// The first that needs a person; else the first that is not good. A stall is told even while the site is away:
    /// an acknowledgement is held against the time since which it is told.
    pub fn standing(&self) -> Standing {
        let all = [&self.contact, &self.identity, &self.epoch, &self.inventory];
        let stalled = all.into_iter().find(|v| matches!(v, Standing::Stalled { .. }));
        stalled.or_else(|| all.into_iter().find(|v| **v != Standing::Good)).cloned().unwrap_or(Standing::Good)
    }

    /// Nothing that such a site answers is about our servers.
    pub fn is_another_cluster(&self) -> bool {
        matches!(
            self.identity,
            Standing::Stalled { reason: SiteStalledReason::SiteIdentityChanged | SiteStalledReason::DuplicateSite, .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stalled(reason: SiteStalledReason) -> Standing {
        Standing::Stalled { reason, message: String::new() }
    }

    fn good() -> Verdicts {
        Verdicts {
            contact: Standing::Good,
            identity: Standing::Good,
            epoch: Standing::Good,
            inventory: Standing::Good,
            creates_held: None,
        }
    }

    #[test]
    fn a_site_is_good_when_every_answer_is() {
        assert_eq!(good().standing(), Standing::Good);
        assert_eq!(Verdicts::default().standing(), Standing::Connecting);
        assert_eq!(Verdicts { inventory: Standing::Connecting, ..good() }.standing(), Standing::Connecting);
    }

    #[test]
    fn a_good_answer_never_covers_a_stall() {
        let [identity, epoch, inventory] = [
            SiteStalledReason::SiteIdentityChanged,
            SiteStalledReason::StateOlderThanSite,
            SiteStalledReason::InventoryShrank,
        ]
        .map(stalled);
        let all = Verdicts { identity: identity.clone(), epoch: epoch.clone(), inventory: inventory.clone(), ..good() };
        assert_eq!(all.standing(), identity);
        let all = Verdicts { identity: Standing::Good, ..all };
        assert_eq!(all.standing(), epoch);
        let all = Verdicts { epoch: Standing::Good, ..all };
        assert_eq!(all.standing(), inventory);
    }

    #[test]
    fn a_site_that_is_away_keeps_its_stall_and_its_distrust() {
        let away = Standing::Waiting { reason: WaitingReason::SiteUnreachable, message: "away".into() };
        let changed = stalled(SiteStalledReason::SiteIdentityChanged);
        let verdicts = Verdicts { contact: away.clone(), identity: changed.clone(), ..Verdicts::default() };
        assert_eq!(verdicts.standing(), changed);
        assert!(verdicts.is_another_cluster());
        let verdicts = Verdicts { identity: Standing::Connecting, ..verdicts };
        assert_eq!(verdicts.standing(), away);
        assert!(!verdicts.is_another_cluster());
    }
}
