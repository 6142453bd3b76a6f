//! The internal endpoint: only callers that Kubernetes vouches for read plans.

use k8s_openapi::api::{
    authentication::v1::{TokenRequest, TokenRequestSpec},
    core::v1::ServiceAccount,
    rbac::v1::ClusterRoleBinding,
};
use kube::{Api, ResourceExt as _, api::PostParams};
use reqwest::StatusCode;
use serde_json::{Value, json};
use slipway_crds::VirtualServer;

use crate::lab::{Lab, uid};

async fn token(lab: &Lab, account: &str, audience: &str) -> String {
    let accounts: Api<ServiceAccount> = Api::namespaced(lab.client.clone(), &lab.namespace);
    let object = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": account } });
    let _ = accounts.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await;
    let request = TokenRequest {
        spec: TokenRequestSpec {
            audiences: vec![audience.to_owned()],
            expiration_seconds: Some(600),
            ..TokenRequestSpec::default()
        },
        ..TokenRequest::default()
    };
    accounts.create_token_request(account, &PostParams::default(), &request).await.unwrap().status.unwrap().token
}

/// A token of a caller that may ask.
pub async fn vouched(lab: &Lab) -> String {
    let bindings: Api<ClusterRoleBinding> = Api::all(lab.client.clone());
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": { "name": lab.name("plans") },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "slipway-operator-client" },
        "subjects": [{ "kind": "ServiceAccount", "name": "api", "namespace": lab.namespace }]
    });
    bindings.create(&PostParams::default(), &serde_json::from_value(binding).unwrap()).await.unwrap();
    token(lab, "api", "slipway-operator").await
}

/// What staff reads of a server.
pub async fn planned(lab: &Lab, server: &VirtualServer) -> Value {
    let url = format!(
        "http://{}/v1/namespaces/{}/virtualservers/{}/{}/plan",
        lab.endpoint,
        lab.namespace,
        server.name_any(),
        uid(server)
    );
    let answer = reqwest::Client::new().get(url).bearer_auth(vouched(lab).await).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_are_shown_to_vouched_callers_only() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let good = vouched(&lab).await;
    let url =
        |uid: &str| format!("http://{}/v1/namespaces/{}/virtualservers/web/{uid}/plan", lab.endpoint, lab.namespace);
    let http = reqwest::Client::new();
    let ask = |url: String, token: Option<String>| {
        let request = http.get(url);
        async { token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth).send().await.unwrap() }
    };
    let other_audience = token(&lab, "api", "https://kubernetes.default.svc").await;
    let unbound = token(&lab, "nobody", "slipway-operator").await;
    assert_eq!(ask(url(&uid(&server)), None).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask(url(&uid(&server)), Some(other_audience)).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask(url(&uid(&server)), Some(unbound)).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(ask(url("another-uid"), Some(good.clone())).await.status(), StatusCode::NOT_FOUND);
    let answer = ask(url(&uid(&server)), Some(good)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let plan: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(plan, json!({ "steps": [], "waiting": null, "drift": [], "restartRequired": false }));
    lab.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_does_not_lead_says_to_ask_again_and_not_that_there_is_nothing() {
    let lab = Lab::start().await;
    lab.apply("web", json!({})).await;
    let server = lab.wait_ready("web").await;
    let standby = lab.start_standby().await;
    let good = vouched(&lab).await;
    let ask = async |path: String| {
        reqwest::Client::new().get(format!("http://{standby}{path}")).bearer_auth(&good).send().await.unwrap()
    };
    let plan = format!("/v1/namespaces/{}/virtualservers/web/{}/plan", lab.namespace, uid(&server));
    for path in [plan, format!("/v1/sites/{}/adoptable", lab.site), format!("/v1/sites/{}/inventory", lab.site)] {
        let answer = ask(path).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["retry-after"], "1");
        let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(problem["type"], "https://slipway.dev/problems/unavailable");
    }
    assert_eq!(ask("/v1/sites/nowhere/adoptable".to_owned()).await.status(), StatusCode::NOT_FOUND);
    lab.end().await;
}
