//! Addresses that somebody uses without a claim: a VM or container of the site that no server and no record names, and
//! whose configuration gives its guest an address. None of them is handed out.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use proxmox_client::{GuestRow, ProxmoxAnswer, ProxmoxRequest, VmConfig, Vmid};

use super::{addresses::used, context::Context, previous::strangers};
use crate::site::Site;

/// What the configurations of strangers say; it is kept while their rows are unchanged.
#[derive(Debug, Default)]
pub struct Strangers {
    known: Mutex<HashMap<(String, Vmid), Stranger>>,
    /// Many servers ordered at once read each stranger once, not each of them.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Stranger {
    row: GuestRow,
    uses: Vec<IpAddr>,
}

impl Strangers {
    fn of(&self, site: &str, row: &GuestRow) -> Option<Vec<IpAddr>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&(site.to_owned(), row.vmid)).filter(|known| known.row == *row).map(|known| known.uses.clone())
    }

    fn put(&self, site: &str, row: GuestRow, uses: Vec<IpAddr>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((site.to_owned(), row.vmid), Stranger { row, uses });
    }
}

/// Asked before an address is claimed. One that cannot be read hides what it uses, and stops nobody.
pub(super) async fn squatted(ctx: &Context, site: &Site, own: Option<Vmid>) -> BTreeSet<IpAddr> {
    let mut all = BTreeSet::new();
    // A cache that lags does not know the server's own VM yet.
    let mut others: Vec<_> =
        strangers(&ctx.catalogue, site).unwrap_or_default().into_iter().filter(|row| Some(row.vmid) != own).collect();
    let mut forget_known = |rows: &mut Vec<GuestRow>| {
        rows.retain(|row| ctx.strangers.of(&site.name, row).map(|used| all.extend(used)).is_none());
    };
    forget_known(&mut others);
    if others.is_empty() {
        return all;
    }
    let _alone = ctx.strangers.reading.lock().await;
    forget_known(&mut others);
    for row in others {
        let (node, vmid, is_container) = (row.node.clone(), row.vmid, row.kind == "lxc");
        let request = if is_container {
            ProxmoxRequest::ContainerConfig { node, vmid }
        } else {
            ProxmoxRequest::Config { node, vmid }
        };
        if let Ok(ProxmoxAnswer::Config(config)) = site.call(&request).await {
            let used = if is_container { used_by_container(&config) } else { used(&config) };
            all.extend(&used);
            ctx.strangers.put(&site.name, row, used);
        }
    }
    all
}

/// A container's addresses stand in its devices: `net0: name=eth0,bridge=vmbr0,ip=192.0.2.10/24,ip6=auto`.
fn used_by_container(config: &VmConfig) -> Vec<IpAddr> {
    let is_device = |option: &str| option.strip_prefix("net").is_some_and(|n| n.parse::<u8>().is_ok());
    let devices = config.options().filter(|(option, _)| is_device(option));
    let parts = devices.flat_map(|(_, device)| device.split(','));
    let given = parts.filter_map(|part| part.strip_prefix("ip=").or_else(|| part.strip_prefix("ip6=")));
    given.filter_map(|address| address.split('/').next()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_families_are_found_and_dhcp_is_none() {
        let config = VmConfig::from_json(&serde_json::json!({
            "net0": "virtio", "net1": "virtio", "ipconfig0": "ip=192.0.2.10/24,gw=192.0.2.1,ip6=2001:db8::10/64", "ipconfig1": "ip=dhcp,ip6=auto"
        }));
        let expected: Vec<IpAddr> = ["192.0.2.10", "2001:db8::10"].map(|a| a.parse().unwrap()).into();
        assert_eq!(used(&config), expected);
    }

    #[test]
    fn addresses_of_a_container_are_found_in_its_devices() {
        let config = VmConfig::from_json(&serde_json::json!({
            "net0": "name=eth0,bridge=vmbr0,gw=192.0.2.1,hwaddr=BC:24:11:00:00:09,ip=192.0.2.10/24,ip6=2001:db8::10/64,type=veth",
            "net1": "name=eth1,bridge=vmbr1,ip=dhcp,ip6=auto", "nameserver": "192.0.2.53", "digest": "d"
        }));
        let expected: Vec<IpAddr> = ["192.0.2.10", "2001:db8::10"].map(|a| a.parse().unwrap()).into();
        assert_eq!(used_by_container(&config), expected);
    }
}
