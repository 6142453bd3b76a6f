//! What the API keeps in Secrets of its own namespace, and the kubeconfig that it makes for a tenant.

use k8s_openapi::api::core::v1::{Namespace, Secret};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::json;
use slipway_api::dispatcher::namespace;
use slipway_api::environment::{Env, System};
use slipway_api::keys::{Keys, KeysError};
use slipway_api::kubeconfig::{file, token};
use slipway_crds::VirtualServer;

use crate::support::World;
use crate::support::cluster;

/// A namespace as the chart makes it for the API, and the API in it.
async fn own_namespace(world: &World) -> (String, Client) {
    let (admin, name) = (cluster::admin().await, format!("own-{}", world.tag()));
    let params = PostParams::default();
    let namespaces: Api<Namespace> = Api::all(admin.clone());
    namespaces
        .create(&params, &serde_json::from_value(json!({ "metadata": { "name": name } })).unwrap())
        .await
        .unwrap();
    let role = json!({ "metadata": { "name": "keys" }, "rules": [
        { "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["slipway-api-keys"], "verbs": ["get"] },
        { "apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "patch"] },
    ] });
    let roles: Api<Role> = Api::namespaced(admin.clone(), &name);
    roles.create(&params, &serde_json::from_value(role).unwrap()).await.unwrap();
    let binding = json!({ "metadata": { "name": "keys" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "keys" },
        "subjects": [{ "kind": "ServiceAccount", "name": "slipway-api", "namespace": name }] });
    let bindings: Api<RoleBinding> = Api::namespaced(admin, &name);
    bindings.create(&params, &serde_json::from_value(binding).unwrap()).await.unwrap();
    let api = cluster::client_as(&format!("system:serviceaccount:{name}:slipway-api")).await;
    (name, api)
}

async fn keys(secrets: &Api<Secret>, name: &str) -> Result<Keys, KeysError> {
    let env = Env::new(System);
    for _ in 0..100 {
        match Keys::load_or_create_secret(secrets, name, &env).await {
            // The binding is a moment old.
            Err(error) if error.may_pass() => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            ended => return ended,
        }
    }
    Keys::load_or_create_secret(secrets, name, &env).await
}

#[tokio::test]
async fn replicas_that_start_together_have_the_same_keys_and_later_ones_too() {
    let world = World::new().await;
    let (namespace, api) = own_namespace(&world).await;
    let secrets: Api<Secret> = Api::namespaced(api, &namespace);
    let (one, other) = tokio::join!(keys(&secrets, "slipway-api-keys"), keys(&secrets, "slipway-api-keys"));
    let (one, other) = (one.unwrap(), other.unwrap());
    let later = keys(&secrets, "slipway-api-keys").await.unwrap();
    for replica in [&other, &later] {
        assert_eq!((&one.signing, &one.encryption), (&replica.signing, &replica.encryption));
    }
}

#[tokio::test]
async fn the_api_makes_its_keys_once_and_no_other_secret_beside_them() {
    let world = World::new().await;
    let (namespace, api) = own_namespace(&world).await;
    let secrets: Api<Secret> = Api::namespaced(api.clone(), &namespace);
    keys(&secrets, "slipway-api-keys").await.unwrap();
    let secret = |name: &str| serde_json::from_value::<Secret>(json!({ "metadata": { "name": name } })).unwrap();
    let refused = secrets.create(&PostParams::default(), &secret("other")).await.unwrap_err().to_string();
    assert!(refused.contains("tenants' namespaces only"), "{refused}");
    let change = kube::api::Patch::Merge(json!({ "data": {} }));
    let params = kube::api::PatchParams::default();
    let refused = secrets.patch("slipway-api-keys", &params, &change).await.unwrap_err().to_string();
    assert!(refused.contains("tenants' namespaces only"), "{refused}");
}

#[tokio::test]
async fn a_secret_that_holds_no_keys_is_named_and_left_as_it_is() {
    let world = World::new().await;
    let (namespace, api) = own_namespace(&world).await;
    let admin: Api<Secret> = Api::namespaced(cluster::admin().await, &namespace);
    let wrong = json!({ "metadata": { "name": "slipway-api-keys" }, "stringData": { "key-encryption.key": "short" } });
    admin.create(&PostParams::default(), &serde_json::from_value(wrong).unwrap()).await.unwrap();
    let error = keys(&Api::namespaced(api, &namespace), "slipway-api-keys").await.unwrap_err();
    assert!(matches!(error, KeysError::MalformedSecret { .. }), "{error}");
    let left = admin.get("slipway-api-keys").await.unwrap().data.unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn a_tenants_kubeconfig_works_in_its_namespace_and_nowhere_else() {
    let world = World::new().await;
    let account = slipway_api::id::AccountId(uuid::Uuid::now_v7());
    let (own, kubernetes) = (format!("acct-kc-{}", world.tag()), cluster::kubernetes().await);
    namespace::ensure(&kubernetes, &own, account).await.unwrap();
    let token = token(kubernetes.client(), &own, 3600).await.unwrap();
    assert!(token.expires.contains('T'), "{}", token.expires);

    let config = cluster::config().await;
    let ca = config.root_cert.as_deref().map(slipway_api::kubeconfig::pem);
    let file = file(&config.cluster_url.to_string(), ca.as_deref(), &own, &token.token);
    let kubeconfig = Kubeconfig::from_yaml(&file.to_string()).unwrap();
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    assert_eq!(config.default_namespace, own);
    let tenant = Client::try_from(config).unwrap();
    let servers: Api<VirtualServer> = Api::default_namespaced(tenant.clone());
    servers.list(&kube::api::ListParams::default()).await.unwrap();
    let elsewhere: Api<VirtualServer> = Api::namespaced(tenant, "default");
    assert!(elsewhere.list(&kube::api::ListParams::default()).await.is_err());
}

#[tokio::test]
async fn the_api_gets_tokens_of_tenants_and_of_nobody_else() {
    let world = World::new().await;
    let foreign = format!("foreign-{}", world.tag());
    let admin = cluster::admin().await;
    let namespaces: Api<Namespace> = Api::all(admin.clone());
    let object = serde_json::from_value(json!({ "metadata": { "name": foreign } })).unwrap();
    namespaces.create(&PostParams::default(), &object).await.unwrap();
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> = Api::namespaced(admin, &foreign);
    let tenant = serde_json::from_value(json!({ "metadata": { "name": "tenant" } })).unwrap();
    accounts.create(&PostParams::default(), &tenant).await.unwrap();
    let refused = token(cluster::api().await, &foreign, 3600).await.unwrap_err().to_string();
    assert!(refused.contains("tenants' namespaces only"), "{refused}");
}
