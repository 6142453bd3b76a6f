//! The Proxmox VE testbed as a child process, with the least-privilege token that the operator gets on it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use crate::{
    child::{ChildError, Signal, Supervised},
    control_plane::answers_ok,
};

/// How much faster than the real thing the testbed's time runs.
const SPEED: &str = "5";

#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be read")]
pub struct FileError {
    path: PathBuf,
    source: std::io::Error,
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

    /// The pool of an installation's machines.
    pub fn pool(installation: &str) -> String {
        format!("slipway-{installation}")
    }

    /// Starts it with a token for the pool of `installation`, as a real site would grant it.
    pub async fn start(&self, programs: &Path, logs: &Path, installation: &str) -> Result<Supervised, ChildError> {
        let mut command = Command::new(programs.join("pve-testbed"));
        command
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--seed", "7", "--speed", SPEED, "--state-dir"])
            .arg(&self.dir)
            .args(["--least-privilege", installation])
            // Else the doctor would rightly call them wrong.
            .arg("--real-clocks")
            // Faults can be switched on from outside.
            .arg("--control");
        let mut child = Supervised::spawn("pve-testbed", command, logs, Signal::Terminate)?;
        child
            .ready(Duration::from_secs(30), || async {
                match (self.ca(), self.root_token()) {
                    (Ok(ca), Ok(token)) => {
                        answers_ok(format!("{}/api2/json/version", self.url()), Some(ca), Some(token)).await
                    }
                    _ => false,
                }
            })
            .await?;
        Ok(child)
    }

    /// The cluster's CA, which signs every node's certificate.
    pub fn ca(&self) -> Result<String, FileError> {
        read(&self.dir.join("ca.pem"))
    }

    /// `user@realm!name=uuid` of the operator.
    pub fn operator_token(&self) -> Result<String, FileError> {
        let header = read(&self.dir.join("operator-token"))?;
        Ok(header.trim().trim_start_matches("PVEAPIToken=").to_owned())
    }

    /// The header that root shows.
    pub fn root_token(&self) -> Result<String, FileError> {
        Ok(read(&self.dir.join("token"))?.trim().to_owned())
    }
}

fn read(path: &Path) -> Result<String, FileError> {
    fs::read_to_string(path).map_err(|source| FileError { path: path.to_owned(), source })
}
