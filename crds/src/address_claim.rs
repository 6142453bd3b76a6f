//! `AddressClaim`: creating this object *is* the claim of one address; its name makes it unique in its scope.

use std::net::Ipv4Addr;

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
    doc = "One address and who has it.",
    validation = Rule::new("self.metadata.name == self.spec.scope + '-' + self.spec.address.replace('.', '-') + '-32'")
        .message("metadata.name must be <scope>-<address with - for .>-32"),
    printcolumn(name = "Address", type_ = "string", json_path = ".spec.address"),
    printcolumn(name = "Pool", type_ = "string", json_path = ".spec.poolRef"),
    printcolumn(name = "Namespace", type_ = "string", json_path = ".spec.owner.namespace"),
    printcolumn(name = "Server", type_ = "string", json_path = ".spec.owner.name"),
    printcolumn(name = "Released", type_ = "date", json_path = ".spec.releasedAt"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.scope == oldSelf.scope && self.address == oldSelf.address && self.owner.vmid == oldSelf.owner.vmid").message("a claim cannot be handed over but with its VM: release it and claim again"))]
pub struct AddressClaimSpec {
    /// The routing scope that the address is unique in.
    #[schemars(length(min = 1, max = 32))]
    pub scope: String,
    /// The AddressPool that it was taken from.
    #[schemars(length(min = 1, max = 63))]
    pub pool_ref: String,
    /// As `192.0.2.10`.
    #[schemars(length(min = 7, max = 15))]
    pub address: String,
    /// Who has it.
    pub owner: ClaimOwner,
    /// Set when the VM was proven absent; the object goes when the pool's quarantine is over.
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

/// The claim's object name: `<scope>-<address with - for .>-32`.
pub fn claim_name(scope: &str, address: Ipv4Addr) -> String {
    format!("{scope}-{}-32", address.to_string().replace('.', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_named_after_scope_and_address() {
        assert_eq!(claim_name("public", Ipv4Addr::new(192, 0, 2, 10)), "public-192-0-2-10-32");
    }
}
