//! A machine runs on while the chart is away, and is the same server's when it is back: the operator's real process, with the
//! rights that the chart gives it, and the Proxmox VE testbed.

use serde_json::{Value, json};
use slipway_testbed::{child::Supervised, demo, slipway::Service};

use crate::{
    cluster::Cluster,
    helm::{NAMESPACE, RELEASE, chart},
    pod::{Pod, ends_well, serves},
};

const CUSTOMERS: &str = "customers";

/// As its pod would run: the init container, then the operator.
async fn operator(cluster: &Cluster) -> Supervised {
    let pod = Pod::of(cluster, "deployment", "slipway-operator").await;
    ends_well(pod.command(pod.init(), &[]).await).await;
    let listen = format!("127.0.0.1:{}", cluster.stack.ports.operator);
    let command = pod.command(pod.main(), &[("SLIPWAY_LISTEN", &listen)]).await;
    serves(cluster, "slipway-operator", command, cluster.stack.ports.operator).await
}

async fn server(cluster: &Cluster) -> Value {
    cluster.get("virtualserver.slipway.dev", "web", CUSTOMERS).await.expect("the server")
}

async fn ready(cluster: &Cluster) -> bool {
    let server = server(cluster).await;
    let conditions = server["status"]["conditions"].as_array().into_iter().flatten();
    let up_to_date = server["status"]["observedGeneration"] == server["metadata"]["generation"];
    up_to_date && conditions.into_iter().any(|c| c["type"] == "Ready" && c["status"] == "True")
}

/// Configuration and process of every VM of ours, as Proxmox's root sees them.
async fn machines(cluster: &Cluster) -> Vec<(Value, Value)> {
    let proxmox = &cluster.stack.proxmox;
    let ca =
        reqwest::Certificate::from_pem(&std::fs::read(cluster.stack.state.join("proxmox/ca.pem")).unwrap()).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap();
    let get = async |path: &str| -> Value {
        let request = http.get(format!("{}/api2/json{path}", proxmox.url()));
        let answer = request.header("Authorization", proxmox.root_token().unwrap()).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["data"].take()
    };
    let mut found = vec![];
    for row in get("/cluster/resources?type=vm").await.as_array().unwrap() {
        let path = format!("/nodes/{}/qemu/{}", row["node"].as_str().unwrap(), row["vmid"]);
        let config = get(&format!("{path}/config")).await;
        if config["description"].as_str().is_some_and(|text| text.contains("slipway:v1")) {
            found.push((config, get(&format!("{path}/status/current")).await["pid"].clone()));
        }
    }
    found
}

#[tokio::test]
async fn a_machine_runs_on_while_the_chart_is_away_and_is_the_same_servers_afterwards() {
    let (cluster, chart) = (Cluster::start().await, chart());
    let helm = cluster.helm();
    let place = ["-n", NAMESPACE, "--set", "profile=operator-only", "--wait", "--timeout", "2m"];
    let install = [&["install", RELEASE, chart.to_str().unwrap()][..], &place].concat();
    helm.run(&install);
    let first = operator(&cluster).await;
    let proxmox = cluster.stack.start(Service::Proxmox).await.unwrap();
    demo::connect_site(&cluster.stack).await.unwrap();
    cluster.apply(&json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": CUSTOMERS } })).await;
    cluster
        .apply(&json!({
            "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": "web", "namespace": CUSTOMERS },
            "spec": { "siteRef": demo::SITE, "planRef": "small", "imageRef": "debian-13", "access": { "sshKeys": [
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIChartChartChartChartChartChartChartChartChart you@example.org",
            ] } },
        }))
        .await;
    cluster.until("the server is ready", async || ready(&cluster).await).await;
    let (before, uid) = (machines(&cluster).await, server(&cluster).await["metadata"]["uid"].clone());
    assert_eq!(before.len(), 1, "{before:#?}");
    assert!(before[0].1.is_u64(), "it runs");

    first.stop().await;
    helm.run(&["uninstall", RELEASE, "-n", NAMESPACE, "--wait", "--timeout", "2m"]);
    assert_eq!(machines(&cluster).await, before);
    helm.run(&install);
    let second = operator(&cluster).await;
    // What it is asked for now is done to the machine that was there.
    cluster
        .kubectl(&["patch", "vps", "web", "-n", CUSTOMERS, "--type=merge", "-p", r#"{"spec":{"runPolicy":"Running"}}"#])
        .await;
    cluster.until("the server is ready again", async || ready(&cluster).await).await;
    assert_eq!(server(&cluster).await["metadata"]["uid"], uid);
    assert_eq!(machines(&cluster).await, before, "the same machine, and no other");
    for process in [second, proxmox] {
        process.stop().await;
    }
}
