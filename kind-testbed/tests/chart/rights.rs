//! Who may do what once the chart is installed.

use serde_json::json;

use crate::{
    cluster::Cluster,
    helm::{NAMESPACE, RELEASE, chart},
};

/// Identity, and what it asks `kubectl auth can-i`.
type Question = (&'static str, &'static [&'static str]);

const ALLOWED: [Question; 11] = [
    ("slipway-operator", &["update", "leases", "-n", NAMESPACE]),
    ("slipway-operator", &["get", "secrets", "-n", "team"]),
    ("slipway-operator", &["use", "virtualservers.slipway.dev", "--subresource=provider", "-A"]),
    ("slipway-api", &["get", "secret/slipway-api-keys", "-n", NAMESPACE]),
    ("slipway-api", &["get", "virtualservers.slipway.dev", "--subresource=plan", "-A"]),
    ("slipway-migration", &["get", "proxmoxsites.slipway.dev", "--subresource=inventory"]),
    ("user:view", &["get", "virtualservers.slipway.dev", "-n", "team"]),
    ("user:edit", &["create", "virtualservers.slipway.dev", "-n", "team"]),
    ("user:edit", &["create", "virtualserveractions.slipway.dev", "-n", "team"]),
    ("user:admin", &["delete", "virtualservers.slipway.dev", "-n", "team"]),
    ("user:admin", &["get", "virtualservers.slipway.dev", "--subresource=plan", "-n", "team"]),
];

const REFUSED: [Question; 14] = [
    ("slipway-operator", &["list", "secrets", "-A"]),
    ("slipway-operator", &["update", "leases", "-n", "kube-system"]),
    ("slipway-operator", &["create", "pods", "-n", NAMESPACE]),
    ("slipway-api", &["get", "secret/pve-token", "-n", NAMESPACE]),
    ("slipway-api", &["list", "secrets", "-n", NAMESPACE]),
    ("slipway-api", &["delete", "namespaces"]),
    ("slipway-migration", &["get", "virtualservers.slipway.dev", "-A"]),
    ("slipway-migration", &["get", "secrets", "-n", NAMESPACE]),
    ("slipway-postgresql", &["get", "secrets", "-n", NAMESPACE]),
    ("user:view", &["create", "virtualservers.slipway.dev", "-n", "team"]),
    ("user:edit", &["get", "virtualservers.slipway.dev", "-n", NAMESPACE]),
    ("user:edit", &["use", "virtualservers.slipway.dev", "--subresource=provider", "-n", "team"]),
    ("user:admin", &["use", "virtualservers.slipway.dev", "--subresource=provider", "-n", "team"]),
    ("user:admin", &["get", "proxmoxsites.slipway.dev"]),
];

async fn may(cluster: &Cluster, (who, question): Question) -> bool {
    let identity = match who.strip_prefix("user:") {
        Some(user) => format!("--as={user}"),
        None => format!("--as=system:serviceaccount:{NAMESPACE}:{who}"),
    };
    let args = [&["auth", "can-i", "-q", &identity][..], question].concat();
    cluster.stack.plane.kubectl(&args).await.is_ok()
}

#[tokio::test]
async fn programs_and_people_may_do_what_they_need_and_no_more() {
    let (cluster, chart) = (Cluster::start().await, chart());
    let migration = "migration.enabled=true,migration.source.secretName=w,migration.mapping.configMapName=m";
    let install = ["install", RELEASE, chart.to_str().unwrap(), "-n", NAMESPACE, "--set", migration];
    cluster.helm().run(&install);
    cluster.apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "team" } })).await;
    for role in ["view", "edit", "admin"] {
        cluster
            .apply(&json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                "metadata": { "name": role, "namespace": "team" },
                "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
                "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": role }] }))
            .await;
    }
    for question in ALLOWED {
        // Roles are aggregated, and seen by the authorizer, a moment after they were made.
        cluster.until(&format!("{question:?}"), async || may(&cluster, question).await).await;
    }
    for question in REFUSED {
        assert!(!may(&cluster, question).await, "{question:?}");
    }
}
