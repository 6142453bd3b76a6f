//! The named formats, each with the text Proxmox VE answers. Texts end in a newline, as Perl's `die` gives them.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::OnceLock,
};

use serde_json::json;

use super::{Prop, property::parse_property_string};

/// Checks one value. Formats with nothing to check here accept everything.
pub(super) fn check_format(path: &str, name: &str, value: &str) -> Result<(), String> {
    if name.starts_with('#') || named_keys(name).is_some() {
        return parse_property_string(path, name, value).map(drop);
    }
    if let Some(item) = name.strip_suffix("-list").filter(|_| name != "pve-tag-list") {
        return split_list(value).try_for_each(|part| check_format(path, item, part));
    }
    let (ok, what) = match name {
        "pve-vmid" => (is_vmid(value), "value does not look like a valid VM ID"),
        "pve-node" => (is_host_label(value), "value does not look like a valid node name"),
        "dns-name" => (is_dns_name(value), "value does not look like a valid DNS name"),
        "ipv4" => (value.parse::<Ipv4Addr>().is_ok(), "value does not look like a valid ipv4 address"),
        "ipv6" => (value.parse::<Ipv6Addr>().is_ok(), "value does not look like a valid ipv6 address"),
        "pve-ipv4-config" => (
            value == "dhcp" || is_cidr::<Ipv4Addr>(value, 32),
            "value does not look like a valid ipv4 network configuration",
        ),
        "pve-ipv6-config" => (
            value == "dhcp" || value == "auto" || is_cidr::<Ipv6Addr>(value, 128),
            "value does not look like a valid ipv6 network configuration",
        ),
        "CIDR" => (is_cidr::<IpAddr>(value, 128), "value does not look like a valid CIDR network"),
        "mac-addr" => (is_unicast_mac(value), "value does not look like a valid unicast MAC address"),
        "pve-storage-id" => return named(is_id(value, "-_."), "storage ID", value, "contains illegal characters"),
        "pve-poolid" => (is_pool_id(value), "value does not look like a valid pool ID"),
        "pve-configid" => return named(is_config_id(value), "invalid configuration ID", value, ""),
        "urlencoded" => return named(is_urlencoded(value), "invalid urlencoded string:", value, "raw"),
        "pve-tag-list" => (tags(value).all(is_tag), "invalid characters in tag"),
        "pve-userid" => (is_userid(value), "value does not look like a valid user name"),
        "pve-roleid" => return named(is_id(value, "-_."), "role ID", value, "contains invalid characters"),
        "pve-groupid" => return named(is_id(value, "-_."), "group ID", value, "contains invalid characters"),
        "pve-ha-resource-or-vm-id" | "pve-ha-resource-id" => {
            let (kind, name) = value.split_once(':').unwrap_or(("vm", value));
            let ok = matches!(kind, "vm" | "ct") && is_vmid(name);
            return named(ok, "unable to parse service ID", value, "");
        }
        "pve-volume-id" => return named(is_volume_id(value), "unable to parse volume ID", value, ""),
        "pve-volume-id-or-qm-path" => {
            (matches!(value, "none" | "cdrom") || value.starts_with('/') || is_volume_id(value), "invalid volume ID")
        }
        "disk-size" => (is_disk_size(value), "value does not look like a valid disk size"),
        _ => (true, ""),
    };
    if ok { Ok(()) } else { Err(format!("{what}\n")) }
}

/// The three ways the texts quote the value.
fn named(ok: bool, what: &str, value: &str, tail: &str) -> Result<(), String> {
    match (ok, tail) {
        (true, _) => Ok(()),
        (false, "raw") => Err(format!("{what} {value}\n")),
        (false, "") => Err(format!("{what} '{value}'\n")),
        (false, tail) => Err(format!("{what} '{value}' {tail}\n")),
    }
}

/// Property strings that the official description names without spelling them out.
pub(super) fn named_keys(name: &str) -> Option<&'static BTreeMap<String, Prop>> {
    static KEYS: OnceLock<BTreeMap<String, BTreeMap<String, Prop>>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let text = |format: &str| json!({ "type": "string", "optional": true, "format": format });
        let needs = |format: &str, other: &str| json!({ "type": "string", "optional": true, "format": format, "requires": other });
        let free = || json!({ "type": "string", "optional": true });
        let all = json!({
            "pve-qm-ipconfig": {
                "ip": text("pve-ipv4-config"), "gw": needs("ipv4", "ip"),
                "ip6": text("pve-ipv6-config"), "gw6": needs("ipv6", "ip6"),
            },
            "pve-qm-boot": { "legacy": { "type": "string", "optional": true, "default_key": true }, "order": free() },
            "pve-qm-smbios1": {
                "uuid": { "type": "string", "optional": true, "pattern": "[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}" },
                "version": free(), "serial": free(), "manufacturer": free(), "product": free(), "sku": free(), "family": free(),
                "base64": { "type": "boolean", "optional": true },
            },
            "pve-startup-order": {
                "order": { "type": "integer", "optional": true, "minimum": 0, "default_key": true },
                "up": { "type": "integer", "optional": true, "minimum": 0 },
                "down": { "type": "integer", "optional": true, "minimum": 0 },
            },
        });
        serde_json::from_value(all).unwrap_or_default()
    })
    .get(name)
}

/// Splits a list the way Proxmox VE does: comma, semicolon, white space or NUL.
pub fn split_list(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\t', '\n', '\0']).filter(|part| !part.is_empty())
}

fn tags(text: &str) -> impl Iterator<Item = &str> {
    split_list(text)
}

fn is_tag(tag: &str) -> bool {
    let mut chars = tag.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || "_-+.".contains(c))
}

pub fn is_vmid(value: &str) -> bool {
    (3..=9).contains(&value.len()) && !value.starts_with('0') && value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_host_label(value: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(value.chars().next())
        && edge(value.chars().last())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// Label length is not limited (seen with 64 characters).
fn is_dns_name(value: &str) -> bool {
    !value.is_empty() && value.split('.').all(is_host_label)
}

fn is_cidr<A: std::str::FromStr>(value: &str, bits: u8) -> bool {
    let Some((address, length)) = value.split_once('/') else { return false };
    address.parse::<A>().is_ok() && length.parse::<u8>().is_ok_and(|length| length <= bits)
}

fn is_unicast_mac(value: &str) -> bool {
    let parts: Vec<&str> = value.split(':').collect();
    parts.len() == 6
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && u8::from_str_radix(parts[0], 16).is_ok_and(|first| first & 1 == 0)
}

fn is_id(value: &str, extra: &str) -> bool {
    value.len() >= 2
        && value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

/// Up to three levels of `[A-Za-z0-9._-]+`.
pub fn is_pool_id(value: &str) -> bool {
    let parts: Vec<&str> = value.split('/').collect();
    parts.len() <= 3
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)))
}

fn is_config_id(value: &str) -> bool {
    value.len() >= 2
        && value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn is_urlencoded(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || "-%_.!~*'()".contains(c))
}

pub fn is_userid(value: &str) -> bool {
    let Some((name, realm)) = value.rsplit_once('@') else { return false };
    !name.is_empty()
        && !name.contains(|c: char| c.is_whitespace() || c == ':' || c == '/')
        && realm.len() >= 2
        && realm.starts_with(|c: char| c.is_ascii_alphabetic())
        && realm.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn is_volume_id(value: &str) -> bool {
    value.split_once(':').is_some_and(|(storage, name)| is_id(storage, "-_.") && !name.is_empty())
}

fn is_disk_size(value: &str) -> bool {
    let digits = value.trim_end_matches(['K', 'M', 'G', 'T']);
    !digits.is_empty() && value.len() - digits.len() <= 1 && digits.parse::<f64>().is_ok_and(|size| size >= 0.0)
}
