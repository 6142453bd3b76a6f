//! Secrets that a process makes at its first start and never writes over, so that a chart renders nothing random.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::PostParams;
use slipway_crds::names::MANAGER_API;

use crate::dispatcher::kubernetes::{Failure, call};

/// What the Secret holds; `None` when there is none.
pub async fn find(secrets: &Api<Secret>, name: &str) -> Result<Option<BTreeMap<String, ByteString>>, Failure> {
    let found = call(secrets.get_opt(name)).await?;
    Ok(found.map(|secret| secret.data.unwrap_or_default()))
}

/// Whether it was made now; one that is there is left as it is.
pub async fn make(secrets: &Api<Secret>, name: &str, data: BTreeMap<String, ByteString>) -> Result<bool, Failure> {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    let secret = Secret { metadata, data: Some(data), ..Secret::default() };
    let params = PostParams { field_manager: Some(MANAGER_API.to_owned()), ..PostParams::default() };
    match call(secrets.create(&params, &secret)).await {
        Ok(_) => Ok(true),
        Err(Failure::AlreadyExists) => Ok(false),
        Err(failure) => Err(failure),
    }
}
