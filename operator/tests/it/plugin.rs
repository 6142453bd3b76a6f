//! `kubectl slipway`, as a person types it.

use clap::Parser as _;
use serde_json::json;
use slipway_crds::ServerPhase;
use slipway_operator::plugin::{Cli, PluginError, run};

use crate::lab::{Lab, uid};

async fn slipway(lab: &Lab, words: &[&str]) -> Result<String, PluginError> {
    let typed = ["kubectl-slipway", "-n", &lab.namespace].into_iter().chain(words.iter().copied());
    let cli = Cli::try_parse_from(typed).unwrap();
    run(lab.client.clone(), &lab.namespace, &cli.command).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_explained_stopped_started_and_restarted() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    assert_eq!(slipway(&lab, &["plan", "web"]).await.unwrap(), "nothing is left to do\n");
    assert_eq!(slipway(&lab, &["stop", "web"]).await.unwrap(), "Shutdown of web: done\n");
    assert_eq!(
        slipway(&lab, &["stop", "web", "--force"]).await.unwrap(),
        "Stop of web: the server was stopped already\n"
    );
    lab.wait("web", "stopped", |s| s.status.as_ref().is_some_and(|t| t.phase == Some(ServerPhase::Stopped))).await;
    let told = slipway(&lab, &["explain", "web"]).await.unwrap();
    assert!(told.starts_with("web is Stopped, its machine is stopped.\nIt is VM 100000 on node pve"), "{told}");
    assert!(told.contains("Shutdown (web-") && told.contains("is Succeeded: done"), "{told}");
    let refused = slipway(&lab, &["restart", "web"]).await.unwrap_err().to_string();
    assert_eq!(refused, "Restart of web: Refused: the server is stopped; use Start");
    assert_eq!(slipway(&lab, &["start", "web"]).await.unwrap(), "Start of web: done\n");
    let nobody = slipway(&lab, &["start", "nobody"]).await.unwrap_err().to_string();
    assert!(nobody.starts_with("there is no VirtualServer `nobody` in namespace"), "{nobody}");
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_server_is_taken_back_by_its_name() {
    let lab = Lab::start().await;
    let made = lab.apply("web", json!({})).await;
    lab.wait_ready("web").await;
    lab.delete("web").await;
    let (plan, image) = (lab.name("small"), lab.name("debian"));
    let unknown = slipway(&lab, &["undelete", "web"]).await.unwrap_err().to_string();
    assert_eq!(unknown, "name --plan: it cannot be read from a RetainedServer");
    let told = slipway(&lab, &["undelete", "web", "--plan", &plan, "--image", &image]).await.unwrap();
    assert_eq!(told, "web has VM 100000 again: everything is as wished\n");
    assert_ne!(uid(&lab.servers().get("web").await.unwrap()), uid(&made));
    assert_eq!(lab.vms().len(), 1);
    let gone = slipway(&lab, &["undelete", "other", "--plan", &plan, "--image", &image]).await.unwrap_err().to_string();
    assert!(gone.starts_with("no deleted server `other`"), "{gone}");
    lab.end().await;
}
