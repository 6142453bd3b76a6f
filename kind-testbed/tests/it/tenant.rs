//! What a tenant with kubectl may not do, and what a customer does not see.

use reqwest::Method;
use serde_json::json;

use crate::stack::{Stack, fresh};

#[tokio::test]
async fn a_tenant_cannot_adopt_read_sites_or_leave_its_namespace() {
    let stack = Stack::customer().await;
    let adopt = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": fresh("thief") },
        "spec": { "siteRef": "home", "planRef": "small", "imageRef": "debian-13", "driftPolicy": "Report", "adopt": { "vmid": 100_000 } }
    });
    let refused = stack.kubectl_with("tenant", &["apply"], Some(&adopt));
    assert!(!refused.ok && refused.text.contains("spec.adopt is provider-only"), "{}", refused.text);
    for args in [
        &["get", "vps", "-n", "default"][..],
        &["get", "vps", "-A"],
        &["get", "proxmoxsites"],
        &["get", "retainedservers"],
        &["get", "addressclaims"],
        &["get", "networks.slipway.dev"],
        &["get", "secrets", "-n", "slipway-system"],
    ] {
        let denied = stack.kubectl("tenant", args);
        assert!(!denied.ok && denied.text.contains("Forbidden"), "{args:?}: {}", denied.text);
    }
    let catalogue = stack.kubectl("tenant", &["get", "serverplans,osimages"]);
    assert!(catalogue.ok && catalogue.text.contains("small"), "{}", catalogue.text);
}

#[tokio::test]
async fn an_invalid_manifest_is_refused_with_a_sentence() {
    let stack = Stack::customer().await;
    let nobody = json!({
        "apiVersion": "slipway.dev/v1alpha1", "kind": "VirtualServer", "metadata": { "name": fresh("nobody") },
        "spec": { "siteRef": "home", "planRef": "small", "imageRef": "debian-13" }
    });
    let refused = stack.kubectl_with("tenant", &["apply"], Some(&nobody));
    assert!(!refused.ok && refused.text.contains("nobody could log in otherwise"), "{}", refused.text);
}

#[tokio::test]
async fn staff_see_every_server_and_where_it_is() {
    let stack = Stack::staff().await;
    let page = stack.get("/v1/servers?search=hello").await;
    let hello = &page["items"][0];
    assert_eq!(hello["accountName"], "Ada's Bakery");
    assert!(hello["vmid"].is_u64() && hello["node"].is_string(), "{hello:#}");
    let customer = Stack::customer().await;
    let denied = customer.request(Method::GET, "/v1/accounts").send().await.unwrap();
    assert_eq!(denied.status(), 403);
}
