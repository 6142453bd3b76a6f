//! The API's identity applies revisions in order: a replica that woke up late must not put an older wish back.

use k8s_openapi::api::{
    core::v1::{Namespace, Secret},
    rbac::v1::ClusterRoleBinding,
};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::cluster::{Caller, accepted, object, refused, server, unique, with};

const KIND: &str = "VirtualServer";

/// `system:serviceaccount:<namespace>:slipway-api`, bound to the API's role as the API itself is.
async fn api(admin: &Caller) -> Caller {
    admin.cluster_account("slipway-api", "slipway-api").await
}

fn revision(number: &str) -> Value {
    json!({ "metadata": { "annotations": { "slipway.dev/revision": number } } })
}

#[tokio::test]
async fn a_revision_may_rise_or_stay_and_never_falls() {
    let admin = Caller::admin().await;
    let api = api(&admin).await;
    accepted(&api.create(&with(server("web"), &revision("9"))).await, "the first revision");
    accepted(&api.patch(KIND, "web", &revision("10")).await, "a higher one");
    accepted(&api.patch(KIND, "web", &revision("10")).await, "the same again");
    refused(&api.patch(KIND, "web", &revision("9")).await, "the revision would fall below 10", "a lower one");
    let gone = json!({ "metadata": { "annotations": { "slipway.dev/revision": null } } });
    refused(&api.patch(KIND, "web", &gone).await, "the revision would fall below 10", "none");
    refused(&api.patch(KIND, "web", &revision("soon")).await, "slipway-revision-never-falls", "a word");
    let late = with(with(server("web"), &revision("9")), &json!({ "spec": { "planRef": "huge" } }));
    refused(&api.apply("slipway-api", &late).await, "the revision would fall below 10", "an older apply");
    accepted(&api.patch(KIND, "web", &json!({ "spec": { "planRef": "large" } })).await, "a change beside it");
}

#[tokio::test]
async fn the_api_acknowledges_at_a_site_and_changes_nothing_else_of_it() {
    let admin = Caller::admin().await;
    let api = api(&admin).await;
    let name = unique("site");
    let site = json!({
        "endpoints": ["https://192.0.2.2:8006"], "credentialsSecretRef": { "name": "site" }, "tls": { "caBundle": "-----BEGIN CERTIFICATE-----" },
        "vmidRange": { "start": 100_000, "end": 199_999 }, "defaultNetwork": "lan",
    });
    admin.create(&object("ProxmoxSite", &name, &site)).await.unwrap();
    let note = |key: &str| json!({ "metadata": { "annotations": { key: "InventoryShrank@2026-01-01T00:00:00Z" } } });
    accepted(&api.patch("ProxmoxSite", &name, &note("slipway.dev/acknowledge")).await, "an acknowledgement");
    refused(&api.patch("ProxmoxSite", &name, &note("other")).await, "slipway.dev/acknowledge", "another annotation");
    let elsewhere = json!({ "spec": { "endpoints": ["https://198.51.100.1:8006"] } });
    refused(&api.patch("ProxmoxSite", &name, &elsewhere).await, "change nothing of it", "another endpoint");
    let label = json!({ "metadata": { "labels": { "a": "b" } } });
    refused(&api.patch("ProxmoxSite", &name, &label).await, "change nothing of it", "a label");
    accepted(&admin.patch("ProxmoxSite", &name, &elsewhere).await, "the provider's change");
}

#[tokio::test]
async fn the_api_ends_the_time_of_a_retained_server_and_changes_nothing_else_of_it() {
    const KIND: &str = "RetainedServer";
    let admin = Caller::admin().await;
    let api = api(&admin).await;
    let site = unique("site");
    let name = format!("{site}.100001");
    let spec = json!({ "siteRef": site, "vmid": 100_001, "namespace": "acct-a", "namespaceUid": "n-1", "name": "web",
        "uid": "u-1", "born": "u-1", "claims": ["a"], "providerValues": { "paused": true } });
    admin.create(&object(KIND, &name, &spec)).await.unwrap();
    let words = "may only set spec.until";
    for (field, value) in [
        ("uid", json!("u-2")),
        ("born", json!("u-2")),
        ("claims", json!([])),
        ("claims", Value::Null),
        ("providerValues", json!({ "paused": false })),
        ("reown", json!(true)),
        ("node", json!("pve9")),
    ] {
        refused(&api.patch(KIND, &name, &json!({ "spec": { field: value } })).await, words, field);
    }
    for (field, value) in
        [("labels", json!({ "a": "b" })), ("annotations", json!({ "a": "b" })), ("finalizers", json!(["a/b"]))]
    {
        refused(&api.patch(KIND, &name, &json!({ "metadata": { field: value } })).await, words, field);
    }
    let until = |time: &str| json!({ "spec": { "until": time } });
    accepted(&api.patch(KIND, &name, &until("2026-02-01T00:00:00Z")).await, "an end where there was none");
    accepted(&api.patch(KIND, &name, &until("2026-01-01T00:00:00Z")).await, "an earlier end");
    refused(&api.patch(KIND, &name, &until("2026-03-01T00:00:00Z")).await, "not lengthen it", "a later end");
    refused(&api.patch(KIND, &name, &json!({ "spec": { "until": null } })).await, "", "no end");
    refused(
        &api.patch_status(KIND, &name, &json!({ "status": { "phase": "Purging" } })).await,
        "is forbidden",
        "a status",
    );
    assert!(!api.may("delete", "retainedservers", "").await);
    accepted(&admin.patch(KIND, &name, &until("2026-03-01T00:00:00Z")).await, "the provider's change");
    admin.delete(KIND, &name).await.unwrap();
}

#[tokio::test]
async fn the_rule_is_for_the_api_alone() {
    let admin = Caller::admin().await;
    let provider = admin.provider().await;
    provider.create(&with(server("web"), &revision("9"))).await.unwrap();
    accepted(&provider.patch(KIND, "web", &revision("3")).await, "the provider's restore");
    let tenant = admin.tenant().await;
    accepted(&tenant.patch(KIND, "web", &json!({ "spec": { "planRef": "large" } })).await, "a tenant's change");
}

#[tokio::test]
async fn a_server_from_git_gets_its_first_revision_by_any_number() {
    let admin = Caller::admin().await;
    let api = api(&admin).await;
    admin.create(&server("web")).await.unwrap();
    accepted(&api.patch(KIND, "web", &revision("1")).await, "the first revision of a server from Git");
}

#[tokio::test]
async fn the_api_may_set_labels_and_not_status() {
    let admin = Caller::admin().await;
    let api = api(&admin).await;
    let labels = json!({ "metadata": { "labels": { "slipway.dev/server-id": "s-1" } } });
    accepted(&api.create(&with(server("web"), &labels)).await, "its label");
    refused(&api.patch_status(KIND, "web", &json!({ "status": { "vmid": 101 } })).await, "is forbidden", "a status");
    for (verb, resource) in
        [("create", "proxmoxsites"), ("patch", "serverplans"), ("delete", "retainedservers"), ("list", "addressclaims")]
    {
        assert!(!api.may(verb, resource, "").await, "{verb} {resource}");
    }
}

/// The API makes tenants' namespaces; it must not be able to hand out more than a tenant's role there.
#[tokio::test]
async fn the_api_binds_the_tenant_role_and_no_other() {
    let admin = Caller::admin().await;
    let api = Caller { namespace: tenants_namespace(&admin).await, ..api(&admin).await };
    let bind = async |role: &str| {
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": format!("to-{role}") },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
            "subjects": [{ "kind": "ServiceAccount", "name": "someone", "namespace": api.namespace }],
        });
        let bindings: Api<k8s_openapi::api::rbac::v1::RoleBinding> =
            Api::namespaced(api.client.clone(), &api.namespace);
        let params = PatchParams::apply("slipway-api").force();
        bindings.patch(&format!("to-{role}"), &params, &Patch::Apply(&binding)).await.map_err(|e| e.to_string())
    };
    bind("slipway-tenant").await.unwrap();
    for role in ["slipway-provider", "slipway-operator", "cluster-admin"] {
        assert!(bind(role).await.unwrap_err().contains("attempting to grant RBAC permissions"), "{role}");
    }
    let everywhere: Api<ClusterRoleBinding> = Api::all(api.client.clone());
    assert!(everywhere.list(&kube::api::ListParams::default()).await.unwrap_err().to_string().contains("is forbidden"));
}

/// A patch answers the object, so an unbounded right to patch secrets would be a right to read the Proxmox token.
#[tokio::test]
async fn the_api_writes_in_tenants_namespaces_alone() {
    let admin = Caller::admin().await;
    let api = api(&admin).await;
    let secret =
        json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "site" }, "stringData": { "token": "t" } });
    let secrets =
        |caller: &Caller, namespace: &str| -> Api<Secret> { Api::namespaced(caller.client.clone(), namespace) };
    let object = || serde_json::from_value(secret.clone()).unwrap();
    secrets(&admin, &admin.namespace).create(&PostParams::default(), &object()).await.unwrap();
    let nothing = Patch::Merge(json!({}));
    let read = secrets(&api, &admin.namespace).patch("site", &PatchParams::default(), &nothing).await;
    assert!(read.unwrap_err().to_string().contains("tenants' namespaces only"));

    let tenants = tenants_namespace(&admin).await;
    secrets(&api, &tenants).create(&PostParams::default(), &object()).await.unwrap();

    let namespaces: Api<Namespace> = Api::all(api.client.clone());
    let label = Patch::Merge(json!({ "metadata": { "labels": { "slipway.dev/account": "a" } } }));
    let relabelled = namespaces.patch(&admin.namespace, &PatchParams::default(), &label).await;
    assert!(relabelled.unwrap_err().to_string().contains("tenants' namespaces only"));
}

/// As the API makes one.
async fn tenants_namespace(admin: &Caller) -> String {
    let name = format!("acct-{}", admin.namespace);
    let namespaces: Api<Namespace> = Api::all(admin.client.clone());
    let namespace = json!({ "metadata": { "name": name, "labels": { "slipway.dev/account": "a" } } });
    namespaces.create(&PostParams::default(), &serde_json::from_value(namespace).unwrap()).await.unwrap();
    name
}
