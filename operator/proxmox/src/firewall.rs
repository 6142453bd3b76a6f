//! A guest's firewall: what its guest may send. It has files of its own, that no snapshot covers and every clone copies.

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;

use crate::{
    NodeName, Vmid,
    answer::{flag, rows, text},
    percent_encode,
    request::WireRequest,
};

/// One call about a guest's firewall.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FirewallCall {
    /// Options that were set.
    Options,
    SetOptions {
        options: Vec<(String, String)>,
    },
    /// The names of its sets of addresses.
    Sets,
    /// The members of one.
    Set {
        name: String,
    },
    CreateSet {
        name: String,
    },
    /// With everything in it.
    DeleteSet {
        name: String,
    },
    Add {
        name: String,
        cidr: String,
    },
    Remove {
        name: String,
        cidr: String,
    },
}

impl FirewallCall {
    pub const fn is_read(&self) -> bool {
        matches!(self, Self::Options | Self::Sets | Self::Set { .. })
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Options => "firewall_options",
            Self::SetOptions { .. } => "set_firewall_options",
            Self::Sets => "ipsets",
            Self::Set { .. } => "ipset",
            Self::CreateSet { .. } => "create_ipset",
            Self::DeleteSet { .. } => "delete_ipset",
            Self::Add { .. } => "add_to_ipset",
            Self::Remove { .. } => "remove_from_ipset",
        }
    }

    pub(crate) fn wire(&self, node: &NodeName, vmid: Vmid) -> WireRequest {
        let set = |name: &str| format!("/ipset/{}", percent_encode(name));
        let own = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let (method, path, params) = match self {
            Self::Options => (Method::GET, "/options".to_owned(), vec![]),
            Self::SetOptions { options } => (Method::PUT, "/options".to_owned(), options.clone()),
            Self::Sets => (Method::GET, "/ipset".to_owned(), vec![]),
            Self::Set { name } => (Method::GET, set(name), vec![]),
            Self::CreateSet { name } => (Method::POST, "/ipset".to_owned(), vec![own("name", name)]),
            Self::DeleteSet { name } => (Method::DELETE, set(name), vec![own("force", "1")]),
            Self::Add { name, cidr } => (Method::POST, set(name), vec![own("cidr", cidr)]),
            Self::Remove { name, cidr } => (Method::DELETE, format!("{}/{}", set(name), percent_encode(cidr)), vec![]),
        };
        WireRequest { method, path: format!("/nodes/{node}/qemu/{vmid}/firewall{path}"), params }
    }
}

/// One member of a set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetMember {
    /// As `192.0.2.10`, `2001:db8::/64` or the name of an alias.
    pub cidr: String,
    /// It is kept out instead of let through.
    pub nomatch: bool,
}

pub(crate) fn options(data: &Value) -> BTreeMap<String, String> {
    let own = |(key, value): (&String, &Value)| (key.clone(), text(value));
    data.as_object().into_iter().flatten().filter(|(key, _)| *key != "digest").map(own).collect()
}

pub(crate) fn names(data: &Value) -> Vec<String> {
    rows(data).map(|row| text(&row["name"])).collect()
}

pub(crate) fn members(data: &Value) -> Vec<SetMember> {
    rows(data).map(|row| SetMember { cidr: text(&row["cidr"]), nomatch: flag(&row["nomatch"]) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_escaped_in_the_path() {
        let call = FirewallCall::Remove { name: "ipfilter-net0".into(), cidr: "2001:db8::/64".into() };
        let wire = call.wire(&NodeName::try_from("pve1").unwrap(), Vmid::try_from(100).unwrap());
        assert_eq!(wire.path, "/nodes/pve1/qemu/100/firewall/ipset/ipfilter-net0/2001%3Adb8%3A%3A%2F64");
    }

    #[test]
    fn options_read_the_same_as_text_and_as_numbers() {
        let read = options(&serde_json::json!({ "enable": 1, "policy_in": "ACCEPT", "digest": "d" }));
        assert_eq!(read, [("enable", "1"), ("policy_in", "ACCEPT")].map(|(k, v)| (k.into(), v.into())).into());
    }
}
