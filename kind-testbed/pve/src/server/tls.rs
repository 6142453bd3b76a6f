//! A certificate authority and a server certificate, made once and kept.

use std::{
    io::{Error, Result},
    net::IpAddr,
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use sha2::{Digest, Sha256};
use tokio_rustls::rustls;

/// PEM texts of the authority, the server certificate and its key.
#[derive(Debug, Clone)]
pub struct TlsMaterial {
    pub ca_pem: String,
    pub cert_pem: String,
    pub key_pem: String,
}

impl TlsMaterial {
    /// Makes fresh material for `127.0.0.1`, `::1`, `localhost` and the given names and addresses.
    pub fn generate(names: &[String], addresses: &[IpAddr]) -> Result<Self> {
        let ca_key = KeyPair::generate().map_err(Error::other)?;
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        ca.distinguished_name.push(DnType::CommonName, "Proxmox Virtual Environment (testbed)");
        ca.distinguished_name.push(DnType::OrganizationName, "PVE Cluster Manager CA");
        let ca_pem = ca.self_signed(&ca_key).map_err(Error::other)?.pem();
        let issuer = Issuer::new(ca, ca_key);

        let key = KeyPair::generate().map_err(Error::other)?;
        let hosts: Vec<String> = std::iter::once("localhost".to_owned()).chain(names.iter().cloned()).collect();
        let mut server = CertificateParams::new(hosts).map_err(Error::other)?;
        let local = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0u16, 0, 0, 0, 0, 0, 0, 1])];
        let fixed = local.iter().chain(addresses.iter().filter(|address| !local.contains(address)));
        server.subject_alt_names.extend(fixed.map(|address| SanType::IpAddress(*address)));
        server.distinguished_name.push(DnType::CommonName, names.first().map_or("pve1", String::as_str));
        let cert_pem = server.signed_by(&key, &issuer).map_err(Error::other)?.pem();
        Ok(Self { ca_pem, cert_pem, key_pem: key.serialize_pem() })
    }

    /// SHA-256 of the server certificate, `AB:CD:…`, by which a client can pin it.
    pub fn fingerprint(&self) -> Result<String> {
        let cert = CertificateDer::from_pem_slice(self.cert_pem.as_bytes()).map_err(Error::other)?;
        let bytes: Vec<String> = Sha256::digest(&cert).iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(bytes.join(":"))
    }

    /// No ALPN: the real server offers none and speaks HTTP/1.1 only.
    pub(super) fn server_config(&self) -> Result<Arc<rustls::ServerConfig>> {
        let chain = vec![CertificateDer::from_pem_slice(self.cert_pem.as_bytes()).map_err(Error::other)?];
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).map_err(Error::other)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(Error::other)?;
        Ok(Arc::new(config))
    }
}
