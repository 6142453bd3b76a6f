//! A server's disks and interfaces as they are shown: what is wished, joined with what the machine has.

use slipway_crds::names::{DEFAULT_INTERFACE, ROOT_DISK};

use crate::server::spec::Spec;
use crate::server::stores::Stores;
use crate::server::view::{DiskView, InterfaceView};

/// The root disk of that size, then the others.
pub fn disks(wished: &Spec, root_gib: i32, stores: &Stores) -> Vec<DiskView> {
    let ready = |name: &str, size_gib: i32| {
        stores.disks.iter().any(|seen| seen.name == name && seen.size_gib.is_some_and(|size| size >= size_gib))
    };
    let root = DiskView {
        name: ROOT_DISK.to_owned(),
        size_gib: root_gib,
        storage_class: None,
        ready: ready(ROOT_DISK, root_gib),
    };
    let others = wished.disks.iter().map(|disk| DiskView {
        name: disk.name.clone(),
        size_gib: disk.size_gib,
        storage_class: disk.storage_class.clone(),
        ready: ready(&disk.name, disk.size_gib),
    });
    std::iter::once(root).chain(others).collect()
}

/// In the spec's order; the one that every server has when its spec names none.
pub fn interfaces(wished: &Spec, stores: &Stores) -> Vec<InterfaceView> {
    let view = |name: &str, network: Option<&str>| {
        let seen = stores.interfaces.iter().find(|seen| seen.name == name);
        InterfaceView {
            name: name.to_owned(),
            network: network.map(ToOwned::to_owned).or_else(|| seen.and_then(|seen| seen.network.clone())),
            mac: seen.and_then(|seen| seen.mac.clone()),
            addresses: seen.map(|seen| seen.addresses.clone()).unwrap_or_default(),
        }
    };
    if wished.networks.is_empty() {
        return vec![view(DEFAULT_INTERFACE, None)];
    }
    wished.networks.iter().map(|interface| view(&interface.name, Some(&interface.network))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::disk::DataDisk;
    use crate::server::stores::{DiskSeen, InterfaceSeen};

    #[test]
    fn a_disk_is_ready_when_the_machine_has_it_in_its_size() {
        let disk = |name: &str, size_gib| DataDisk { name: name.into(), size_gib, storage_class: None };
        let seen = |name: &str, size_gib| DiskSeen { name: name.into(), size_gib: Some(size_gib) };
        let wished = Spec { disks: vec![disk("data", 20), disk("logs", 10)], ..Spec::default() };
        let stores = Stores { disks: vec![seen("root", 10), seen("data", 15)], ..Stores::default() };
        let shown: Vec<_> = disks(&wished, 10, &stores).into_iter().map(|disk| (disk.name, disk.ready)).collect();
        assert_eq!(shown, [("root".into(), true), ("data".into(), false), ("logs".into(), false)]);
    }

    #[test]
    fn an_unnamed_interface_is_the_public_one_on_the_network_that_it_is_seen_on() {
        let seen = InterfaceSeen {
            name: "public".into(),
            network: Some("wan".into()),
            mac: Some("BC:24:11:00:00:01".into()),
            addresses: vec!["192.0.2.7".into()],
        };
        let stores = Stores { interfaces: vec![seen], ..Stores::default() };
        let shown = interfaces(&Spec::default(), &stores);
        assert_eq!((shown[0].name.as_str(), shown[0].network.as_deref()), ("public", Some("wan")));
        assert_eq!(shown[0].addresses, ["192.0.2.7"]);
    }
}
