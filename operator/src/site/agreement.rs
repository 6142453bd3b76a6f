//! Whose site this is, and whether this control plane may act on it: pinned identity, installation, epoch.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, ResourceExt as _, api::ListParams};
use proxmox_client::{ClusterStatus, ProxmoxAnswer, ProxmoxRequest};
use slipway_crds::{
    Epoch, ProxmoxSite, ProxmoxSiteSpec,
    names::ANNOTATION_ACKNOWLEDGE,
    words::{SiteStalledReason, condition},
};

use super::{
    Site,
    epoch::{self, Disagreement, Rotation},
    keeper::{Keeper, KeeperError},
    pool_comment::PoolComment,
    standing::Standing,
};
use crate::{
    actions,
    kubernetes::{replace_status, timed},
    server::settings::sha256,
};

impl Keeper {
    /// The first contact pins which cluster this is; another one later is refused.
    pub(super) async fn pin_identity(&self, site: &Site) -> Result<Standing, KeeperError> {
        let ProxmoxAnswer::ClusterStatus(cluster) = site.call(&ProxmoxRequest::ClusterStatus).await? else {
            return Ok(Standing::Connecting);
        };
        let found = identity(&cluster, &self.spec);
        if let Some(first) = self.first_site_of(&found).await? {
            return Ok(Standing::Stalled {
                reason: SiteStalledReason::DuplicateSite,
                message: format!(
                    "this is the cluster of site `{first}`; delete this site, or point it at another cluster"
                ),
            });
        }
        loop {
            let mut object = self.object().await?;
            let acknowledged = is_acknowledged(&object, SiteStalledReason::SiteIdentityChanged);
            let mut status = object.status.take().unwrap_or_default();
            match &status.cluster_identity {
                Some(pinned) if *pinned == found => return Ok(Standing::Good),
                Some(pinned) if !acknowledged => {
                    return Ok(Standing::Stalled {
                        reason: SiteStalledReason::SiteIdentityChanged,
                        message: format!(
                            "the endpoints lead to cluster `{found}`, but the site is `{pinned}`; put spec back, or acknowledge with the annotation {ANNOTATION_ACKNOWLEDGE}: SiteIdentityChanged@<now>"
                        ),
                    });
                }
                _ => {}
            }
            site.memory.forget();
            status.cluster_identity = Some(found.clone());
            object.status = Some(status);
            match replace_status(&self.client, &object).await {
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(Standing::Good),
            }
        }
    }

    /// A site that is the same cluster and was so first: by its pin, and where both pinned it at once, by age.
    async fn first_site_of(&self, cluster: &str) -> Result<Option<String>, KeeperError> {
        let api: Api<ProxmoxSite> = Api::all(self.client.clone());
        let sites = timed(api.list(&ListParams::default())).await?.items;
        let is_it = |s: &ProxmoxSite| s.status.as_ref().and_then(|t| t.cluster_identity.as_deref()) == Some(cluster);
        let rank = |s: &ProxmoxSite| (!is_it(s), s.creation_timestamp().map(|t| t.0), s.name_any());
        let Some(own) = sites.iter().find(|s| s.name_any() == self.name).map(rank) else { return Ok(None) };
        let others = sites.iter().filter(|s| is_it(s)).map(rank);
        Ok(others.filter(|other| *other < own).min().map(|(_, _, name)| name))
    }

    /// Rotates the epoch: the pool must carry one that we issued, a new one is issued by compare-and-swap, written, read back.
    pub(super) async fn agree(&self, site: &Site, neighbours: &[String]) -> Result<Standing, KeeperError> {
        if let Some(other) = other_installation(site, neighbours) {
            return Ok(other);
        }
        let _comment_is_ours = site.memory.comment.lock().await;
        let ProxmoxAnswer::Pool(found) = site.call(&ProxmoxRequest::Pool { pool: site.pool() }).await? else {
            return Ok(Standing::Connecting);
        };
        let mut comment: PoolComment = match found.as_ref().map(|p| p.comment.parse()).transpose() {
            Ok(comment) => comment.unwrap_or_default(),
            Err(why) => return Ok(stale(&why.to_string())),
        };
        let epoch = match self.next_epoch(comment.epoch.as_ref()).await? {
            Ok(epoch) => epoch,
            Err(why) => return Ok(stale(&format!("the pool {} {why}", site.pool()))),
        };
        comment.epoch = Some(epoch.clone());
        let (pool, text) = (site.pool(), comment.to_string());
        let write = if found.is_some() {
            ProxmoxRequest::SetPoolComment { pool, comment: text }
        } else {
            ProxmoxRequest::CreatePool { pool, comment: text }
        };
        site.call(&write).await?;
        match site.call(&ProxmoxRequest::Pool { pool: site.pool() }).await? {
            ProxmoxAnswer::Pool(Some(pool))
                if pool.comment.parse::<PoolComment>().is_ok_and(|c| c.epoch == Some(epoch)) =>
            {
                Ok(Standing::Good)
            }
            // The next try compares anew: it was another leader of ours, or somebody who is in charge now.
            _ => Err(KeeperError::EpochNotReadBack),
        }
    }

    /// The epoch that is to be written, remembered in the site's status by compare-and-swap.
    async fn next_epoch(&self, found: Option<&Epoch>) -> Result<Result<Epoch, Disagreement>, KeeperError> {
        loop {
            let mut object = self.object().await?;
            let acknowledged = is_acknowledged(&object, SiteStalledReason::StateOlderThanSite);
            let mut status = object.status.take().unwrap_or_default();
            let issued =
                match epoch::rotate(&status.epochs, found, acknowledged, format!("{:08x}", self.ambient.chance())) {
                    Ok(Rotation::Issue(epoch)) => epoch,
                    Ok(Rotation::Rewrite(epoch)) => return Ok(Ok(epoch)),
                    Err(why) => return Ok(Err(why)),
                };
            if acknowledged && epoch::rotate(&status.epochs, found, false, String::new()).is_err() {
                // What was asked of the older state is asked again by whoever still wants it.
                actions::expire_all(&self.client, &self.name, self.ambient.now()).await?;
                status.creates_held_since = Some(Time(self.ambient.now()));
            }
            status.epochs = epoch::remember(&status.epochs, issued.clone());
            object.status = Some(status);
            match replace_status(&self.client, &object).await {
                Err(error) if error.is_conflict() => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(Ok(issued)),
            }
        }
    }
}

/// The pool of an installation that nobody said is a neighbour: whose site this is, is not decided.
fn other_installation(site: &Site, neighbours: &[String]) -> Option<Standing> {
    let other = others(site).into_iter().find(|id| !neighbours.contains(id))?;
    let own = &site.installation;
    Some(Standing::Stalled {
        reason: SiteStalledReason::UnknownInstallation,
        message: format!(
            "the site holds the pool of installation `{other}`, and this is `{own}`; if this control plane takes its place, run `slipway-operator init --installation {other}`; if both are to share the site, run `slipway-operator init --installation {own}`"
        ),
    })
}

/// The other installations that have a pool here. A pool that our token may not see is known by its VMs.
pub(super) fn others(site: &Site) -> Vec<String> {
    let Some(inventory) = site.inventory() else { return vec![] };
    let of_guests = inventory.guests.values().filter_map(|row| row.pool.as_ref());
    let ids = inventory.pools.iter().chain(of_guests).filter_map(|pool| pool.strip_prefix("slipway-"));
    let others: BTreeSet<&str> = ids.filter(|id| *id != site.installation).collect();
    others.into_iter().map(str::to_owned).collect()
}

fn stale(why: &str) -> Standing {
    Standing::Stalled {
        reason: SiteStalledReason::StateOlderThanSite,
        message: format!(
            "{why}; nothing is created or destroyed until a person acknowledges with the annotation {ANNOTATION_ACKNOWLEDGE}: StateOlderThanSite@<now>"
        ),
    }
}

/// `<condition>@<time>`, not older than the stall itself.
pub(super) fn is_acknowledged(site: &ProxmoxSite, reason: SiteStalledReason) -> bool {
    let Some((name, time)) = site.annotations().get(ANNOTATION_ACKNOWLEDGE).and_then(|a| a.split_once('@')) else {
        return false;
    };
    let Ok(time) = time.parse::<Timestamp>() else { return false };
    let since = site
        .status
        .iter()
        .flat_map(|s| &s.conditions)
        .find(|c| c.type_ == condition::STALLED && c.status == "True" && c.reason == reason.as_str())
        .map(|c| c.last_transition_time.0);
    name == reason.as_str() && since.is_some_and(|s| time >= s)
}

/// Which cluster this is: its name, or its node when standalone, and who vouches for its certificates.
fn identity(cluster: &ClusterStatus, spec: &ProxmoxSiteSpec) -> String {
    let name = cluster.name.clone().unwrap_or_else(|| {
        let mut nodes: Vec<&str> = cluster.nodes.iter().map(|n| n.name.as_str()).collect();
        nodes.sort_unstable();
        format!("standalone {}", nodes.join("+"))
    });
    let trust = spec.tls.ca_bundle.as_deref().or(spec.tls.fingerprint.as_deref()).unwrap_or_default();
    format!("{name}/{}", &sha256(trust.trim().as_bytes())[..16])
}
