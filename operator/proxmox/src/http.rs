//! The client over HTTPS with an API token. The server's certificate is always checked: against the cluster's CA or
//! against the pinned SHA-256 of the certificate itself.

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use http::Method;
use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::{Fault, ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest, WireAnswer, WireRequest};

/// Longer than Proxmox's own 30 s proxy timeout, so that its 596 arrives before ours.
const TIMEOUT: Duration = Duration::from_secs(35);
/// Proxmox closes idle connections after exactly 5 s.
const IDLE: Duration = Duration::from_secs(4);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsTrust {
    /// PEM of the CA(s) that signed the nodes' certificates.
    Ca(String),
    /// `AA:BB:…`: SHA-256 of the endpoint's certificate.
    Fingerprint(String),
}

#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("the CA bundle holds no PEM certificate")]
    NoCertificate,
    #[error("the HTTPS client could not be made")]
    Client(#[from] reqwest::Error),
    #[error("TLS could not be set up")]
    Tls(#[from] rustls::Error),
}

/// One cluster. Calls go to the endpoint that answered last; the others are tried in turn when it cannot be reached.
#[derive(Debug)]
pub struct HttpClient {
    endpoints: Vec<String>,
    /// The index of the one that is asked first.
    first: AtomicUsize,
    authorization: SecretString,
    http: reqwest::Client,
}

impl HttpClient {
    /// `token` is `user@realm!name=uuid`.
    pub fn new(endpoints: Vec<String>, token: &SecretString, trust: &TlsTrust) -> Result<Self, ConnectError> {
        let builder = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // The token is never shown to somebody whose certificate was not checked.
            .https_only(true)
            .http1_only();
        let http = match trust {
            TlsTrust::Ca(pem) => {
                let certificates = reqwest::Certificate::from_pem_bundle(pem.as_bytes())?;
                if certificates.is_empty() {
                    return Err(ConnectError::NoCertificate);
                }
                builder.tls_certs_only(certificates).build()?
            }
            TlsTrust::Fingerprint(fingerprint) => builder.tls_backend_preconfigured(pinned(fingerprint)?).build()?,
        };
        let authorization = SecretString::from(format!("PVEAPIToken={}", token.expose_secret()));
        Ok(Self { endpoints, first: AtomicUsize::new(0), authorization, http })
    }

    async fn send(&self, wire: &WireRequest) -> Result<WireAnswer, ProxmoxError> {
        let mut last = ProxmoxError::new(Fault::Unreachable, "the site names no endpoint");
        let first = self.first.load(Ordering::Relaxed);
        for index in (first..first + self.endpoints.len()).map(|i| i % self.endpoints.len()) {
            match self.send_to(&self.endpoints[index], wire).await {
                // Nothing was sent: the next endpoint may be asked, whatever the call is.
                Err(error) if error.fault == Fault::Unreachable => last = error,
                // It was sent and must not be repeated; but whoever calls next need not wait for the same silence.
                Err(error) => {
                    self.first.store((index + 1) % self.endpoints.len(), Ordering::Relaxed);
                    return Err(error);
                }
                Ok(answer) => {
                    self.first.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
            }
        }
        Err(last)
    }

    async fn send_to(&self, endpoint: &str, wire: &WireRequest) -> Result<WireAnswer, ProxmoxError> {
        let request = self
            .http
            .request(wire.method.clone(), format!("{endpoint}/api2/json{}", wire.path))
            .header(http::header::AUTHORIZATION, self.authorization.expose_secret());
        let request = match wire.method {
            // A GET or DELETE with a body is refused; parameters go into the query.
            Method::GET | Method::DELETE => request.query(&wire.params),
            // Proxmox wants to be told the length, of nothing too.
            _ if wire.params.is_empty() => request.header(http::header::CONTENT_LENGTH, 0),
            _ => request.form(&wire.params),
        };
        let answer = request.send().await.map_err(|e| transport_error(endpoint, &e))?;
        let status = answer.status().as_u16();
        let reason = answer
            .extensions()
            .get::<hyper::ext::ReasonPhrase>()
            .map(|r| String::from_utf8_lossy(r.as_bytes()).into_owned())
            .or_else(|| answer.status().canonical_reason().map(str::to_owned))
            .unwrap_or_default();
        let body = answer.text().await.map_err(|e| transport_error(endpoint, &e))?;
        Ok(WireAnswer { status, reason, body })
    }
}

impl ProxmoxClient for HttpClient {
    fn call<'a>(&'a self, request: &'a ProxmoxRequest) -> BoxFuture<'a, Result<ProxmoxAnswer, ProxmoxError>> {
        async move {
            let wire = request.wire();
            let answer = self.send(&wire).await?;
            ProxmoxAnswer::parse(request, &answer)
        }
        .boxed()
    }
}

/// Only a failed connect is known to have had no effect.
fn transport_error(endpoint: &str, error: &reqwest::Error) -> ProxmoxError {
    let fault = if error.is_connect() || error.is_builder() { Fault::Unreachable } else { Fault::UnknownOutcome };
    let mut message = format!("{endpoint}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    ProxmoxError::new(fault, message)
}

fn pinned(fingerprint: &str) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(PinnedCertificate { fingerprint: fingerprint.to_owned(), provider: Arc::clone(&provider) });
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Trusts exactly one certificate, whoever signed it and whatever name it carries.
#[derive(Debug)]
struct PinnedCertificate {
    fingerprint: String,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = fingerprint(end_entity);
        if found == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General(format!(
                "the certificate's SHA-256 is {found}, not the pinned {}",
                self.fingerprint
            )))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// As the Proxmox dashboard writes it: upper case, colons.
fn fingerprint(certificate: &[u8]) -> String {
    Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_written_as_the_dashboard_shows_it() {
        let text = fingerprint(b"x");
        assert_eq!(text.len(), 95);
        assert!(text.starts_with("2D:71:16:42"));
    }

    #[test]
    fn a_ca_bundle_without_a_certificate_is_refused() {
        let token = SecretString::from("u@pve!t=1".to_owned());
        let made = HttpClient::new(vec!["https://127.0.0.1:1".into()], &token, &TlsTrust::Ca("not pem".into()));
        assert!(made.is_err());
    }
}
