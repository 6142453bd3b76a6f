//! After a control plane was put back to an older time, its address claims may lack what was made since: nothing is created
//! before every address that the pool's VMs use has its claim, or a new server could get one that is in use.

use std::{collections::BTreeSet, net::IpAddr};

use kube::{Api, ResourceExt as _, api::ListParams};
use proxmox_client::{GuestRow, ProxmoxAnswer, ProxmoxRequest, VmConfig};
use slipway_crds::{AddressClaim, AddressPool, Network, address_claim::claim_address};

use super::{
    Site,
    keeper::{Keeper, KeeperError},
};
use crate::{
    kubernetes::timed,
    server::addresses::{carried, handed_out, is_on},
};

impl Keeper {
    /// Why nothing is created yet; lets creates go as soon as there is no reason any more.
    pub(super) async fn creates_held(&self, site: &Site) -> Result<Option<String>, KeeperError> {
        if self.object().await?.status.is_none_or(|s| s.creates_held_since.is_none()) {
            return Ok(None);
        }
        let all = ListParams::default();
        let claims = timed(Api::<AddressClaim>::all(self.client.clone()).list(&all)).await?.items;
        let offered = Offered {
            site: &site.name,
            networks: timed(Api::all(self.client.clone()).list(&all)).await?.items,
            pools: timed(Api::all(self.client.clone()).list(&all)).await?.items,
            claimed: claims.into_iter().map(|claim| (claim.spec.scope, claim.spec.address)).collect(),
        };
        let Some(inventory) = site.inventory() else { return Ok(Some("the site's VMs are not listed yet".into())) };
        let ours = |row: &&GuestRow| site.is_in_pool(row) && row.kind == "qemu" && !row.template;
        for row in inventory.guests.values().filter(ours) {
            let (node, vmid) = (row.node.clone(), row.vmid);
            let Ok(ProxmoxAnswer::Config(config)) = site.call(&ProxmoxRequest::Config { node, vmid }).await else {
                return Ok(Some(format!("VM {vmid} cannot be read, and may use an address that has no claim")));
            };
            if let Some(address) = offered.unclaimed(&config) {
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

/// What addresses servers of a site are given, and which of them have their claims: by scope, for what is one's here may be
/// another's elsewhere.
struct Offered<'a> {
    site: &'a str,
    networks: Vec<Network>,
    pools: Vec<AddressPool>,
    claimed: BTreeSet<(String, String)>,
}

impl Offered<'_> {
    /// An address that the VM uses, a pool of its network would hand out, and nobody has claimed there.
    fn unclaimed(&self, config: &VmConfig) -> Option<IpAddr> {
        config.network_slots().into_iter().find_map(|slot| {
            let pools = self.pools_of(config, slot);
            let has_no_claim = |address: &IpAddr| {
                pools.iter().any(|pool| {
                    handed_out(pool, *address)
                        .is_some_and(|base| !self.claimed.contains(&(pool.spec.scope.clone(), claim_address(base))))
                })
            };
            carried(config, slot).into_iter().find(has_no_claim)
        })
    }

    /// Those of its interface's networks; of one that is on none, any may be meant.
    fn pools_of(&self, config: &VmConfig, slot: &str) -> Vec<&AddressPool> {
        let fitting: Vec<&Network> = self.networks.iter().filter(|n| is_on(n, self.site, config, slot)).collect();
        let is_asked = |pool: &&AddressPool| {
            let name = pool.name_any();
            fitting.is_empty() || fitting.iter().any(|network| network.spec.pools.contains(&name))
        };
        self.pools.iter().filter(is_asked).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    /// Two scopes have the same range, each on a VLAN of its own.
    fn offered(claimed: &[(&str, &str)]) -> Offered<'static> {
        let network = |name: &str, vlan: u16| {
            let spec = json!({ "siteRefs": ["home"], "bridge": "vmbr0", "vlan": vlan, "pools": [name] });
            from_value(json!({ "metadata": { "name": name }, "spec": spec })).unwrap()
        };
        let pool = |name: &str| {
            let ranges = json!([{ "first": "192.0.2.10", "last": "192.0.2.20" }]);
            let spec = json!({ "scope": name, "subnet": "192.0.2.0/24", "gateway": "192.0.2.1", "ranges": ranges });
            from_value(json!({ "metadata": { "name": name }, "spec": spec })).unwrap()
        };
        Offered {
            site: "home",
            networks: vec![network("ann", 7), network("ben", 8)],
            pools: vec![pool("ann"), pool("ben")],
            claimed: claimed.iter().map(|(scope, address)| ((*scope).to_owned(), (*address).to_owned())).collect(),
        }
    }

    #[test]
    fn an_address_is_claimed_in_the_scope_of_its_network() {
        let (mine, other) = ([("ann", "192.0.2.12")], [("ben", "192.0.2.12")]);
        for (vlan, address, claimed, holds) in [
            (7, "192.0.2.12", &[][..], true),
            (7, "192.0.2.12", &mine, false),
            (7, "192.0.2.12", &other, true),
            (8, "192.0.2.12", &other, false),
            // No pool hands it out.
            (7, "192.0.2.30", &[], false),
            // Of no network that is known: it has to be claimed wherever it may be.
            (9, "192.0.2.12", &mine, true),
        ] {
            let net0 = format!("virtio=BC:24:11:00:00:01,bridge=vmbr0,tag={vlan}");
            let config = VmConfig::from_json(&json!({ "net0": net0, "ipconfig0": format!("ip={address}/24") }));
            let expected = holds.then(|| address.parse().unwrap());
            assert_eq!(offered(claimed).unclaimed(&config), expected, "{address} on {vlan}, {claimed:?}");
        }
    }
}
