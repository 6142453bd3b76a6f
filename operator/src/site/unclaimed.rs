//! After a control plane was put back to an older time, its address claims may lack what was made since: nothing is created
//! before every address that the pool's VMs use has its claim, or a new server could get one that is in use.

use std::{collections::BTreeSet, net::IpAddr};

use kube::{Api, api::ListParams};
use proxmox_client::{GuestRow, ProxmoxAnswer, ProxmoxRequest};
use slipway_crds::{AddressClaim, AddressPool, address_claim::claim_address};

use super::{
    Site,
    keeper::{Keeper, KeeperError},
};
use crate::{
    kubernetes::timed,
    server::addresses::{handed_out, used},
};

impl Keeper {
    /// Why nothing is created yet; lets creates go as soon as there is no reason any more.
    pub(super) async fn creates_held(&self, site: &Site) -> Result<Option<String>, KeeperError> {
        if self.object().await?.status.is_none_or(|s| s.creates_held_since.is_none()) {
            return Ok(None);
        }
        let all = ListParams::default();
        let claims: Api<AddressClaim> = Api::all(self.client.clone());
        let pools: Api<AddressPool> = Api::all(self.client.clone());
        let claimed: BTreeSet<String> =
            timed(claims.list(&all)).await?.items.into_iter().map(|c| c.spec.address).collect();
        let pools = timed(pools.list(&all)).await?.items;
        let Some(inventory) = site.inventory() else { return Ok(Some("the site's VMs are not listed yet".into())) };
        let ours = |row: &&GuestRow| row.pool.as_deref() == Some(&site.pool()) && row.kind == "qemu" && !row.template;
        for row in inventory.guests.values().filter(ours) {
            let (node, vmid) = (row.node.clone(), row.vmid);
            let Ok(ProxmoxAnswer::Config(config)) = site.call(&ProxmoxRequest::Config { node, vmid }).await else {
                return Ok(Some(format!("VM {vmid} cannot be read, and may use an address that has no claim")));
            };
            let is_unclaimed = |address: &IpAddr| {
                pools
                    .iter()
                    .filter_map(|pool| handed_out(pool, *address))
                    .any(|base| !claimed.contains(&claim_address(base)))
            };
            if let Some(address) = used(&config).into_iter().find(is_unclaimed) {
                return Ok(Some(format!(
                    "VM {vmid} uses {address}, which has no claim since an older state of this control plane was acknowledged; adopt the VM, or take it out of the pool"
                )));
            }
        }
        self.change_status(|status| {
            status.creates_held_since = None;
            Some(())
        })
        .await?;
        Ok(None)
    }
}
