//! The operator as a process of its own, and what can be read of it from outside.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::machine;

pub(crate) struct Operator {
    child: Child,
    listen: SocketAddr,
}

impl Operator {
    /// From beside this program, so that both are of one build.
    pub(super) async fn start(namespace: &str, kubeconfig: &str, log: &Path) -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("slipway-operator");
        let listen = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
        let child = Command::new(&program)
            .arg("run")
            .env("KUBECONFIG", kubeconfig)
            .env("SLIPWAY_NAMESPACE", namespace)
            .env("SLIPWAY_LISTEN", listen.to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} could not be started; build it with --release", program.display()))?;
        let operator = Self { child, listen };
        for _ in 0..300 {
            if operator.metrics().await.is_ok_and(|m| m.get("slipway_operator_leader") == Some(&1)) {
                return Ok(operator);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the operator does not lead")
    }

    /// Whole-numbered metrics by name, each the sum over its labels.
    pub(super) async fn metrics(&self) -> Result<BTreeMap<String, u64>> {
        let text = reqwest::get(format!("http://{}/metrics", self.listen)).await?.text().await?;
        let mut all = BTreeMap::new();
        for (name, value) in text.lines().filter_map(|line| line.rsplit_once(' ')) {
            let name = name.split('{').next().unwrap_or_default().to_owned();
            if let Ok(value) = value.parse::<u64>() {
                *all.entry(name).or_default() += value;
            }
        }
        Ok(all)
    }

    /// Servers that it has made ready: asking the kube-apiserver about a thousand of them keeps one of two cores busy.
    pub(super) async fn made_ready(&self) -> Result<u64> {
        Ok(self.metrics().await?.get("slipway_operator_ready_seconds_count").copied().unwrap_or_default())
    }

    /// Calls to Proxmox by method.
    pub(super) async fn calls(&self) -> Result<BTreeMap<String, u64>> {
        let text = reqwest::get(format!("http://{}/metrics", self.listen)).await?.text().await?;
        let mut all = BTreeMap::new();
        for line in text.lines().filter(|line| line.starts_with("slipway_operator_proxmox_calls_total")) {
            let method = line.split("method=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let value: u64 = line.rsplit(' ').next().unwrap_or_default().parse()?;
            *all.entry(method.to_owned()).or_default() += value;
        }
        Ok(all)
    }

    /// Resident memory in bytes.
    pub(super) fn resident(&self) -> u64 {
        machine::memory(&self.child.id().to_string(), "VmRSS")
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
