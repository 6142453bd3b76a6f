//! A real Proxmox VE in the place of the testbed: `make up PVE_URL=… PVE_TOKEN_FILE=… PVE_FINGERPRINT=…`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use proxmox_client::{HttpClient, Permissions, ProxmoxAnswer, ProxmoxClient as _, ProxmoxRequest, TlsTrust};
use secrecy::SecretString;

/// What Slipway's pool on a site is called, before the installation's id.
const POOL: &str = "/pool/slipway-";
const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Default, clap::Args)]
pub struct RealNode {
    /// The address of a real Proxmox VE, instead of the testbed: `https://pve1.example.org:8006`.
    #[arg(long, env = "PVE_URL", requires_all = ["pve_token_file", "pve_fingerprint"])]
    pub pve_url: Option<String>,
    /// A file with the operator's token there, `user@realm!name=uuid`, as kind-testbed/real-pve/prepare.sh makes it.
    #[arg(long, env = "PVE_TOKEN_FILE")]
    pub pve_token_file: Option<PathBuf>,
    /// SHA-256 of the node's certificate, as its dashboard shows it.
    #[arg(long, env = "PVE_FINGERPRINT")]
    pub pve_fingerprint: Option<String>,
    /// Plans, images, networks and addresses for that node; kind-testbed/real-pve/manifests, edited, otherwise.
    #[arg(long, env = "PVE_MANIFESTS")]
    pub pve_manifests: Option<PathBuf>,
}

/// Where it is, and what is shown to it.
#[derive(Debug, Clone)]
pub struct Connection {
    pub url: String,
    pub token: String,
    pub fingerprint: String,
    /// Plans, images, networks and addresses.
    pub manifests: PathBuf,
}

impl RealNode {
    /// `None`: the testbed is meant.
    pub fn connection(&self, project: &Path) -> anyhow::Result<Option<Connection>> {
        let (Some(url), Some(file), Some(fingerprint)) = (&self.pve_url, &self.pve_token_file, &self.pve_fingerprint)
        else {
            return Ok(None);
        };
        let token = fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let token = token.trim().trim_start_matches("PVEAPIToken=").to_owned();
        if !(token.contains('!') && token.contains('=')) {
            bail!("{} holds no token like user@realm!name=uuid", file.display());
        }
        let manifests = self.pve_manifests.clone().unwrap_or_else(|| project.join("kind-testbed/real-pve/manifests"));
        let url = url.trim_end_matches('/').to_owned();
        Ok(Some(Connection { url, token, fingerprint: fingerprint.to_uppercase(), manifests }))
    }
}

impl Connection {
    /// The installation whose pool the token may use: it was chosen where the token was made.
    pub async fn installation(&self) -> anyhow::Result<String> {
        let (token, trust) = (SecretString::from(self.token.clone()), TlsTrust::Fingerprint(self.fingerprint.clone()));
        let client = HttpClient::new(vec![self.url.clone()], &token, &trust)?;
        let asked = tokio::time::timeout(TIMEOUT, client.call(&ProxmoxRequest::Permissions)).await;
        let answer = asked.context("the node does not answer")?;
        match answer.with_context(|| format!("{} refuses the token or shows another certificate", self.url))? {
            ProxmoxAnswer::Permissions(permissions) => pool_of(&permissions),
            other => bail!("{} answered something else than permissions: {other:?}", self.url),
        }
    }
}

fn pool_of(permissions: &Permissions) -> anyhow::Result<String> {
    let pools: Vec<&str> = permissions.paths().filter_map(|path| path.strip_prefix(POOL)).collect();
    match pools[..] {
        [installation] => Ok(installation.to_owned()),
        [] => bail!("the token has no rights on a pool slipway-…: make it with kind-testbed/real-pve/prepare.sh"),
        _ => bail!("the token has rights on several pools ({}): one installation has one", pools.join(", ")),
    }
}
