//! `AddressClaim`: creating this object *is* the claim of one address or prefix; its name makes it unique in its scope.

use std::net::IpAddr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(CustomResource, KubeSchema, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[kube(
    group = "slipway.dev",
    version = "v1alpha1",
    kind = "AddressClaim",
    plural = "addressclaims",
    category = "slipway",
    derive = "PartialEq",
    selectable = ".spec.owner.uid",
    doc = "One address or prefix, and who has it.",
    validation = Rule::new("self.metadata.name.startsWith(self.spec.scope + '-' + self.spec.address.replace(':', '-').replace('.', '-') + '-') && self.metadata.name.matches('-[1-9][0-9]*$') && int(self.metadata.name.substring(size(self.spec.scope) + size(self.spec.address) + 2)) == self.spec.prefixLength")
        .message("metadata.name must be <scope>-<address with - for . and :>-<prefixLength>"),
    printcolumn(name = "Address", type_ = "string", json_path = ".spec.address"),
    printcolumn(name = "Length", type_ = "integer", json_path = ".spec.prefixLength"),
    printcolumn(name = "Pool", type_ = "string", json_path = ".spec.poolRef"),
    printcolumn(name = "Namespace", type_ = "string", json_path = ".spec.owner.namespace"),
    printcolumn(name = "Server", type_ = "string", json_path = ".spec.owner.name"),
    printcolumn(name = "Released", type_ = "date", json_path = ".spec.releasedAt"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("isIP(self.address) && (ip(self.address).family() == 4 ? self.prefixLength == 32 : self.address.matches('^([0-9a-f]{4}:){7}[0-9a-f]{4}$'))")
        .message("address must be an IPv4 address of prefixLength 32, or an IPv6 address written in full: eight groups of four lower-case digits"),
    validation = Rule::new("self.scope == oldSelf.scope && self.address == oldSelf.address && self.prefixLength == oldSelf.prefixLength && self.owner.vmid == oldSelf.owner.vmid").message("a claim cannot be handed over but with its VM: release it and claim again"),
)]
pub struct AddressClaimSpec {
    /// The routing scope that the address is unique in.
    #[schemars(length(min = 1, max = 32))]
    pub scope: String,
    /// The AddressPool that it was taken from.
    #[schemars(length(min = 1, max = 63))]
    pub pool_ref: String,
    /// As `192.0.2.10`, or `2001:0db8:0000:0000:0000:0000:0000:0010`: one text for one address.
    #[schemars(length(min = 7, max = 39))]
    pub address: String,
    /// 32 or 128 for one address, less for an IPv6 prefix.
    #[serde(default = "one_address")]
    #[schemars(range(min = 1, max = 128))]
    pub prefix_length: u8,
    /// Who has it.
    pub owner: ClaimOwner,
    /// Set when the VM was proven absent, or its interface is gone; the object goes when the pool's quarantine is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Time>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Clone, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ClaimOwner {
    /// The VirtualServer's namespace.
    #[schemars(length(min = 1, max = 63))]
    pub namespace: String,
    /// The VirtualServer's name.
    #[schemars(length(min = 1, max = 63))]
    pub name: String,
    /// The VirtualServer's uid.
    #[schemars(length(min = 1, max = 64))]
    pub uid: String,
    /// Its VM's number on Proxmox.
    pub vmid: u32,
    /// The interface's name.
    #[schemars(length(min = 1, max = 32))]
    pub network: String,
}

const fn one_address() -> u8 {
    32
}

/// The claim's object name: `<scope>-<address in full, with - for . and :>-<length>`.
pub fn claim_name(scope: &str, address: IpAddr, length: u8) -> String {
    format!("{scope}-{}-{length}", claim_address(address).replace(['.', ':'], "-"))
}

/// An address as a claim spells it: one text for one address.
pub fn claim_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.segments().map(|group| format!("{group:04x}")).join(":"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_named_after_scope_and_address() {
        assert_eq!(claim_name("public", "192.0.2.10".parse().unwrap(), 32), "public-192-0-2-10-32");
        assert_eq!(
            claim_name("public", "2001:db8::10".parse().unwrap(), 128),
            "public-2001-0db8-0000-0000-0000-0000-0000-0010-128"
        );
    }
}
