//! Which addresses each interface of a server has, and what a VM's configuration tells its guest of them: pure.

use std::{collections::BTreeMap, net::IpAddr};

use proxmox_client::VmConfig;
use slipway_crds::{AddressPool, Network, words::WaitingReason};

use super::{
    observed::{AddressView, Addressing, Claim},
    plan::Plan,
    prefix::{FAMILIES, Family, in_ranges, masked, network},
    step::Step,
};

/// Every address that the server has: interface → its claims, or what an adopted VM came with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Claims {
    claimed: BTreeMap<String, Vec<Claim>>,
    own: BTreeMap<String, Addressing>,
}

impl Claims {
    /// All of them; else the plan that claims what is missing, or says what it waits for. `own` says what an adopted VM has
    /// on an interface.
    pub fn settled(views: &BTreeMap<String, Vec<AddressView>>, own: impl Fn(&str) -> Addressing) -> Result<Self, Plan> {
        if let Some((reason, message)) = exhausted(views) {
            return Err(Plan::waiting(reason, message));
        }
        let steps: Vec<Step> = claim_steps(views);
        if !steps.is_empty() {
            return Err(Plan { steps, ..Plan::default() });
        }
        let mut all = Self::default();
        for (interface, view) in views.iter().flat_map(|(name, views)| views.iter().map(move |view| (name, view))) {
            match view {
                AddressView::Claimed(claim) => {
                    all.claimed.entry(interface.clone()).or_default().push(claim.clone());
                }
                AddressView::Own => drop(all.own.insert(interface.clone(), own(interface))),
                AddressView::Free(_) | AddressView::Exhausted { .. } => {}
            }
        }
        Ok(all)
    }

    pub fn of(&self, interface: &str) -> &[Claim] {
        self.claimed.get(interface).map_or(&[], Vec::as_slice)
    }

    /// Whether an adopted VM came with an address there that nobody has claimed: then nobody can say what its guest may
    /// send on this interface.
    pub fn is_own(&self, interface: &str) -> bool {
        self.own.contains_key(interface)
    }

    /// The same of any interface.
    pub fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// As Proxmox writes it.
    pub fn ip_config(&self, interface: &str) -> String {
        match self.own.get(interface) {
            Some(own) => own.ip_config.clone(),
            None => self.of(interface).iter().map(Claim::ip_config).collect::<Vec<_>>().join(","),
        }
    }

    /// What the VM came with, or what the interface's pools say.
    pub fn nameservers(&self, interface: &str) -> impl Iterator<Item = &Vec<String>> {
        let own = self.own.get(interface).map(|own| &own.nameservers);
        own.into_iter().chain(self.of(interface).iter().map(|claim| &claim.nameservers))
    }
}

/// What a VM's configuration gives to its guest in a `netN` slot, by family: an address, or (by DHCP, by itself) none that
/// is known.
pub fn families(config: &VmConfig, slot: &str) -> BTreeMap<Family, Option<IpAddr>> {
    let found = Addressing::found(config, slot).ip_config;
    let of = |family: Family| {
        let given = found.split(',').find_map(|part| part.strip_prefix(family.option()))?;
        Some((family, given.split('/').next().and_then(|address| address.parse().ok())))
    };
    FAMILIES.into_iter().filter_map(of).collect()
}

/// The addresses among them.
pub fn carried(config: &VmConfig, slot: &str) -> Vec<IpAddr> {
    families(config, slot).into_values().flatten().collect()
}

/// The same in any slot.
pub fn used(config: &VmConfig) -> Vec<IpAddr> {
    config.network_slots().into_iter().flat_map(|slot| carried(config, slot)).collect()
}

/// Whether a VM's `netN` is on this network of the site: its bridge with its VLAN.
pub fn is_on(network: &Network, site: &str, config: &VmConfig, slot: &str) -> bool {
    let Some(device) = config.network(slot) else { return false };
    let vlan = device.option("tag").and_then(|tag| tag.parse::<u16>().ok());
    let spec = &network.spec;
    spec.site_refs.iter().any(|name| name == site) && device.option("bridge") == Some(&spec.bridge) && spec.vlan == vlan
}

/// What a pool would have handed out for this address to be somebody's: its claim begins there.
pub fn handed_out(pool: &AddressPool, address: IpAddr) -> Option<IpAddr> {
    let net = network(pool).filter(|net| net.family() == Family::of(address))?;
    let base = masked(address, net.length);
    in_ranges(pool, base, net.length).then_some(base)
}

/// Why an address cannot be claimed, if one cannot.
pub fn exhausted(views: &BTreeMap<String, Vec<AddressView>>) -> Option<(WaitingReason, String)> {
    views.values().flatten().find_map(|view| match view {
        AddressView::Exhausted { reason, message } => Some((*reason, message.clone())),
        _ => None,
    })
}

/// One step for each address that is free and wanted.
pub fn claim_steps(views: &BTreeMap<String, Vec<AddressView>>) -> Vec<Step> {
    let free = |view: &AddressView| match view {
        AddressView::Free(claim) => Some(Step::ClaimAddress { claim: claim.clone() }),
        _ => None,
    };
    views.values().flatten().filter_map(free).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pool(ends: [&str; 2], subnet: &str, length: Option<u8>) -> AddressPool {
        let range = json!({ "first": ends[0], "last": ends[1] });
        let spec = json!({ "scope": "public", "subnet": subnet, "gateway": ends[0], "ranges": [range], "prefixLength": length });
        let object = json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": "AddressPool", "metadata": { "name": "p" }, "spec": spec });
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn what_a_pool_would_hand_out_for_an_address_is_told_for_both_families() {
        let of = |pool: &AddressPool, address: &str| handed_out(pool, address.parse().unwrap()).map(|a| a.to_string());
        let four = pool(["192.0.2.1", "192.0.2.3"], "192.0.2.0/29", None);
        let six = |length| pool(["2001:db8::10", "2001:db8:0:3:ffff:ffff:ffff:ffff"], "2001:db8::/48", length);
        assert_eq!(of(&four, "192.0.2.3"), Some("192.0.2.3".into()));
        assert_eq!(of(&six(None), "2001:db8::77"), Some("2001:db8::77".into()));
        let whole_prefix = Some("2001:db8:0:2::".into());
        assert_eq!(of(&six(Some(64)), "2001:db8:0:2::77"), whole_prefix, "it is somebody's");
        assert_eq!(of(&four, "2001:db8::77"), None);
        assert_eq!(of(&six(None), "2001:db8:99::7"), None);
    }
}
