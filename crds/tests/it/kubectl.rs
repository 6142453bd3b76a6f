//! What a person sees with kubectl.

use serde_json::json;

use crate::cluster::{Caller, action, kubectl_says, server};

fn columns(table: &str) -> Vec<&str> {
    table.lines().next().unwrap_or_default().split_whitespace().collect()
}

#[tokio::test]
async fn the_list_of_servers_reads_well() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    let ready = json!({ "type": "Ready", "status": "True", "reason": "AsWished", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z" });
    let status = json!({ "status": { "phase": "Running", "addresses": ["192.0.2.10"], "vmid": 100_001, "node": "pve1", "powerState": "running", "conditions": [ready] } });
    admin.patch_status("VirtualServer", "web", &status).await.unwrap();

    let table = kubectl_says(&["-n", &admin.namespace, "get", "vps"]);
    assert_eq!(columns(&table), ["NAME", "PHASE", "READY", "REASON", "PLAN", "ADDRESS", "SITE", "AGE"]);
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..7], ["web", "Running", "True", "AsWished", "small", "192.0.2.10", "home"]);

    let wide = kubectl_says(&["-n", &admin.namespace, "get", "vps", "-o", "wide"]);
    assert_eq!(
        columns(&wide),
        ["NAME", "PHASE", "READY", "REASON", "PLAN", "ADDRESS", "SITE", "IMAGE", "NODE", "VMID", "POWER", "AGE"]
    );
    let waited = kubectl_says(&["-n", &admin.namespace, "wait", "--for=condition=Ready", "--timeout=5s", "vps/web"]);
    assert_eq!(waited.trim(), "virtualserver.slipway.dev/web condition met");
}

#[tokio::test]
async fn every_kind_has_its_short_name() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    admin.create(&action("web-start", "web", "Start")).await.unwrap();
    let get = |what: &str| kubectl_says(&["-n", &admin.namespace, "get", what, "-o", "name"]);
    assert_eq!(get("vps").trim(), "virtualserver.slipway.dev/web");
    assert_eq!(get("vpsaction").trim(), "virtualserveraction.slipway.dev/web-start");
    let resources = kubectl_says(&["api-resources", "--api-group=slipway.dev", "--no-headers"]);
    for (kind, short) in [
        ("VirtualServer", "vps"),
        ("VirtualServerAction", "vpsaction"),
        ("ProxmoxSite", "pvesite"),
        ("RetainedServer", "retained"),
        ("ServerPlan", "plan"),
        ("OSImage", "osimage"),
    ] {
        let row = resources.lines().find(|l| l.split_whitespace().last() == Some(kind)).unwrap();
        assert_eq!(row.split_whitespace().nth(1), Some(short), "{row}");
    }
}

#[tokio::test]
async fn one_word_lists_everything_of_slipway() {
    let admin = Caller::admin().await;
    admin.create(&server("web")).await.unwrap();
    admin.create(&action("web-start", "web", "Start")).await.unwrap();
    let all = kubectl_says(&["-n", &admin.namespace, "get", "slipway", "-o", "name"]);
    for name in ["virtualserver.slipway.dev/web", "virtualserveraction.slipway.dev/web-start"] {
        assert!(all.lines().any(|line| line == name), "{name} is not in:\n{all}");
    }
    let kinds = kubectl_says(&["api-resources", "--categories=slipway", "--no-headers", "-o", "name"]);
    assert_eq!(kinds.lines().count(), 10, "{kinds}");
}

#[tokio::test]
async fn explain_tells_what_each_field_is_for() {
    Caller::admin().await;
    let text = kubectl_says(&["explain", "vps.spec"]);
    let lines: Vec<&str> = text.lines().skip_while(|l| !l.starts_with("FIELDS:")).skip(1).collect();
    let fields: Vec<usize> =
        (0..lines.len()).filter(|i| lines[*i].starts_with("  ") && lines[*i].contains('\t')).collect();
    assert!(fields.len() >= 16, "{text}");
    for field in fields {
        // An enum's values come first, then its text.
        let told = lines[field + 1..].iter().take_while(|l| !l.is_empty()).any(|l| !l.trim().starts_with("enum:"));
        assert!(told, "{} says nothing", lines[field]);
    }
    assert!(
        kubectl_says(&["explain", "vps.spec.siteRef"]).contains("The ProxmoxSite that the server lives on. Immutable.")
    );
}
