//! `kill -9` at the worst moment: still exactly one VM and one operation, and it succeeds.

use std::time::Duration;

use crate::stack::{Stack, fresh};

#[tokio::test]
async fn killing_the_operator_in_the_middle_of_a_clone_makes_no_second_vm() {
    let stack = Stack::customer().await;
    let name = fresh("kill-op");
    let ordered = stack.order(&name, &name).await;
    let object = ordered["server"]["objectName"].as_str().unwrap().to_owned();
    for _ in 0..200 {
        let task = stack.kubectl(
            "provider",
            &[
                "get",
                "vps",
                "-A",
                "-o",
                &format!("jsonpath={{.items[?(@.metadata.name=='{object}')].status.task.kind}}"),
            ],
        );
        if task.text.contains("Clone") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stack.signal("slipway-operator", "-KILL");
    let ended = stack.ended(&ordered["operation"]).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    assert_eq!(stack.vms_of(&object).await.len(), 1);
    assert_eq!(stack.named(&name).await.len(), 1);
}

#[tokio::test]
async fn killing_the_api_in_the_middle_of_a_request_leaves_one_operation() {
    let stack = Stack::customer().await;
    let name = fresh("kill-api");
    let first = stack.try_order(&name, &name);
    let kill = async {
        tokio::time::sleep(Duration::from_millis(3)).await;
        stack.signal("slipway-api", "-KILL");
    };
    // Whether the answer came or not: the client repeats with the same key.
    let (_, ()) = tokio::join!(first, kill);
    let ordered = stack.order(&name, &name).await;
    let ended = stack.ended(&ordered["operation"]).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    let servers = stack.named(&name).await;
    assert_eq!(servers.len(), 1);
    let operations = stack.get(&format!("/v1/operations?serverId={}", servers[0]["id"].as_str().unwrap())).await;
    assert_eq!(operations["items"].as_array().unwrap().len(), 1, "{operations:#}");
    assert_eq!(stack.vms_of(servers[0]["objectName"].as_str().unwrap()).await.len(), 1);
}

#[tokio::test]
async fn an_accepted_order_survives_the_death_of_every_process_of_ours() {
    let stack = Stack::customer().await;
    let name = fresh("kill-all");
    let ordered = stack.order(&name, &name).await;
    stack.signal("slipway-api", "-KILL");
    stack.signal("slipway-operator", "-KILL");
    stack.signal("kube-apiserver", "-KILL");
    let ended = stack.ended(&ordered["operation"]).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    assert_eq!(stack.vms_of(ordered["server"]["objectName"].as_str().unwrap()).await.len(), 1);
}
