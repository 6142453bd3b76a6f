//! What the pods would run works with the rights of their accounts, from the database's password to a tenant's kubeconfig.

use slipway_testbed::slipway::Service;

use crate::{
    cluster::Cluster,
    helm::{NAMESPACE, RELEASE, chart},
    pod::{Pod, ends_well, serves},
};

#[tokio::test]
async fn what_the_pods_run_works_with_the_rights_of_their_accounts() {
    let (cluster, chart) = (Cluster::start().await, chart());
    let postgres = cluster.stack.start(Service::Postgres).await.unwrap();
    cluster.helm().run(&["install", RELEASE, chart.to_str().unwrap(), "-n", NAMESPACE, "--wait", "--timeout", "2m"]);

    let database = Pod::of(&cluster, "statefulset", "slipway-postgresql").await;
    for _ in ["the first start", "any other"] {
        ends_well(database.command(database.init(), &[]).await).await;
    }

    let operator = Pod::of(&cluster, "deployment", "slipway-operator").await;
    let installation = ends_well(operator.command(operator.init(), &[]).await).await;
    assert_eq!(ends_well(operator.command(operator.init(), &[]).await).await, installation, "drawn once");
    let port = cluster.stack.ports.operator;
    let listen = format!("127.0.0.1:{port}");
    let command = operator.command(operator.main(), &[("SLIPWAY_LISTEN", &listen)]).await;
    let running_operator = serves(&cluster, "slipway-operator", command, port).await;
    cluster
        .until("the Lease is held", async || {
            let lease = cluster.get("lease", "slipway-operator", NAMESPACE).await;
            lease.is_some_and(|lease| lease["spec"]["holderIdentity"].is_string())
        })
        .await;

    let api = Pod::of(&cluster, "deployment", "slipway-api").await;
    let (port, url) = (cluster.stack.ports.api, cluster.stack.postgres.url());
    let listen = format!("127.0.0.1:{port}");
    let here = [("SLIPWAY_LISTEN", &*listen), ("SLIPWAY_METRICS_LISTEN", "127.0.0.1:0"), ("DATABASE_URL", &url)];
    let command = api.command(api.main(), &here).await;
    let running_api = serves(&cluster, "slipway-api", command, port).await;
    let keys = cluster.get("secret", "slipway-api-keys", NAMESPACE).await.expect("the API has made its keys");
    assert!(keys["metadata"]["labels"]["app.kubernetes.io/managed-by"].is_null(), "they are not Helm's");

    // As NOTES.txt says, and for a tenant.
    let run = async |arguments: &[&str]| {
        let mut container = api.main().clone();
        container["args"] = arguments.into();
        ends_well(api.command(&container, &here).await).await
    };
    run(&["admin", "create-staff", "--email", "you@example.org", "--name", "You"]).await;
    let link = run(&["admin", "set-password-link", "--email", "you@example.org"]).await;
    assert!(link.starts_with("http://127.0.0.1:8080/set-password#token="), "{link}");
    let account = run(&["admin", "create-account", "--name", "Ada"]).await;
    let kubeconfig = run(&["kubeconfig", "--account", &account]).await;
    let file = cluster.file("tenant.kubeconfig", &kubeconfig);
    let may = async |question: &[&str]| {
        let args = [&["--kubeconfig", &file, "auth", "can-i", "-q"][..], question].concat();
        cluster.stack.plane.kubectl(&args).await.is_ok()
    };
    cluster.until("the tenant's binding is in force", async || may(&["create", "vps"]).await).await;
    assert!(!may(&["get", "vps", "-n", NAMESPACE]).await);

    for process in [running_api, running_operator, postgres] {
        process.stop().await;
    }
}
