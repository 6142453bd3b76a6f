//! Certificates of the local control plane: one CA, made once and kept in the state folder.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};

#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    #[error("{path} cannot be written or read")]
    File { path: PathBuf, source: std::io::Error },
    #[error("a certificate could not be made")]
    Certificate(#[from] rcgen::Error),
}

/// The CA and a folder of what it signed.
#[derive(Debug)]
pub struct Pki {
    dir: PathBuf,
    ca: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate (or public key) and its key, as files.
#[derive(Debug, Clone)]
pub struct Identity {
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Pki {
    /// Makes a CA in `dir`; the certificates are made anew at every start, so none ever expires in use.
    pub fn create(dir: &Path) -> Result<Self, PkiError> {
        fs::create_dir_all(dir).map_err(|source| PkiError::File { path: dir.to_owned(), source })?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "slipway-testbed");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let pki = Self { dir: dir.to_owned(), ca };
        pki.write("ca.crt", &pki.ca.pem())?;
        Ok(pki)
    }

    pub fn ca_file(&self) -> PathBuf {
        self.dir.join("ca.crt")
    }

    pub fn ca_pem(&self) -> String {
        self.ca.pem()
    }

    /// A server certificate for loopback.
    pub fn server(&self, name: &str) -> Result<Identity, PkiError> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "kubernetes.default.svc".to_owned()])?;
        params.subject_alt_names.push(SanType::IpAddress([127, 0, 0, 1].into()));
        params.subject_alt_names.push(SanType::IpAddress([10, 96, 0, 1].into()));
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(name, &params)
    }

    /// A client certificate: Kubernetes reads the user from CN and the groups from O.
    pub fn client(&self, name: &str, user: &str, groups: &[&str]) -> Result<Identity, PkiError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, user);
        for group in groups {
            params.distinguished_name.push(DnType::OrganizationName, *group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(name, &params)
    }

    /// The key that signs `ServiceAccount` tokens, with its public half; kept, so that tokens survive a restart.
    pub fn service_account_key(&self) -> Result<Identity, PkiError> {
        let pair = Identity { cert: self.dir.join("service-account.pub"), key: self.dir.join("service-account.key") };
        if !pair.cert.exists() || !pair.key.exists() {
            let key = KeyPair::generate()?;
            self.write("service-account.key", &key.serialize_pem())?;
            self.write("service-account.pub", &key.public_key_pem())?;
        }
        Ok(pair)
    }

    fn issue(&self, name: &str, params: &CertificateParams) -> Result<Identity, PkiError> {
        let key = KeyPair::generate()?;
        let cert = params.signed_by(&key, &self.ca)?;
        Ok(Identity {
            cert: self.write(&format!("{name}.crt"), &cert.pem())?,
            key: self.write(&format!("{name}.key"), &key.serialize_pem())?,
        })
    }

    fn write(&self, name: &str, pem: &str) -> Result<PathBuf, PkiError> {
        let path = self.dir.join(name);
        write_private(&path, pem).map_err(|source| PkiError::File { path: path.clone(), source })?;
        Ok(path)
    }
}

/// Writes a file that only its owner can read.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
