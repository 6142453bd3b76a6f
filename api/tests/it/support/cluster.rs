//! A real kube-apiserver, with this test's own objects in it.
//!
//! The code under test speaks as the API's own `ServiceAccount`, so its role is tested along; the tests themselves speak
//! as the provider's administrator and as the operator, who answers with a status.

use std::time::Duration;

use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::{Value, json};
use slipway_api::dispatcher::kubernetes::Kubernetes;
use slipway_api::dispatcher::{self};
use slipway_crds::{VirtualServer, VirtualServerAction};

use super::World;

/// The API's identity in the test control plane.
const API_IDENTITY: &str = "system:serviceaccount:slipway-system:slipway-api";
/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(40);

pub async fn config() -> Config {
    // The first user of TLS in the process has to choose its provider; a second choice is refused, and the same.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let path = std::env::var("SLIPWAY_TEST_KUBECONFIG")
        .expect("run `make test`, or set SLIPWAY_TEST_KUBECONFIG to a kubeconfig of a control plane with the CRDs");
    let kubeconfig = Kubeconfig::read_from(path).expect("the kubeconfig can be read");
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap()
}

/// A client as the provider's administrator.
pub async fn admin() -> Client {
    Client::try_from(config().await).unwrap()
}

/// A client as the API.
pub async fn api() -> Client {
    client_as(API_IDENTITY).await
}

pub async fn client_as(identity: &str) -> Client {
    let mut config = config().await;
    config.auth_info.impersonate = Some(identity.to_owned());
    Client::try_from(config).unwrap()
}

/// Kubernetes as the dispatcher sees it.
pub async fn kubernetes() -> Kubernetes {
    Kubernetes::new(api().await)
}

/// Kubernetes while it is away.
pub fn kubernetes_away() -> Kubernetes {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Kubernetes::new(Client::try_from(Config::new("http://127.0.0.1:1".parse().unwrap())).unwrap())
}

/// One server's object, as administrator.
#[derive(Clone)]
pub struct Object {
    pub client: Client,
    pub namespace: String,
    pub name: String,
}

impl Object {
    /// The object of an accepted order.
    pub async fn of(accepted: &Value) -> Self {
        let text = |field: &str| accepted["server"][field].as_str().unwrap().to_owned();
        Self { client: admin().await, namespace: text("namespace"), name: text("objectName") }
    }

    pub fn api(&self) -> Api<VirtualServer> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub fn actions(&self) -> Api<VirtualServerAction> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    pub async fn get(&self) -> Option<VirtualServer> {
        self.api().get_opt(&self.name).await.unwrap()
    }

    /// Answers as the operator does.
    pub async fn report(&self, status: Value) {
        let generation = self.get().await.unwrap().metadata.generation.unwrap();
        let mut status = status;
        status["observedGeneration"] = json!(generation);
        for condition in status["conditions"].as_array_mut().into_iter().flatten() {
            condition["observedGeneration"] = json!(generation);
            condition["lastTransitionTime"] = json!("2026-01-01T00:00:00Z");
        }
        let params = PatchParams { field_manager: Some("slipway-operator".into()), ..PatchParams::default() };
        let patch = Patch::Merge(json!({"status": status}));
        self.api().patch_status(&self.name, &params, &patch).await.unwrap();
    }

    /// Reports a running machine.
    pub async fn report_running(&self) {
        self.report(json!({
            "phase": "Running", "powerState": "running", "vmid": 10001, "node": "pve1", "addresses": ["192.0.2.7"],
            "conditions": [{"type": "Ready", "status": "True", "reason": "Running", "message": "It runs."}],
        }))
        .await;
    }

    /// Changes the object as a person with kubectl does.
    pub async fn edit(&self, spec: Value) {
        let params = PatchParams { field_manager: Some("kubectl-edit".into()), ..PatchParams::default() };
        self.api().patch(&self.name, &params, &Patch::Merge(json!({"spec": spec}))).await.unwrap();
    }

    pub async fn delete(&self) {
        self.api().delete(&self.name, &DeleteParams::default()).await.unwrap();
    }

    /// Makes the smallest server that a manifest can describe.
    pub async fn create_smallest(&self) -> VirtualServer {
        let object = serde_json::from_value(json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": {"name": self.name},
            "spec": {"siteRef": "api-home", "planRef": "api-small", "imageRef": "api-debian-13",
                     "access": {"sshKeys": [super::seed::KEY]}},
        }));
        let params = PostParams { field_manager: Some("kubectl-create".into()), ..PostParams::default() };
        let object: VirtualServer = object.unwrap();
        eventually("it is created", async || match self.api().create(&params, &object).await {
            // The new namespace's quota was just being counted.
            Err(kube::Error::Api(status)) if status.reason == "Conflict" => None,
            made => Some(made.unwrap()),
        })
        .await
    }
}

/// Makes the object unless another test has.
pub async fn ensure<K>(api: Api<K>, object: Value)
where
    K: kube::Resource + Clone + serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug,
{
    match api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await {
        Err(kube::Error::Api(status)) if status.is_already_exists() => {}
        made => drop(made.unwrap()),
    }
}

impl World {
    /// Dispatches whatever is due, until nothing is.
    pub async fn dispatch(&self, kubernetes: &Kubernetes) {
        for _ in 0..50 {
            if !dispatcher::dispatch_one(&self.app, kubernetes).await.unwrap() {
                return;
            }
        }
        panic!("the dispatcher does not come to rest");
    }
}

/// Asks again and again until there is an answer.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("this did not happen: {what}"))
}
