//! The operator's internal endpoint: what only it can see, because it alone talks to Proxmox VE.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use slipway_crds::VirtualServerSpec;

use crate::problem::{Kind, Problem};

/// A page of configurations takes the operator a moment.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks with a `ServiceAccount`'s token, which is read again for each question: the kubelet renews it.
#[derive(Debug, Clone)]
pub struct Operator {
    url: String,
    token_file: PathBuf,
    http: reqwest::Client,
}

/// Which machines of a site are meant.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vmid: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i32>,
    pub limit: i64,
}

/// A page of them; those of living servers are left out.
#[derive(Debug, Clone, Deserialize)]
pub struct Machines {
    pub machines: Vec<Machine>,
    /// `after` of the next page.
    pub next: Option<i32>,
    pub total: i64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Machine {
    pub vmid: i32,
    pub node: String,
    pub name: String,
    pub running: bool,
    pub pool: Option<String>,
    /// Why it cannot be adopted.
    pub skipped: Option<String>,
    /// The server that would adopt it.
    pub spec: Option<Box<VirtualServerSpec>>,
    /// What root has to type first.
    pub command: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("the token in {path} cannot be read: {source}")]
    Token { path: PathBuf, source: std::io::Error },
    #[error("no answer that can be read: {0}")]
    Http(#[from] reqwest::Error),
    #[error("it does not look after this site, or has not reached it yet")]
    NoSite,
    #[error("it refuses the question with {0}")]
    Refused(StatusCode),
}

impl From<OperatorError> for Problem {
    fn from(error: OperatorError) -> Self {
        tracing::warn!(%error, "the operator could not be asked");
        Self::new(Kind::Unavailable, format!("The operator cannot be asked: {error}."))
    }
}

impl Operator {
    /// `url`: scheme, host and port of its internal endpoint.
    pub fn new(url: String, token_file: PathBuf) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        Ok(Self { url, token_file, http })
    }

    /// What the site has that could be adopted, and why not the rest.
    pub async fn adoptable(&self, site: &str, asked: &Asked) -> Result<Machines, OperatorError> {
        let token = read_token(&self.token_file).await?;
        let url = format!("{}/v1/sites/{site}/adoptable", self.url);
        let answer = self.http.get(url).query(asked).bearer_auth(token).send().await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.json().await?),
            StatusCode::NOT_FOUND => Err(OperatorError::NoSite),
            status => Err(OperatorError::Refused(status)),
        }
    }
}

async fn read_token(path: &Path) -> Result<String, OperatorError> {
    match tokio::fs::read_to_string(path).await {
        Ok(token) => Ok(token.trim().to_owned()),
        Err(source) => Err(OperatorError::Token { path: path.to_owned(), source }),
    }
}
