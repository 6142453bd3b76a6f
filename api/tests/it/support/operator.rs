//! The operator's internal endpoint, as far as the API asks it, over a list of machines.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use slipway_api::console::Console;
use slipway_api::operator::Operator;
use slipway_api::router;

use super::World;
use super::http::Client;

const PLAN: &str = "/v1/namespaces/{namespace}/virtualservers/{name}/{uid}/plan";
const TOKEN: &str = "a-projected-token";

#[derive(Debug, Deserialize)]
struct Asked {
    vmid: Option<u64>,
    after: Option<u64>,
    limit: usize,
}

async fn adoptable(
    State(machines): State<Vec<Value>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, StatusCode> {
    if headers["authorization"] != format!("Bearer {TOKEN}") {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let number = |machine: &Value| machine["vmid"].as_u64().unwrap();
    let wanted: Vec<&Value> =
        machines.iter().filter(|machine| asked.vmid.is_none_or(|vmid| vmid == number(machine))).collect();
    let rest: Vec<&Value> =
        wanted.iter().copied().filter(|machine| asked.after.is_none_or(|after| number(machine) > after)).collect();
    let page: Vec<&Value> = rest.iter().copied().take(asked.limit).collect();
    let next = page.last().map(|last| number(last)).filter(|_| rest.len() > asked.limit);
    Ok(Json(json!({"machines": page, "next": next, "total": wanted.len()})))
}

/// A machine as the operator shows it: one that can be adopted, unless `more` says why not.
pub fn machine(vmid: u32, name: &str, more: &Value) -> Value {
    let mut machine = json!({
        "vmid": vmid, "node": "pve1", "name": name, "running": true, "pool": null, "skipped": null,
        "command": format!("pvesh set /pools --poolid slipway-x --vms {vmid}"),
        "spec": {
            "siteRef": "api-home", "hostname": name, "driftPolicy": "Report",
            "resources": {"cores": 2, "memoryMiB": 2048, "diskGiB": 20, "networkMbps": 100},
            "disks": [{"name": "scsi1", "sizeGiB": 5}],
            "adopt": {"vmid": vmid, "disks": {"scsi1": "scsi1"}},
        },
    });
    machine.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    machine
}

impl World {
    /// The same world with an operator that sees these machines.
    pub async fn with_machines(self, machines: Vec<Value>) -> Self {
        let idle = json!({"steps": [], "waiting": null, "drift": [], "restartRequired": false});
        let routes = Router::new()
            .route("/v1/sites/api-home/adoptable", get(adoptable))
            .route(PLAN, get(async || Json(idle)))
            .with_state(machines);
        self.with_endpoint(routes).await
    }

    /// The same world with an operator that plans each server so, once it was asked `standbys` times: a Service leads to
    /// replicas that have reached no site, too.
    pub async fn with_plan(self, plan: Value, standbys: usize) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let answer = move || async move {
            if asked.fetch_add(1, Ordering::SeqCst) < standbys {
                return Err(StatusCode::SERVICE_UNAVAILABLE);
            }
            Ok(Json(plan))
        };
        self.with_endpoint(Router::new().route(PLAN, get(answer))).await
    }

    async fn with_endpoint(self, routes: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        let token = std::env::temp_dir().join(format!("slipway-api-test-{}", uuid::Uuid::now_v7()));
        std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
        let app = self.app.clone().with_operator(Operator::new(url, token).unwrap());
        let client = Client::new(router::router(app.clone(), Console::Absent));
        Self { app, client, ..self }
    }
}
