//! What every reconciliation shares.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use kube::Client;
use slipway_crds::VirtualServer;

use super::{own_writes::OwnWrites, pace::Pace, previous::KnownForeign, squatters::Strangers};
use crate::{
    ambient::Ambient,
    catalogue::Catalogue,
    config::Config,
    events::Events,
    kubernetes::{self, KubernetesError},
    metrics::Metrics,
    site::Sites,
    wake::Wake,
};

pub struct Context {
    pub client: Client,
    pub catalogue: Catalogue,
    pub sites: Sites,
    pub metrics: Metrics,
    pub events: Events,
    pub config: Config,
    pub foreign: KnownForeign,
    pub strangers: Strangers,
    /// How often in a row each object had to wait, by uid.
    pub waits: Waits,
    /// When running tasks are looked at.
    pub pace: Pace,
    pub ambient: Ambient,
    /// Asks for those whose turn has come.
    pub wake: Wake,
    /// What the watch has not brought back yet.
    pub own_writes: OwnWrites,
}

impl Context {
    /// Writes the server's status; answers the server as it is then.
    pub(super) async fn write_status(&self, server: &VirtualServer) -> Result<VirtualServer, KubernetesError> {
        let written = kubernetes::replace_status(&self.client, server).await?;
        self.own_writes.keep(&written, self.ambient.now());
        Ok(written)
    }
}

/// Backoff with jitter, per object: 1 s, 2 s, 4 s … 60 s.
#[derive(Debug, Default)]
pub struct Waits(Mutex<HashMap<String, u32>>);

impl Waits {
    /// The pause before the next try.
    pub fn next(&self, uid: &str) -> Duration {
        let mut waits = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let count = waits.entry(uid.to_owned()).or_default();
        *count += 1;
        let seconds = 2_u64.saturating_pow((*count).min(7) - 1).min(60);
        // Between half and all of it, so that many that wait for one thing do not come at once.
        Duration::from_millis(seconds * 500 + u64::from(rand::random::<u16>()) * seconds * 500 / u64::from(u16::MAX))
    }

    /// Whether it had to wait since something last went on.
    pub fn waited(&self, uid: &str) -> bool {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).contains_key(uid)
    }

    /// Whether others go before its next try: every second time, so that neither waits for ever behind the other.
    pub fn gives_way(&self, uid: &str) -> bool {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(uid).is_some_and(|count| count % 2 == 1)
    }

    /// Something went on.
    pub fn reset(&self, uid: &str) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(uid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_begin_anew_after_progress() {
        let waits = Waits::default();
        let pauses: Vec<_> = (0..9).map(|_| waits.next("u")).collect();
        for (n, pause) in pauses.iter().enumerate() {
            let full = Duration::from_secs(2_u64.pow(u32::try_from(n).unwrap()).min(60));
            assert!(*pause >= full / 2 && *pause <= full, "{n}: {pause:?}");
        }
        waits.reset("u");
        assert!(waits.next("u") <= Duration::from_secs(1));
    }

    #[test]
    fn what_failed_gives_way_every_second_time() {
        let waits = Waits::default();
        let after = |waits: &Waits| {
            waits.next("u");
            waits.gives_way("u")
        };
        assert!(!waits.gives_way("u"));
        assert_eq!([after(&waits), after(&waits), after(&waits)], [true, false, true]);
        waits.reset("u");
        assert!(!waits.gives_way("u"));
    }
}
