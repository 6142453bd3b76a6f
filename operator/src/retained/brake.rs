//! The brake on deletions: how many an hour a site allows, and of those one namespace. Check and count are one write, so
//! that many at once cannot pass together, and a crash can only count one too many.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Client, ResourceExt as _};
use slipway_crds::{Brakes, ProxmoxSite, VirtualServer, names::ANNOTATION_ACKNOWLEDGE, words::WaitingReason};

use crate::{
    catalogue::Catalogue,
    kubernetes::{KubernetesError, replace_status, timed},
    site::Site,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// What even the smallest site allows.
const LEAST: usize = 5;

/// Counts one deletion of this namespace; or answers why it must wait.
pub async fn count(
    client: &Client,
    catalogue: &Catalogue,
    site: &Site,
    namespace: &str,
    now: Timestamp,
) -> Result<Option<String>, KubernetesError> {
    let api: Api<ProxmoxSite> = Api::all(client.clone());
    loop {
        let mut object = timed(api.get(&site.name)).await?;
        let mut status = object.status.take().unwrap_or_default();
        let acknowledged = acknowledged(&object);
        let before = status.brakes.clone();
        let brakes = status.brakes.get_or_insert_default();
        release(brakes, acknowledged);
        let servers = catalogue.servers.state();
        let here: Vec<_> = servers.iter().filter(|s| s.spec.site_ref == site.name).collect();
        let of_others = here.iter().filter(|s| s.namespace().as_deref() != Some(namespace) && has_vm(s)).count();
        let fleet = Fleet { servers: here.len(), of_others, percent: object.spec.limits.deletions_percent };
        let held = admit(brakes, namespace, fleet, now).err().map(|full| full.message(&site.name, namespace));
        if held.is_some() && status.brakes == before {
            return Ok(held);
        }
        object.status = Some(status);
        match replace_status(client, &object).await {
            // Somebody else counted, or wrote how the site stands: look again.
            Err(error) if error.is_conflict() => {}
            other => return other.map(|_| held),
        }
    }
}

/// The servers of a site, as the brake sees them.
#[derive(Debug, Clone, Copy)]
struct Fleet {
    servers: usize,
    /// Those outside the namespace that asks that have a VM.
    of_others: usize,
    percent: u32,
}

fn has_vm(server: &VirtualServer) -> bool {
    server.status.as_ref().is_some_and(|s| s.vmid.is_some())
}

/// What is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Full {
    Site { counted: usize, limit: usize },
    Namespace { counted: usize, limit: usize },
}

impl Full {
    fn message(self, site: &str, namespace: &str) -> String {
        let (counted, limit, whose) = match self {
            Self::Site { counted, limit } => (counted, limit, format!("servers of site `{site}`")),
            Self::Namespace { counted, limit } => {
                (counted, limit, format!("servers of namespace `{namespace}` on site `{site}`"))
            }
        };
        format!(
            "{counted} {whose} were deleted within the last hour, and {limit} is the limit; it goes on by itself, or when a person releases it with the annotation {ANNOTATION_ACKNOWLEDGE}: {}@<now> on the site",
            WaitingReason::Brake
        )
    }
}

/// Counts one deletion, or remembers since when one waits.
fn admit(brakes: &mut Brakes, namespace: &str, fleet: Fleet, now: Timestamp) -> Result<(), Full> {
    let is_recent = |t: &Time| now.duration_since(t.0) < HOUR;
    brakes.deletions.retain(is_recent);
    brakes.namespaces.retain(|_, times| {
        times.retain(is_recent);
        !times.is_empty()
    });
    let of_site = brakes.deletions.len();
    let of_namespace = brakes.namespaces.get(namespace).map_or(0, Vec::len);
    let limit = limit(fleet.servers + of_site, fleet.percent);
    let others = fleet.of_others > 0 || of_site > of_namespace;
    let share = if others { limit.div_ceil(2) } else { limit };
    let full = match (of_site >= limit, of_namespace >= share) {
        (true, _) => Full::Site { counted: of_site, limit },
        (false, true) => Full::Namespace { counted: of_namespace, limit: share },
        (false, false) => {
            brakes.deletions.push(Time(now));
            brakes.namespaces.entry(namespace.to_owned()).or_default().push(Time(now));
            // Those that wait while others go on still wait since then.
            if brakes.namespaces.values().all(|times| times.len() < limit.div_ceil(2)) {
                brakes.held_since = None;
            }
            return Ok(());
        }
    };
    brakes.held_since.get_or_insert(Time(now));
    Err(full)
}

/// When a person said that the deletions that wait are meant.
fn acknowledged(site: &ProxmoxSite) -> Option<Timestamp> {
    let (name, time) = site.annotations().get(ANNOTATION_ACKNOWLEDGE)?.split_once('@')?;
    if name == WaitingReason::Brake.as_str() { time.parse().ok() } else { None }
}

/// An acknowledgement that is not older than the wait lets as many go as an hour allows, once.
fn release(brakes: &mut Brakes, acknowledged: Option<Timestamp>) {
    let (Some(Time(held)), Some(said)) = (brakes.held_since.clone(), acknowledged) else { return };
    if said >= held && brakes.released_at.as_ref().is_none_or(|before| before.0 < said) {
        *brakes =
            Brakes { released_at: Some(Time(said)), sweeps: std::mem::take(&mut brakes.sweeps), ..Brakes::default() };
    }
}

/// max(5, x %) of the servers that there were an hour ago.
fn limit(servers: usize, percent: u32) -> usize {
    (servers * percent as usize / 100).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_releases_the_brake_once_and_only_if_it_is_younger_than_the_wait() {
        let at = |hour: &str| Time(format!("2026-11-25T{hour}:00:00Z").parse().unwrap());
        let namespaces = [("a".to_owned(), vec![at("10"); 5])].into();
        let held = Brakes { deletions: vec![at("10"); 5], namespaces, held_since: Some(at("11")), ..Brakes::default() };
        let after = |said: Option<Time>, brakes: &Brakes| {
            let mut brakes = brakes.clone();
            release(&mut brakes, said.map(|t| t.0));
            brakes
        };
        assert_eq!(after(None, &held), held);
        assert_eq!(after(Some(at("10")), &held), held);
        let released = after(Some(at("12")), &held);
        assert!(released.namespaces.is_empty());
        assert_eq!((released.deletions.len(), released.held_since, released.released_at), (0, None, Some(at("12"))));
        let again = Brakes { released_at: Some(at("12")), ..held };
        assert_eq!(after(Some(at("12")), &again), again);
    }

    const FLEET: Fleet = Fleet { servers: 40, of_others: 20, percent: 2 };

    fn at(minute: i64) -> Timestamp {
        "2026-11-25T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    #[test]
    fn one_namespace_that_deletes_everything_leaves_the_others_their_deletions() {
        let mut brakes = Brakes::default();
        let went = (0..20).filter(|n| admit(&mut brakes, "much", FLEET, at(*n)).is_ok()).count();
        assert_eq!(went, 3, "half of five");
        assert_eq!(admit(&mut brakes, "much", FLEET, at(20)), Err(Full::Namespace { counted: 3, limit: 3 }));
        assert_eq!(admit(&mut brakes, "little", FLEET, at(21)), Ok(()));
        assert_eq!(brakes.held_since, Some(Time(at(3))), "it still waits since then, and may be released");
        assert_eq!(admit(&mut brakes, "much", FLEET, at(60)), Ok(()), "an hour later one is forgotten");
    }

    #[test]
    fn a_mass_deletion_over_many_namespaces_stops_at_the_limit_of_the_site() {
        let mut brakes = Brakes::default();
        let went = (0..40).filter(|n| admit(&mut brakes, &format!("acct-{n}"), FLEET, at(0)).is_ok()).count();
        assert_eq!(went, 5);
        assert_eq!(admit(&mut brakes, "another", FLEET, at(0)), Err(Full::Site { counted: 5, limit: 5 }));
    }

    #[test]
    fn who_is_alone_on_a_site_may_use_what_the_site_allows() {
        let mut brakes = Brakes::default();
        let alone = Fleet { of_others: 0, ..FLEET };
        assert_eq!((0..9).filter(|_| admit(&mut brakes, "much", alone, at(0)).is_ok()).count(), 5);
    }

    #[test]
    fn the_limit_is_a_share_of_the_site_but_never_below_five() {
        assert_eq!(limit(3, 2), 5);
        assert_eq!(limit(300, 2), 6);
        assert_eq!(limit(20_000, 2), 400);
        assert_eq!(limit(20_000, 0), 5);
    }
}
