//! `AddressPool`: ranges of addresses (or IPv6 prefixes) of one family within a routing scope, with their gateway.

use std::net::IpAddr;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

use crate::GoDuration;

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "AddressPool",
    plural = "addresspools",
    category = "slipway",
    derive = "PartialEq",
    doc = "Ranges of IPv4 or IPv6 addresses that servers get theirs from.",
    printcolumn(name = "Scope", type_ = "string", json_path = ".spec.scope"),
    printcolumn(name = "Subnet", type_ = "string", json_path = ".spec.subnet"),
    printcolumn(name = "Gateway", type_ = "string", json_path = ".spec.gateway"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.scope == oldSelf.scope && self.subnet == oldSelf.subnet && (has(self.prefixLength) ? has(oldSelf.prefixLength) && self.prefixLength == oldSelf.prefixLength : !has(oldSelf.prefixLength))")
        .message("scope, subnet and prefixLength are immutable: make a new pool"),
    validation = Rule::new("isCIDR(self.subnet) && cidr(self.subnet) == cidr(self.subnet).masked()").message("subnet must be a network such as 192.0.2.0/24 or 2001:db8::/64"),
    validation = Rule::new("!has(self.prefixLength) || isCIDR(self.subnet) && cidr(self.subnet).ip().family() == 6 && self.prefixLength >= cidr(self.subnet).prefixLength()")
        .message("prefixLength is for IPv6 pools, and not below the subnet's"),
    validation = Rule::new("isIP(self.gateway) && cidr(self.subnet).containsIP(self.gateway)").message("gateway must be an address in subnet"),
    validation = Rule::new("self.ranges.all(r, isIP(r.first) && isIP(r.last) && cidr(self.subnet).containsIP(r.first) && cidr(self.subnet).containsIP(r.last))").message("ranges must lie in subnet"),
)]
pub struct AddressPoolSpec {
    /// Addresses are unique within a scope; two private networks may use the same numbers in two scopes.
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub scope: String,
    /// As `192.0.2.0/24` or `2001:db8::/64`.
    #[schemars(length(min = 4, max = 49))]
    pub subnet: String,
    /// The router's address; it is never handed out.
    #[schemars(length(min = 2, max = 45))]
    pub gateway: String,
    /// IPv6: the length of what one server gets, as 64; empty means single addresses. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 16, max = 128))]
    pub prefix_length: Option<u8>,
    /// The addresses (or, with prefixLength, the prefixes) that may be handed out, first and last included.
    #[schemars(length(min = 1, max = 64))]
    pub ranges: Vec<AddressRange>,
    /// Name servers of servers that set none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 3), inner(length(min = 7, max = 45)))]
    pub nameservers: Vec<String>,
    /// How long a released address rests before it is handed out again.
    #[serde(default = "one_day")]
    #[x_kube(validation = Rule::new("duration(self) <= duration('8760h')").message("quarantine is at most 8760h"))]
    pub quarantine: GoDuration,
}

const fn one_day() -> GoDuration {
    GoDuration::from_hours(24)
}

/// So that the rules below may take it apart: four numbers, or something with a colon.
const ADDRESS: &str = r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$";

#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("self.first.contains(':') || self.last.contains(':') || int(self.first.split('.')[0]) * 16777216 + int(self.first.split('.')[1]) * 65536 + int(self.first.split('.')[2]) * 256 + int(self.first.split('.')[3]) <= int(self.last.split('.')[0]) * 16777216 + int(self.last.split('.')[1]) * 65536 + int(self.last.split('.')[2]) * 256 + int(self.last.split('.')[3])").message("a range's first address must not be above its last"),
)]
pub struct AddressRange {
    /// The first address.
    #[schemars(length(min = 2, max = 45), regex(pattern = ADDRESS))]
    #[schemars(with = "String")]
    pub first: IpAddr,
    /// The last address, included.
    #[schemars(length(min = 2, max = 45), regex(pattern = ADDRESS))]
    #[schemars(with = "String")]
    pub last: IpAddr,
}
