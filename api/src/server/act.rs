//! Verbs: things that are done to a server once.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::body::Body;
use crate::http::idempotency::Begun;
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::{OperationKind, Verb};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::store;
use crate::server::view::{Accepted, Phase, RunPolicy};

/// What to do, once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Act {
    pub verb: Verb,
}

/// Start, shut down, stop or restart a server
#[utoipa::path(
    post, path = "/v1/servers/{id}/actions", tag = "Servers", operation_id = "actOnServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    request_body = Act,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: the run policy or the server's state forbids it"),
    )
)]
pub async fn act(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    id: PathOf<ServerId>,
    body: Body<Act>,
) -> Result<Response, Problem> {
    let (app, verb) = (state.0, body.value.verb);
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let current = store::lock_changeable(attempt.connection(), id.0, &caller).await?;
    if let Some(reason) = contradiction(verb, current.run_policy, current.phase) {
        return Err(Problem::new(Kind::Conflict, reason).with_field("verb", "cannot be done now"));
    }
    let change =
        Change { caller: &caller, request: &request_id, server: id.0, kind: OperationKind::Action, verb: Some(verb) };
    accept::accept(attempt, &app, change, format!("verb {verb}")).await
}

/// Why the verb would be undone at once or refused, if so.
fn contradiction(verb: Verb, policy: RunPolicy, phase: Phase) -> Option<&'static str> {
    match (verb, policy) {
        (Verb::Start | Verb::Restart, RunPolicy::Stopped) => {
            Some("The server's runPolicy is Stopped, so it is kept stopped. Change runPolicy to start it.")
        }
        (Verb::Stop | Verb::Shutdown, RunPolicy::Running) => {
            Some("The server's runPolicy is Running, so it is kept running. Change runPolicy to stop it.")
        }
        (Verb::Start | Verb::Restart, _) if phase == Phase::Suspended => Some("The server is suspended."),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_that_the_run_policy_would_undo_is_refused() {
        for (verb, policy, refused) in [
            (Verb::Start, RunPolicy::Stopped, true),
            (Verb::Restart, RunPolicy::Stopped, true),
            (Verb::Stop, RunPolicy::Stopped, false),
            (Verb::Stop, RunPolicy::Running, true),
            (Verb::Shutdown, RunPolicy::Running, true),
            (Verb::Start, RunPolicy::Running, false),
            (Verb::Start, RunPolicy::Managed, false),
            (Verb::Shutdown, RunPolicy::Managed, false),
        ] {
            assert_eq!(contradiction(verb, policy, Phase::Running).is_some(), refused, "{verb} {policy}");
        }
        assert!(contradiction(Verb::Start, RunPolicy::Managed, Phase::Suspended).is_some());
        assert!(contradiction(Verb::Stop, RunPolicy::Managed, Phase::Suspended).is_none());
    }
}
