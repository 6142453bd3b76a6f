//! Kubeconfig files of the local control plane.

use std::{fs, path::Path};

use crate::pki::{Identity, write_private};

/// How a kubeconfig's user proves who it is.
#[derive(Debug)]
pub enum Credential<'a> {
    Certificate(&'a Identity),
    Token(&'a str),
}

/// Writes a kubeconfig with everything it needs inside it, readable by its owner only.
pub fn write(
    path: &Path,
    server: &str,
    ca_pem: &str,
    credential: &Credential<'_>,
    namespace: Option<&str>,
) -> std::io::Result<()> {
    let user = match credential {
        Credential::Token(token) => serde_json::json!({ "token": token }),
        Credential::Certificate(identity) => serde_json::json!({
            "client-certificate-data": base64(&fs::read(&identity.cert)?),
            "client-key-data": base64(&fs::read(&identity.key)?),
        }),
    };
    let context = match namespace {
        Some(namespace) => serde_json::json!({ "cluster": "slipway", "user": "slipway", "namespace": namespace }),
        None => serde_json::json!({ "cluster": "slipway", "user": "slipway" }),
    };
    // JSON is YAML: no YAML writer is needed.
    let config = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "slipway", "cluster": { "server": server, "certificate-authority-data": base64(ca_pem.as_bytes()) } }],
        "users": [{ "name": "slipway", "user": user }],
        "contexts": [{ "name": "slipway", "context": context }],
        "current-context": "slipway",
    });
    write_private(path, &format!("{config:#}\n"))
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
