//! Saying that what stops a site is right. The dispatcher tells the site; the operator then goes on.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::caller::Staff;
use crate::dispatcher::queue;
use crate::http::body::Body;
use crate::http::idempotency::{Begun, Reply};
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::view::ConditionStatus;
use crate::site::acknowledgement::{self, Acknowledgeable};
use crate::site::store;
use crate::site::view::SiteDetailView;

/// What is right as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeSite {
    pub condition: Acknowledgeable,
}

/// Acknowledge what stops a site, so that it goes on
#[utoipa::path(
    post, path = "/v1/sites/{name}/acknowledge", tag = "Staff", operation_id = "acknowledgeSite",
    params(("name" = String, Path, description = "The site's name")),
    request_body = AcknowledgeSite,
    responses(
        (status = 202, body = SiteDetailView, description = "Accepted: `acknowledgement` says whether the site knows"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: the site is not stopped by that"),
    )
)]
pub async fn acknowledge(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    name: PathOf<String>,
    body: Body<AcknowledgeSite>,
) -> Result<Response, Problem> {
    let (app, caller, condition) = (state.0, staff.0, body.value.condition);
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let connection = attempt.connection();
    let site = store::find(connection, &name.0).await?.ok_or_else(|| Problem::not_found("site"))?;
    if !is_stopped_by(&site, condition) {
        let detail = format!("The site is not stopped by {condition}; there is nothing to acknowledge.");
        return Err(Problem::new(Kind::Conflict, detail).with_field("condition", "does not stop the site now"));
    }
    acknowledgement::put(connection, &name.0, condition, caller.user, app.env.now()).await?;
    queue::wake(connection).await?;
    let mut entry = Entry::new(Some(caller.user), "site.acknowledge", &request_id);
    entry.detail = format!("site {}, {condition}", name.0);
    audit::record(connection, &app.env, entry).await?;
    let site = store::find(connection, &name.0).await?.ok_or_else(|| Problem::not_found("site"))?;
    attempt.finish(Reply::json(StatusCode::ACCEPTED, &site)?).await
}

/// Only what stops the site now can be acknowledged: an acknowledgement made in advance would release what nobody saw.
fn is_stopped_by(site: &SiteDetailView, condition: Acknowledgeable) -> bool {
    match condition {
        Acknowledgeable::Brake => site.brakes.held_since.is_some(),
        _ => site.conditions.iter().any(|found| {
            found.kind == "Stalled" && found.status == ConditionStatus::True && found.reason == condition.as_str()
        }),
    }
}
