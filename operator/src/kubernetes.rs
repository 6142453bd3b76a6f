//! Kubernetes calls with a timeout of their own: the client retries for many minutes otherwise.

use std::time::Duration;

use kube::{
    Api, Client, Resource, ResourceExt as _,
    api::{Patch, PatchParams, PostParams},
};
use serde::{Serialize, de::DeserializeOwned};
use slipway_crds::names::{FINALIZER, MANAGER_OPERATOR};

const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
pub enum KubernetesError {
    #[error("Kubernetes did not answer within {} s", TIMEOUT.as_secs())]
    Timeout,
    #[error(transparent)]
    Api(Box<kube::Error>),
}

impl From<kube::Error> for KubernetesError {
    fn from(error: kube::Error) -> Self {
        Self::Api(Box::new(error))
    }
}

impl KubernetesError {
    /// Label for metrics.
    pub fn category(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Api(_) if self.is_conflict() => "conflict",
            Self::Api(_) => "kubernetes",
        }
    }

    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Api(e) if matches!(&**e, kube::Error::Api(s) if s.is_conflict()))
    }

    pub fn is_already_exists(&self) -> bool {
        matches!(self, Self::Api(e) if matches!(&**e, kube::Error::Api(s) if s.is_already_exists()))
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Api(e) if matches!(&**e, kube::Error::Api(s) if s.is_not_found()))
    }
}

/// Runs one call with the timeout.
pub async fn timed<T>(call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, KubernetesError> {
    tokio::time::timeout(TIMEOUT, call).await.map_err(|_| KubernetesError::Timeout)?.map_err(Into::into)
}

/// A resource of ours in its namespace, or cluster-wide.
pub trait Scoped: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug {
    fn api(client: &Client, namespace: Option<&str>) -> Api<Self>;
}

macro_rules! scoped {
    (namespaced: $($kind:ty),*; cluster: $($cluster:ty),*) => {
        $(impl Scoped for $kind {
            fn api(client: &Client, namespace: Option<&str>) -> Api<Self> {
                namespace.map_or_else(|| Api::all(client.clone()), |n| Api::namespaced(client.clone(), n))
            }
        })*
        $(impl Scoped for $cluster {
            fn api(client: &Client, _: Option<&str>) -> Api<Self> {
                Api::all(client.clone())
            }
        })*
    };
}

scoped! {
    namespaced: slipway_crds::VirtualServer, slipway_crds::VirtualServerAction;
    cluster: slipway_crds::RetainedServer, slipway_crds::ProxmoxSite, slipway_crds::AddressClaim
}

/// PUTs the status of `object` as it is; its resourceVersion makes it fail when somebody was faster.
pub async fn replace_status<K: Scoped + Serialize>(client: &Client, object: &K) -> Result<K, KubernetesError> {
    let api = K::api(client, object.namespace().as_deref());
    let params = PostParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PostParams::default() };
    timed(api.replace_status(&object.name_any(), &params, object)).await
}

/// Adds our finalizer.
pub async fn add_finalizer<K: Scoped>(client: &Client, object: &K) -> Result<K, KubernetesError> {
    let mut finalizers = object.finalizers().to_vec();
    finalizers.push(FINALIZER.to_owned());
    set_finalizers(client, object, finalizers).await
}

/// Removes our finalizer; an object that is gone is fine.
pub async fn remove_finalizer<K: Scoped>(client: &Client, object: &K) -> Result<(), KubernetesError> {
    let finalizers = object.finalizers().iter().filter(|f| *f != FINALIZER).cloned().collect();
    match set_finalizers(client, object, finalizers).await {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

pub fn has_finalizer<K: Resource>(object: &K) -> bool {
    object.finalizers().iter().any(|f| f == FINALIZER)
}

async fn set_finalizers<K: Scoped>(client: &Client, object: &K, finalizers: Vec<String>) -> Result<K, KubernetesError> {
    let patch = serde_json::json!({
        "metadata": { "resourceVersion": object.resource_version(), "uid": object.uid(), "finalizers": finalizers }
    });
    let api = K::api(client, object.namespace().as_deref());
    let params = PatchParams { field_manager: Some(MANAGER_OPERATOR.to_owned()), ..PatchParams::default() };
    timed(api.patch(&object.name_any(), &params, &Patch::Merge(&patch))).await
}
