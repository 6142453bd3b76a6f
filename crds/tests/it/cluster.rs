//! A real kube-apiserver, seen by its admin and by the identities that policies and roles are about.

use std::{
    path::PathBuf,
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::{
    authorization::v1::SelfSubjectAccessReview,
    core::v1::Namespace,
    rbac::v1::{ClusterRoleBinding, RoleBinding},
};
use kube::{
    Api, Client, Config,
    api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};

const KUBECONFIG: &str = "SLIPWAY_TEST_KUBECONFIG";
const KUBECTL: &str = "SLIPWAY_TEST_KUBECTL";

/// One caller at the API server, working in one namespace.
#[derive(Clone)]
pub struct Caller {
    pub client: Client,
    pub namespace: String,
}

/// What the API server answers: the object, or its sentence.
pub type Answer = Result<Value, String>;

impl Caller {
    /// The control plane's admin, in a namespace of its own.
    pub async fn admin() -> Self {
        let admin = Self { client: client_as(None).await, namespace: unique("crds") };
        let namespaces: Api<Namespace> = Api::all(admin.client.clone());
        let namespace = json!({ "metadata": { "name": admin.namespace } });
        namespaces.create(&PostParams::default(), &serde_json::from_value(namespace).unwrap()).await.unwrap();
        admin.policies_are_in_force().await;
        admin
    }

    /// A `ServiceAccount` of this namespace, bound to `role` in it (which is all that it can do).
    pub async fn service_account(&self, account: &str, role: &str) -> Self {
        let binding = json!({
            "metadata": { "name": account },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": self.namespace }],
        });
        let bindings: Api<RoleBinding> = Api::namespaced(self.client.clone(), &self.namespace);
        bindings.create(&PostParams::default(), &serde_json::from_value(binding).unwrap()).await.unwrap();
        self.as_account(account).await
    }

    /// A `ServiceAccount` of this namespace, bound to `role` everywhere.
    pub async fn cluster_account(&self, account: &str, role: &str) -> Self {
        let binding = json!({
            "metadata": { "name": format!("{}-{account}", self.namespace) },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": self.namespace }],
        });
        let bindings: Api<ClusterRoleBinding> = Api::all(self.client.clone());
        bindings.create(&PostParams::default(), &serde_json::from_value(binding).unwrap()).await.unwrap();
        self.as_account(account).await
    }

    async fn as_account(&self, account: &str) -> Self {
        let user = format!("system:serviceaccount:{}:{account}", self.namespace);
        let caller = Self { client: client_as(Some((&user, &[]))).await, namespace: self.namespace.clone() };
        caller.may_soon("create", "virtualservers").await;
        caller
    }

    /// The tenant of this namespace, as the API would make it.
    pub async fn tenant(&self) -> Self {
        self.service_account("tenant", "slipway-tenant").await
    }

    /// Somebody of the provider's group.
    pub async fn provider(&self) -> Self {
        let groups = ["slipway:providers", "system:authenticated"];
        let caller = Self { client: client_as(Some(("ann", &groups))).await, namespace: self.namespace.clone() };
        caller.may_soon("create", "virtualservers").await;
        caller
    }

    pub fn api(&self, kind: &str) -> Api<DynamicObject> {
        let gvk = GroupVersionKind::gvk("slipway.dev", "v1alpha1", kind);
        let resource = ApiResource::from_gvk_with_plural(&gvk, &format!("{}s", kind.to_lowercase()));
        if ["VirtualServer", "VirtualServerAction"].contains(&kind) {
            Api::namespaced_with(self.client.clone(), &self.namespace, &resource)
        } else {
            Api::all_with(self.client.clone(), &resource)
        }
    }

    pub async fn create(&self, object: &Value) -> Answer {
        self.create_with(object, &PostParams::default()).await
    }

    /// Asks whether it would be accepted, and leaves nothing behind.
    pub async fn try_create(&self, object: &Value) -> Answer {
        self.create_with(object, &PostParams { dry_run: true, ..PostParams::default() }).await
    }

    async fn create_with(&self, object: &Value, params: &PostParams) -> Answer {
        let api = self.api(object["kind"].as_str().unwrap());
        answer(api.create(params, &serde_json::from_value(object.clone()).unwrap()).await)
    }

    pub async fn get(&self, kind: &str, name: &str) -> Answer {
        answer(self.api(kind).get(name).await)
    }

    pub async fn list(&self, kind: &str) -> Result<usize, String> {
        self.api(kind).list(&kube::api::ListParams::default()).await.map(|all| all.items.len()).map_err(sentence)
    }

    /// A JSON merge patch.
    pub async fn patch(&self, kind: &str, name: &str, change: &Value) -> Answer {
        answer(self.api(kind).patch(name, &PatchParams::default(), &Patch::Merge(change)).await)
    }

    /// Asks whether a JSON merge patch would be accepted.
    pub async fn try_patch(&self, kind: &str, name: &str, change: &Value) -> Answer {
        let params = PatchParams { dry_run: true, ..PatchParams::default() };
        answer(self.api(kind).patch(name, &params, &Patch::Merge(change)).await)
    }

    pub async fn patch_status(&self, kind: &str, name: &str, change: &Value) -> Answer {
        answer(self.api(kind).patch_status(name, &PatchParams::default(), &Patch::Merge(change)).await)
    }

    /// A server-side apply under the name of `manager`, which takes over the fields it names.
    pub async fn apply(&self, manager: &str, object: &Value) -> Answer {
        let name = object["metadata"]["name"].as_str().unwrap();
        let api = self.api(object["kind"].as_str().unwrap());
        answer(api.patch(name, &PatchParams::apply(manager).force(), &Patch::Apply(object)).await)
    }

    pub async fn delete(&self, kind: &str, name: &str) -> Result<(), String> {
        self.api(kind).delete(name, &DeleteParams::default()).await.map(drop).map_err(sentence)
    }

    /// Whether RBAC grants it, in this namespace.
    pub async fn may(&self, verb: &str, resource: &str, subresource: &str) -> bool {
        let review = json!({ "spec": { "resourceAttributes": {
            "namespace": self.namespace, "group": "slipway.dev", "verb": verb, "resource": resource, "subresource": subresource,
        } } });
        let reviews: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let review = reviews.create(&PostParams::default(), &serde_json::from_value(review).unwrap()).await.unwrap();
        review.status.is_some_and(|status| status.allowed)
    }

    /// A binding is seen by the authorizer a moment after it was made.
    async fn may_soon(&self, verb: &str, resource: &str) {
        for _ in 0..100 {
            if self.may(verb, resource, "").await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the role never allowed to {verb} {resource}");
    }

    /// An admission policy is in force a moment after it was made: asks with a call that must be refused.
    async fn policies_are_in_force(&self) {
        let mut late = action("probe", "probe", "Start");
        late["spec"]["notAfter"] = json!((Timestamp::now() + SignedDuration::from_hours(48)).to_string());
        for _ in 0..200 {
            if self.try_create(&late).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the admission policies are not installed on this control plane");
    }
}

async fn client_as(identity: Option<(&str, &[&str])>) -> Client {
    let kubeconfig = Kubeconfig::read_from(variable(KUBECONFIG)).unwrap();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    if let Some((user, groups)) = identity {
        config.auth_info.impersonate = Some(user.to_owned());
        config.auth_info.impersonate_groups =
            Some(groups.iter().map(ToString::to_string).collect::<Vec<_>>()).filter(|g| !g.is_empty());
    }
    Client::try_from(config).unwrap()
}

/// Runs kubectl as the admin. What it remembers of a server is kept beside the kubeconfig: an earlier control plane on the
/// same port had other kinds.
pub fn kubectl(arguments: &[&str]) -> Output {
    let kubeconfig = PathBuf::from(variable(KUBECONFIG));
    let mut command = Command::new(variable(KUBECTL));
    command.arg("--cache-dir").arg(kubeconfig.with_file_name("kubectl-cache")).arg("--kubeconfig").arg(kubeconfig);
    command.args(arguments).output().unwrap()
}

/// What kubectl prints when it succeeds.
pub fn kubectl_says(arguments: &[&str]) -> String {
    let output = kubectl(arguments);
    assert!(output.status.success(), "kubectl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run `make test`, or `target/debug/testbed with -- cargo test -p slipway-crds`")
    })
}

fn answer(result: Result<DynamicObject, kube::Error>) -> Answer {
    result.map(|object| serde_json::to_value(object).unwrap()).map_err(sentence)
}

fn sentence(error: kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

/// Asserts that the API server refuses, and says so in these words.
#[track_caller]
pub fn refused(answer: &Answer, words: &str, case: &str) {
    match answer {
        Ok(object) => panic!("{case} was accepted: {object:#}"),
        Err(sentence) => assert!(sentence.contains(words), "{case} was refused with: {sentence}"),
    }
}

#[track_caller]
pub fn accepted(answer: &Answer, case: &str) -> Value {
    answer.clone().unwrap_or_else(|sentence| panic!("{case} was refused: {sentence}"))
}

/// A name that no other test has.
pub fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = Timestamp::now().as_nanosecond() % 1_000_000_000_000;
    format!("{prefix}-{nanos:x}-{:x}-{:x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The smallest `VirtualServer`.
pub fn server(name: &str) -> Value {
    json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": name },
        "spec": {
            "siteRef": "home", "planRef": "small", "imageRef": "debian-13",
            "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxhYmxh ann@example.org"] },
        },
    })
}

/// An action that may run within the next hour.
pub fn action(name: &str, server: &str, verb: &str) -> Value {
    let not_after = Timestamp::now() + SignedDuration::from_hours(1);
    json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction", "metadata": { "name": name },
        "spec": { "serverRef": { "name": server }, "verb": verb, "notAfter": not_after.to_string() },
    })
}

/// Any object of a cluster-wide kind.
pub fn object(kind: &str, name: &str, spec: &Value) -> Value {
    json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": kind, "metadata": { "name": name }, "spec": spec })
}

/// `object` with a JSON merge patch over it: `null` removes.
pub fn with(mut object: Value, change: &Value) -> Value {
    merge(&mut object, change);
    object
}

fn merge(into: &mut Value, change: &Value) {
    let Some(change) = change.as_object() else {
        *into = change.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (key, value) in change {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(key);
        } else {
            merge(&mut into[key], value);
        }
    }
}
