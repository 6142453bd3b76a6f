//! What is left of a deleted server, and the installation's identity.

use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, object, refused, unique};

fn retained(site: &str, vmid: u32) -> Value {
    json!({ "siteRef": site, "vmid": vmid, "namespace": "acct-a", "namespaceUid": "n-1", "name": "web", "uid": "u-1", "born": "u-1" })
}

#[tokio::test]
async fn a_retained_server_is_named_after_site_and_vmid() {
    let admin = Caller::admin().await;
    let site = unique("site");
    let words = "metadata.name must be <siteRef>.<vmid>";
    for name in [format!("{site}.100002"), site.clone(), "elsewhere.100001".to_owned(), format!("{site}.100001.1")] {
        refused(&admin.try_create(&object("RetainedServer", &name, &retained(&site, 100_001))).await, words, &name);
    }
    let right = object("RetainedServer", &format!("{site}.100001"), &retained(&site, 100_001));
    accepted(&admin.try_create(&right).await, "the right name");
}

#[tokio::test]
async fn a_retained_server_keeps_its_vm_and_may_be_purged_early() {
    let admin = Caller::admin().await;
    let site = unique("site");
    let name = format!("{site}.100001");
    admin.create(&object("RetainedServer", &name, &retained(&site, 100_001))).await.unwrap();
    let moved = admin.patch("RetainedServer", &name, &json!({ "spec": { "siteRef": "elsewhere" } })).await;
    refused(&moved, "siteRef is immutable", "another site");
    let renumbered = admin.patch("RetainedServer", &name, &json!({ "spec": { "vmid": 100_002 } })).await;
    refused(&renumbered, "vmid is immutable", "another VM");
    let purged = admin.patch("RetainedServer", &name, &json!({ "spec": { "until": "2026-01-01T00:00:00Z" } })).await;
    accepted(&purged, "until now");
    admin.delete("RetainedServer", &name).await.unwrap();
}

#[tokio::test]
async fn a_retained_server_that_is_given_back_is_never_purged() {
    let admin = Caller::admin().await;
    let site = unique("site");
    let name = format!("{site}.501");
    let mut spec = retained(&site, 501);
    spec["giveBack"] = json!({});
    admin.create(&object("RetainedServer", &name, &spec)).await.unwrap();
    let purged = admin.patch("RetainedServer", &name, &json!({ "spec": { "until": "2026-01-01T00:00:00Z" } })).await;
    refused(&purged, "a VM that is given back is never destroyed", "until now");
    admin.delete("RetainedServer", &name).await.unwrap();
}

/// An installation is shared by everything on a control plane, so it is made if need be and never changed.
#[tokio::test]
async fn there_is_one_installation_and_its_id_never_changes() {
    let admin = Caller::admin().await;
    let other = object("Installation", "second", &json!({ "id": "abcdefghij01" }));
    refused(&admin.try_create(&other).await, "there is exactly one Installation, named slipway", "a second one");
    let ours = object("Installation", "slipway", &json!({ "id": "abcdefghij01" }));
    let exists = admin.create(&ours).await;
    assert!(exists.as_ref().err().is_none_or(|said| said.contains("already exists")), "{exists:?}");
    let changed = admin.try_patch("Installation", "slipway", &json!({ "spec": { "id": "zzzzzzzzzzzz" } })).await;
    refused(&changed, "the installation id is immutable: every VM's mark carries it", "another id");
    let short = admin.try_patch("Installation", "slipway", &json!({ "spec": { "id": "short" } })).await;
    refused(&short, "spec.id", "an id that is none");
}
