//! The operator's internal endpoint: what only it can see, because it alone talks to Proxmox VE.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slipway_crds::VirtualServerSpec;

use crate::problem::{Kind, Problem};

/// A replica that does not lead, or has not reached the site yet, says `503`: another one is asked.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);
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

/// A server as Kubernetes knows it.
#[derive(Debug, Clone)]
pub struct Named {
    pub namespace: String,
    pub name: String,
    pub uid: String,
}

/// A dry run.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    pub steps: Vec<PlannedStep>,
    pub waiting: Option<Hindrance>,
    pub drift: Vec<Difference>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct PlannedStep {
    pub step: String,
    pub impact: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Hindrance {
    pub reason: String,
    pub message: String,
}

/// A setting that differs, and who changed it.
#[derive(Debug, Clone, Deserialize)]
pub struct Difference {
    pub field: String,
    pub wanted: String,
    pub found: String,
    pub by: Option<String>,
    pub at: Option<DateTime<Utc>>,
}

#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("the token in {path} cannot be read: {source}")]
    Token { path: PathBuf, source: std::io::Error },
    #[error("no answer that can be read: {0}")]
    Http(#[from] reqwest::Error),
    #[error("no replica has reached the site yet")]
    NotReached,
    #[error("it knows no such site or server")]
    NotFound,
    #[error("it refuses the question with {0}")]
    Refused(StatusCode),
}

impl From<OperatorError> for Problem {
    fn from(error: OperatorError) -> Self {
        tracing::warn!(%error, "the operator could not be asked");
        let detail = match error {
            OperatorError::NotReached => "The operator has not reached the site yet. Try again shortly.",
            OperatorError::NotFound => "The operator does not look after that yet. Try again shortly.",
            OperatorError::Token { .. } | OperatorError::Http(_) | OperatorError::Refused(_) => {
                "The operator cannot be asked now. Try again shortly; the API's log says why."
            }
        };
        Self::new(Kind::Unavailable, detail)
    }
}

impl Operator {
    /// `url`: scheme, host and port of its internal endpoint. Each question is a connection of its own, so that a Service
    /// may choose another replica.
    pub fn new(url: String, token_file: PathBuf) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).pool_max_idle_per_host(0).build()?;
        Ok(Self { url, token_file, http })
    }

    /// What the site has that could be adopted, and why not the rest.
    pub async fn adoptable(&self, site: &str, asked: &Asked) -> Result<Machines, OperatorError> {
        self.ask(&format!("/v1/sites/{site}/adoptable"), asked).await
    }

    /// What would be done next for a server, and why nothing more.
    pub async fn plan(&self, server: &Named) -> Result<Planned, OperatorError> {
        let Named { namespace, name, uid } = server;
        self.ask(&format!("/v1/namespaces/{namespace}/virtualservers/{name}/{uid}/plan"), &()).await
    }

    async fn ask<Q: Serialize + Sync, A: DeserializeOwned>(&self, path: &str, query: &Q) -> Result<A, OperatorError> {
        let url = format!("{}{path}", self.url);
        for tried in 1.. {
            let token = read_token(&self.token_file).await?;
            let answer = self.http.get(&url).query(query).bearer_auth(token).send().await?;
            match answer.status() {
                StatusCode::OK => return Ok(answer.json().await?),
                StatusCode::NOT_FOUND => return Err(OperatorError::NotFound),
                StatusCode::SERVICE_UNAVAILABLE if tried < TRIES => tokio::time::sleep(PAUSE).await,
                StatusCode::SERVICE_UNAVAILABLE => break,
                status => return Err(OperatorError::Refused(status)),
            }
        }
        Err(OperatorError::NotReached)
    }
}

async fn read_token(path: &Path) -> Result<String, OperatorError> {
    match tokio::fs::read_to_string(path).await {
        Ok(token) => Ok(token.trim().to_owned()),
        Err(source) => Err(OperatorError::Token { path: path.to_owned(), source }),
    }
}
