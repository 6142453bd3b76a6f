//! A pod's containers as processes of this machine, because nodes only pretend here: the programs, arguments and environment
//! that the chart gives them and nothing else, with the token of the pod's account.

use std::{process::Output, time::Duration};

use base64::Engine as _;
use serde_json::Value;
use slipway_testbed::{
    child::{Signal, Supervised},
    control_plane::answers_ok,
};
use tokio::process::Command;

use crate::{cluster::Cluster, helm::NAMESPACE};

pub struct Pod<'a> {
    cluster: &'a Cluster,
    spec: Value,
}

impl<'a> Pod<'a> {
    pub async fn of(cluster: &'a Cluster, kind: &str, name: &str) -> Self {
        let workload = cluster.get(kind, name, NAMESPACE).await.unwrap();
        Self { cluster, spec: workload["spec"]["template"]["spec"].clone() }
    }

    /// The process of a container, with some variables of this machine instead of the pod's.
    pub async fn command(&self, container: &Value, instead: &[(&str, &str)]) -> Command {
        let account = self.spec["serviceAccountName"].as_str().unwrap();
        let stack = &self.cluster.stack;
        stack.write_account_kubeconfig(account, NAMESPACE, account).await.unwrap();
        let image = container["image"].as_str().unwrap();
        let program = image.split(':').next().unwrap().replace('/', "-");
        let mut command = Command::new(stack.programs.join(program));
        command.env_clear().env("KUBECONFIG", stack.plane.kubeconfig(account));
        command.args(container["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()));
        for variable in container["env"].as_array().into_iter().flatten() {
            let name = variable["name"].as_str().unwrap();
            match instead.iter().find(|(other, _)| *other == name) {
                Some((_, value)) => command.env(name, value),
                None => command.env(name, self.value(variable).await),
            };
        }
        command
    }

    async fn value(&self, variable: &Value) -> String {
        if let Some(value) = variable["value"].as_str() {
            return value.to_owned();
        }
        let source = &variable["valueFrom"];
        if source["fieldRef"]["fieldPath"] == "metadata.namespace" {
            return NAMESPACE.to_owned();
        }
        let text = |field: &str| source["secretKeyRef"][field].as_str().unwrap().to_owned();
        let secret = self.cluster.get("secret", &text("name"), NAMESPACE).await.unwrap();
        let value = secret["data"][text("key")].as_str().unwrap();
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(value).unwrap()).unwrap()
    }

    pub fn init(&self) -> &Value {
        &self.spec["initContainers"][0]
    }

    pub fn main(&self) -> &Value {
        &self.spec["containers"][0]
    }
}

pub async fn ends_well(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().await.unwrap();
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap().trim().to_owned()
}

/// A process that is ready on this port.
pub async fn serves(cluster: &Cluster, name: &str, command: Command, port: u16) -> Supervised {
    let mut child = Supervised::spawn(name, command, &cluster.stack.logs(), Signal::Terminate).unwrap();
    let url = format!("http://127.0.0.1:{port}/readyz");
    child.ready(Duration::from_mins(1), || answers_ok(url.clone(), None, None)).await.unwrap();
    child
}
