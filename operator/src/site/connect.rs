//! From a `ProxmoxSite` and its credentials Secret to a client.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use proxmox_client::{HttpClient, ProxmoxClient, TlsTrust};
use secrecy::SecretString;
use slipway_crds::ProxmoxSiteSpec;

use crate::kubernetes::{KubernetesError, timed};

/// The Secret's key that holds `user@realm!name=uuid`.
const TOKEN_KEY: &str = "token";

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("Secret `{namespace}/{name}` cannot be read: {source}")]
    Secret { namespace: String, name: String, source: KubernetesError },
    #[error("Secret `{namespace}/{name}` has no key `token` with `user@realm!name=uuid`")]
    NoToken { namespace: String, name: String },
    #[error("spec.tls names neither caBundle nor fingerprint")]
    NoTrust,
    #[error(transparent)]
    Client(#[from] proxmox_client::ConnectError),
}

/// A client, and whose token it shows.
pub struct Connected {
    pub client: Arc<dyn ProxmoxClient>,
    /// `user@realm!name`.
    pub token: String,
}

/// Reads the token from the operator's own namespace only, and makes a client that pins the site's TLS.
pub async fn connect(client: &Client, namespace: &str, spec: &ProxmoxSiteSpec) -> Result<Connected, ConnectError> {
    let name = spec.credentials_secret_ref.name.clone();
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let secret = timed(secrets.get(&name)).await.map_err(|source| ConnectError::Secret {
        namespace: namespace.to_owned(),
        name: name.clone(),
        source,
    })?;
    let token = secret
        .data
        .as_ref()
        .and_then(|d| d.get(TOKEN_KEY))
        .and_then(|bytes| String::from_utf8(bytes.0.clone()).ok())
        .map(|text| text.trim().to_owned())
        .filter(|text| text.contains('!') && text.contains('='))
        .ok_or(ConnectError::NoToken { namespace: namespace.to_owned(), name })?;
    let trust = match (&spec.tls.ca_bundle, &spec.tls.fingerprint) {
        (Some(pem), _) => TlsTrust::Ca(pem.clone()),
        (None, Some(fingerprint)) => TlsTrust::Fingerprint(fingerprint.clone()),
        (None, None) => return Err(ConnectError::NoTrust),
    };
    let name = token.split('=').next().unwrap_or_default().to_owned();
    let client = HttpClient::new(spec.endpoints.clone(), &SecretString::from(token), &trust)?;
    Ok(Connected { client: Arc::new(client), token: name })
}
