//! A control plane of a test's own that runs pods in pretence.

use std::{path::PathBuf, time::Duration};

use serde_json::{Value, json};
use slipway_testbed::{
    child::Supervised,
    control_plane::Purpose,
    pods,
    ports::Ports,
    slipway::{Service, Stack},
    tools::Tools,
};
use tempfile::TempDir;

use crate::helm::{Helm, NAMESPACE, project, state, tools};

const NODES: u32 = 3;
/// Room for the claims of a bundled `PostgreSQL`.
const VOLUMES: u32 = 4;

pub struct Cluster {
    pub stack: Stack,
    _children: Vec<Supervised>,
    /// Goes after what runs in it.
    folder: TempDir,
}

impl Cluster {
    /// With a namespace that enforces Pod Security `restricted`, and the kinds of others that the chart knows.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("chart-").tempdir_in(state()).unwrap();
        // PostgreSQL runs as another user when started by root; it must be able to walk in.
        std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let programs = PathBuf::from(env!("CARGO_BIN_EXE_testbed")).parent().unwrap().to_owned();
        let tools_of_all = Tools::load(&state()).unwrap();
        let ports = Ports::free().unwrap();
        let stack = Stack::prepare(tools_of_all, folder.path(), &project(), &programs, ports, false).unwrap();
        let (plane, logs) = (&stack.plane, stack.logs());
        let mut children = vec![
            stack.start(Service::Etcd).await.unwrap(),
            plane.start_apiserver(&logs, Purpose::Pods).await.unwrap(),
            plane.start_controllers(&logs, Purpose::Pods).unwrap(),
        ];
        children.extend(pods::start(plane, &tools(), &logs, NODES).await.unwrap());
        // The first to be stopped stands last.
        children.reverse();
        let cluster = Self { stack, _children: children, folder };
        let crds = tools().foreign_crds;
        cluster.kubectl(&["apply", "--server-side", "-f", crds.to_str().unwrap()]).await;
        cluster.kubectl(&["wait", "--for=condition=Established", "-f", crds.to_str().unwrap()]).await;
        cluster.apply(&namespace()).await;
        for number in 0..VOLUMES {
            cluster.apply(&volume(number)).await;
        }
        cluster
    }

    pub fn helm(&self) -> Helm {
        Helm::on(self.stack.plane.kubeconfig("admin"))
    }

    pub async fn kubectl(&self, args: &[&str]) -> String {
        self.stack.plane.kubectl(args).await.unwrap()
    }

    pub async fn apply(&self, object: &Value) {
        self.stack.plane.apply(object).await.unwrap();
    }

    /// `None` when there is none.
    pub async fn get(&self, kind: &str, name: &str, namespace: &str) -> Option<Value> {
        let args = ["get", kind, name, "-n", namespace, "-o", "json", "--ignore-not-found"];
        let text = self.kubectl(&args).await;
        (!text.is_empty()).then(|| serde_json::from_str(&text).unwrap())
    }

    /// Writes a manifest to be applied.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Waits for what happens by itself.
    pub async fn until(&self, what: &str, is: impl AsyncFn() -> bool) {
        for _ in 0..300 {
            if is().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("never: {what}\n{}", self.kubectl(&["get", "pods,events", "-A"]).await);
    }
}

fn namespace() -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE, "labels": {
        "pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "latest",
    } } })
}

fn volume(number: u32) -> Value {
    json!({ "apiVersion": "v1", "kind": "PersistentVolume", "metadata": { "name": format!("volume-{number}") }, "spec": {
        "capacity": { "storage": "20Gi" }, "accessModes": ["ReadWriteOnce"], "hostPath": { "path": "/none" },
        "persistentVolumeReclaimPolicy": "Retain",
    } })
}
