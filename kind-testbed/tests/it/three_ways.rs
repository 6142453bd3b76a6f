//! The same server, asked for by REST and by kubectl (the browser walks for itself), acted on and deleted from each side.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stack::{Stack, fresh};

fn manifest(name: &str, spec: &Value) -> Value {
    let mut all = json!({
        "siteRef": "home", "planRef": "small", "imageRef": "debian-13",
        "access": { "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDemoDemoDemoDemoDemoDemoDemoDemoDemoDemoDem0 you@example.org"] }
    });
    all.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": name }, "spec": all })
}

#[tokio::test]
async fn a_server_ordered_by_rest_runs_acts_grows_and_is_deleted() {
    let stack = Stack::customer().await;
    let name = fresh("rest");
    let ordered = stack.order(&name, &name).await;
    assert_eq!(stack.ended(&ordered["operation"]).await["status"], "succeeded");
    let path = format!("/v1/servers/{}", ordered["server"]["id"].as_str().unwrap());
    let server = stack.get(&path).await;
    assert_eq!(
        (&server["phase"], &server["powerState"], &server["ready"]),
        (&json!("Running"), &json!("running"), &json!(true))
    );
    assert!(server["addresses"][0].as_str().unwrap().starts_with("203.0.113."));
    assert_eq!((&server["vmid"], &server["node"]), (&Value::Null, &Value::Null), "customers do not see where it is");

    for (verb, phase) in [
        ("Shutdown", "Stopped"),
        ("Start", "Running"),
        ("Restart", "Running"),
        ("Stop", "Stopped"),
        ("Start", "Running"),
    ] {
        let answer = stack
            .request(Method::POST, &format!("{path}/actions"))
            .json(&json!({ "verb": verb }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202, "{verb}");
        let accepted: Value = answer.json().await.unwrap();
        let ended = stack.ended(&accepted["operation"]).await;
        assert_eq!(ended["status"], "succeeded", "{verb}: {ended:#}");
        stack.until(&path, phase, |s| s["phase"] == phase && s["ready"] == true).await;
    }
    let change =
        stack.request(Method::PATCH, &path).json(&json!({ "plan": "medium", "rootDiskGiB": 50 })).send().await.unwrap();
    let accepted: Value = change.json().await.unwrap();
    assert_eq!(stack.ended(&accepted["operation"]).await["status"], "succeeded");
    let server = stack.until(&path, "larger", |s| s["diskGiB"] == 50).await;
    assert_eq!(
        (&server["cores"], &server["memoryMiB"], &server["restartRequired"]),
        (&json!(2), &json!(4096), &json!(true))
    );
    let shrink = stack.request(Method::PATCH, &path).json(&json!({ "rootDiskGiB": 41 })).send().await.unwrap();
    assert_eq!(shrink.status(), 422);

    let accepted: Value = stack.request(Method::DELETE, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(stack.ended(&accepted["operation"]).await["status"], "succeeded");
    let server = stack.until(&path, "retained", |s| s["retained"]["until"].is_string()).await;
    assert_eq!(stack.vms_of(server["objectName"].as_str().unwrap()).await.len(), 1, "kept for its grace period");
}

#[tokio::test]
async fn a_server_applied_with_kubectl_runs_and_appears_in_the_api() {
    let stack = Stack::customer().await;
    let name = fresh("cube");
    let applied =
        stack.kubectl_with("tenant", &["apply"], Some(&manifest(&name, &json!({ "deletionGracePeriod": "0s" }))));
    assert!(applied.ok, "{}", applied.text);
    let waited = stack.kubectl("tenant", &["wait", "--for=condition=Ready", &format!("vps/{name}"), "--timeout=60s"]);
    assert!(waited.ok, "{}", waited.text);
    let server = stack.until(&format!("/v1/servers?search={name}"), "listed", |p| p["items"][0]["ready"] == true).await
        ["items"][0]
        .clone();
    assert_eq!(
        (&server["origin"], &server["phase"], &server["plan"]),
        (&json!("kubernetes"), &json!("Running"), &json!("small"))
    );

    let again =
        stack.kubectl_with("tenant", &["apply"], Some(&manifest(&name, &json!({ "deletionGracePeriod": "0s" }))));
    assert!(again.text.contains("unchanged"), "{}", again.text);
    let row = stack.kubectl("tenant", &["get", "vps", &name]);
    for word in ["PHASE", "READY", "PLAN", "ADDRESS", "SITE", "Running", "AsWished", "203.0.113."] {
        assert!(row.text.contains(word), "no {word} in\n{}", row.text);
    }
    let described = stack.kubectl("tenant", &["describe", "vps", &name]);
    for event in ["CloneStarted", "Configured", "StartStarted", "Ready"] {
        assert!(described.text.contains(event), "no {event} in\n{}", described.text);
    }
    let explained = stack.plugin("tenant", &["explain", &name]);
    assert!(explained.ok && explained.text.contains(&format!("{name} is Running")), "{}", explained.text);
    let stopped = stack.plugin("tenant", &["stop", &name]);
    assert!(stopped.ok && stopped.text.contains("done"), "{}", stopped.text);
    let started = stack.plugin("tenant", &["start", &name]);
    assert!(started.ok, "{}", started.text);
    let not_after = in_an_hour();
    let stop = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServerAction", "metadata": { "name": format!("{name}-stop") },
        "spec": { "serverRef": { "name": name }, "verb": "Stop", "notAfter": not_after }
    });
    assert!(stack.kubectl_with("tenant", &["create"], Some(&stop)).ok);
    stack.until(&format!("/v1/servers?search={name}"), "stopped", |p| p["items"][0]["phase"] == "Stopped").await;

    let deleted = stack.kubectl("tenant", &["delete", "vps", &name, "--timeout=30s"]);
    assert!(deleted.ok, "{}", deleted.text);
    for _ in 0..100 {
        if stack.vms_of(&name).await.is_empty() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the VM of {name} was not destroyed");
}

#[tokio::test]
async fn a_dashboard_change_of_a_kubectl_made_server_goes_through() {
    let stack = Stack::customer().await;
    let name = fresh("both");
    assert!(stack.kubectl_with("tenant", &["apply"], Some(&manifest(&name, &json!({})))).ok);
    let page = stack.until(&format!("/v1/servers?search={name}"), "listed", |p| p["items"][0]["ready"] == true).await;
    let path = format!("/v1/servers/{}", page["items"][0]["id"].as_str().unwrap());
    let answer = stack.request(Method::PATCH, &path).json(&json!({ "rootDiskGiB": 20 })).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let accepted: Value = answer.json().await.unwrap();
    let ended = stack.ended(&accepted["operation"]).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    let shown = stack.kubectl("tenant", &["get", "vps", &name, "-o", "jsonpath={.spec.disks[0].sizeGiB}"]);
    assert_eq!(shown.text, "20");
}

/// RFC 3339, one hour from now.
fn in_an_hour() -> String {
    let printed =
        std::process::Command::new("date").args(["-u", "-d", "+1 hour", "+%Y-%m-%dT%H:%M:%SZ"]).output().unwrap();
    String::from_utf8(printed.stdout).unwrap().trim().to_owned()
}
