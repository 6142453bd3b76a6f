//! What makes a control plane run pods in pretence: the real scheduler, and nodes whose kubelet is kwok.

use std::{fs, path::Path};

use serde_json::json;
use tokio::process::Command;

use crate::{
    child::{Signal, Supervised},
    control_plane::{ControlPlane, ControlPlaneError},
    tools::ChartTools,
};

/// A stage of our own, beside kwok's.
const STAGES: &str = include_str!("pods.yaml");

/// Starts both, and makes so many nodes. They end in the order in which they are dropped: all at once.
pub async fn start(
    plane: &ControlPlane,
    tools: &ChartTools,
    logs: &Path,
    nodes: u32,
) -> Result<Vec<Supervised>, ControlPlaneError> {
    let kubeconfig = plane.kubeconfig("controllers");
    let mut scheduler = Command::new(&tools.kube_scheduler);
    scheduler.arg("--kubeconfig").arg(&kubeconfig).args(["--leader-elect=false", "--secure-port=0"]);
    scheduler.arg("--authentication-kubeconfig").arg(&kubeconfig).arg("--authorization-kubeconfig").arg(&kubeconfig);
    let stages = logs.join("kwok-stages.yaml");
    fs::write(&stages, STAGES).map_err(|source| ControlPlaneError::File { path: stages.clone(), source })?;
    let mut kwok = Command::new(&tools.kwok);
    kwok.arg("--kubeconfig").arg(&kubeconfig).arg("--config").arg(&tools.kwok_stages).arg("--config").arg(&stages);
    kwok.args(["--manage-all-nodes=true", "--node-ip=10.0.0.1", "--node-lease-duration-seconds=40"]);
    let started = vec![
        Supervised::spawn("kube-scheduler", scheduler, logs, Signal::Terminate)?,
        Supervised::spawn("kwok", kwok, logs, Signal::Terminate)?,
    ];
    for number in 0..nodes {
        let name = format!("node-{number}");
        let room = json!({ "cpu": "32", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi" });
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
            "status": { "allocatable": room, "capacity": room },
        });
        plane.apply(&node).await?;
    }
    Ok(started)
}
