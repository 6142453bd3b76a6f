//! The CRD manifests as they are committed under `crds/manifests` and shipped in the chart.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;

use crate::{
    AddressClaim, AddressPool, Installation, Network, OSImage, ProxmoxSite, RetainedServer, ServerPlan, VirtualServer,
    VirtualServerAction,
};

/// Every kind, in the order of the documentation.
pub fn all() -> Vec<CustomResourceDefinition> {
    let mut crds = vec![
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
    ];
    for schema in crds.iter_mut().flat_map(|crd| &mut crd.spec.versions).filter_map(|v| v.schema.as_mut()) {
        if let Some(root) = schema.open_api_v3_schema.as_mut() {
            name_integer_formats(root);
        }
    }
    crds
}

/// Kubernetes knows `int32` and `int64` only; bounds stand in the schema anyway.
fn name_integer_formats(schema: &mut JSONSchemaProps) {
    if let Some(format) = &mut schema.format {
        match format.as_str() {
            "uint8" | "uint16" => "int32".clone_into(format),
            "uint32" | "uint64" => "int64".clone_into(format),
            _ => {}
        }
    }
    schema.properties.iter_mut().flat_map(|p| p.values_mut()).for_each(name_integer_formats);
    match &mut schema.items {
        Some(JSONSchemaPropsOrArray::Schema(item)) => name_integer_formats(item),
        Some(JSONSchemaPropsOrArray::Schemas(items)) => items.iter_mut().for_each(name_integer_formats),
        None => {}
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        name_integer_formats(values);
    }
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
