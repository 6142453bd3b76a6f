//! Which address an interface gets, of all that its network's pools hold: pure.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    net::IpAddr,
    sync::Arc,
};

use slipway_crds::{AddressClaim, AddressPool, Applied, address_claim::claim_name, words::WaitingReason};

use super::{
    addresses::handed_out,
    desired::Interface,
    observed::{AddressView, Claim, SpareClaim},
    prefix::{FAMILIES, Family, PoolNetwork, bases, bits, from_bits, in_ranges, masked, network},
};

/// Where a server begins to look: the same in every look, for what was chosen is chosen again until the cache shows its
/// claim; and for each server another, for each clash costs a look.
pub fn chance(uid: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    uid.hash(&mut hasher);
    hasher.finish()
}

/// What there is to choose from.
pub struct Choice<'a> {
    pub uid: &'a str,
    /// Which of a pool's addresses is tried first.
    pub chance: u64,
    /// Whose VM was taken back: its claims were handed over, though the cache may still show them as that server's.
    pub taken_from: Option<&'a str>,
    pub applied: Option<&'a Applied>,
    /// Interface → the pools of its network, in order.
    pub pools: BTreeMap<&'a str, Vec<Arc<AddressPool>>>,
    /// Every pool there is.
    pub all_pools: Vec<Arc<AddressPool>>,
    pub claims: Vec<Arc<AddressClaim>>,
    /// Used by a VM that has no claim of it.
    pub squatted: BTreeSet<IpAddr>,
    /// What the server's namespace holds.
    pub held: usize,
    /// What it may hold.
    pub most: usize,
    /// The VM that is being adopted: what it was given back with is its own again, before the quarantine ends.
    pub adopts: Option<u32>,
    /// What an adopted VM came with, by interface; one that it was given later is not among them.
    pub adopted: BTreeMap<String, BTreeMap<Family, Option<IpAddr>>>,
}

impl Choice<'_> {
    /// For each interface and family the claim that the server holds, else an address that is free in the first
    /// of the pools that has one.
    pub fn choose(&self, interfaces: &[Interface]) -> BTreeMap<String, Vec<AddressView>> {
        let mut picked = BTreeSet::new();
        let mut views: BTreeMap<String, Vec<AddressView>> = interfaces
            .iter()
            .map(|interface| {
                let carried = self.adopted.get(&interface.name).filter(|_| !interface.is_static());
                if let Some(carried) = carried {
                    return (interface.name.clone(), self.keep(interface, carried, &mut picked));
                }
                let mut views: Vec<AddressView> = FAMILIES
                    .into_iter()
                    .filter(|family| self.has(interface, *family))
                    .map(|family| self.of_family(interface, family, &mut picked))
                    .collect();
                if views.is_empty() {
                    let message = "the network names no address pool that exists; create the AddressPool".to_owned();
                    views.push(AddressView::none(message));
                }
                (interface.name.clone(), views)
            })
            .collect();
        self.keep_within_quota(&mut views);
        views
    }

    /// A tenant must not empty the pools. What an adopted VM carries is in use already.
    fn keep_within_quota(&self, views: &mut BTreeMap<String, Vec<AddressView>>) {
        let mut room = self.most.saturating_sub(self.held);
        let new = views.iter_mut().filter(|(name, _)| !self.adopted.contains_key(*name)).flat_map(|(_, views)| views);
        for view in new.filter(|view| matches!(view, AddressView::Free(_))) {
            if room > 0 {
                room -= 1;
                continue;
            }
            let message = format!(
                "this namespace holds {} addresses, and {} is the limit; those that are kept for a snapshot or a deleted server, or that are in quarantine, count too: delete what is not needed, wait, or ask the provider for a higher limits.addressesPerNamespace",
                self.held, self.most
            );
            *view = AddressView::Exhausted { reason: WaitingReason::QuotaExceeded, message };
        }
    }

    /// An adopted VM keeps the addresses that it has: claimed if a pool holds them, else left alone. One of a family that is
    /// left alone leaves the interface's whole configuration as it is.
    fn keep(
        &self,
        interface: &Interface,
        carried: &BTreeMap<Family, Option<IpAddr>>,
        picked: &mut BTreeSet<(String, IpAddr)>,
    ) -> Vec<AddressView> {
        let mut views = Vec::new();
        for family in FAMILIES {
            let own = carried.get(&family).copied().flatten();
            let in_a_pool =
                own.is_some_and(|address| self.pools_of(interface).any(|pool| handed_out(pool, address).is_some()));
            let is_held = self.held(interface, family).next().is_some();
            if is_held || in_a_pool {
                let asked = if is_held { interface.clone() } else { interface.with_address(own) };
                let mut view = self.of_family(&asked, family, picked);
                // Of a prefix it may use another address than the one that would have been given.
                if let (Some(claim), Some(own)) = (view.claim_mut(), own)
                    && masked(own, claim.length) == claim.address
                {
                    claim.own = own;
                }
                views.push(view);
            } else if carried.contains_key(&family) {
                views.push(AddressView::Own);
            }
        }
        if views.is_empty() { vec![AddressView::Own] } else { views }
    }

    /// Claims that no interface of the wish needs any more.
    pub fn spare(&self, views: &BTreeMap<String, Vec<AddressView>>) -> Vec<SpareClaim> {
        let needed: BTreeSet<String> = views
            .values()
            .flatten()
            .filter_map(|view| match view {
                AddressView::Claimed(c) | AddressView::Free(c) => Some(claim_name(&c.scope, c.address, c.length)),
                AddressView::Own | AddressView::Exhausted { .. } => None,
            })
            .collect();
        // While one of an interface's addresses cannot be told, none of them is spare.
        let unsure = |interface: &String| {
            let views = views.get(interface).into_iter().flatten();
            views.into_iter().any(|view| matches!(view, AddressView::Exhausted { .. }))
        };
        let own = self.claims.iter().filter(|c| c.spec.owner.uid == self.uid && c.spec.released_at.is_none());
        own.filter(|c| !unsure(&c.spec.owner.network))
            .filter_map(|c| {
                let name = c.metadata.name.clone().filter(|name| !needed.contains(name))?;
                let address = c.spec.address.parse().ok()?;
                Some(SpareClaim {
                    name,
                    interface: c.spec.owner.network.clone(),
                    address,
                    length: c.spec.prefix_length,
                })
            })
            .collect()
    }

    fn has(&self, interface: &Interface, family: Family) -> bool {
        let offered = || self.pools_of(interface).any(|pool| network(pool).is_some_and(|n| n.family() == family));
        let asked_for = interface.wanted(family).is_some() || self.held(interface, family).next().is_some();
        // Decided when the interface is made: a pool that a network gets later is no wish for a server that exists.
        let before = self.applied.and_then(|a| a.networks.get(&interface.name));
        let before = before.filter(|n| n.network.is_empty() || n.network == interface.network);
        asked_for
            || before.map_or_else(offered, |n| n.ip_config.split(',').any(|part| part.starts_with(family.option())))
    }

    fn pools_of<'a>(&'a self, interface: &'a Interface) -> impl Iterator<Item = &'a AddressPool> {
        self.pools.get(interface.name.as_str()).into_iter().flatten().map(Arc::as_ref)
    }

    fn held<'a>(&'a self, interface: &'a Interface, family: Family) -> impl Iterator<Item = &'a AddressClaim> {
        // An address is read last: of ten thousand claims nearly all are others'.
        self.claims.iter().map(Arc::as_ref).filter(move |c| {
            (c.spec.owner.uid == self.uid || Some(c.spec.owner.uid.as_str()) == self.taken_from)
                && c.spec.owner.network == interface.name
                && c.spec.released_at.is_none()
                && c.spec.address.parse().is_ok_and(|a: IpAddr| Family::of(a) == family)
        })
    }

    fn of_family(&self, interface: &Interface, family: Family, picked: &mut BTreeSet<(String, IpAddr)>) -> AddressView {
        let wanted = interface.wanted(family);
        let kept = self.held(interface, family).find(|c| {
            let base = c.spec.address.parse().ok();
            wanted.is_none_or(|w| base.is_some_and(|b: IpAddr| masked(w, c.spec.prefix_length) == b))
        });
        if let Some(held) = kept {
            // Another address instead would cut the server off.
            let gone = || {
                AddressView::none(format!(
                    "address {} was claimed from pool `{}`, which does not exist or is no longer named by the network; put it back",
                    held.spec.address, held.spec.pool_ref
                ))
            };
            return self.of_claim(interface, held).map_or_else(gone, AddressView::Claimed);
        }
        let mut names = Vec::new();
        for pool in self.pools_of(interface) {
            let Some(net) = network(pool).filter(|n| n.family() == family) else { continue };
            names.push(pool.metadata.name.as_deref().unwrap_or_default());
            if let Some(message) = self.overlap(pool, &net) {
                return AddressView::none(message);
            }
            let scope = &pool.spec.scope;
            let taken: HashSet<IpAddr> = self
                .claims
                .iter()
                .filter(|c| c.spec.scope == *scope && !self.may_reclaim(c))
                .filter_map(|c| c.spec.address.parse().ok())
                .collect();
            let free = |base: &IpAddr| {
                !taken.contains(base)
                    && !picked.contains(&(scope.clone(), *base))
                    && masked(net.gateway, net.length) != *base
                    && !self.is_squatted(*base, net.length)
            };
            let found = match wanted {
                Some(address) => {
                    Some(masked(address, net.length)).filter(free).filter(|a| in_ranges(pool, *a, net.length))
                }
                None => bases(pool, net.length, self.chance).find(free),
            };
            if let Some(base) = found {
                picked.insert((scope.clone(), base));
                return AddressView::Free(claim(&interface.name, pool, &net, base));
            }
        }
        let message = match wanted {
            Some(address) => {
                format!("address {address} is taken, or in no range of pools {}; choose another", names.join(", "))
            }
            None => {
                format!("no address is free in pools {}; add a range or wait until one is released", names.join(", "))
            }
        };
        AddressView::none(message)
    }

    fn may_reclaim(&self, claim: &AddressClaim) -> bool {
        claim.spec.released_at.is_some() && self.adopts == Some(claim.spec.owner.vmid)
    }

    /// What an adopted VM carries is its own, whoever else uses it.
    fn is_squatted(&self, base: IpAddr, length: u8) -> bool {
        let covers = |used: &IpAddr| masked(*used, length) == base;
        let mut carried = self.adopted.values().flat_map(BTreeMap::values).flatten();
        self.squatted.iter().any(covers) && !carried.any(covers)
    }

    fn of_claim(&self, interface: &Interface, held: &AddressClaim) -> Option<Claim> {
        let pool = self.pools_of(interface).find(|p| p.metadata.name.as_deref() == Some(&held.spec.pool_ref))?;
        Some(claim(&interface.name, pool, &network(pool)?, held.spec.address.parse().ok()?))
    }

    /// Two pools that share addresses in one scope, and cut them differently, would claim one address twice.
    fn overlap(&self, pool: &AddressPool, own: &PoolNetwork) -> Option<String> {
        let other = self.all_pools.iter().find(|other| {
            let net = network(other);
            other.spec.scope == pool.spec.scope
                && net.is_some_and(|n| n.family() == own.family() && n.length != own.length && n.overlaps(own))
        })?;
        let name = |pool: &AddressPool| pool.metadata.name.clone().unwrap_or_default();
        Some(format!(
            "AddressPool `{}` overlaps `{}` in scope `{}`, and they hand out different lengths; replace one of them",
            name(pool),
            name(other),
            pool.spec.scope
        ))
    }
}

fn claim(interface: &str, pool: &AddressPool, net: &PoolNetwork, base: IpAddr) -> Claim {
    // The first address of a prefix stands for the prefix itself.
    let own = if net.length == net.family().bits() { base } else { from_bits(base, bits(base) + 1) };
    Claim {
        interface: interface.to_owned(),
        pool: pool.metadata.name.clone().unwrap_or_default(),
        scope: pool.spec.scope.clone(),
        address: base,
        length: net.length,
        own,
        prefix: net.subnet,
        gateway: net.gateway,
        nameservers: pool.spec.nameservers.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proxmox_client::VmConfig;
    use serde_json::json;

    use super::*;
    use crate::server::{
        addresses::{Claims, exhausted, families},
        observed::Addressing,
    };

    #[expect(clippy::needless_pass_by_value, reason = "`json!` makes values")]
    fn pool(name: &str, spec: serde_json::Value) -> Arc<AddressPool> {
        let object = json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "AddressPool", "metadata": { "name": name }, "spec": spec
        });
        Arc::new(serde_json::from_value(object).unwrap())
    }

    fn public() -> Arc<AddressPool> {
        pool(
            "public",
            json!({ "scope": "public", "subnet": "192.0.2.0/29", "gateway": "192.0.2.1",
                    "ranges": [{ "first": "192.0.2.1", "last": "192.0.2.3" }], "nameservers": ["192.0.2.1"] }),
        )
    }

    fn six(length: Option<u8>) -> Arc<AddressPool> {
        let mut spec = json!({ "scope": "public", "subnet": "2001:db8::/48", "gateway": "2001:db8::1",
                               "ranges": [{ "first": "2001:db8::10", "last": "2001:db8:0:3:ffff:ffff:ffff:ffff" }] });
        if let Some(length) = length {
            spec["prefixLength"] = json!(length);
        }
        pool("six", spec)
    }

    fn held(address: &str, uid: &str, network: &str, released: bool) -> Arc<AddressClaim> {
        let (address, length) = address.split_once('/').unwrap_or((address, "32"));
        let mut claim: AddressClaim = serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "AddressClaim",
            "metadata": { "name": claim_name("public", address.parse().unwrap(), length.parse().unwrap()) },
            "spec": { "scope": "public", "poolRef": if address.contains(':') { "six" } else { "public" }, "address": address,
                      "prefixLength": length.parse::<u8>().unwrap(),
                      "owner": { "namespace": "a", "name": "web", "uid": uid, "vmid": 100_000, "network": network } }
        }))
        .unwrap();
        if released {
            claim.spec.released_at =
                Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time("2026-01-01T00:00:00Z".parse().unwrap()));
        }
        Arc::new(claim)
    }

    fn interface(name: &str) -> Interface {
        Interface { name: name.into(), ..Interface::default() }
    }

    fn choice(pools: &[Arc<AddressPool>], claims: &[Arc<AddressClaim>]) -> Choice<'static> {
        Choice {
            uid: "u-1",
            chance: 0,
            taken_from: None,
            applied: None,
            pools: ["public", "backend"].map(|name| (name, pools.to_vec())).into(),
            all_pools: pools.to_vec(),
            claims: claims.to_vec(),
            squatted: BTreeSet::new(),
            adopts: None,
            held: claims.len(),
            most: 256,
            adopted: BTreeMap::new(),
        }
    }

    /// What is chosen for the interface `public`, in words.
    fn words(choice: &Choice<'_>, interfaces: &[Interface]) -> Vec<String> {
        let views = choice.choose(interfaces);
        let word = |view: &AddressView| match view {
            AddressView::Claimed(c) => format!("has {}", c.ip_config()),
            AddressView::Free(c) => format!("gets {}", c.ip_config()),
            AddressView::Own => "keeps its own".to_owned(),
            AddressView::Exhausted { message, .. } => message.clone(),
        };
        views.values().flatten().map(word).collect()
    }

    #[test]
    fn the_first_free_address_is_chosen_and_never_the_gateway() {
        let choice = choice(&[public()], &[held("192.0.2.2", "u-2", "public", false)]);
        assert_eq!(words(&choice, &[interface("public")]), ["gets ip=192.0.2.3/29,gw=192.0.2.1"]);
    }

    #[test]
    fn servers_that_are_made_at_once_begin_at_different_addresses_and_none_is_passed_over() {
        let wide = |ranges: serde_json::Value| {
            let spec = json!({ "scope": "public", "subnet": "10.0.0.0/16", "gateway": "10.0.0.1", "ranges": ranges });
            pool("wide", spec)
        };
        let gets = |pool: &Arc<AddressPool>, chance: u64| {
            let choice = Choice { chance, ..choice(std::slice::from_ref(pool), &[]) };
            words(&choice, &[interface("public")]).remove(0)
        };
        let all = wide(json!([{ "first": "10.0.1.0", "last": "10.0.254.255" }]));
        let begun: BTreeSet<String> = (0..100).map(|n| gets(&all, chance(&format!("u-{n}")))).collect();
        assert!(begun.len() > 95, "of 100, {} begin elsewhere than the others", begun.len());
        let two =
            wide(json!([{ "first": "10.0.0.1", "last": "10.0.0.2" }, { "first": "10.0.9.8", "last": "10.0.9.9" }]));
        let once_around: Vec<String> = (0..5).map(|chance| gets(&two, chance)).collect();
        let expected =
            ["10.0.0.2", "10.0.0.2", "10.0.9.8", "10.0.9.9", "10.0.0.2"].map(|a| format!("gets ip={a}/16,gw=10.0.0.1"));
        assert_eq!(once_around, expected, "the gateway's own is nobody's");
        let last_of_all = [held("10.0.9.9", "u-2", "public", false)];
        let choice = Choice { chance: 3, ..choice(&[two], &last_of_all) };
        assert_eq!(words(&choice, &[interface("public")]), ["gets ip=10.0.0.2/16,gw=10.0.0.1"], "around the end");
    }

    #[test]
    fn two_interfaces_get_two_addresses() {
        let chosen = words(&choice(&[public()], &[]), &[interface("public"), interface("backend")]);
        assert_eq!(chosen, ["gets ip=192.0.2.3/29,gw=192.0.2.1", "gets ip=192.0.2.2/29,gw=192.0.2.1"]);
    }

    #[test]
    fn an_interface_gets_an_address_of_each_family_that_its_network_has() {
        let chosen = words(&choice(&[public(), six(None)], &[]), &[interface("public")]);
        assert_eq!(chosen, ["gets ip=192.0.2.2/29,gw=192.0.2.1", "gets ip6=2001:db8::10/48,gw6=2001:db8::1"]);
    }

    #[test]
    fn a_pool_of_prefixes_hands_out_whole_ones_beside_the_gateways_own() {
        let choice = choice(&[six(Some(64))], &[held("2001:db8:0:1::/64", "u-2", "public", false)]);
        let views = choice.choose(&[interface("public")]);
        let AddressView::Free(claim) = &views["public"][0] else { panic!("{views:?}") };
        assert_eq!((claim.cidr().as_str(), claim.own), ("2001:db8:0:2::/64", "2001:db8:0:2::1".parse().unwrap()));
    }

    #[test]
    fn a_family_that_a_network_gets_later_is_no_wish_for_an_interface_that_exists() {
        let applied: Applied = serde_json::from_value(json!({
            "name": "web", "cores": 1, "memoryMiB": 1024, "image": "debian", "onBoot": true, "sshKeysHash": "",
            "networks": { "public": { "bridge": "vmbr0", "ipConfig": "ip=192.0.2.3/29,gw=192.0.2.1" } }
        }))
        .unwrap();
        let claims = [held("192.0.2.3", "u-1", "public", false)];
        let mut choice = choice(&[public(), six(None)], &claims);
        choice.applied = Some(&applied);
        assert_eq!(words(&choice, &[interface("public")]), ["has ip=192.0.2.3/29,gw=192.0.2.1"]);
        let asked = Interface { address6: Some("2001:db8::99".parse().unwrap()), ..interface("public") };
        assert_eq!(words(&choice, &[asked])[1], "gets ip6=2001:db8::99/48,gw6=2001:db8::1");
    }

    #[test]
    fn a_released_or_squatted_address_is_not_chosen() {
        let claims = [held("192.0.2.2", "u-1", "public", true)];
        let mut choice = choice(&[public()], &claims);
        assert_eq!(words(&choice, &[interface("public")]), ["gets ip=192.0.2.3/29,gw=192.0.2.1"]);
        choice.squatted.insert("192.0.2.3".parse().unwrap());
        assert!(words(&choice, &[interface("public")])[0].contains("no address is free in pools public"));
    }

    #[test]
    fn an_address_that_was_handed_over_is_kept_though_the_cache_is_behind() {
        let claims = [held("192.0.2.3", "u-old", "public", false)];
        let mut choice = choice(&[public()], &claims);
        choice.taken_from = Some("u-old");
        assert_eq!(words(&choice, &[interface("public")]), ["has ip=192.0.2.3/29,gw=192.0.2.1"]);
    }

    #[test]
    fn a_server_whose_pool_is_gone_gets_no_other_address_and_keeps_its_claim() {
        let claims = [held("192.0.2.3", "u-1", "public", false)];
        let choice = choice(&[pool("second", serde_json::to_value(&public().spec).unwrap())], &claims);
        let views = choice.choose(&[interface("public")]);
        let AddressView::Exhausted { message, .. } = &views["public"][0] else { panic!("another address: {views:?}") };
        assert!(message.contains("192.0.2.3") && message.contains("pool `public`"), "{message}");
        assert!(choice.spare(&views).is_empty());
    }

    #[test]
    fn a_static_address_must_be_free_and_in_a_range_and_makes_the_one_before_it_spare() {
        let asked = |address: &str| Interface { address: Some(address.parse().unwrap()), ..interface("public") };
        let is_free = |choice: &Choice<'_>, address: &str| words(choice, &[asked(address)])[0].starts_with("gets");
        assert!(is_free(&choice(&[public()], &[]), "192.0.2.3"));
        assert!(!is_free(&choice(&[public()], &[held("192.0.2.3", "u-2", "public", false)]), "192.0.2.3"));
        assert!(!is_free(&choice(&[public()], &[]), "192.0.2.6"));
        let moved = choice(&[public()], &[held("192.0.2.2", "u-1", "public", false)]);
        let spare = moved.spare(&moved.choose(&[asked("192.0.2.3")]));
        assert_eq!(spare.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["public-192-0-2-2-32"]);
    }

    #[test]
    fn an_adopted_vm_keeps_what_it_has_and_claims_it_where_a_pool_holds_it() {
        let mut choice = choice(&[public(), six(None)], &[]);
        for (came_with, expected) in [
            ("ip=192.0.2.3/29", &["gets ip=192.0.2.3/29,gw=192.0.2.1"][..]),
            ("ip=203.0.113.7/24", &["keeps its own"]),
            ("", &["keeps its own"]),
            (
                "ip=192.0.2.3/29,ip6=2001:db8::77/48",
                &["gets ip=192.0.2.3/29,gw=192.0.2.1", "gets ip6=2001:db8::77/48,gw6=2001:db8::1"],
            ),
            ("ip6=2001:db8::77/48", &["gets ip6=2001:db8::77/48,gw6=2001:db8::1"]),
            ("ip=192.0.2.3/29,ip6=2001:db8:99::7/64", &["gets ip=192.0.2.3/29,gw=192.0.2.1", "keeps its own"]),
            ("ip=dhcp,ip6=2001:db8::77/48", &["keeps its own", "gets ip6=2001:db8::77/48,gw6=2001:db8::1"]),
            ("ip=192.0.2.3/29,ip6=auto", &["gets ip=192.0.2.3/29,gw=192.0.2.1", "keeps its own"]),
        ] {
            choice.adopted = [("public".to_owned(), families(&vm(came_with), "net0"))].into();
            assert_eq!(words(&choice, &[interface("public")]), expected, "{came_with}");
        }
    }

    #[test]
    fn an_adopted_vm_keeps_the_address_of_its_prefix_that_it_has_and_claims_the_prefix() {
        let mut choice = choice(&[six(Some(64))], &[]);
        let adopted = |config: &str| [("public".to_owned(), families(&vm(config), "net0"))].into();
        choice.adopted = adopted("ip6=2001:db8:0:2::1/48");
        assert_eq!(words(&choice, &[interface("public")]), ["gets ip6=2001:db8:0:2::1/48,gw6=2001:db8::1"]);
        choice.adopted = adopted("ip6=2001:db8:0:2::77/64");
        assert_eq!(words(&choice, &[interface("public")]), ["gets ip6=2001:db8:0:2::77/48,gw6=2001:db8::1"]);
        let views = choice.choose(&[interface("public")]);
        let [AddressView::Free(claim)] = &views["public"][..] else { panic!("{views:?}") };
        assert_eq!(claim.cidr(), "2001:db8:0:2::/64");
        let claims = [held("2001:db8:0:2::/64", "u-1", "public", false)];
        choice.claims = claims.to_vec();
        assert_eq!(words(&choice, &[interface("public")]), ["has ip6=2001:db8:0:2::77/48,gw6=2001:db8::1"]);
        choice.adopted = adopted("ip6=2001:db8:0:3::5/64");
        let put_back = ["has ip6=2001:db8:0:2::1/48,gw6=2001:db8::1"];
        assert_eq!(words(&choice, &[interface("public")]), put_back, "a hand edit is none of its own");
    }

    #[test]
    fn an_interface_that_an_adopted_vm_is_given_later_gets_an_address_like_any_other() {
        let mut choice = choice(&[public()], &[]);
        choice.adopted = [("public".to_owned(), families(&vm("ip=203.0.113.7/24"), "net0"))].into();
        let chosen = words(&choice, &[interface("public"), interface("backend")]);
        assert_eq!(chosen, ["gets ip=192.0.2.2/29,gw=192.0.2.1", "keeps its own"], "backend, then public");
        choice.squatted.insert("192.0.2.2".parse().unwrap());
        let chosen = words(&choice, &[interface("backend")]);
        assert_eq!(chosen, ["gets ip=192.0.2.3/29,gw=192.0.2.1"], "and none that a stranger uses");
    }

    #[test]
    fn an_interface_that_is_put_on_another_network_gets_what_that_network_has() {
        let applied: Applied = serde_json::from_value(json!({
            "name": "web", "cores": 1, "memoryMiB": 1024, "image": "debian", "onBoot": true, "sshKeysHash": "",
            "networks": { "public": { "network": "lan", "bridge": "vmbr0", "ipConfig": "" } }
        }))
        .unwrap();
        let mut choice = choice(&[public()], &[]);
        choice.applied = Some(&applied);
        let moved = Interface { network: "public".into(), ..interface("public") };
        assert_eq!(words(&choice, &[moved]), ["gets ip=192.0.2.2/29,gw=192.0.2.1"]);
    }

    fn vm(ip_config: &str) -> VmConfig {
        VmConfig::from_json(&json!({ "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0", "ipconfig0": ip_config }))
    }

    #[test]
    fn an_interface_of_which_a_family_is_left_alone_keeps_its_configuration_whole() {
        let came_with = "ip=192.0.2.3/29,gw=192.0.2.1,ip6=2001:db8:99::7/64,gw6=2001:db8:99::1";
        let mut choice = choice(&[public(), six(None)], &[held("192.0.2.3", "u-1", "public", false)]);
        choice.adopted = [("public".to_owned(), families(&vm(came_with), "net0"))].into();
        let views = choice.choose(&[interface("public")]);
        let claims = Claims::settled(&views, |_| Addressing::found(&vm(came_with), "net0")).unwrap();
        assert_eq!(claims.ip_config("public"), came_with, "its IPv6 is not taken from it");
        assert!(claims.is_own("public"), "and not shut out");
        assert_eq!(claims.of("public").len(), 1);
    }

    #[test]
    fn a_vm_that_was_given_back_is_adopted_again_with_its_address_while_that_is_in_quarantine() {
        let mut choice = choice(&[public()], &[held("192.0.2.3", "u-0", "public", true)]);
        choice.adopted = [("public".to_owned(), families(&vm("ip=192.0.2.3/29"), "net0"))].into();
        for (adopts, may) in [(Some(100_000), true), (Some(100_001), false), (None, false)] {
            choice.adopts = adopts;
            let chosen = words(&choice, &[interface("public")]);
            assert_eq!(chosen[0].starts_with("gets ip=192.0.2.3/"), may, "{adopts:?}: {chosen:?}");
        }
        let claims = [held("192.0.2.3", "u-0", "public", false)];
        let choice = Choice { claims: claims.to_vec(), adopts: Some(100_000), ..choice };
        assert!(!words(&choice, &[interface("public")])[0].starts_with("gets"), "it is held");
    }

    #[test]
    fn a_namespace_claims_no_more_than_it_may_hold_and_keeps_what_it_has() {
        let mut choice = choice(&[public(), six(None)], &[held("192.0.2.3", "u-1", "public", false)]);
        choice.most = 2;
        let chosen = words(&choice, &[interface("backend"), interface("public")]);
        let [first, second, third, ..] = &chosen[..] else { panic!("{chosen:?}") };
        assert_eq!(first, "gets ip=192.0.2.2/29,gw=192.0.2.1", "backend");
        assert!(second.contains("holds 1 addresses, and 2 is the limit"), "{second}");
        assert_eq!(third, "has ip=192.0.2.3/29,gw=192.0.2.1", "public");
        let views = choice.choose(&[interface("backend"), interface("public")]);
        let Some((reason, _)) = exhausted(&views) else { panic!("{views:?}") };
        assert_eq!(reason, WaitingReason::QuotaExceeded);
        assert!(choice.spare(&views).is_empty());
        choice.adopted = [("backend".to_owned(), families(&vm("ip=192.0.2.2/29"), "net0"))].into();
        choice.most = 1;
        assert_eq!(words(&choice, &[interface("backend")]), ["gets ip=192.0.2.2/29,gw=192.0.2.1"], "it is in use");
    }

    #[test]
    fn pools_that_cut_the_same_addresses_differently_hand_out_none() {
        let other = pool("other", serde_json::to_value(&six(Some(64)).spec).unwrap());
        let mut choice = choice(&[six(None)], &[]);
        choice.all_pools.push(other);
        assert!(words(&choice, &[interface("public")])[0].contains("overlaps `other`"));
    }
}
