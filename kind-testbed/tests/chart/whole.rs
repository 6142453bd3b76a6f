//! From the first install over an upgrade to the last uninstall, and back: no server is lost on the way.

use serde_json::{Value, json};

use crate::{
    cluster::Cluster,
    helm::{NAMESPACE, RELEASE, chart, project},
};

/// The chart as it stood before, packaged; `previous/README.md` says which one.
const PREVIOUS: &str = "kind-testbed/tests/chart/previous/slipway-0.0.1.tgz";
const CUSTOMERS: &str = "customers";

#[tokio::test]
async fn no_server_is_lost_from_install_over_upgrade_to_uninstall_and_back() {
    let cluster = Cluster::start().await;
    let (helm, previous, chart) = (cluster.helm(), project().join(PREVIOUS), chart());
    let (previous, chart) = (previous.to_str().unwrap(), chart.to_str().unwrap());
    let place = ["--namespace", NAMESPACE, "--wait", "--timeout", "2m"];
    helm.run(&[&["install", RELEASE, previous][..], &place].concat());
    let server = order(&cluster).await;

    let migration =
        ["--set", "migration.enabled=true,migration.source.secretName=whmcs,migration.mapping.configMapName=mapping"];
    helm.run(&[&["upgrade", RELEASE, chart][..], &place, &migration].concat());
    assert_eq!(find(&cluster).await, server, "an upgrade is nothing to a server");
    let job = cluster.get("job", "slipway-migration", NAMESPACE).await.unwrap();
    assert_eq!(job["status"]["succeeded"], 1, "helm waits for the hook's end: {}", job["status"]);
    let tested = helm.run(&["test", RELEASE, "--namespace", NAMESPACE, "--timeout", "1m"]);
    assert!(tested.contains("Succeeded"), "{tested}");

    // What the API and its database made by themselves is nobody's release.
    let keys = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "slipway-api-keys", "namespace": NAMESPACE } });
    cluster.apply(&keys).await;
    helm.run(&["uninstall", RELEASE, "--namespace", NAMESPACE, "--wait", "--timeout", "2m"]);
    assert_eq!(find(&cluster).await, server, "the types stay, and so do their objects");
    assert!(cluster.get("secret", "slipway-api-keys", NAMESPACE).await.is_some());
    let claims = ["data-slipway-postgresql-0", "dumps-slipway-postgresql-0"];
    for claim in claims {
        assert!(cluster.get("pvc", claim, NAMESPACE).await.is_some(), "{claim}");
    }
    assert!(cluster.get("deployment", "slipway-operator", NAMESPACE).await.is_none());
    provider_only_fields_are_guarded_still(&cluster).await;

    helm.run(&[&["install", RELEASE, chart][..], &place].concat());
    assert_eq!(find(&cluster).await, server);
}

/// A server as the operator holds it: with its finalizer.
async fn order(cluster: &Cluster) -> Value {
    cluster.apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": CUSTOMERS } })).await;
    cluster
        .apply(&json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer",
            "metadata": { "name": "web", "namespace": CUSTOMERS, "finalizers": ["slipway.dev/vm"] },
            "spec": { "siteRef": "home", "planRef": "small", "imageRef": "debian-13",
                "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIChartChartChartChartChartChartChartChartChart you@example.org"] } },
        }))
        .await;
    find(cluster).await
}

async fn find(cluster: &Cluster) -> Value {
    cluster.get("virtualserver.slipway.dev", "web", CUSTOMERS).await.expect("the server")
}

/// Without the chart there is no operator, but a tenant who could adopt a VM now would have it when it is back.
async fn provider_only_fields_are_guarded_still(cluster: &Cluster) {
    let role = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": { "name": "test-tenant" },
        "rules": [{ "apiGroups": ["slipway.dev"], "resources": ["virtualservers"], "verbs": ["get", "patch"] }] });
    let binding = json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": { "name": "test-tenant" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "test-tenant" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "eve" }] });
    cluster.apply(&role).await;
    cluster.apply(&binding).await;
    let patch = |change: &'static str| {
        ["patch", "vps", "web", "-n", CUSTOMERS, "--as=eve", "--type=merge", "--dry-run=server", "-p", change]
    };
    let may = patch(r#"{"spec":{"hostname":"www"}}"#);
    cluster.until("the role is in force", async || cluster.stack.plane.kubectl(&may).await.is_ok()).await;
    let refused = cluster.stack.plane.kubectl(&patch(r#"{"spec":{"paused":true}}"#)).await.unwrap_err().to_string();
    assert!(refused.contains("spec.paused is provider-only"), "{refused}");
}
