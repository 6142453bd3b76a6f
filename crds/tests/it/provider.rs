//! The provider's own people may do all that a tenant may not.

use serde_json::json;

use crate::cluster::{Caller, accepted, refused, server, with};

const KIND: &str = "VirtualServer";

#[tokio::test]
async fn the_provider_sets_what_is_its_own() {
    let provider = Caller::admin().await.provider().await;
    let everything = json!({
        "metadata": { "labels": { "slipway.dev/account": "a-1" }, "annotations": { "slipway.dev/fresh": "u-1" }, "finalizers": ["slipway.dev/vm"] },
        "spec": {
            "planRef": null, "resources": { "cores": 64, "memoryMiB": 65_536, "diskGiB": 1000 }, "paused": true,
            "placement": { "node": "pve1" }, "adopt": { "vmid": 101, "movePool": true, "disks": { "root": "scsi0" } },
            "driftPolicy": "Report", "suspended": { "reason": "unpaid" },
            "networks": [{ "name": "public", "networkRef": "lan", "address": "192.0.2.66" }],
        },
    });
    accepted(&provider.create(&with(server("web"), &everything)).await, "everything at creation");
    let changed = json!({
        "metadata": { "labels": { "slipway.dev/account": "a-2" }, "annotations": { "slipway.dev/fresh": null } },
        "spec": { "resources": { "cores": 2 }, "paused": false, "placement": { "node": "pve2" }, "suspended": null },
    });
    accepted(&provider.patch(KIND, "web", &changed).await, "a change of everything");
    accepted(&provider.patch(KIND, "web", &json!({ "metadata": { "finalizers": null } })).await, "the finalizer's end");
    provider.delete(KIND, "web").await.unwrap();
}

#[tokio::test]
async fn the_provider_takes_back_what_is_anothers_and_a_tenant_keeps_it() {
    let admin = Caller::admin().await;
    let provider = admin.provider().await;
    let undelete = json!({ "spec": { "undelete": { "uid": "u-1", "override": true } } });
    accepted(&provider.create(&with(server("web"), &undelete)).await, "an override");
    let tenant = admin.tenant().await;
    accepted(&tenant.patch(KIND, "web", &json!({ "spec": { "planRef": "large" } })).await, "a change beside it");
    let other = json!({ "spec": { "undelete": { "uid": "u-2" } } });
    refused(&tenant.patch(KIND, "web", &other).await, "spec.undelete.override is provider-only", "another uid");
    accepted(&tenant.create(&with(server("db"), &other)).await, "an undo without override");
}

#[tokio::test]
async fn the_provider_sees_every_kind_and_every_namespace() {
    let provider = Caller::admin().await.provider().await;
    for kind in [
        "ProxmoxSite",
        "Network",
        "AddressPool",
        "AddressClaim",
        "RetainedServer",
        "Installation",
        "ServerPlan",
        "OSImage",
    ] {
        provider.list(kind).await.unwrap();
    }
    let elsewhere = Caller { namespace: "default".into(), ..provider };
    elsewhere.list(KIND).await.unwrap();
}

/// The right to provider-only fields is asked for everywhere: whoever may bind roles in one namespace cannot give it there.
#[tokio::test]
async fn the_providers_role_bound_in_one_namespace_does_not_open_the_providers_fields() {
    let admin = Caller::admin().await;
    let local = admin.service_account("local", "slipway-provider").await;
    accepted(&local.create(&server("web")).await, "a server");
    let adopting = with(server("db"), &json!({ "spec": { "adopt": { "vmid": 101 }, "driftPolicy": "Report" } }));
    refused(&local.create(&adopting).await, "spec.adopt is provider-only", "adopt");
}
