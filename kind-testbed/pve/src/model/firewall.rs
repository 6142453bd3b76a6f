//! Firewall files: of the cluster, of a node, of a guest. Their digests are made of what they say, not of the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Vmid, config::digest_of};

/// Whose firewall it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    Cluster,
    Node(String),
    Guest(Vmid),
}

/// Properties as they were sent: of a rule, of an address in a set, of the options.
pub type Properties = BTreeMap<String, String>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IpSet {
    pub comment: Option<String>,
    /// Addresses with their `cidr`, the newest first.
    pub members: Vec<Properties>,
}

/// Rules that others name as one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub comment: Option<String>,
    pub rules: Vec<Properties>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Firewall {
    pub options: Properties,
    pub rules: Vec<Properties>,
    pub sets: BTreeMap<String, IpSet>,
    /// Aliases with their `cidr` and `comment`.
    pub aliases: BTreeMap<String, Properties>,
    /// Of the cluster only.
    pub groups: BTreeMap<String, SecurityGroup>,
}

/// SHA-1 of properties, one `name:value` a line.
pub fn digest<'a>(all: impl IntoIterator<Item = &'a Properties>) -> String {
    let lines = all.into_iter().flatten().map(|(name, value)| format!("{name}:{value}\n"));
    digest_of(&lines.collect::<String>())
}

/// Properties as a read shows them: switches and counts are numbers.
pub fn show(properties: &Properties) -> Map<String, Value> {
    const NUMBERS: [&str; 16] = [
        "dhcp",
        "ebtables",
        "enable",
        "ipfilter",
        "log_nf_conntrack",
        "macfilter",
        "ndp",
        "nf_conntrack_allow_invalid",
        "nf_conntrack_max",
        "nf_conntrack_tcp_timeout_established",
        "nf_conntrack_tcp_timeout_syn_recv",
        "nftables",
        "nomatch",
        "nosmurfs",
        "radv",
        "tcpflags",
    ];
    let shown = |name: &str, value: &str| match value.parse::<u64>() {
        Ok(number) if NUMBERS.contains(&name) => json!(number),
        _ => json!(value),
    };
    properties.iter().map(|(name, value)| (name.clone(), shown(name, value))).collect()
}

/// `10.0.0.1/32` is the one address it names.
pub fn normal_cidr(cidr: &str) -> String {
    let single = cidr.strip_suffix("/32").filter(|ip| ip.contains('.')).or_else(|| cidr.strip_suffix("/128"));
    single.unwrap_or(cidr).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a real node answered for options that were never set.
    #[test]
    fn the_digest_of_nothing_is_that_of_an_empty_text() {
        assert_eq!(digest([&Properties::new()]), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    }

    #[test]
    fn a_single_address_needs_no_prefix() {
        assert_eq!(normal_cidr("10.0.0.1/32"), "10.0.0.1");
        assert_eq!(normal_cidr("fd00::1/128"), "fd00::1");
        assert_eq!(normal_cidr("10.0.0.0/24"), "10.0.0.0/24");
    }
}
