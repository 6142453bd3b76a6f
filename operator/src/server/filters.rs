//! What a guest may send: only with its own MAC, and only from the addresses that its server has claimed.
//!
//! A guest's firewall is on files of its own: no snapshot covers them, a clone copies them, and they are written beside the
//! configuration. So an address is let through before the guest is told of it, and shut out after it is told of it no more.

use std::collections::BTreeMap;

use proxmox_client::{FirewallCall, NodeName, SetMember, VmConfig, Vmid};
use slipway_crds::{Applied, Drift, VirtualServerStatus};

use super::{
    addresses::Claims,
    observed::{Filters, cidr},
    slots::Slots,
    step::Step,
};

/// `enable` is the guest's switch: without it the rest is not looked at. Routers and DHCP servers are the network's own;
/// neighbour discovery is what IPv6 cannot do without. With `ipfilter`, Proxmox itself adds the link-local address that
/// belongs to the MAC to each set, and shuts out every other.
const OPTIONS: [(&str, &str); 6] =
    [("dhcp", "0"), ("enable", "1"), ("ipfilter", "1"), ("macfilter", "1"), ("ndp", "1"), ("radv", "0")];
/// What a firewall that is switched on does to everything else, where nobody has chosen: nothing.
const POLICIES: [&str; 2] = ["policy_in", "policy_out"];

/// What to do about the filters around a write of the configuration.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub before: Vec<Step>,
    pub after: Vec<Step>,
    pub drift: Vec<Drift>,
}

/// Everything that the filters depend on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub node: &'a NodeName,
    pub vmid: Vmid,
    pub status: &'a VirtualServerStatus,
    pub config: &'a VmConfig,
    pub slots: &'a Slots,
    pub claims: &'a Claims,
    /// Whether a hand edit is put back.
    pub corrects: bool,
    /// It came with filters of its own, or none: what differs is no wish of ours.
    pub adopted: bool,
}

impl Ground<'_> {
    /// What has to change of what was read. `None` says that nothing was read: what the status remembers is taken for true,
    /// and where it remembers nothing, there is nothing.
    pub fn around(self, found: Option<&Filters>) -> Around {
        let mut around = Around::default();
        let wanted = self.wanted();
        let is_wish = wanted.values().any(|(interface, _)| self.is_wish(interface));
        if self.adopted && !self.corrects && found.is_none() && !is_wish {
            return around;
        }
        let remembered = self.remembered();
        let is_new = |slot: &str| !remembered.contains_key(slot);
        let options = found.map_or_else(
            || if wanted.keys().any(|slot| is_new(slot)) { self.options(None) } else { vec![] },
            |found| self.options(Some(&found.options)),
        );
        let drift = if is_wish { vec![] } else { self.drift_of_options(&options, found) };
        if !options.is_empty() && (self.corrects || drift.is_empty()) {
            around.before.push(self.step(FirewallCall::SetOptions { options }));
        }
        around.drift.extend(drift);
        for (slot, (interface, addresses)) in &wanted {
            let members = match found {
                Some(found) => found.sets.get(slot).cloned(),
                None => remembered.get(slot).cloned(),
            };
            let as_wished = |members: &Vec<SetMember>| members_of(members) == *addresses;
            let expected = remembered.get(slot).map_or(self.adopted && !self.is_wish(interface), as_wished);
            let drifted = expected && !members.as_ref().is_some_and(as_wished);
            if drifted {
                let found = members.iter().flatten().map(text).collect::<Vec<_>>().join(" ");
                around.drift.push(Drift::new(format!("filter {interface}"), addresses.join(" "), found));
            }
            if self.corrects || !drifted {
                self.set(slot, interface, addresses, members, &mut around);
            }
        }
        let stray = found.iter().flat_map(|f| f.sets.keys());
        let stray = stray.filter(|slot| !wanted.contains_key(*slot) && self.config.get(slot).is_none());
        around.after.extend(stray.map(|slot| self.step(FirewallCall::DeleteSet { name: set_name(slot) })));
        around
    }

    fn set(self, slot: &str, interface: &str, wanted: &[String], members: Option<Vec<SetMember>>, around: &mut Around) {
        let name = set_name(slot);
        if members.is_none() {
            around.before.push(self.step(FirewallCall::CreateSet { name: name.clone() }));
        }
        let mut known = members.unwrap_or_default();
        let lets_through =
            |known: &[SetMember], address: &String| known.iter().any(|m| !m.nomatch && normal(&m.cidr) == *address);
        let missing: Vec<&String> = wanted.iter().filter(|address| !lets_through(&known, address)).collect();
        for address in missing {
            known.push(SetMember { cidr: address.clone(), nomatch: false });
            let call = FirewallCall::Add { name: name.clone(), cidr: address.clone() };
            around.before.push(self.filter(call, interface, slot, &known));
        }
        let extra: Vec<SetMember> =
            known.iter().filter(|m| m.nomatch || !wanted.contains(&normal(&m.cidr))).cloned().collect();
        for member in extra {
            known.retain(|m| *m != member);
            let call = FirewallCall::Remove { name: name.clone(), cidr: member.cidr };
            around.after.push(self.filter(call, interface, slot, &known));
        }
    }

    /// Slot → the interface there and the addresses of its claims.
    fn wanted(self) -> BTreeMap<String, (String, Vec<String>)> {
        let of = |(name, slot): (&String, &String)| {
            // A set would shut out the addresses there that nobody has claimed.
            if self.claims.is_own(name) {
                return None;
            }
            let mut addresses: Vec<String> = self.claims.of(name).iter().map(|c| cidr(c.address, c.length)).collect();
            addresses.sort();
            (!addresses.is_empty()).then(|| (slot.clone(), (name.clone(), addresses)))
        };
        self.slots.networks.iter().filter_map(of).collect()
    }

    /// Whether the interface, or its address, is new to the VM: then its filter is a wish, though a hand edit of others is
    /// only reported.
    fn is_wish(self, interface: &str) -> bool {
        let applied = self.status.applied.as_ref();
        let before = |applied: &Applied| applied.networks.get(interface).map(|n| n.ip_config.clone());
        let is_known = |ip_config: String| {
            self.claims.of(interface).iter().all(|claim| {
                let own = claim.ip_config();
                own.split(',').take(1).all(|address| ip_config.split(',').any(|part| part == address))
            })
        };
        applied.is_some_and(|applied| !before(applied).is_some_and(is_known))
    }

    /// The options to set. Where an interface is left alone, so is the switch that would shut it out: the sets of the
    /// others filter without it.
    fn options(self, found: Option<&BTreeMap<String, String>>) -> Vec<(String, String)> {
        let mut options = all_options(found);
        if self.claims.has_own() && self.wanted().is_empty() {
            options.clear();
        } else if self.claims.has_own() {
            options.retain(|(option, _)| option != "ipfilter");
        }
        options
    }

    /// Slot → what its set was last seen to hold.
    fn remembered(self) -> BTreeMap<String, Vec<SetMember>> {
        let member =
            |text: &String| SetMember { cidr: text.trim_start_matches('!').to_owned(), nomatch: text.starts_with('!') };
        let known = self.status.networks.values().filter(|network| !network.filter.is_empty());
        known.map(|network| (network.slot.clone(), network.filter.iter().map(member).collect())).collect()
    }

    fn drift_of_options(self, options: &[(String, String)], found: Option<&Filters>) -> Vec<Drift> {
        let (Some(found), true) = (found, self.adopted || !self.remembered().is_empty()) else { return vec![] };
        let drift = |(option, wanted): &(String, String)| {
            let now = found.options.get(option).cloned().unwrap_or_default();
            Drift::new(format!("firewall {option}"), wanted, now)
        };
        options.iter().map(drift).collect()
    }

    fn step(self, call: FirewallCall) -> Step {
        Step::Filter { node: self.node.clone(), vmid: self.vmid, call, confirms: None }
    }

    fn filter(self, call: FirewallCall, interface: &str, slot: &str, known: &[SetMember]) -> Step {
        let confirms = Confirmed {
            interface: interface.to_owned(),
            slot: slot.to_owned(),
            members: known.iter().map(text).collect(),
        };
        Step::Filter { node: self.node.clone(), vmid: self.vmid, call, confirms: Some(confirms) }
    }
}

/// What a set holds once a step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    pub interface: String,
    pub slot: String,
    pub members: Vec<String>,
}

/// The options to set.
fn all_options(found: Option<&BTreeMap<String, String>>) -> Vec<(String, String)> {
    let now = |option: &str| found.and_then(|f| f.get(option)).map(String::as_str);
    let own = |(option, value): (&str, &str)| (option.to_owned(), value.to_owned());
    let wrong = OPTIONS.into_iter().filter(|(option, value)| now(option) != Some(value)).map(own);
    let unset = POLICIES.into_iter().filter(|policy| now(policy).is_none()).map(|policy| own((policy, "ACCEPT")));
    wrong.chain(unset).collect()
}

/// The set that filters an interface: Proxmox finds it by its name.
pub(super) fn set_name(slot: &str) -> String {
    format!("ipfilter-{slot}")
}

/// `ipfilter-net0` → `net0`.
pub(super) fn slot_of_set(name: &str) -> Option<&str> {
    name.strip_prefix("ipfilter-").filter(|slot| slot.starts_with("net"))
}

/// A member as the status shows it.
pub(super) fn text(member: &SetMember) -> String {
    format!("{}{}", if member.nomatch { "!" } else { "" }, normal(&member.cidr))
}

pub(super) fn members_of(members: &[SetMember]) -> Vec<String> {
    let mut all: Vec<String> = members.iter().map(text).collect();
    all.sort();
    all
}

/// One text for one address: IPv6 has many.
fn normal(text: &str) -> String {
    let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
    let Ok(address) = address.parse() else { return text.to_owned() };
    let single = if std::net::IpAddr::is_ipv4(&address) { 32 } else { 128 };
    match length.map_or(Ok(single), str::parse) {
        Ok(length) => cidr(address, length),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_one_text() {
        for (written, normal_form) in [
            ("2001:DB8:0:0::10/128", "2001:db8::10"),
            ("192.0.2.10/32", "192.0.2.10"),
            ("2001:db8::/64", "2001:db8::/64"),
            ("dc/office", "dc/office"),
        ] {
            assert_eq!(normal(written), normal_form);
        }
    }

    #[test]
    fn a_policy_that_somebody_chose_stays_and_a_switch_that_was_turned_does_not() {
        let found = OPTIONS.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let mut found: BTreeMap<String, String> = found.into();
        found.insert("policy_in".into(), "DROP".into());
        found.insert("policy_out".into(), "ACCEPT".into());
        assert_eq!(all_options(Some(&found)), []);
        found.insert("macfilter".into(), "0".into());
        assert_eq!(all_options(Some(&found)), [("macfilter".to_owned(), "1".to_owned())]);
    }
}
