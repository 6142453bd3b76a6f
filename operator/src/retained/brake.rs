//! The brake on deletions: how many an hour a site allows. Check and count are one write, so that many at once cannot
//! pass together, and a crash can only count one too many.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Client, ResourceExt as _};
use slipway_crds::{Brakes, ProxmoxSite, names::ANNOTATION_ACKNOWLEDGE, words::WaitingReason};

use crate::{
    catalogue::Catalogue,
    kubernetes::{KubernetesError, replace_status, timed},
    site::Site,
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// What even the smallest site allows.
const LEAST: usize = 5;

/// Counts one deletion; or answers why it must wait.
pub async fn count(
    client: &Client,
    catalogue: &Catalogue,
    site: &Site,
    now: Timestamp,
) -> Result<Option<String>, KubernetesError> {
    let api: Api<ProxmoxSite> = Api::all(client.clone());
    loop {
        let mut object = timed(api.get(&site.name)).await?;
        let mut status = object.status.take().unwrap_or_default();
        let acknowledged = acknowledged(&object);
        let brakes = status.brakes.get_or_insert_default();
        release(brakes, acknowledged);
        let counted = &mut brakes.deletions;
        counted.retain(|t| now.duration_since(t.0) < HOUR);
        let servers = catalogue.servers.state().iter().filter(|s| s.spec.site_ref == site.name).count();
        let limit = limit(servers + counted.len(), object.spec.limits.deletions_percent);
        if counted.len() >= limit {
            let why = format!(
                "{} servers of site `{}` were deleted within the last hour, and {limit} is the limit; it goes on by itself, or when a person releases it with the annotation {ANNOTATION_ACKNOWLEDGE}: {}@<now> on the site",
                counted.len(),
                site.name,
                WaitingReason::Brake
            );
            if brakes.held_since.is_some() {
                return Ok(Some(why));
            }
            brakes.held_since = Some(Time(now));
            object.status = Some(status);
            match replace_status(client, &object).await {
                Err(error) if error.is_conflict() => continue,
                other => return other.map(|_| Some(why)),
            }
        }
        counted.push(Time(now));
        brakes.held_since = None;
        object.status = Some(status);
        match replace_status(client, &object).await {
            // Somebody else counted, or wrote how the site stands: look again.
            Err(error) if error.is_conflict() => {}
            other => return other.map(|_| None),
        }
    }
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
        let held = Brakes { deletions: vec![at("10"); 5], held_since: Some(at("11")), ..Brakes::default() };
        let after = |said: Option<Time>, brakes: &Brakes| {
            let mut brakes = brakes.clone();
            release(&mut brakes, said.map(|t| t.0));
            brakes
        };
        assert_eq!(after(None, &held), held);
        assert_eq!(after(Some(at("10")), &held), held);
        let released = after(Some(at("12")), &held);
        assert_eq!((released.deletions.len(), released.held_since, released.released_at), (0, None, Some(at("12"))));
        let again = Brakes { released_at: Some(at("12")), ..held };
        assert_eq!(after(Some(at("12")), &again), again);
    }

    #[test]
    fn the_limit_is_a_share_of_the_site_but_never_below_five() {
        assert_eq!(limit(3, 2), 5);
        assert_eq!(limit(300, 2), 6);
        assert_eq!(limit(20_000, 2), 400);
        assert_eq!(limit(20_000, 0), 5);
    }
}
