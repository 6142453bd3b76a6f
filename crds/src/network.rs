//! `Network`: a bridge (and VLAN) on a site, the pools its addresses come from, and who may use it.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "Network",
    plural = "networks",
    category = "slipway",
    derive = "PartialEq",
    doc = "A network that servers can be plugged into.",
    printcolumn(name = "Sites", type_ = "string", json_path = ".spec.siteRefs"),
    printcolumn(name = "Bridge", type_ = "string", json_path = ".spec.bridge"),
    printcolumn(name = "VLAN", type_ = "integer", json_path = ".spec.vlan"),
    printcolumn(name = "Pools", type_ = "string", json_path = ".spec.pools"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.bridge == oldSelf.bridge && (has(self.vlan) ? has(oldSelf.vlan) && self.vlan == oldSelf.vlan : !has(oldSelf.vlan))")
        .message("bridge and vlan are immutable: make a new Network"),
)]
pub struct NetworkSpec {
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub display_name: Option<String>,
    /// The sites that have it.
    #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 63)))]
    pub site_refs: Vec<String>,
    /// The bridge on every node of those sites. Immutable.
    #[schemars(length(min = 1, max = 15), regex(pattern = r"^[a-zA-Z][a-zA-Z0-9_.-]*$"))]
    pub bridge: String,
    /// The VLAN tag; none means untagged. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 4094))]
    pub vlan: Option<u16>,
    /// AddressPools, tried in order.
    #[schemars(length(min = 1, max = 16), inner(length(min = 1, max = 63)))]
    pub pools: Vec<String>,
    /// Namespaces that may use it; a trailing `*` matches the rest; empty means nobody.
    #[serde(default)]
    #[schemars(length(max = 1024), inner(length(min = 1, max = 64), regex(pattern = r"^[a-z0-9-]*\*?$")))]
    pub allowed_namespaces: Vec<String>,
}

impl NetworkSpec {
    /// Whether servers of `namespace` may be plugged in.
    pub fn allows(&self, namespace: &str) -> bool {
        self.allowed_namespaces.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => namespace.starts_with(prefix),
            None => pattern == namespace,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(allowed: &[&str]) -> NetworkSpec {
        NetworkSpec {
            display_name: None,
            site_refs: vec!["home".into()],
            bridge: "vmbr0".into(),
            vlan: None,
            pools: vec!["public".into()],
            allowed_namespaces: allowed.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn an_empty_list_allows_nobody() {
        assert!(!network(&[]).allows("acct-a"));
    }

    #[test]
    fn a_trailing_star_matches_the_rest_and_a_plain_name_only_itself() {
        assert!(network(&["acct-*"]).allows("acct-a"));
        assert!(!network(&["acct-*"]).allows("other"));
        assert!(network(&["acct-a"]).allows("acct-a"));
        assert!(!network(&["acct-a"]).allows("acct-ab"));
    }
}
