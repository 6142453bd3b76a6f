//! What was applied, as Proxmox options: the fields that are compared with a VM's configuration and written to it.

use std::collections::BTreeMap;

use proxmox_client::VmConfig;
use slipway_crds::{Applied, AppliedDisk, AppliedNetwork, names::ROOT_DISK};

use super::{desired::Desired, observed::Addressing};

/// The first interface; Slipway's servers have one.
pub const NETWORK_SLOT: &str = "net0";

/// The resolved wish, as it will stand in `status.applied` once it is true.
pub fn resolve(desired: &Desired, addressing: &Addressing, on_boot: bool) -> Applied {
    let nameservers =
        if desired.nameservers.is_empty() { addressing.nameservers.clone() } else { desired.nameservers.clone() };
    Applied {
        name: desired.hostname.clone(),
        cores: desired.cores,
        memory_mib: desired.memory_mib,
        image: desired.image.name.clone(),
        on_boot,
        nameservers,
        search_domain: desired.search_domain.clone(),
        disks: [(ROOT_DISK.to_owned(), AppliedDisk { size_gib: desired.disk_gib })].into(),
        networks: [(
            desired.network.name.clone(),
            AppliedNetwork {
                network: String::new(),
                bridge: desired.network.bridge.clone(),
                vlan: desired.network.vlan,
                rate_mbps: desired.network.rate_mbps,
                ip_config: addressing.ip_config.clone(),
            },
        )]
        .into(),
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
    if desired.nameservers.is_empty() {
        wanted.nameservers.clone_from(&before.nameservers);
    }
    for (name, network) in &mut wanted.networks {
        let address = |config: &str| config.split(',').next().map(str::to_owned);
        if let Some(old) = before.networks.get(name)
            && address(&old.ip_config) == address(&network.ip_config)
        {
            network.ip_config.clone_from(&old.ip_config);
        }
    }
}

/// Option → value; an empty value means that the option is not set.
pub type Settings = BTreeMap<&'static str, String>;

/// The options that `applied` stands for on a VM with this configuration (whose MAC and further options are kept).
pub fn settings(applied: &Applied, config: &VmConfig) -> Settings {
    let network = applied.networks.values().next();
    let mut all = Settings::from([
        ("name", applied.name.clone()),
        ("cores", applied.cores.to_string()),
        // A template's or a person's second socket would double them.
        ("sockets", "1".to_owned()),
        ("memory", applied.memory_mib.to_string()),
        ("onboot", u8::from(applied.on_boot).to_string()),
        ("nameserver", applied.nameservers.join(" ")),
        ("searchdomain", applied.search_domain.clone().unwrap_or_default()),
    ]);
    if let Some(network) = network {
        all.insert("ipconfig0", network.ip_config.clone());
        all.insert(NETWORK_SLOT, network_device(network, config));
    }
    all
}

/// The same options as the VM has them now.
pub fn actual(config: &VmConfig) -> Settings {
    let text = |option: &str| config.get(option).unwrap_or_default().to_owned();
    let count = |option: &str| config.get(option).unwrap_or("1").to_owned();
    Settings::from([
        ("name", text("name")),
        ("cores", count("cores")),
        ("sockets", count("sockets")),
        ("memory", config.memory_mib().to_string()),
        ("onboot", u8::from(config.flag("onboot")).to_string()),
        ("nameserver", text("nameserver")),
        ("searchdomain", text("searchdomain")),
        ("ipconfig0", text("ipconfig0")),
        (
            NETWORK_SLOT,
            config.network(NETWORK_SLOT).map(|d| device_text(&d.model, &d.mac, &d.options)).unwrap_or_default(),
        ),
    ])
}

/// The device with our bridge, VLAN and rate; its MAC (which the guest knows it by) and other options stay.
fn network_device(wanted: &AppliedNetwork, config: &VmConfig) -> String {
    let device = config.network(NETWORK_SLOT);
    let mut options: Vec<(String, String)> = device
        .as_ref()
        .map(|d| d.options.iter().filter(|(k, _)| !["bridge", "tag", "rate"].contains(&k.as_str())).cloned().collect())
        .unwrap_or_default();
    options.push(("bridge".into(), wanted.bridge.clone()));
    options.extend(wanted.vlan.map(|tag| ("tag".into(), tag.to_string())));
    options.extend(wanted.rate_mbps.map(|mbps| ("rate".into(), megabytes(mbps))));
    let (model, mac) = device.map_or_else(|| ("virtio".to_owned(), String::new()), |d| (d.model, d.mac));
    device_text(&model, &mac, &options)
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
            &serde_json::json!({"net0": "virtio=BC:24:11:00:00:01,firewall=1,bridge=vmbr9,rate=1"}),
        );
        let wanted = AppliedNetwork {
            network: String::new(),
            bridge: "vmbr0".into(),
            vlan: Some(12),
            rate_mbps: None,
            ip_config: String::new(),
        };
        assert_eq!(network_device(&wanted, &config), "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,tag=12");
    }
}
