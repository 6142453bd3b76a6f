//! What a copy must not share with its original: the MAC addresses of its cards and the UUID of its SMBIOS.

use crate::{
    model::{
        config::Config,
        device::{Nic, is_net_key},
    },
    world::World,
};

impl World {
    /// Gives every card a MAC address of its own.
    pub(super) fn renew_macs(&mut self, config: &mut Config) {
        let cards: Vec<(String, Nic)> = config
            .iter()
            .filter(|(key, _)| is_net_key(key))
            .map(|(key, value)| (key.to_owned(), Nic::parse(value)))
            .collect();
        for (key, mut nic) in cards {
            nic.mac = Some(self.random_mac());
            config.set(&key, nic.print());
        }
    }

    /// Gives the machine another UUID; what else stands in `smbios1` stays.
    pub(super) fn renew_uuid(&mut self, config: &mut Config) {
        let uuid = format!("uuid={}", self.random_uuid());
        let smbios = config.get("smbios1").unwrap_or_default().to_owned();
        let rest = smbios.split(',').filter(|part| !part.is_empty() && !part.starts_with("uuid="));
        config.set("smbios1", std::iter::once(uuid.as_str()).chain(rest).collect::<Vec<_>>().join(","));
    }
}
