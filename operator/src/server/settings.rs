//! What was applied, as Proxmox options: the fields that are compared with a VM's configuration and written to it.

use std::collections::BTreeMap;

use proxmox_client::VmConfig;
use slipway_crds::{Applied, AppliedDisk, AppliedNetwork, VirtualServerStatus, names::ROOT_DISK};

use super::{addresses::Claims, desired::Desired, slots::Slots};

/// The resolved wish, as it will stand in `status.applied` once it is true.
pub fn resolve(desired: &Desired, claims: &Claims, on_boot: bool) -> Applied {
    let of_networks = desired.networks.iter().flat_map(|interface| claims.nameservers(&interface.name));
    let nameservers = Some(&desired.nameservers).into_iter().chain(of_networks).find(|n| !n.is_empty());
    let data = desired.disks.iter().map(|disk| (disk.name.clone(), AppliedDisk { size_gib: disk.size_gib }));
    let networks = desired.networks.iter().map(|interface| {
        let network = AppliedNetwork {
            network: interface.network.clone(),
            bridge: interface.bridge.clone(),
            vlan: interface.vlan,
            rate_mbps: interface.rate_mbps,
            ip_config: claims.ip_config(&interface.name),
        };
        (interface.name.clone(), network)
    });
    Applied {
        name: desired.hostname.clone(),
        cores: desired.cores,
        memory_mib: desired.memory_mib,
        image: desired.image.name.clone(),
        on_boot,
        nameservers: nameservers.cloned().unwrap_or_default(),
        nameservers_wished: !desired.nameservers.is_empty(),
        search_domain: desired.search_domain.clone(),
        disks: data.chain([(ROOT_DISK.to_owned(), AppliedDisk { size_gib: desired.disk_gib })]).collect(),
        networks: networks.collect(),
        user: Some(desired.user.clone()),
        ssh_keys_hash: sha256(desired.ssh_keys.join("\n").as_bytes()),
        password_hash: desired.password.as_ref().map(|p| sha256(p.expose().as_bytes())),
    }
}

/// What acts at creation only is kept as it was, and so is what came from the pool: an edit of the pool is nobody's wish
/// for a server that exists, and would run its cloud-init again.
pub fn keep_creation_only(wanted: &mut Applied, before: &Applied, desired: &Desired) {
    wanted.image.clone_from(&before.image);
    wanted.user.clone_from(&before.user);
    wanted.ssh_keys_hash.clone_from(&before.ssh_keys_hash);
    wanted.password_hash.clone_from(&before.password_hash);
    if desired.nameservers.is_empty() && !before.nameservers_wished {
        wanted.nameservers.clone_from(&before.nameservers);
    }
    for (name, network) in wanted.networks.iter_mut() {
        if let Some(old) = before.networks.get(name)
            && addresses(&old.ip_config).eq(addresses(&network.ip_config))
        {
            network.ip_config.clone_from(&old.ip_config);
        }
    }
}

/// The parts of an `ipconfigN` that are the guest's own addresses.
fn addresses(ip_config: &str) -> impl Iterator<Item = &str> {
    ip_config.split(',').filter(|part| part.starts_with("ip=") || part.starts_with("ip6="))
}

/// Option → value; an empty value means that the option is not set.
pub type Settings = BTreeMap<String, String>;

/// The options that `applied` stands for on this VM, whose devices keep their MACs and further options. An interface that
/// is not in it is none.
pub(super) fn settings(applied: &Applied, slots: &Slots, status: &VirtualServerStatus, config: &VmConfig) -> Settings {
    let mut all = Settings::from(
        [
            ("name", applied.name.clone()),
            ("cores", applied.cores.to_string()),
            // A template's or a person's second socket would double them.
            ("sockets", "1".to_owned()),
            ("memory", applied.memory_mib.to_string()),
            ("onboot", u8::from(applied.on_boot).to_string()),
            ("nameserver", applied.nameservers.join(" ")),
            ("searchdomain", applied.search_domain.clone().unwrap_or_default()),
        ]
        .map(|(option, value)| (option.to_owned(), value)),
    );
    for slot in slots.networks.values().map(String::as_str).chain(config.network_slots()) {
        all.insert(slot.to_owned(), String::new());
        all.insert(ip_config_of(slot), String::new());
    }
    for (name, network) in &applied.networks {
        let Some(slot) = slots.networks.get(name) else { continue };
        let mac = status.networks.get(name).and_then(|n| n.mac.as_deref());
        all.insert(slot.clone(), network_device(network, slot, mac, config));
        all.insert(ip_config_of(slot), network.ip_config.clone());
    }
    all
}

/// The same options as the VM has them now.
pub fn actual(wanted: &Settings, config: &VmConfig) -> Settings {
    let found = |option: &str| match option {
        "cores" | "sockets" => config.get(option).unwrap_or("1").to_owned(),
        "memory" => config.memory_mib().to_string(),
        "onboot" => u8::from(config.flag("onboot")).to_string(),
        slot if slot.starts_with("net") => {
            config.network(slot).map(|d| device_text(&d.model, &d.mac, &d.options)).unwrap_or_default()
        }
        other => config.get(other).unwrap_or_default().to_owned(),
    };
    wanted.keys().map(|option| (option.clone(), found(option))).collect()
}

/// `net1` → `ipconfig1`.
fn ip_config_of(slot: &str) -> String {
    format!("ipconfig{}", slot.trim_start_matches("net"))
}

/// The device with our bridge, VLAN, rate and filter; its MAC (which the guest and its neighbours know it by) and other
/// options stay. Proxmox gives one without a MAC its own.
fn network_device(wanted: &AppliedNetwork, slot: &str, mac: Option<&str>, config: &VmConfig) -> String {
    const OURS: [&str; 4] = ["bridge", "firewall", "tag", "rate"];
    let device = config.network(slot);
    let mut options: Vec<(String, String)> = device
        .as_ref()
        .map(|d| d.options.iter().filter(|(k, _)| !OURS.contains(&k.as_str())).cloned().collect())
        .unwrap_or_default();
    options.push(("bridge".into(), wanted.bridge.clone()));
    options.push(("firewall".into(), "1".into()));
    options.extend(wanted.vlan.map(|tag| ("tag".into(), tag.to_string())));
    options.extend(wanted.rate_mbps.map(|mbps| ("rate".into(), megabytes(mbps))));
    let (model, found) = device.map_or_else(|| ("virtio".to_owned(), String::new()), |d| (d.model, d.mac));
    device_text(&model, mac.unwrap_or(&found), &options)
}

/// Sorted, so that two devices that are the same read the same.
fn device_text(model: &str, mac: &str, options: &[(String, String)]) -> String {
    let mut sorted: Vec<String> = options.iter().map(|(k, v)| format!("{k}={v}")).collect();
    sorted.sort();
    let head = if mac.is_empty() { model.to_owned() } else { format!("{model}={mac}") };
    [vec![head], sorted].concat().join(",")
}

/// Proxmox limits a port in MB/s; plans speak of Mbit/s.
fn megabytes(mbps: u32) -> String {
    let text = format!("{:.3}", f64::from(mbps) / 8.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_speed_is_written_in_megabytes() {
        assert_eq!(megabytes(200), "25");
        assert_eq!(megabytes(100), "12.5");
        assert_eq!(megabytes(1), "0.125");
    }

    #[test]
    fn a_device_keeps_its_mac_and_further_options() {
        let config = VmConfig::from_json(
            &serde_json::json!({"net0": "virtio=BC:24:11:00:00:01,firewall=0,bridge=vmbr9,rate=1,queues=2"}),
        );
        let wanted = AppliedNetwork {
            network: "lan".into(),
            bridge: "vmbr0".into(),
            vlan: Some(12),
            rate_mbps: None,
            ip_config: String::new(),
        };
        let device = network_device(&wanted, "net0", None, &config);
        assert_eq!(device, "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,queues=2,tag=12");
        // Another MAC by hand, or of an older snapshot, is put back.
        let device = network_device(&wanted, "net0", Some("BC:24:11:00:00:07"), &config);
        assert!(device.starts_with("virtio=BC:24:11:00:00:07,"), "{device}");
    }
}
