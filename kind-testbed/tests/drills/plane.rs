//! A control plane of a drill's own, with Slipway's types, a site and a catalogue.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use slipway_testbed::{
    child::Supervised,
    demo,
    ports::Ports,
    slipway::{NAMESPACE, Service, Stack},
    tools::Tools,
};
use tempfile::TempDir;

use crate::{
    operator::{Operator, kill},
    proxmox::Cluster,
};

/// The site's name, and the namespace of all servers.
const SITE: &str = "home";
pub const CUSTOMERS: &str = "customers";

pub struct Plane {
    pub stack: Stack,
    etcd: Option<Supervised>,
    apiserver: Option<Supervised>,
    /// Ends before the folder does.
    _controllers: Supervised,
    folder: TempDir,
}

impl Plane {
    /// One that has just been set up, and the Proxmox cluster of its site.
    pub async fn start() -> (Self, Cluster) {
        let plane = Self::run(folder()).await;
        plane.stack.install_slipway().await.unwrap();
        let installation = plane.stack.installation().await.unwrap();
        let cluster = Cluster::start(&installation, plane.stack.ports.proxmox).await;
        cluster.describe(&plane.stack.state.join("proxmox"));
        demo::connect_site(&plane.stack).await.unwrap();
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": CUSTOMERS } });
        plane.stack.plane.apply(&namespace).await.unwrap();
        (plane, cluster)
    }

    /// One that knows nothing of Slipway.
    pub async fn bare() -> Self {
        Self::run(folder()).await
    }

    /// A second one that begins with what this one knows now; both go on.
    pub async fn copy(&mut self) -> Self {
        let folder = folder();
        self.copy_etcd(&folder.path().join("kubernetes/etcd")).await;
        let copy = Self::run(folder).await;
        // Its address and its keys are its own.
        copy.stack.write_account_kubeconfig("slipway-operator", NAMESPACE, "slipway-operator").await.unwrap();
        copy
    }

    /// A backup of everything that it knows now.
    pub async fn back_up(&mut self) -> PathBuf {
        let backup = self.folder.path().join("backup");
        self.copy_etcd(&backup).await;
        backup
    }

    /// All that happened since the backup is forgotten.
    pub async fn restore(&mut self, backup: &Path) {
        self.apiserver.take().unwrap().stop().await;
        self.etcd.take().unwrap().stop().await;
        let data = self.folder.path().join("kubernetes/etcd");
        std::fs::remove_dir_all(&data).unwrap();
        copy_folder(backup, &data);
        self.etcd = Some(self.stack.start(Service::Etcd).await.unwrap());
        self.apiserver = Some(self.stack.start(Service::Apiserver).await.unwrap());
    }

    /// As `kill -9`; and it is started again, as its kubelet would.
    pub async fn kill_apiserver(&mut self) {
        kill(self.apiserver.take().unwrap()).await;
        self.apiserver = Some(self.stack.start(Service::Apiserver).await.unwrap());
    }

    async fn copy_etcd(&mut self, to: &Path) {
        self.etcd.take().unwrap().stop().await;
        copy_folder(&self.folder.path().join("kubernetes/etcd"), to);
        self.etcd = Some(self.stack.start(Service::Etcd).await.unwrap());
    }

    async fn run(folder: TempDir) -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let programs = Path::new(env!("CARGO_BIN_EXE_testbed")).parent().unwrap();
        let tools = Tools::load(&state()).unwrap();
        let stack = Stack::prepare(tools, folder.path(), project, programs, Ports::free().unwrap(), false).unwrap();
        let etcd = stack.start(Service::Etcd).await.unwrap();
        let apiserver = stack.start(Service::Apiserver).await.unwrap();
        let controllers = stack.start(Service::Controllers).await.unwrap();
        Self { stack, etcd: Some(etcd), apiserver: Some(apiserver), _controllers: controllers, folder }
    }

    pub async fn operator(&self) -> Operator {
        Operator::start(&self.stack).await
    }

    /// A small server with `more` merged over its spec.
    pub async fn order(&self, name: &str, more: Value) {
        let mut spec = json!({
            "siteRef": SITE, "planRef": "small", "imageRef": "debian-13",
            "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDrillDrillDrillDrillDrillDrillDrillDrillDrill drill@example.org"] }
        });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let server = json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "spec": spec,
            "metadata": { "name": name, "namespace": CUSTOMERS }
        });
        self.stack.plane.apply(&server).await.unwrap();
    }

    /// Waits until the server is Ready as it is wished now, and answers its VM's number.
    pub async fn wait_ready(&self, name: &str) -> u64 {
        let server = self
            .wait("vps", name, "Ready", |server| {
                ready(server) == "True AsWished"
                    && server["status"]["observedGeneration"] == server["metadata"]["generation"]
            })
            .await;
        server["status"]["vmid"].as_u64().unwrap()
    }

    pub async fn wait_reason(&self, name: &str, reason: &str) -> Value {
        self.wait("vps", name, reason, |server| ready(server) == format!("False {reason}")).await
    }

    pub async fn wait_site(&self, reason: &str) -> Value {
        self.wait("pvesite", SITE, reason, |site| ready(site).ends_with(&format!(" {reason}"))).await
    }

    pub async fn site(&self) -> Value {
        self.get("pvesite", SITE).await.unwrap()
    }

    /// A person says that it is so.
    pub async fn acknowledge(&self, condition: &str) {
        let annotation = format!("slipway.dev/acknowledge={condition}@{}", jiff::Timestamp::now());
        self.kubectl(&["annotate", "--overwrite", "pvesite", SITE, &annotation]).await;
    }

    pub async fn wait(&self, kind: &str, name: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        for _ in 0..300 {
            last = self.get(kind, name).await;
            if let Some(object) = last.as_ref().filter(|object| is(object)) {
                return object.clone();
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{kind} {name} never was {what}: {:#}", json!(last.map(|o| o["status"].clone())));
    }

    /// `None` while it does not exist, or nobody answers.
    pub async fn get(&self, kind: &str, name: &str) -> Option<Value> {
        let text = self.stack.plane.kubectl(&["get", kind, name, "-n", CUSTOMERS, "-o", "json"]).await.ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }

    pub async fn kubectl(&self, args: &[&str]) -> String {
        self.stack.plane.kubectl(args).await.unwrap()
    }
}

/// Status and reason of the Ready condition.
pub fn ready(object: &Value) -> String {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let words = |c: &Value| format!("{} {}", c["status"].as_str().unwrap(), c["reason"].as_str().unwrap());
    conditions.filter(|c| c["type"] == "Ready").map(words).collect()
}

/// Where `install.sh` says which programs there are.
pub fn state() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::env::var_os("SLIPWAY_STATE").map_or_else(|| project.join(".slipway"), PathBuf::from)
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("drill-").tempdir_in(state()).unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
