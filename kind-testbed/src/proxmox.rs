//! The Proxmox VE testbed as a child process, and the least-privilege token that the operator gets on it.

use std::{fs, path::{Path, PathBuf}, time::Duration};

use reqwest::{Client, Method};
use serde_json::Value;
use tokio::process::Command;

use crate::{child::{ChildError, Signal, Supervised}, control_plane::answers_ok};

/// How much faster than the real thing the testbed's time runs.
const SPEED: &str = "5";

#[derive(Debug, thiserror::Error)]
pub enum ProxmoxError {
    #[error("{path} cannot be read")]
    File { path: PathBuf, source: std::io::Error },
    #[error("the Proxmox VE testbed did not answer {method} {path}")]
    Call { method: Method, path: String, source: reqwest::Error },
    #[error("the Proxmox VE testbed refused {method} {path}: {answer}")]
    Refused { method: Method, path: String, answer: String },
}

#[derive(Debug)]
pub struct Proxmox {
    dir: PathBuf,
    port: u16,
}

impl Proxmox {
    pub fn new(dir: PathBuf, port: u16) -> Self {
        Self { dir, port }
    }

    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub async fn start(&self, programs: &Path, logs: &Path) -> Result<Supervised, ChildError> {
        let mut command = Command::new(programs.join("pve-testbed"));
        command
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--seed", "7", "--speed", SPEED, "--state-dir"])
            .arg(&self.dir);
        let mut child = Supervised::spawn("pve-testbed", command, logs, Signal::Terminate)?;
        child
            .ready(Duration::from_secs(30), || async {
                match self.ca() {
                    // Without credentials the API answers 401: that is an answer.
                    Ok(ca) => answers_ok(format!("{}/api2/json/access/domains", self.url()), Some(ca.clone())).await || self.call(&Method::GET, "/version", &[]).await.is_ok(),
                    Err(_) => false,
                }
            })
            .await?;
        Ok(child)
    }

    /// The cluster's CA, which signs every node's certificate.
    pub fn ca(&self) -> Result<String, ProxmoxError> {
        read(&self.dir.join("pve-root-ca.pem"))
    }

    /// Gives `slipway@pve!operator` what the design grants it, and answers the token as the API header wants it.
    pub async fn grant_operator_token(&self, installation: &str) -> Result<String, ProxmoxError> {
        self.tolerant(&Method::POST, "/access/users", &[("userid", "slipway@pve")]).await?;
        let pool = format!("slipway-{installation}");
        let roles = [
            ("SlipwayPool", "Pool.Allocate,Pool.Audit"),
            ("SlipwayAudit", "Sys.Audit"),
            ("SlipwayRead", "VM.Audit"),
            ("SlipwayTemplate", "VM.Clone,VM.Audit"),
            ("SlipwayStorage", "Datastore.AllocateSpace,Datastore.Audit"),
            ("SlipwayBridge", "SDN.Use"),
        ];
        for (role, privileges) in roles {
            self.tolerant(&Method::POST, "/access/roles", &[("roleid", role), ("privs", privileges)]).await?;
        }
        let mut grants = vec![
            (format!("/pool/{pool}"), "PVEVMAdmin"),
            (format!("/pool/{pool}"), "SlipwayPool"),
            ("/".to_owned(), "SlipwayAudit"),
            ("/vms".to_owned(), "SlipwayRead"),
            ("/sdn/zones/localnetwork".to_owned(), "SlipwayBridge"),
        ];
        let resources = self.call(&Method::GET, "/cluster/resources", &[]).await?;
        for row in resources.as_array().into_iter().flatten() {
            if row["template"] == 1 {
                grants.push((format!("/vms/{}", row["vmid"]), "SlipwayTemplate"));
            }
            if row["type"] == "storage" && let Some(storage) = row["storage"].as_str() {
                grants.push((format!("/storage/{storage}"), "SlipwayStorage"));
            }
        }
        let token = self.recreate_token().await?;
        for who in [("users", "slipway@pve"), ("tokens", "slipway@pve!operator")] {
            for (path, role) in &grants {
                let propagate = if path == "/" { "0" } else { "1" };
                self.call(&Method::PUT, "/access/acl", &[("path", path), ("roles", role), ("propagate", propagate), who]).await?;
            }
        }
        Ok(token)
    }

    /// A secret is shown once, at creation: a new start makes a new token.
    async fn recreate_token(&self) -> Result<String, ProxmoxError> {
        let path = "/access/users/slipway@pve/token/operator";
        self.tolerant(&Method::DELETE, path, &[]).await?;
        let made = self.call(&Method::POST, path, &[]).await?;
        Ok(format!("slipway@pve!operator={}", made["value"].as_str().unwrap_or_default()))
    }

    /// As `call`; "already exists" and "no such" are fine.
    async fn tolerant(&self, method: &Method, path: &str, params: &[(&str, &str)]) -> Result<(), ProxmoxError> {
        match self.call(method, path, params).await {
            Ok(_) => Ok(()),
            Err(ProxmoxError::Refused { answer, .. }) if answer.contains("exist") || answer.contains("no such") => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn call(&self, method: &Method, path: &str, params: &[(&str, &str)]) -> Result<Value, ProxmoxError> {
        let failed = |source| ProxmoxError::Call { method: method.clone(), path: path.to_owned(), source };
        let root = read(&self.dir.join("token"))?;
        let ca = reqwest::Certificate::from_pem(self.ca()?.as_bytes()).map_err(failed)?;
        let client = Client::builder().tls_certs_only([ca]).no_proxy().timeout(Duration::from_secs(30)).build().map_err(failed)?;
        let request = client.request(method.clone(), format!("{}/api2/json{path}", self.url())).header("Authorization", root.trim());
        let request = if *method == Method::GET || *method == Method::DELETE { request.query(params) } else { request.form(params) };
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let text = answer.text().await.map_err(failed)?;
        if !status.is_success() {
            return Err(ProxmoxError::Refused { method: method.clone(), path: path.to_owned(), answer: format!("{status} {text}") });
        }
        Ok(serde_json::from_str::<Value>(&text).map(|mut v| v["data"].take()).unwrap_or_default())
    }
}

fn read(path: &Path) -> Result<String, ProxmoxError> {
    fs::read_to_string(path).map_err(|source| ProxmoxError::File { path: path.to_owned(), source })
}
