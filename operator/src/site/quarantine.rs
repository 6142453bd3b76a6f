//! Numbers that are set aside: what is on them cannot be removed by us, and they are never used.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{Api, Client};
use proxmox_client::Vmid;
use slipway_crds::{ProxmoxSite, ProxmoxSiteStatus, QuarantinedVmid};

use super::{Absence, Site, write};
use crate::kubernetes::{KubernetesError, replace_status, timed};

/// What a site's status holds at most.
const MOST: usize = 256;

/// Sets a number aside, once. `false` when there is no room for another.
pub async fn add(
    client: &Client,
    site: &Site,
    vmid: Vmid,
    reason: &str,
    command: &str,
    since: jiff::Timestamp,
) -> Result<bool, KubernetesError> {
    let api: Api<ProxmoxSite> = Api::all(client.clone());
    loop {
        let mut object = timed(api.get(&site.name)).await?;
        let mut status = object.status.take().unwrap_or_default();
        if !status.quarantine.iter().any(|q| q.vmid == vmid.get()) {
            if status.quarantine.len() >= MOST {
                return Ok(false);
            }
            status.quarantine.push(QuarantinedVmid {
                vmid: vmid.get(),
                reason: reason.to_owned(),
                command: command.to_owned(),
                since: Time(since),
            });
        }
        remember(site, &status);
        object.status = Some(status);
        match replace_status(client, &object).await {
            Err(error) if error.is_conflict() => {}
            other => return other.map(|_| true),
        }
    }
}

/// The numbers in quarantine that nothing is on any more.
pub(super) async fn proven_absent(site: &Site) -> Vec<u32> {
    let mut gone = Vec::new();
    for vmid in site.quarantined().into_iter().filter_map(|n| Vmid::try_from(n).ok()) {
        if site.prove_absence(vmid).await == Absence::Proven {
            gone.push(vmid.get());
        }
    }
    gone
}

/// Keeps what the site's status says, for decisions that are made without reading it.
pub(super) fn remember(site: &Site, status: &ProxmoxSiteStatus) {
    *write(&site.memory.quarantine) = status.quarantine.iter().map(|q| q.vmid).collect();
}
