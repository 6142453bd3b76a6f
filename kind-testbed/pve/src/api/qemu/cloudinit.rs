//! The cloud-init drive: what stands on it, what would, and writing it again.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::{Value, json};

use super::{Call, Handled, Reply, vm};
use crate::{
    error::ApiError,
    model::{
        config::{Config, HIDDEN},
        device::{Nic, is_net_key},
    },
    schema::percent_decode,
    world::{
        World,
        work::{ConfigChange, ConfigWork, Work, check_change, is_cloudinit_option},
    },
};

/// Options that are listed even when nothing about them changed.
const SHOWN: [&str; 8] =
    ["cicustom", "cipassword", "citype", "ciupgrade", "ciuser", "nameserver", "searchdomain", "sshkeys"];

/// The difference between drive and configuration. A drive that was never written differs in nothing.
pub(super) fn pending(world: &mut World, call: &Call) -> Handled {
    let vm = vm(world, call)?;
    let wanted = vm.merged();
    let written = vm.cloudinit.iter().next().is_some();
    let keys: BTreeSet<&str> =
        vm.cloudinit.iter().chain(wanted.iter()).map(|(key, _)| key).filter(|key| is_cloudinit_option(key)).collect();
    let rows = keys.into_iter().filter_map(|key| {
        let shown = |value: &str| if key == "cipassword" { json!(HIDDEN) } else { json!(value) };
        match (vm.cloudinit.get(key), wanted.get(key)) {
            (Some(_), None) => Some(json!({ "key": key, "delete": 1 })),
            (None, Some(new)) if written => Some(json!({ "key": key, "pending": shown(new) })),
            (_, Some("" | "0")) => None,
            (old, Some(new)) if SHOWN.contains(&key) => {
                let mut row = json!({ "key": key, "value": shown(old.unwrap_or(new)) });
                if old.is_some_and(|old| old != new) {
                    row["pending"] = shown(new);
                }
                Some(row)
            }
            _ => None,
        }
    });
    Ok(Reply::Data(rows.collect()))
}

pub(super) fn regenerate(world: &mut World, call: &Call) -> Handled {
    let change = ConfigChange { regenerate: true, ..ConfigChange::default() };
    check_change(vm(world, call)?, &change).map_err(ApiError::Die)?;
    let work = Work::Config(Box::new(ConfigWork { vmid: call.vmid(), change }));
    world.start_call(&call.node, &call.who, work, call.id);
    Ok(Reply::Later)
}

/// The text that would be on the drive; passwords are shown as their hash.
pub(super) fn dump(world: &mut World, call: &Call) -> Handled {
    let config = vm(world, call)?.merged();
    let text = match call.required("type") {
        "user" => user_data(call, &config),
        "network" => network_data(&config),
        _ => format!(
            "instance-id: {}\n",
            crate::model::config::digest_of(&(user_data(call, &config) + &network_data(&config)))
        ),
    };
    Ok(Reply::Data(Value::String(text)))
}

fn user_data(call: &Call, config: &Config) -> String {
    let name = config.get("name").map_or_else(|| format!("VM{}", call.vmid()), str::to_owned);
    let host = name.split('.').next().unwrap_or_default().to_owned();
    let fqdn = match config.get("searchdomain") {
        _ if name.contains('.') => Some(name.clone()),
        Some(domain) => Some(format!("{host}.{domain}")),
        None => None,
    };
    let mut out = format!("#cloud-config\nhostname: {host}\nmanage_etc_hosts: true\n");
    if let Some(fqdn) = fqdn {
        let _ = writeln!(out, "fqdn: {fqdn}");
    }
    if let Some(user) = config.get("ciuser") {
        let _ = writeln!(out, "user: {user}");
    }
    if let Some(password) = config.get("cipassword") {
        let _ = writeln!(out, "password: {password}");
    }
    if let Some(keys) = config.get("sshkeys").map(percent_decode) {
        out.push_str("ssh_authorized_keys:\n");
        for key in keys.lines().filter(|line| !line.is_empty()) {
            let _ = writeln!(out, "  - {key}");
        }
    }
    out.push_str("chpasswd:\n  expire: False\nusers:\n  - default\n");
    if config.get("ciupgrade") != Some("0") {
        out.push_str("package_upgrade: true\n");
    }
    out
}

fn network_data(config: &Config) -> String {
    let mut out = "version: 1\nconfig:\n".to_owned();
    for (key, value) in config.iter().filter(|(key, _)| is_net_key(key)) {
        let index = key.trim_start_matches("net");
        let mac = Nic::parse(value).mac.unwrap_or_default().to_lowercase();
        let _ =
            write!(out, "    - type: physical\n      name: eth{index}\n      mac_address: '{mac}'\n      subnets:\n");
        let ipconfig = config.get(&format!("ipconfig{index}")).unwrap_or("ip=dhcp");
        let option = |name: &str| {
            ipconfig.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
        };
        for (address, gateway, kind) in [("ip", "gw", "4"), ("ip6", "gw6", "6")] {
            match option(address).as_deref() {
                None => {}
                Some("dhcp" | "auto") => {
                    let _ = writeln!(out, "      - type: dhcp{kind}");
                }
                Some(cidr) => {
                    let kind = if kind == "6" { "static6" } else { "static" };
                    let _ = write!(out, "      - type: {kind}\n        address: '{cidr}'\n");
                    if let Some(gateway) = option(gateway) {
                        let _ = writeln!(out, "        gateway: '{gateway}'");
                    }
                }
            }
        }
    }
    if config.contains("nameserver") || config.contains("searchdomain") {
        out.push_str("    - type: nameserver\n");
        for (title, key) in [("address", "nameserver"), ("search", "searchdomain")] {
            if let Some(list) = config.get(key) {
                let _ = writeln!(out, "      {title}:");
                for item in list.split_whitespace() {
                    let _ = writeln!(out, "      - '{item}'");
                }
            }
        }
    }
    out
}
