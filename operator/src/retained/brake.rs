//! The brake on deletions: how many an hour a site allows. Check and count are one write, so that many at once cannot
//! pass together, and a crash can only count one too many.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Client};
use slipway_crds::ProxmoxSite;

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
        let counted = &mut status.brakes.get_or_insert_default().deletions;
        counted.retain(|t| now.duration_since(t.0) < HOUR);
        let servers = catalogue.servers.state().iter().filter(|s| s.spec.site_ref == site.name).count();
        let limit = limit(servers + counted.len(), object.spec.limits.deletions_percent);
        if counted.len() >= limit {
            return Ok(Some(format!(
                "{} servers of site `{}` were deleted within the last hour, and {limit} is the limit; it goes on by itself",
                counted.len(),
                site.name
            )));
        }
        counted.push(Time(now));
        object.status = Some(status);
        match replace_status(client, &object).await {
            // Somebody else counted, or wrote how the site stands: look again.
            Err(error) if error.is_conflict() => {}
            other => return other.map(|_| None),
        }
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
    fn the_limit_is_a_share_of_the_site_but_never_below_five() {
        assert_eq!(limit(3, 2), 5);
        assert_eq!(limit(300, 2), 6);
        assert_eq!(limit(20_000, 2), 400);
        assert_eq!(limit(20_000, 0), 5);
    }
}
