//! A tenant's kubeconfig: a token of the `ServiceAccount` that stands for the tenant in its namespace.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::PostParams;
use kube::{Api, Client};
use serde_json::{Value, json};
use slipway_crds::names::SERVICE_ACCOUNT_TENANT;

use crate::dispatcher::kubernetes::{Failure, call};

/// A token that Kubernetes gave out.
#[derive(Debug)]
pub struct Token {
    pub token: String,
    /// As Kubernetes says it, RFC 3339.
    pub expires: String,
}

/// Asks for a token of the tenant of `namespace`.
pub async fn token(client: Client, namespace: &str, seconds: i64) -> Result<Token, Failure> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client, namespace);
    let spec = TokenRequestSpec { expiration_seconds: Some(seconds), ..TokenRequestSpec::default() };
    let request = TokenRequest { spec, ..TokenRequest::default() };
    let params = PostParams::default();
    let answer = call(accounts.create_token_request(SERVICE_ACCOUNT_TENANT, &params, &request)).await?;
    let status = answer.status.ok_or_else(|| Failure::Unavailable("a token without a status".to_owned()))?;
    Ok(Token { token: status.token, expires: status.expiration_timestamp.0.to_string() })
}

/// The file, with everything it needs inside it. JSON is YAML.
pub fn file(server: &str, ca_pem: Option<&str>, namespace: &str, token: &str) -> Value {
    let mut cluster = json!({ "server": server });
    if let Some(pem) = ca_pem {
        cluster["certificate-authority-data"] = json!(STANDARD.encode(pem));
    }
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "slipway", "cluster": cluster }],
        "users": [{ "name": namespace, "user": { "token": token } }],
        "contexts": [{ "name": namespace, "context": { "cluster": "slipway", "user": namespace, "namespace": namespace } }],
        "current-context": namespace,
    })
}

/// Certificates as kube's configuration holds them.
pub fn pem(certificates: &[Vec<u8>]) -> String {
    certificates.iter().map(|der| armour(&STANDARD.encode(der))).collect()
}

fn armour(base64: &str) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    let mut rest = base64;
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text + "-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_works_in_the_accounts_namespace_and_holds_no_ca_that_is_not_known() {
        let file = file("https://k8s.example.org", None, "acct-ada-00000001", "t0ken");
        assert_eq!(file["contexts"][0]["context"]["namespace"], "acct-ada-00000001");
        assert_eq!(file["clusters"][0]["cluster"], json!({ "server": "https://k8s.example.org" }));
    }

    #[test]
    fn certificates_have_lines_that_every_program_reads() {
        let text = pem(&[vec![7; 100], vec![8; 3]]);
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2);
        assert!(text.lines().all(|line| line.len() <= 64), "{text}");
    }
}
