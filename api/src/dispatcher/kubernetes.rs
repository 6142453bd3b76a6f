//! The dispatcher's calls to Kubernetes. Each has its own timeout, because the client would retry for minutes, and each
//! failure is sorted once into what the dispatcher can do about it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use k8s_openapi::api::core::v1::{Namespace, ResourceQuota, Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams, Preconditions};
use kube::core::Status;
use kube::{Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slipway_crds::names::MANAGER_API;
use slipway_crds::{
    AddressPool, Network, OSImage, ProxmoxSite, RetainedServer, ServerPlan, VirtualServer, VirtualServerAction,
};

use crate::kube_time::to_kube;
use crate::text_enum::text_enum;

/// A single call takes milliseconds; this is for a server that hangs.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer, or one that says "later". It may have been carried out all the same.
    #[error("Kubernetes does not answer: {0}")]
    Unavailable(String),
    #[error("not found")]
    NotFound,
    #[error("it exists already")]
    AlreadyExists,
    /// Another uid, or a changed resource version.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The request will never be accepted as it is.
    #[error("refused: {0}")]
    Refused(String),
    /// Not allowed at the moment: quota, permissions, a namespace on its way out.
    #[error("forbidden: {0}")]
    Forbidden(String),
}

impl From<kube::Error> for Failure {
    fn from(error: kube::Error) -> Self {
        let kube::Error::Api(status) = &error else { return Self::Unavailable(error.to_string()) };
        let message = status.message.clone();
        if status.is_not_found() {
            Self::NotFound
        } else if status.is_already_exists() {
            Self::AlreadyExists
        } else if status.code == 409 {
            Self::Conflict(message)
        } else if status.code == 403 {
            Self::Forbidden(message)
        } else if status.code == 400 || status.code == 422 {
            tracing::warn!(message, "Kubernetes refuses a write for good");
            Self::Refused(refusal(status))
        } else {
            Self::Unavailable(message)
        }
    }
}

/// Why a write is refused for good, in words that a customer may read: a policy's own, or the names of the fields. The whole
/// text speaks of Kubernetes' insides and stands in the log.
fn refusal(status: &Status) -> String {
    if let Some((_, ours)) = status.message.split_once("denied request: ") {
        return ours.to_owned();
    }
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut fields: Vec<&str> = causes.map(|cause| cause.field.as_str()).filter(|field| !field.is_empty()).collect();
    fields.dedup();
    if fields.is_empty() {
        return "This is not accepted as it is. Ask the provider, naming this operation.".to_owned();
    }
    format!("This is not accepted: {}. Change it, or ask the provider, naming this operation.", fields.join(", "))
}

/// A client with timeouts.
#[derive(Clone)]
pub struct Kubernetes {
    client: Client,
}

impl std::fmt::Debug for Kubernetes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kubernetes")
    }
}

/// One of the two kinds that are written as untyped JSON, so that nothing but what we own is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    VirtualServer,
    VirtualServerAction,
}

impl Kind {
    fn resource(self) -> ApiResource {
        match self {
            Self::VirtualServer => ApiResource::erase::<VirtualServer>(&()),
            Self::VirtualServerAction => ApiResource::erase::<VirtualServerAction>(&()),
        }
    }
}

text_enum!(
    /// What of the catalogue is made for a migration.
    CatalogueKind {
        ServerPlan = "ServerPlan",
        OSImage = "OSImage",
        Network = "Network",
        AddressPool = "AddressPool",
    }
);

impl CatalogueKind {
    fn resource(self) -> ApiResource {
        match self {
            Self::ServerPlan => ApiResource::erase::<ServerPlan>(&()),
            Self::OSImage => ApiResource::erase::<OSImage>(&()),
            Self::Network => ApiResource::erase::<Network>(&()),
            Self::AddressPool => ApiResource::erase::<AddressPool>(&()),
        }
    }
}

impl Kubernetes {
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    pub fn client(&self) -> Client {
        self.client.clone()
    }

    fn objects(&self, kind: Kind, namespace: &str) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, &kind.resource())
    }

    /// Creates from exactly this manifest.
    pub async fn post(&self, kind: Kind, namespace: &str, manifest: &Value) -> Result<Value, Failure> {
        let object: DynamicObject =
            serde_json::from_value(manifest.clone()).map_err(|error| Failure::Refused(error.to_string()))?;
        let params = PostParams { field_manager: Some(MANAGER_API.to_owned()), ..PostParams::default() };
        to_json(&call(self.objects(kind, namespace).create(&params, &object)).await?)
    }

    /// Creates an object of the catalogue from exactly this manifest.
    pub async fn create_in_catalogue(&self, kind: CatalogueKind, manifest: &Value) -> Result<(), Failure> {
        let object: DynamicObject =
            serde_json::from_value(manifest.clone()).map_err(|error| Failure::Refused(error.to_string()))?;
        let params = PostParams { field_manager: Some(MANAGER_API.to_owned()), ..PostParams::default() };
        let objects: Api<DynamicObject> = Api::all_with(self.client.clone(), &kind.resource());
        call(objects.create(&params, &object)).await.map(|_| ())
    }

    pub async fn get(&self, kind: Kind, namespace: &str, name: &str) -> Result<Value, Failure> {
        to_json(&call(self.objects(kind, namespace).get(name)).await?)
    }

    /// Server-side apply; takes fields that others hold.
    pub async fn apply_server(&self, namespace: &str, name: &str, manifest: &Value) -> Result<Value, Failure> {
        let params = PatchParams::apply(MANAGER_API).force();
        let objects = self.objects(Kind::VirtualServer, namespace);
        to_json(&call(objects.patch(name, &params, &Patch::Apply(manifest))).await?)
    }

    /// A JSON patch (RFC 6902) on a server.
    pub async fn patch_server(&self, namespace: &str, name: &str, patch: Value) -> Result<Value, Failure> {
        let patch = serde_json::from_value(patch).map_err(|error| Failure::Refused(error.to_string()))?;
        let params = PatchParams { field_manager: Some(MANAGER_API.to_owned()), ..PatchParams::default() };
        let objects = self.objects(Kind::VirtualServer, namespace);
        to_json(&call(objects.patch(name, &params, &Patch::<()>::Json(patch))).await?)
    }

    /// Merges into a site's metadata; the API may change nothing else of one.
    pub async fn annotate_site(&self, name: &str, patch: Value) -> Result<(), Failure> {
        let params = PatchParams { field_manager: Some(MANAGER_API.to_owned()), ..PatchParams::default() };
        let sites: Api<ProxmoxSite> = Api::all(self.client.clone());
        call(sites.patch_metadata(name, &params, &Patch::Merge(patch))).await.map(|_| ())
    }

    /// Ends the time that a deleted server's machine is kept, if the record is still about the server with this uid; answers
    /// the record's generation. The API may change nothing else of one.
    pub async fn end_retention(&self, record: &str, uid: &str, until: DateTime<Utc>) -> Result<i64, Failure> {
        let patch = json!([
            {"op": "test", "path": "/spec/uid", "value": uid},
            {"op": "add", "path": "/spec/until", "value": to_kube(until)},
        ]);
        let patch = serde_json::from_value(patch).map_err(|error| Failure::Refused(error.to_string()))?;
        let params = PatchParams { field_manager: Some(MANAGER_API.to_owned()), ..PatchParams::default() };
        let records: Api<RetainedServer> = Api::all(self.client.clone());
        let answered = call(records.patch_metadata(record, &params, &Patch::<()>::Json(patch))).await?;
        Ok(answered.metadata.generation.unwrap_or_default())
    }

    /// Deletes the server only if it still has the uid.
    pub async fn delete_server(&self, namespace: &str, name: &str, uid: &str) -> Result<(), Failure> {
        let preconditions = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        let objects = self.objects(Kind::VirtualServer, namespace);
        call(objects.delete(name, &params)).await.map(|_| ())
    }

    /// Writes a Secret without reading it, which we may not.
    pub async fn apply_secret(&self, namespace: &str, secret: &Secret) -> Result<(), Failure> {
        let name = secret.metadata.name.as_deref().unwrap_or_default();
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        let params = PatchParams::apply(MANAGER_API).force();
        call(secrets.patch(name, &params, &Patch::Apply(secret))).await.map(|_| ())
    }

    pub async fn ensure_namespace(&self, namespace: &Namespace) -> Result<(), Failure> {
        ensure(Api::all(self.client.clone()), namespace).await
    }

    pub async fn ensure_quota(&self, namespace: &str, quota: &ResourceQuota) -> Result<(), Failure> {
        ensure(Api::namespaced(self.client.clone(), namespace), quota).await
    }

    pub async fn ensure_service_account(&self, namespace: &str, account: &ServiceAccount) -> Result<(), Failure> {
        ensure(Api::namespaced(self.client.clone(), namespace), account).await
    }

    pub async fn ensure_role_binding(&self, namespace: &str, binding: &RoleBinding) -> Result<(), Failure> {
        ensure(Api::namespaced(self.client.clone(), namespace), binding).await
    }
}

/// Creates the object unless there is one of its name, which is left as it is: a provider may have changed it.
async fn ensure<K>(api: Api<K>, object: &K) -> Result<(), Failure>
where
    K: Resource + Clone + Serialize + DeserializeOwned + std::fmt::Debug,
{
    let params = PostParams { field_manager: Some(MANAGER_API.to_owned()), ..PostParams::default() };
    match call(api.create(&params, object)).await {
        Ok(_) | Err(Failure::AlreadyExists) => Ok(()),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn call<T>(work: impl Future<Output = kube::Result<T>>) -> Result<T, Failure> {
    match tokio::time::timeout(CALL_TIMEOUT, work).await {
        Ok(result) => result.map_err(Failure::from),
        Err(_) => Err(Failure::Unavailable(format!("no answer within {} s", CALL_TIMEOUT.as_secs()))),
    }
}

fn to_json(object: &DynamicObject) -> Result<Value, Failure> {
    serde_json::to_value(object).map_err(|error| Failure::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str, details: &Value) -> String {
        let status =
            json!({"status": "Failure", "code": 422, "reason": "Invalid", "message": message, "details": details});
        let status: Status = serde_json::from_value(status).unwrap();
        match Failure::from(kube::Error::Api(status.boxed())) {
            Failure::Refused(message) => message,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_customer_reads_which_field_is_refused_and_nothing_of_kubernetes() {
        let message =
            "VirtualServer.slipway.dev \"web-1\" is invalid: spec.siteRef: Invalid value: \"object\": immutable";
        let causes =
            json!({"causes": [{"reason": "FieldValueInvalid", "message": "Invalid value", "field": "spec.siteRef"}]});
        let text = said(message, &causes);
        assert_eq!(text, "This is not accepted: spec.siteRef. Change it, or ask the provider, naming this operation.");
        assert_eq!(
            said("etcd at 10.0.0.7 says no", &json!({})),
            "This is not accepted as it is. Ask the provider, naming this operation."
        );
    }

    #[test]
    fn a_policys_own_words_are_told() {
        let message = "virtualservers \"web-1\" is forbidden: ValidatingAdmissionPolicy 'slipway-provider-only' with binding \
                       'slipway-provider-only' denied request: spec.adopt is provider-only";
        assert_eq!(said(message, &json!({})), "spec.adopt is provider-only");
    }
}
