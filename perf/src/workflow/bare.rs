//! The same tasks asked of Proxmox alone, by its root, with nobody between: what a create cannot be faster than.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use reqwest::{Client, Method};
use serde_json::Value;

use super::catalogue::{DISK_GIB, MEMORY_MIB};

const NODE: &str = "pve1";
/// Debian 13 on that node.
const TEMPLATE: u32 = 9003;
/// Outside the site's range: the operator takes no interest in it.
const VMID: u32 = 400;
const LOOKS: Duration = Duration::from_millis(5);
const GIVES_UP: Duration = Duration::from_mins(1);

pub(super) struct Proxmox {
    http: Client,
    url: String,
    token: String,
}

impl Proxmox {
    pub(super) fn open(url: &str, state: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = state.join("proxmox").join(name);
            fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
        };
        let ca = reqwest::Certificate::from_pem(read("ca.pem")?.as_bytes())?;
        let http = Client::builder().no_proxy().tls_certs_only([ca]).build()?;
        Ok(Self { http, url: url.to_owned(), token: read("token")?.trim().to_owned() })
    }

    /// Clones, configures, grows and starts a machine and waits for each task; answers the seconds. Then it is destroyed.
    pub(super) async fn create(&self) -> Result<f64> {
        let vm = format!("/nodes/{NODE}/qemu/{VMID}");
        let began = Instant::now();
        let number = VMID.to_string();
        self.task(
            Method::POST,
            &format!("/nodes/{NODE}/qemu/{TEMPLATE}/clone"),
            &[("newid", &number), ("name", "bare")],
        )
        .await?;
        let memory = MEMORY_MIB.to_string();
        let config = [("cores", "1"), ("memory", memory.as_str()), ("ipconfig0", "ip=dhcp"), ("onboot", "1")];
        self.call(Method::PUT, &format!("{vm}/config"), &config).await?;
        let size = format!("{DISK_GIB}G");
        self.task(Method::PUT, &format!("{vm}/resize"), &[("disk", "scsi0"), ("size", &size)]).await?;
        self.task(Method::POST, &format!("{vm}/status/start"), &[]).await?;
        let seconds = began.elapsed().as_secs_f64();
        self.task(Method::POST, &format!("{vm}/status/stop"), &[]).await?;
        self.task(Method::DELETE, &vm, &[]).await?;
        Ok(seconds)
    }

    async fn task(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Result<()> {
        let upid = self.call(method, path, form).await?;
        let upid = upid.as_str().with_context(|| format!("{path} answers no task: {upid}"))?;
        let began = Instant::now();
        while began.elapsed() < GIVES_UP {
            let status = self.call(Method::GET, &format!("/nodes/{NODE}/tasks/{upid}/status"), &[]).await?;
            if status["status"] == "stopped" {
                ensure!(status["exitstatus"] == "OK", "{path}: {status}");
                return Ok(());
            }
            tokio::time::sleep(LOOKS).await;
        }
        bail!("{upid} does not end")
    }

    async fn call(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}/api2/json{path}", self.url));
        if !form.is_empty() {
            request = request.form(form);
        }
        let answer = request.header("Authorization", &self.token).send().await?;
        let status = answer.status();
        let mut body: Value = answer.json().await?;
        ensure!(status.is_success(), "{path}: {status} {body}");
        Ok(body["data"].take())
    }

    /// What the testbed serves beside Proxmox's API.
    pub(super) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Result<()> {
        let mut request = self.http.request(method, format!("{}/testbed{path}", self.url));
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "/testbed{path}: {status} {}", answer.text().await?);
        Ok(())
    }
}
