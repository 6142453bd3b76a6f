//! `AddressPool`: a range of addresses within a routing scope, with its gateway.

use std::net::Ipv4Addr;

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
    doc = "A range of IPv4 addresses that servers get theirs from.",
    printcolumn(name = "Scope", type_ = "string", json_path = ".spec.scope"),
    printcolumn(name = "Subnet", type_ = "string", json_path = ".spec.subnet"),
    printcolumn(name = "Gateway", type_ = "string", json_path = ".spec.gateway"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("self.scope == oldSelf.scope && self.subnet == oldSelf.subnet").message("scope and subnet are immutable: make a new pool"),
    validation = Rule::new("isCIDR(self.subnet) && cidr(self.subnet).ip().family() == 4 && cidr(self.subnet) == cidr(self.subnet).masked()").message("subnet must be an IPv4 network such as 192.0.2.0/24"),
    validation = Rule::new("isIP(self.gateway) && cidr(self.subnet).containsIP(self.gateway)").message("gateway must be an address in subnet"),
    validation = Rule::new("self.ranges.all(r, isIP(r.first) && isIP(r.last) && cidr(self.subnet).containsIP(r.first) && cidr(self.subnet).containsIP(r.last))").message("ranges must lie in subnet"),
)]
pub struct AddressPoolSpec {
    /// Addresses are unique within a scope; two private networks may use the same numbers in two scopes.
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub scope: String,
    /// As `192.0.2.0/24`.
    #[schemars(length(min = 9, max = 18))]
    pub subnet: String,
    /// The router's address; it is never handed out.
    #[schemars(length(min = 7, max = 15))]
    pub gateway: String,
    /// The addresses that may be handed out, first and last included.
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

#[derive(KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[x_kube(
    validation = Rule::new("int(self.first.split('.')[0]) * 16777216 + int(self.first.split('.')[1]) * 65536 + int(self.first.split('.')[2]) * 256 + int(self.first.split('.')[3]) <= int(self.last.split('.')[0]) * 16777216 + int(self.last.split('.')[1]) * 65536 + int(self.last.split('.')[2]) * 256 + int(self.last.split('.')[3])").message("a range's first address must not be above its last"),
)]
pub struct AddressRange {
    /// The first address.
    #[schemars(length(min = 7, max = 15), extend("format" = "ipv4"))]
    #[schemars(with = "String")]
    pub first: Ipv4Addr,
    /// The last address, included.
    #[schemars(length(min = 7, max = 15), extend("format" = "ipv4"))]
    #[schemars(with = "String")]
    pub last: Ipv4Addr,
}
