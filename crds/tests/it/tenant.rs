//! What a tenant's own kubectl may do with its servers, and the sentence for what only the provider may.

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, action, refused, server, with};

const KIND: &str = "VirtualServer";

#[tokio::test]
async fn a_tenant_runs_its_own_servers() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    accepted(&tenant.create(&server("web")).await, "a server");
    let change = json!({ "metadata": { "labels": { "team": "blue" } }, "spec": { "planRef": "large", "deletionProtection": true } });
    accepted(&tenant.patch(KIND, "web", &change).await, "a change");
    accepted(&tenant.apply("kubectl", &server("db")).await, "an apply");
    accepted(&tenant.create(&action("web-start", "web", "Start")).await, "an action");
    assert_eq!(tenant.list(KIND).await, Ok(2));
    tenant.delete("VirtualServerAction", "web-start").await.unwrap();
    tenant.delete(KIND, "web").await.unwrap();
}

/// Case, change of a manifest, sentence.
fn provider_only() -> Vec<(&'static str, Value, &'static str)> {
    let label = |key: &str| json!({ "metadata": { "labels": { key: "x" } } });
    let annotation = |key: &str| json!({ "metadata": { "annotations": { key: "1" } } });
    let labels = "labels slipway.dev/* are provider-only";
    let annotations = "annotations slipway.dev/* are provider-only";
    let size = json!({ "cores": 64, "memoryMiB": 65_536, "diskGiB": 1000 });
    vec![
        (
            "resources",
            json!({ "spec": { "planRef": null, "resources": size } }),
            "spec.resources is provider-only: choose a plan with planRef",
        ),
        ("paused", json!({ "spec": { "paused": true } }), "spec.paused is provider-only"),
        (
            "placement.node",
            json!({ "spec": { "placement": { "node": "pve1" } } }),
            "spec.placement.node is provider-only",
        ),
        ("a suspension", json!({ "spec": { "suspended": { "reason": "x" } } }), "spec.suspended is provider-only"),
        (
            "undelete.override",
            json!({ "spec": { "undelete": { "uid": "u-1", "override": true } } }),
            "spec.undelete.override is provider-only",
        ),
        ("the account's label", label("slipway.dev/account"), labels),
        ("the server's id", label("slipway.dev/server-id"), labels),
        ("the revision", annotation("slipway.dev/revision"), annotations),
        ("a fresh start", annotation("slipway.dev/fresh"), annotations),
    ]
}

fn adopt() -> Value {
    json!({ "spec": { "adopt": { "vmid": 101 }, "driftPolicy": "Report" } })
}

fn static_address() -> Value {
    json!({ "spec": { "networks": [{ "name": "public", "networkRef": "lan", "address": "192.0.2.66" }] } })
}

#[tokio::test]
async fn a_tenant_may_not_create_with_what_is_the_providers() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    for (case, change, words) in provider_only() {
        refused(&tenant.create(&with(server("web"), &change)).await, words, case);
    }
    refused(
        &tenant.create(&with(server("web"), &adopt())).await,
        "spec.adopt is provider-only: it takes over an existing VM",
        "adopt",
    );
    let address = tenant.create(&with(server("web"), &static_address())).await;
    refused(
        &address,
        "spec.networks[].address is provider-only: leave it out to get the next free address",
        "an address",
    );
    let mut address6 = static_address();
    address6["spec"]["networks"] = json!([{ "name": "public", "networkRef": "lan", "address6": "2001:db8::66" }]);
    let address6 = tenant.create(&with(server("web"), &address6)).await;
    refused(&address6, "spec.networks[].address6 is provider-only", "an IPv6 address");
}

#[tokio::test]
async fn a_tenant_may_not_change_to_what_is_the_providers() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    tenant.create(&server("web")).await.unwrap();
    for (case, change, words) in provider_only() {
        refused(&tenant.patch(KIND, "web", &change).await, words, case);
    }
    refused(&tenant.patch(KIND, "web", &adopt()).await, "adopt can only be set at creation", "adopt");
}

/// The server of a test in which the provider has set everything that is its own.
async fn provided(admin: &Caller) {
    let everything = json!({
        "metadata": {
            "labels": { "slipway.dev/account": "a-1", "slipway.dev/server-id": "s-1", "team": "blue" },
            "annotations": { "slipway.dev/revision": "7" },
            "finalizers": ["slipway.dev/vm"],
        },
        "spec": {
            "planRef": null, "resources": { "cores": 64, "memoryMiB": 65_536, "diskGiB": 1000 }, "paused": true,
            "placement": { "node": "pve1" }, "adopt": { "vmid": 101 }, "driftPolicy": "Report", "suspended": { "reason": "unpaid" },
            "networks": [{ "name": "public", "networkRef": "lan", "address": "192.0.2.66" }],
        },
    });
    accepted(&admin.create(&with(server("web"), &everything)).await, "everything");
}

async fn unprovided(admin: &Caller) {
    let finalizers = admin.patch(KIND, "web", &json!({ "metadata": { "finalizers": null } })).await;
    accepted(&finalizers, "the finalizer's end");
}

#[tokio::test]
async fn a_tenant_may_change_the_rest_of_a_server_that_carries_what_is_the_providers() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    provided(&admin).await;
    let change = json!({
        "metadata": { "labels": { "team": "red" }, "annotations": { "note": "mine" } },
        "spec": { "hostname": "db", "runPolicy": "Running", "dns": { "servers": ["192.0.2.1"] } },
    });
    accepted(&tenant.patch(KIND, "web", &change).await, "a change of its own fields");
    let give_back = tenant.patch(KIND, "web", &json!({ "spec": { "adopt": { "giveBack": true } } })).await;
    refused(&give_back, "spec.adopt is provider-only", "giving an adopted VM back");
    let minimal = json!({ "apiVersion": "slipway.dev/v1alpha1", "kind": KIND, "metadata": { "name": "web" }, "spec": { "siteRef": "home", "imageRef": "debian-13", "disks": [{ "name": "root", "sizeGiB": 20 }] } });
    accepted(&tenant.apply("flux", &minimal).await, "an apply of its own fields");
    unprovided(&admin).await;
}

#[tokio::test]
async fn a_tenant_may_not_change_or_remove_what_the_provider_set() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    provided(&admin).await;
    let labels = "labels slipway.dev/* are provider-only";
    let annotations = "annotations slipway.dev/* are provider-only";
    let cases = [
        ("more resources", json!({ "spec": { "resources": { "cores": 128 } } }), "spec.resources is provider-only"),
        ("unpaused", json!({ "spec": { "paused": false } }), "spec.paused is provider-only"),
        ("pause left out", json!({ "spec": { "paused": null } }), "spec.paused is provider-only"),
        (
            "another node",
            json!({ "spec": { "placement": { "node": "pve2" } } }),
            "spec.placement.node is provider-only",
        ),
        ("suspension left out", json!({ "spec": { "suspended": null } }), "spec.suspended is provider-only"),
        (
            "another reason",
            json!({ "spec": { "suspended": { "reason": "maintenance" } } }),
            "spec.suspended is provider-only",
        ),
        (
            "no static address",
            json!({ "spec": { "networks": [{ "name": "public", "networkRef": "lan" }] } }),
            "a static address is the provider's: it goes with its entry, or stays",
        ),
        ("no placement", json!({ "spec": { "placement": null } }), "spec.placement.node is provider-only"),
        ("another account", json!({ "metadata": { "labels": { "slipway.dev/account": "a-2" } } }), labels),
        ("no account", json!({ "metadata": { "labels": { "slipway.dev/account": null } } }), labels),
        ("no labels", json!({ "metadata": { "labels": null } }), labels),
        ("another revision", json!({ "metadata": { "annotations": { "slipway.dev/revision": "9" } } }), annotations),
        ("no annotations", json!({ "metadata": { "annotations": null } }), annotations),
        (
            "no finalizer",
            json!({ "metadata": { "finalizers": null } }),
            "the finalizer slipway.dev/vm is removed by the operator alone",
        ),
        (
            "another finalizer instead",
            json!({ "metadata": { "finalizers": ["example.org/mine"] } }),
            "the finalizer slipway.dev/vm is removed by the operator alone",
        ),
    ];
    for (case, change, words) in cases {
        refused(&tenant.patch(KIND, "web", &change).await, words, case);
    }
    unprovided(&admin).await;
}

/// A plan chosen by the customer ends the provider's own sizes; that is the customer's wish to have.
#[tokio::test]
async fn a_tenant_may_go_back_from_resources_to_a_plan() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    let size =
        json!({ "spec": { "planRef": null, "resources": { "cores": 64, "memoryMiB": 65_536, "diskGiB": 1000 } } });
    admin.create(&with(server("web"), &size)).await.unwrap();
    accepted(&tenant.patch(KIND, "web", &json!({ "spec": { "planRef": "small", "resources": null } })).await, "a plan");
}

#[tokio::test]
async fn a_tenant_may_not_write_status_or_finalizers() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    tenant.create(&server("web")).await.unwrap();
    tenant.create(&action("web-start", "web", "Start")).await.unwrap();
    let status = json!({ "status": { "vmid": 101 } });
    refused(&tenant.patch_status(KIND, "web", &status).await, "is forbidden", "a status");
    let ended = json!({ "status": { "phase": "Succeeded" } });
    refused(
        &tenant.patch_status("VirtualServerAction", "web-start", &ended).await,
        "is forbidden",
        "an action's status",
    );
    for resource in ["virtualservers", "virtualserveractions"] {
        for (verb, subresource) in
            [("update", "status"), ("patch", "status"), ("update", "finalizers"), ("use", "provider"), ("get", "plan")]
        {
            assert!(!tenant.may(verb, resource, subresource).await, "{verb} {resource}/{subresource}");
        }
    }
}

/// A deletion that the operator has not answered yet must not be hurried by its owner.
#[tokio::test]
async fn a_tenant_may_not_hurry_a_deletion() {
    let admin = Caller::admin().await;
    let tenant = admin.tenant().await;
    tenant.create(&server("web")).await.unwrap();
    admin.patch(KIND, "web", &json!({ "metadata": { "finalizers": ["slipway.dev/vm"] } })).await.unwrap();
    tenant.delete(KIND, "web").await.unwrap();
    let hurried = json!([{ "op": "remove", "path": "/metadata/finalizers" }]);
    let patch: Patch<()> = Patch::Json(serde_json::from_value(hurried).unwrap());
    let answer = tenant.api(KIND).patch("web", &PatchParams::default(), &patch).await;
    let said = answer.expect_err("the finalizer was removed").to_string();
    assert!(said.contains("the finalizer slipway.dev/vm is removed by the operator alone"), "{said}");
    accepted(&admin.get(KIND, "web").await, "still there");
    unprovided(&admin).await;
}
