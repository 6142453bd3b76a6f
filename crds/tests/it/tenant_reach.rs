//! How far a tenant's kubectl sees: its namespace and the public catalogue, nothing of others.

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, api::ListParams};

use crate::cluster::{Caller, action, refused, server};

#[tokio::test]
async fn a_tenant_does_not_see_another_namespace() {
    let (one, other) = (Caller::admin().await, Caller::admin().await);
    other.create(&server("web")).await.unwrap();
    let stranger = Caller { namespace: other.namespace.clone(), ..one.tenant().await };
    refused(&stranger.get("VirtualServer", "web").await, "is forbidden", "get");
    refused(&stranger.get("VirtualServer", "absent").await, "is forbidden", "get of what is not there");
    assert!(stranger.list("VirtualServer").await.unwrap_err().contains("is forbidden"));
    refused(&stranger.create(&server("db")).await, "is forbidden", "create");
    refused(&stranger.create(&action("web-stop", "web", "Stop")).await, "is forbidden", "an action");
    assert!(stranger.delete("VirtualServer", "web").await.unwrap_err().contains("is forbidden"));
}

#[tokio::test]
async fn a_tenant_does_not_list_across_namespaces() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    let everywhere: Api<slipway_crds::VirtualServer> = Api::all(tenant.client.clone());
    let said = everywhere.list(&ListParams::default()).await.unwrap_err().to_string();
    assert!(said.contains("at the cluster scope"), "{said}");
}

#[tokio::test]
async fn a_tenant_does_not_see_what_would_show_others() {
    let tenant = Caller::admin().await.tenant().await;
    for kind in ["ProxmoxSite", "Network", "AddressPool", "AddressClaim", "RetainedServer", "Installation"] {
        assert!(tenant.list(kind).await.unwrap_err().contains("is forbidden"), "{kind}");
        refused(&tenant.get(kind, "home").await, "is forbidden", kind);
    }
}

#[tokio::test]
async fn a_tenant_reads_plans_and_images_and_cannot_write_them() {
    let tenant = Caller::admin().await.tenant().await;
    for (kind, resource) in [("ServerPlan", "serverplans"), ("OSImage", "osimages")] {
        tenant.list(kind).await.unwrap();
        for verb in ["create", "update", "patch", "delete"] {
            assert!(!tenant.may(verb, resource, "").await, "{verb} {resource}");
        }
    }
}

#[tokio::test]
async fn a_tenant_writes_passwords_and_never_reads_them_back() {
    let tenant = Caller::admin().await.tenant().await;
    let secrets: Api<Secret> = Api::namespaced(tenant.client.clone(), &tenant.namespace);
    let secret = serde_json::json!({ "metadata": { "name": "login" }, "stringData": { "password": "correct horse" } });
    secrets.create(&kube::api::PostParams::default(), &serde_json::from_value(secret).unwrap()).await.unwrap();
    assert!(secrets.get("login").await.unwrap_err().to_string().contains("is forbidden"));
}
