//! Parts that are away for a while.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::stack::{Stack, fresh};

#[tokio::test]
async fn without_kubernetes_orders_are_still_accepted_and_applied_later() {
    let stack = Stack::customer().await;
    stack.signal("kube-apiserver", "-STOP");
    let name = fresh("no-kube");
    let answer = stack.try_order(&name, &name).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stack.signal("kube-apiserver", "-CONT");
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let ordered: serde_json::Value = answer.json().await.unwrap();
    let ended = stack.ended(&ordered["operation"]).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
}

#[tokio::test]
async fn without_its_database_the_api_says_when_to_come_back_and_the_operator_goes_on() {
    let stack = Stack::customer().await;
    stack.signal_all("postgres", "-STOP");
    let answer = stack.request(Method::GET, "/v1/servers").send().await;
    let name = fresh("no-pg");
    let manifest = serde_json::json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": name },
        "spec": { "siteRef": "home", "planRef": "small", "imageRef": "debian-13",
                  "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDem0 you@example.org"] } }
    });
    let applied = stack.kubectl_with("tenant", &["apply"], Some(&manifest));
    let waited = stack.kubectl("tenant", &["wait", "--for=condition=Ready", &format!("vps/{name}"), "--timeout=60s"]);
    stack.signal_all("postgres", "-CONT");
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    assert!(applied.ok && waited.ok, "{} {}", applied.text, waited.text);
    stack.until(&format!("/v1/servers?search={name}"), "listed", |p| p["items"][0]["ready"] == true).await;
}
