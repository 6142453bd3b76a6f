//! What only one live service can have, and which services say that they have it: machines and addresses. Collected before
//! the pass, so that each of two services is told of the other.

use std::{collections::HashMap, net::IpAddr};

use super::{
    Transform, answers,
    locate::locate,
    reach::all_addresses,
    said::Said,
    service::{Verdict, is_live},
    values,
};
use crate::{
    carried::{LegacyId, Link},
    mapping::{Locator, TextRole},
    whmcs::ServiceBundle,
};

/// What one live service says that it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    pub service: LegacyId,
    /// Site and number.
    pub machine: Option<(String, u32)>,
    /// The mapping itself names the machine for this service.
    pub is_explicit: bool,
    pub addresses: Vec<IpAddr>,
}

/// The claims of all services, packed, for there are a million of them: ids of WHMCS are 32 bits wide.
#[derive(Debug, Default)]
pub struct Claims {
    sites: Vec<String>,
    /// Site, number, service, and whether the mapping says so.
    machines: Vec<(u16, u32, u32, bool)>,
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u32)>,
}

/// A service that says it is a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimant {
    pub service: LegacyId,
    pub is_explicit: bool,
}

/// What several services claim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shared {
    machines: HashMap<String, HashMap<u32, Vec<Claimant>>>,
    addresses: HashMap<IpAddr, Vec<LegacyId>>,
}

impl Claims {
    pub fn add(&mut self, claim: &Claim) {
        let Ok(service) = u32::try_from(claim.service) else { return };
        if let Some((site, vmid)) = &claim.machine {
            let known = self.sites.iter().position(|name| name == site);
            let at = known.unwrap_or_else(|| {
                self.sites.push(site.clone());
                self.sites.len() - 1
            });
            // Nobody has 65,536 sites.
            let at = u16::try_from(at).unwrap_or(u16::MAX);
            self.machines.push((at, *vmid, service, claim.is_explicit));
        }
        for address in &claim.addresses {
            match address {
                IpAddr::V4(address) => self.v4.push((u32::from(*address), service)),
                IpAddr::V6(address) => self.v6.push((u128::from(*address), service)),
            }
        }
    }

    /// Those that more than one service makes.
    pub fn shared(mut self) -> Shared {
        self.machines.sort_unstable();
        self.v4.sort_unstable();
        self.v6.sort_unstable();
        let mut shared = Shared::default();
        for group in self.machines.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|group| group.len() > 1) {
            let (site, vmid, ..) = group[0];
            let claimant = |(.., service, is_explicit): &(u16, u32, u32, bool)| Claimant {
                service: LegacyId::from(*service),
                is_explicit: *is_explicit,
            };
            let claimants = group.iter().map(claimant).collect();
            let site = self.sites.get(usize::from(site)).cloned().unwrap_or_default();
            shared.machines.entry(site).or_default().insert(vmid, claimants);
        }
        for group in self.v4.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let services = group.iter().map(|(_, service)| LegacyId::from(*service)).collect();
            shared.addresses.insert(IpAddr::V4(group[0].0.into()), services);
        }
        for group in self.v6.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let services = group.iter().map(|(_, service)| LegacyId::from(*service)).collect();
            shared.addresses.insert(IpAddr::V6(group[0].0.into()), services);
        }
        shared
    }
}

impl Shared {
    /// Who else says it is the machine.
    pub fn other_claimants(&self, site: &str, vmid: u32, service: LegacyId) -> Vec<Claimant> {
        let all = self.machines.get(site).and_then(|machines| machines.get(&vmid));
        all.into_iter().flatten().filter(|claimant| claimant.service != service).copied().collect()
    }

    /// Who else says it has the address.
    pub fn other_holders(&self, address: IpAddr, service: LegacyId) -> Vec<LegacyId> {
        let all = self.addresses.get(&address);
        all.into_iter().flatten().filter(|other| **other != service).copied().collect()
    }
}

/// `service 12`, `services 12, 13 and 4 more`.
pub fn named(services: &[LegacyId]) -> String {
    const NAMED: usize = 3;
    let list: Vec<String> = services.iter().take(NAMED).map(ToString::to_string).collect();
    let word = if services.len() == 1 { "service" } else { "services" };
    let more = services.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{word} {}{more}", list.join(", "))
}

impl Transform<'_> {
    /// What a live service claims, whether or not the machine looks like it and another claims the same: for
    /// [`Self::with_shared`].
    pub fn claim(&self, bundle: &ServiceBundle) -> Option<Claim> {
        let own = self.mapping.services.get(&bundle.row.id).map(|entry| &entry.value);
        let plan = self.plan_of(bundle, own).ok()?;
        if !self.status(bundle).is_some_and(is_live) {
            return None;
        }
        let mut said = Said::default();
        answers::read(self, bundle, &mut said);
        values::read(self, bundle, &mut said);
        let locators: &[Locator] = plan.locators.as_deref().unwrap_or(&self.mapping.locators);
        let located = locate(self, locators, bundle, own, &mut said);
        let addresses = match own.and_then(|own| own.addresses.as_ref()) {
            Some(addresses) => addresses.clone(),
            None => all_addresses(bundle, &located, &mut said, &mut Verdict::new(bundle.row.id)),
        };
        let machine = if located.is_guess {
            match self.service(bundle).0?.link {
                Link::Machine { site, vmid, .. } => Some((site, vmid)),
                Link::Unlinked { .. } | Link::History => None,
            }
        } else {
            let region_site = said.settle(TextRole::Region).and_then(|(_, site)| site);
            let site = own.and_then(|own| own.site.clone()).or_else(|| self.site(bundle, plan, region_site));
            let mut found = located.vmid.into_iter().flat_map(|vmid| self.machines.find(vmid, site.as_deref()));
            match (found.next(), found.next()) {
                (Some((site, machine)), None) => Some((site.to_owned(), machine.vmid)),
                _ => None,
            }
        };
        Some(Claim { service: bundle.row.id, machine, is_explicit: located.is_explicit, addresses })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(service: LegacyId, machine: Option<(&str, u32)>, addresses: &[&str]) -> Claim {
        Claim {
            service,
            machine: machine.map(|(site, vmid)| (site.to_owned(), vmid)),
            is_explicit: false,
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn what_two_services_claim_names_the_other_and_what_one_claims_nobody() {
        let mut claims = Claims::default();
        for one in [
            claim(7, Some(("home", 100)), &["203.0.113.7", "2001:db8::7"]),
            claim(8, Some(("away", 100)), &["203.0.113.7"]),
            claim(9, Some(("home", 100)), &["2001:db8::7"]),
            claim(10, None, &["203.0.113.10"]),
        ] {
            claims.add(&one);
        }
        let shared = claims.shared();
        let services = |claimants: Vec<Claimant>| claimants.iter().map(|one| one.service).collect::<Vec<_>>();
        assert_eq!(services(shared.other_claimants("home", 100, 7)), [9]);
        assert!(shared.other_claimants("away", 100, 8).is_empty(), "one number on two sites is two machines");
        assert_eq!(shared.other_holders("203.0.113.7".parse().unwrap(), 8), [7]);
        assert_eq!(shared.other_holders("2001:db8::7".parse().unwrap(), 7), [9]);
        assert!(shared.other_holders("203.0.113.10".parse().unwrap(), 10).is_empty());
    }

    #[test]
    fn services_are_named_until_they_are_too_many() {
        assert_eq!(named(&[7]), "service 7");
        assert_eq!(named(&[7, 8, 9, 10, 11]), "services 7, 8, 9 and 2 more");
    }
}
