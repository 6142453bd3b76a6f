//! What the operator would do next for a server, whole: what its conditions tell tenants only the gist of.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::path::PathOf;
use crate::id::ServerId;
use crate::operator::{Difference, Planned};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::store;

/// The operator's view of a server, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerPlanned)]
pub struct PlanView {
    /// What it would do next, in order.
    pub steps: Vec<PlanStepView>,
    /// What it waits for; null: nothing.
    #[schema(required)]
    pub waiting: Option<WaitingView>,
    /// Settings that somebody changed by hand on the hypervisor.
    pub drift: Vec<AuthoredDriftView>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerPlanStep)]
pub struct PlanStepView {
    pub step: String,
    /// `Live`, `Reboot`, `Offline` or `Destructive`.
    #[schema(example = "Live")]
    pub impact: String,
}

/// What keeps the operator from going on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ServerWaits)]
pub struct WaitingView {
    #[schema(example = "NoCapacity")]
    pub reason: String,
    /// With nodes, numbers and addresses: for staff.
    pub message: String,
}

/// A setting that somebody changed by hand on the hypervisor, and who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuthoredDrift)]
pub struct AuthoredDriftView {
    pub field: String,
    pub wanted: String,
    pub found: String,
    /// Who changed it, as Proxmox VE names people; null: its task log does not tell.
    #[schema(required, example = "root@pam")]
    pub by: Option<String>,
    /// When; null: the task log does not tell.
    #[schema(required)]
    pub at: Option<DateTime<Utc>>,
}

/// Show what the operator would do next for a server, and what it waits for
#[utoipa::path(
    get, path = "/v1/servers/{id}/plan", tag = "Staff", operation_id = "showServerPlan",
    params(("id" = ServerId, Path, description = "The server's id")),
    responses(
        (status = 200, body = PlanView, description = "As it is now; nothing is written"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: Kubernetes does not have the server yet, or not any more"),
    )
)]
pub async fn show(state: State<App>, _staff: Staff, id: PathOf<ServerId>) -> Result<Json<PlanView>, Problem> {
    let mut connection = state.0.pool.acquire().await?;
    let named = store::find_named(&mut connection, id.0).await?.ok_or_else(|| Problem::not_found("server"))?;
    drop(connection);
    let named = named
        .ok_or_else(|| Problem::new(Kind::Conflict, "Kubernetes does not have the server yet, or not any more."))?;
    Ok(Json(state.0.operator()?.plan(&named).await?.into()))
}

impl From<Planned> for PlanView {
    fn from(planned: Planned) -> Self {
        let steps = planned.steps.into_iter().map(|s| PlanStepView { step: s.step, impact: s.impact });
        Self {
            steps: steps.collect(),
            waiting: planned.waiting.map(|w| WaitingView { reason: w.reason, message: w.message }),
            drift: planned.drift.into_iter().map(AuthoredDriftView::from).collect(),
        }
    }
}

impl From<Difference> for AuthoredDriftView {
    fn from(Difference { field, wanted, found, by, at }: Difference) -> Self {
        Self { field, wanted, found, by, at }
    }
}
