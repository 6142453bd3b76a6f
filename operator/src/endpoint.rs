//! The internal endpoint: health and metrics for everybody on the pod network; plans, and what a site has to adopt, for
//! callers that Kubernetes vouches for.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use k8s_openapi::api::{
    authentication::v1::{TokenReview, TokenReviewSpec},
    authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec},
};
use kube::{Api, ResourceExt as _, api::PostParams};
use proxmox_client::{NodeName, Vmid};
use serde::Serialize;
use slipway_crds::{
    Drift, ProxmoxSite, VirtualServer,
    names::{AUDIENCE_OPERATOR, GROUP},
};

use crate::{
    adopt::{
        inventory::{self, Machines},
        preview::{Page, Preview, preview},
    },
    kubernetes::timed,
    server::{
        authors::{Author, authors},
        context::Context,
        observe::{dereference, observe, read_template},
        observed::TemplateView,
        plan::{Hold, Plan, plan},
        report::MOST_ENTRIES,
        validate::validate,
    },
    site::Site,
};

/// The routes. `/readyz` says whether the watches have listed once.
pub fn router(ctx: Arc<Context>) -> Router {
    Router::new()
        .route("/readyz", get(|| async { "ok" }))
        .route("/v1/namespaces/{namespace}/virtualservers/{name}/{uid}/plan", get(server_plan))
        .route("/v1/sites/{site}/adoptable", get(adoptable))
        .route("/v1/sites/{site}/inventory", get(machines))
        .with_state(ctx)
}

/// Alive before it leads, and before the watches are filled.
pub fn health(metrics: crate::metrics::Metrics) -> Router {
    Router::new().route("/livez", get(|| async { "ok" })).route("/metrics", get(move || async move { metrics.text() }))
}

/// What would be done next, and why nothing more; nothing is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanView {
    steps: Vec<StepView>,
    waiting: Option<HoldView>,
    drift: Vec<DriftView>,
    restart_required: bool,
}

#[derive(Debug, Serialize)]
struct StepView {
    step: String,
    impact: &'static str,
}

/// A difference, and who made it.
#[derive(Debug, Serialize)]
struct DriftView {
    #[serde(flatten)]
    drift: Drift,
    by: Option<String>,
    at: Option<jiff::Timestamp>,
}

#[derive(Debug, Serialize)]
struct HoldView {
    reason: String,
    message: String,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("show a ServiceAccount token of audience {AUDIENCE_OPERATOR}")]
    Unauthenticated,
    #[error("this token may not read that: it needs `get` on {0}")]
    Forbidden(String),
    #[error("there is no such server or site (or the site is not looked after here)")]
    NotFound,
    #[error("this replica has not reached the site yet, or does not lead; ask again")]
    NotContacted,
    #[error("Kubernetes did not answer")]
    Kubernetes(#[from] crate::kubernetes::KubernetesError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, name) = match &self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::NotContacted => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Kubernetes(error) => {
                tracing::warn!(%error, "a caller of the internal endpoint could not be served");
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        };
        let problem = serde_json::json!({
            "type": format!("https://slipway.dev/problems/{name}"), "title": name, "status": status.as_u16(), "detail": self.to_string(),
        });
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

async fn server_plan(
    State(ctx): State<Arc<Context>>,
    Path((namespace, name, uid)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<PlanView>, Refusal> {
    let plan = ResourceAttributes {
        resource: Some("virtualservers".to_owned()),
        subresource: Some("plan".to_owned()),
        namespace: Some(namespace.clone()),
        name: Some(name.clone()),
        ..ResourceAttributes::default()
    };
    authorize(&ctx, &headers, plan).await?;
    let api: Api<VirtualServer> = Api::namespaced(ctx.client.clone(), &namespace);
    let server = match timed(api.get(&name)).await {
        // The caller names a uid: another server of the same name is not meant.
        Ok(server) if server.uid().as_deref() == Some(&uid) => server,
        Ok(_) => return Err(Refusal::NotFound),
        Err(error) if error.is_not_found() => return Err(Refusal::NotFound),
        Err(error) => return Err(error.into()),
    };
    let site = contacted(&ctx, &server.spec.site_ref).await?;
    let plan = dry_run(&ctx, &site, &server).await;
    let drift = authored(&site, &server, &plan.drift).await;
    Ok(Json(view(&plan, drift)))
}

async fn adoptable(
    State(ctx): State<Arc<Context>>,
    Path(site): Path<String>,
    Query(page): Query<Page>,
    headers: HeaderMap,
) -> Result<Json<Preview>, Refusal> {
    authorize(&ctx, &headers, of_site(&site, "adoptable")).await?;
    let site = contacted(&ctx, &site).await?;
    Ok(Json(preview(&ctx, &site, &page).await?))
}

async fn machines(
    State(ctx): State<Arc<Context>>,
    Path(site): Path<String>,
    Query(page): Query<inventory::Page>,
    headers: HeaderMap,
) -> Result<Json<Machines>, Refusal> {
    authorize(&ctx, &headers, of_site(&site, "inventory")).await?;
    let site = contacted(&ctx, &site).await?;
    // A site that was contacted and not read yet would look as if it had no machines.
    if site.inventory().is_none() {
        return Err(Refusal::NotContacted);
    }
    Ok(Json(inventory::page(&ctx, &site, &page).await?))
}

fn of_site(site: &str, subresource: &str) -> ResourceAttributes {
    ResourceAttributes {
        resource: Some("proxmoxsites".to_owned()),
        subresource: Some(subresource.to_owned()),
        name: Some(site.to_owned()),
        ..ResourceAttributes::default()
    }
}

/// The site as this replica sees it. One that is there and was not contacted is another replica's, or soon this one's:
/// that is no "not found".
async fn contacted(ctx: &Context, name: &str) -> Result<Arc<Site>, Refusal> {
    if let Some(site) = ctx.sites.get(name) {
        return Ok(site);
    }
    let sites: Api<ProxmoxSite> = Api::all(ctx.client.clone());
    let exists = ctx.config.has_site(name) && timed(sites.get_opt(name)).await?.is_some();
    Err(if exists { Refusal::NotContacted } else { Refusal::NotFound })
}

async fn dry_run(ctx: &Context, site: &Site, server: &VirtualServer) -> Plan {
    let references = dereference(ctx, site, server).await;
    let status = server.status.clone().unwrap_or_default();
    match validate(server, &references) {
        Ok(desired) => {
            let mut seen = observe(ctx, site, server, &desired, &status).await;
            // Whether it could be cloned is to be said before its turn.
            if let TemplateView::Later { node, vmid } = seen.template {
                seen.template = read_template(site, &desired, node, vmid).await;
            }
            plan(&desired, &seen)
        }
        Err(hold) => Plan { hold: Some(hold), ..Plan::default() },
    }
}

/// The differences, as many as the status has, with their authors.
async fn authored(site: &Site, server: &VirtualServer, drift: &[Drift]) -> Vec<DriftView> {
    let drift = &drift[..drift.len().min(MOST_ENTRIES)];
    let status = server.status.clone().unwrap_or_default();
    let node = status.node.and_then(|node| NodeName::try_from(node).ok());
    let vmid = status.vmid.and_then(|vmid| Vmid::try_from(vmid).ok());
    let authors = match (node, vmid) {
        (Some(node), Some(vmid)) => authors(site, &node, vmid, drift).await,
        _ => vec![None; drift.len()],
    };
    let view = |(drift, author): (&Drift, Option<Author>)| {
        let (by, at) = author.map_or((None, None), |author| (Some(author.user), author.at));
        DriftView { drift: drift.clone(), by, at }
    };
    drift.iter().zip(authors).map(view).collect()
}

fn view(plan: &Plan, drift: Vec<DriftView>) -> PlanView {
    let waiting = plan.hold.as_ref().map(|hold| match hold {
        Hold::Task => HoldView { reason: "Progressing".into(), message: "a Proxmox task is running".into() },
        Hold::Turn { before } => {
            HoldView { reason: "Progressing".into(), message: format!("waits for its turn; {before} come first") }
        }
        Hold::Waiting(reason, message) => HoldView { reason: reason.to_string(), message: message.clone() },
        Hold::Stalled(reason, message) => HoldView { reason: reason.to_string(), message: message.clone() },
    });
    PlanView {
        steps: plan.steps.iter().map(|s| StepView { step: s.to_string(), impact: s.impact().as_str() }).collect(),
        waiting,
        drift,
        restart_required: plan.restart_required,
    }
}

/// `TokenReview` says who it is, `SubjectAccessReview` whether it may `get` that.
async fn authorize(ctx: &Context, headers: &HeaderMap, of: ResourceAttributes) -> Result<(), Refusal> {
    let subresource = of.subresource.as_deref().unwrap_or_default();
    let right = format!("{}/{subresource}", of.resource.as_deref().unwrap_or_default());
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "))
        .ok_or(Refusal::Unauthenticated)?;
    let review = TokenReview {
        spec: TokenReviewSpec { token: Some(token.to_owned()), audiences: Some(vec![AUDIENCE_OPERATOR.to_owned()]) },
        ..TokenReview::default()
    };
    let reviews: Api<TokenReview> = Api::all(ctx.client.clone());
    let status = timed(reviews.create(&PostParams::default(), &review)).await?.status.unwrap_or_default();
    let for_us = status.audiences.iter().flatten().any(|a| a == AUDIENCE_OPERATOR);
    let user = status.user.filter(|_| status.authenticated == Some(true) && for_us).ok_or(Refusal::Unauthenticated)?;
    let access = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: user.username,
            groups: user.groups,
            resource_attributes: Some(ResourceAttributes {
                group: Some(GROUP.to_owned()),
                verb: Some("get".to_owned()),
                ..of
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let accesses: Api<SubjectAccessReview> = Api::all(ctx.client.clone());
    let allowed = timed(accesses.create(&PostParams::default(), &access)).await?.status.is_some_and(|s| s.allowed);
    if allowed { Ok(()) } else { Err(Refusal::Forbidden(right)) }
}
