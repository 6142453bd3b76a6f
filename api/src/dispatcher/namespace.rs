//! An account's namespace and what makes it a tenant's: label, quota, `ServiceAccount` and the binding to the tenant role.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{Namespace, ResourceQuota, ResourceQuotaSpec, Secret, ServiceAccount};
use k8s_openapi::api::rbac::v1::{RoleBinding, RoleRef, Subject};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use secrecy::{ExposeSecret, SecretString};
use slipway_crds::names;

use crate::dispatcher::kubernetes::{Failure, Kubernetes};
use crate::id::AccountId;

/// Objects of each kind that a tenant's namespace may hold, until the provider edits the quota.
const QUOTA: [(&str, u32); 3] = [
    ("count/virtualservers.slipway.dev", 100),
    ("count/virtualserveractions.slipway.dev", 1000),
    ("count/secrets", 1000),
];

/// Makes what is missing; what exists is left as it is. The order matters: the quota is there before the tenant is.
pub async fn ensure(kubernetes: &Kubernetes, name: &str, account: AccountId) -> Result<(), Failure> {
    kubernetes.ensure_namespace(&namespace(name, account)).await?;
    kubernetes.ensure_quota(name, &quota(name)).await?;
    kubernetes.ensure_service_account(name, &service_account(name)).await?;
    kubernetes.ensure_role_binding(name, &role_binding(name)).await
}

fn namespace(name: &str, account: AccountId) -> Namespace {
    let labels = BTreeMap::from([(names::LABEL_ACCOUNT.to_owned(), account.to_string())]);
    let metadata = ObjectMeta { name: Some(name.to_owned()), labels: Some(labels), ..ObjectMeta::default() };
    Namespace { metadata, ..Namespace::default() }
}

fn metadata(name: &str, namespace: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), namespace: Some(namespace.to_owned()), ..ObjectMeta::default() }
}

fn quota(namespace: &str) -> ResourceQuota {
    let hard = QUOTA.iter().map(|(what, limit)| ((*what).to_owned(), Quantity(limit.to_string()))).collect();
    let spec = ResourceQuotaSpec { hard: Some(hard), ..ResourceQuotaSpec::default() };
    ResourceQuota { metadata: metadata("slipway", namespace), spec: Some(spec), ..ResourceQuota::default() }
}

fn service_account(namespace: &str) -> ServiceAccount {
    ServiceAccount { metadata: metadata(names::SERVICE_ACCOUNT_TENANT, namespace), ..ServiceAccount::default() }
}

fn role_binding(namespace: &str) -> RoleBinding {
    RoleBinding {
        metadata: metadata(names::ROLE_TENANT, namespace),
        role_ref: RoleRef {
            api_group: "rbac.authorization.k8s.io".to_owned(),
            kind: "ClusterRole".to_owned(),
            name: names::ROLE_TENANT.to_owned(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name: names::SERVICE_ACCOUNT_TENANT.to_owned(),
            namespace: Some(namespace.to_owned()),
            ..Subject::default()
        }]),
    }
}

/// The Secret that a server's `access.passwordSecretRef` names; its value is a crypt hash.
pub fn password_secret(name: &str, namespace: &str, hash: &SecretString) -> Secret {
    let value = ByteString(hash.expose_secret().as_bytes().to_vec());
    let data = BTreeMap::from([("password".to_owned(), value)]);
    Secret { metadata: metadata(name, namespace), data: Some(data), ..Secret::default() }
}
