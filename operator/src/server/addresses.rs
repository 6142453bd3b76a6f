//! Which address a server has, or gets: pure.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use proxmox_client::VmConfig;
use slipway_crds::{AddressClaim, AddressPool};

use super::observed::{AddressView, Claim};

/// The claim that `uid` holds on interface `network`, else the first free address of the pools, in order.
pub fn choose(
    uid: &str,
    network: &str,
    wanted: Option<Ipv4Addr>,
    pools: &[&AddressPool],
    claims: &[std::sync::Arc<AddressClaim>],
) -> AddressView {
    let own = claims
        .iter()
        .find(|c| c.spec.owner.uid == uid && c.spec.owner.network == network && c.spec.released_at.is_none());
    if let Some(held) = own {
        // Another address instead would cut the server off.
        let gone = || AddressView::Exhausted {
            message: format!(
                "address {} was claimed from pool `{}`, which does not exist or is no longer named by the network; put it back",
                held.spec.address, held.spec.pool_ref
            ),
        };
        return of_claim(held, pools).map_or_else(gone, AddressView::Claimed);
    }
    for pool in pools {
        let taken: BTreeSet<Ipv4Addr> = claims
            .iter()
            .filter(|c| c.spec.scope == pool.spec.scope)
            .filter_map(|c| c.spec.address.parse().ok())
            .collect();
        let Some((prefix, gateway)) = parse(pool) else { continue };
        let free = |a: &Ipv4Addr| !taken.contains(a) && *a != gateway;
        let found = match wanted {
            Some(address) => Some(address).filter(free).filter(|a| is_in_ranges(pool, *a)),
            None => addresses(pool).find(free),
        };
        if let Some(address) = found {
            return AddressView::Free(claim(pool, address, prefix, gateway));
        }
    }
    let names: Vec<&str> = pools.iter().filter_map(|p| p.metadata.name.as_deref()).collect();
    let message = match wanted {
        Some(address) => {
            format!("address {address} is taken, or in no range of pools {}; choose another", names.join(", "))
        }
        None if pools.is_empty() => "the network names no address pool that exists; create the AddressPool".to_owned(),
        None => format!("no address is free in pools {}; add a range or wait until one is released", names.join(", ")),
    };
    AddressView::Exhausted { message }
}

/// The same for an adopted VM, which keeps the address that it has: claimed if a pool holds it, else left alone.
pub fn choose_adopted(
    uid: &str,
    network: &str,
    carried: Option<Ipv4Addr>,
    pools: &[&AddressPool],
    claims: &[std::sync::Arc<AddressClaim>],
) -> AddressView {
    let held = claims.iter().any(|c| c.spec.owner.uid == uid && c.spec.released_at.is_none());
    let in_a_pool = carried.is_some_and(|a| pools.iter().any(|p| is_in_ranges(p, a)));
    if held || in_a_pool { choose(uid, network, carried, pools, claims) } else { AddressView::Own }
}

/// The IPv4 address that a VM's configuration gives to its guest.
pub fn carried(config: &VmConfig) -> Option<Ipv4Addr> {
    let text = config.get("ipconfig0")?.split(',').find_map(|part| part.strip_prefix("ip="))?;
    text.split('/').next()?.parse().ok()
}

fn of_claim(held: &AddressClaim, pools: &[&AddressPool]) -> Option<Claim> {
    let pool = pools.iter().find(|p| p.metadata.name.as_deref() == Some(&held.spec.pool_ref))?;
    let (prefix, gateway) = parse(pool)?;
    Some(claim(pool, held.spec.address.parse().ok()?, prefix, gateway))
}

fn claim(pool: &AddressPool, address: Ipv4Addr, prefix: u8, gateway: Ipv4Addr) -> Claim {
    Claim {
        pool: pool.metadata.name.clone().unwrap_or_default(),
        scope: pool.spec.scope.clone(),
        address,
        prefix,
        gateway,
        nameservers: pool.spec.nameservers.clone(),
    }
}

/// The CRD's rules make both parse; a pool from before them is passed over.
fn parse(pool: &AddressPool) -> Option<(u8, Ipv4Addr)> {
    let (_, prefix) = pool.spec.subnet.split_once('/')?;
    Some((prefix.parse().ok()?, pool.spec.gateway.parse().ok()?))
}

fn addresses(pool: &AddressPool) -> impl Iterator<Item = Ipv4Addr> {
    let numbers = pool.spec.ranges.iter().filter_map(|r| match (r.first, r.last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => Some(u32::from(first)..=u32::from(last)),
        _ => None,
    });
    numbers.flatten().map(Ipv4Addr::from)
}

pub fn is_in_ranges(pool: &AddressPool, address: Ipv4Addr) -> bool {
    pool.spec.ranges.iter().any(|r| (r.first..=r.last).contains(&IpAddr::V4(address)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn pool() -> AddressPool {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "AddressPool", "metadata": { "name": "public" },
            "spec": { "scope": "public", "subnet": "192.0.2.0/29", "gateway": "192.0.2.1",
                      "ranges": [{ "first": "192.0.2.1", "last": "192.0.2.3" }], "nameservers": ["192.0.2.1"] }
        }))
        .unwrap()
    }

    fn held(address: &str, uid: &str, released: bool) -> Arc<AddressClaim> {
        let mut claim: AddressClaim = serde_json::from_value(serde_json::json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "AddressClaim", "metadata": { "name": address },
            "spec": { "scope": "public", "poolRef": "public", "address": address,
                      "owner": { "namespace": "a", "name": "web", "uid": uid, "vmid": 100_000, "network": "public" } }
        }))
        .unwrap();
        if released {
            claim.spec.released_at =
                Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time("2026-01-01T00:00:00Z".parse().unwrap()));
        }
        Arc::new(claim)
    }

    #[test]
    fn the_first_free_address_is_chosen_and_never_the_gateway() {
        let AddressView::Free(claim) = choose("u-1", "public", None, &[&pool()], &[held("192.0.2.2", "u-2", false)])
        else {
            panic!("none free")
        };
        assert_eq!(claim.address, Ipv4Addr::new(192, 0, 2, 3));
        assert_eq!(claim.ip_config(), "ip=192.0.2.3/29,gw=192.0.2.1");
    }

    #[test]
    fn a_released_address_rests_in_quarantine() {
        let claims = [held("192.0.2.2", "u-1", true), held("192.0.2.3", "u-2", false)];
        assert!(matches!(choose("u-1", "public", None, &[&pool()], &claims), AddressView::Exhausted { .. }));
    }

    #[test]
    fn a_server_keeps_the_address_it_has() {
        let AddressView::Claimed(claim) = choose("u-1", "public", None, &[&pool()], &[held("192.0.2.3", "u-1", false)])
        else {
            panic!("not claimed")
        };
        assert_eq!(claim.address, Ipv4Addr::new(192, 0, 2, 3));
    }

    #[test]
    fn a_server_whose_pool_is_gone_gets_no_other_address() {
        let mut other = pool();
        other.metadata.name = Some("second".into());
        let view = choose("u-1", "public", None, &[&other], &[held("192.0.2.3", "u-1", false)]);
        let AddressView::Exhausted { message } = view else { panic!("another address: {view:?}") };
        assert!(message.contains("192.0.2.3") && message.contains("pool `public`"), "{message}");
    }

    #[test]
    fn a_static_address_must_be_free_and_in_a_range() {
        let choose = |wanted: [u8; 4], claims: &[Arc<AddressClaim>]| {
            choose("u-1", "public", Some(wanted.into()), &[&pool()], claims)
        };
        assert!(matches!(choose([192, 0, 2, 3], &[]), AddressView::Free(_)));
        assert!(matches!(choose([192, 0, 2, 3], &[held("192.0.2.3", "u-2", false)]), AddressView::Exhausted { .. }));
        assert!(matches!(choose([192, 0, 2, 6], &[]), AddressView::Exhausted { .. }));
    }
}
