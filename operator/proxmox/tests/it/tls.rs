//! The server's certificate is always checked: by the cluster's CA, or as this very certificate.

use proxmox_client::{ConnectError, Fault, HttpClient, ProxmoxAnswer, ProxmoxClient as _, ProxmoxRequest, TlsTrust};

use crate::responder::{Responder, TOKEN, client, ok};

const VERSION: &str = r#"{"data":{"release":"9.2","repoid":"14a22df35955d97d","version":"9.2.11"}}"#;

async fn ask(server: &Responder, trust: &TlsTrust) -> Result<ProxmoxAnswer, proxmox_client::ProxmoxError> {
    client(vec![server.url.clone()], trust).call(&ProxmoxRequest::Version).await
}

#[tokio::test]
async fn a_certificate_of_the_ca_is_trusted() {
    let server = Responder::start(ok(VERSION)).await;
    let version = ask(&server, &TlsTrust::Ca(server.ca.clone())).await;
    assert_eq!(version, Ok(ProxmoxAnswer::Version("9.2.11".into())));
}

#[tokio::test]
async fn the_pinned_certificate_is_trusted() {
    let server = Responder::start(ok(VERSION)).await;
    let version = ask(&server, &TlsTrust::Fingerprint(server.fingerprint.clone())).await;
    assert_eq!(version, Ok(ProxmoxAnswer::Version("9.2.11".into())));
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_refused_before_anything_is_sent() {
    let (server, other) = (Responder::start(ok(VERSION)).await, Responder::start(ok(VERSION)).await);
    let error = ask(&server, &TlsTrust::Ca(other.ca.clone())).await.unwrap_err();
    assert_eq!(error.fault, Fault::Unreachable);
    assert!(error.message.contains("certificate"), "the cause is named: {error}");
    assert!(server.received().is_empty(), "the token was shown to a stranger");
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_refused_before_anything_is_sent() {
    let (server, other) = (Responder::start(ok(VERSION)).await, Responder::start(ok(VERSION)).await);
    let error = ask(&server, &TlsTrust::Fingerprint(other.fingerprint.clone())).await.unwrap_err();
    assert_eq!(error.fault, Fault::Unreachable);
    assert!(error.message.contains(&server.fingerprint) && error.message.contains(&other.fingerprint), "{error}");
    assert!(server.received().is_empty(), "the token was shown to a stranger");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let server = Responder::start(ok(VERSION)).await;
    let elsewhere = server.url.replace("127.0.0.1", "localhost");
    let error =
        client(vec![elsewhere], &TlsTrust::Ca(server.ca.clone())).call(&ProxmoxRequest::Version).await.unwrap_err();
    assert_eq!(error.fault, Fault::Unreachable);
    assert!(server.received().is_empty(), "the token was shown to a stranger");
}

#[tokio::test]
async fn nothing_is_ever_sent_in_clear() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("http://{}", listener.local_addr().unwrap());
    let error =
        client(vec![plain], &TlsTrust::Fingerprint(String::new())).call(&ProxmoxRequest::Version).await.unwrap_err();
    assert_eq!(error.fault, Fault::Unreachable);
}

#[test]
fn a_ca_bundle_that_holds_none_is_refused() {
    for pem in ["", "not pem", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"] {
        let made = HttpClient::new(vec![], &TOKEN.to_owned().into(), &TlsTrust::Ca(pem.into()));
        assert!(matches!(made, Err(ConnectError::NoCertificate | ConnectError::Client(_))), "{pem}");
    }
}
