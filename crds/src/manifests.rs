//! The CRD manifests as they are committed under `crds/manifests` and shipped in the chart.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;

use crate::{
    AddressClaim, AddressPool, Installation, Network, OSImage, ProxmoxSite, RetainedServer, ServerPlan, VirtualServer,
    VirtualServerAction,
};

/// Every kind, in the order of the documentation.
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![
        VirtualServer::crd(),
        VirtualServerAction::crd(),
        RetainedServer::crd(),
        Installation::crd(),
        ProxmoxSite::crd(),
        ServerPlan::crd(),
        OSImage::crd(),
        Network::crd(),
        AddressPool::crd(),
        AddressClaim::crd(),
    ]
}

/// `(file name, YAML)` of each manifest.
pub fn files() -> Result<Vec<(String, String)>, serde_yaml_ng::Error> {
    all()
        .iter()
        .map(|crd| {
            let yaml = serde_yaml_ng::to_string(crd)?;
            Ok((
                format!("{}.yaml", crd.spec.names.plural),
                format!("# Generated from the Rust types by `make generate`; do not edit.\n{yaml}"),
            ))
        })
        .collect()
}
