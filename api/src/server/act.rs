//! Verbs: things that are done to a server once. What each is about is checked in [`parameters`].

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store::image_deprecated;
use crate::http::body::Body;
use crate::http::idempotency::Begun;
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::{OperationKind, Verb};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::parameters::{self, Ground, Parameters};
use crate::server::store::{self, Current};
use crate::server::stores;
use crate::server::view::{Accepted, Phase, RunPolicy};

/// What to do, once. Each verb takes its own fields and no others.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Act {
    pub verb: Verb,
    /// `Snapshot`: a name for it. `DeleteSnapshot`, `Rollback`: which one.
    #[schema(max_length = 40, example = "before-upgrade")]
    pub snapshot: Option<String>,
    /// `Snapshot`: the running guest's memory too.
    #[serde(default)]
    #[schema(required = false)]
    pub include_memory: bool,
    /// `Restore`, `DeleteBackup`: the backup's id.
    pub backup: Option<String>,
    /// `Rebuild`: the image to install. The old root disk stays detached for 24 hours.
    pub image: Option<String>,
    /// `DestroyDisk`: the detached disk. `Rebuild`: the one to put back, instead of an image.
    pub disk: Option<String>,
    /// `Migrate`, by staff: the node to go to.
    pub node: Option<String>,
}

/// Do something to a server once: power, snapshots, backups, rebuild, disks
#[utoipa::path(
    post, path = "/v1/servers/{id}/actions", tag = "Servers", operation_id = "actOnServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    request_body = Act,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`: only staff may migrate"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: the run policy or the server's state forbids it"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: a field that the verb lacks or does not take, or that names nothing"),
    )
)]
pub async fn act(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    id: PathOf<ServerId>,
    body: Body<Act>,
) -> Result<Response, Problem> {
    let (app, asked) = (state.0, body.value);
    let verb = asked.verb;
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let current = store::lock_changeable(attempt.connection(), id.0, &caller).await?;
    if let Some(reason) = contradiction(verb, &current) {
        return Err(Problem::new(Kind::Conflict, reason).with_field("verb", "cannot be done now"));
    }
    if verb == Verb::Migrate && !caller.staff {
        return Err(Problem::new(Kind::Forbidden, "Only staff may move a server to another node."));
    }
    let parameters = read(attempt.connection(), id.0, &asked, &current).await?;
    let change = Change {
        caller: &caller,
        request: &request_id,
        server: id.0,
        kind: OperationKind::Action,
        action: Some((verb, &parameters)),
    };
    accept::accept(attempt, &app, change, format!("verb {verb}, {parameters:?}")).await
}

/// Checks the parameters against what the server and the catalogue have.
async fn read(
    connection: &mut PgConnection,
    server: ServerId,
    asked: &Act,
    current: &Current,
) -> Result<Parameters, Problem> {
    let asked_image = match &asked.image {
        Some(image) => image_deprecated(connection, image).await?,
        None => None,
    };
    let stores = stores::find(connection, server).await?;
    parameters::read(asked, &Ground { stores: &stores, image: &current.image, asked_image })
}

/// Why the verb would be undone at once or refused, if so.
fn contradiction(verb: Verb, current: &Current) -> Option<String> {
    let starts = matches!(verb, Verb::Start | Verb::Restart | Verb::Reset);
    if let Some(reason) = current.suspended.as_ref().filter(|_| starts) {
        return Some(format!("The server is suspended: {reason}"));
    }
    let sentence = match (verb, current.run_policy) {
        (Verb::Start | Verb::Restart | Verb::Reset, RunPolicy::Stopped) => {
            Some("The server's runPolicy is Stopped, so it is kept stopped. Change runPolicy to start it.")
        }
        (Verb::Stop | Verb::Shutdown, RunPolicy::Running) => {
            Some("The server's runPolicy is Running, so it is kept running. Change runPolicy to stop it.")
        }
        _ if starts && current.phase == Phase::Suspended => Some("The server is suspended."),
        _ => None,
    };
    sentence.map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn current(run_policy: RunPolicy, phase: Phase, suspended: Option<&str>) -> Current {
        Current {
            account: None,
            namespace: "acct-a".into(),
            name: "web".into(),
            site: "home".into(),
            plan: "small".into(),
            image: "debian".into(),
            root_disk_gib: None,
            size_gib: 20,
            run_policy,
            deletion_protection: false,
            phase,
            suspended: suspended.map(Into::into),
        }
    }

    #[test]
    fn a_verb_that_the_run_policy_would_undo_is_refused() {
        for (verb, policy, refused) in [
            (Verb::Start, RunPolicy::Stopped, true),
            (Verb::Restart, RunPolicy::Stopped, true),
            (Verb::Reset, RunPolicy::Stopped, true),
            (Verb::Rebuild, RunPolicy::Stopped, false),
            (Verb::Stop, RunPolicy::Stopped, false),
            (Verb::Stop, RunPolicy::Running, true),
            (Verb::Shutdown, RunPolicy::Running, true),
            (Verb::Start, RunPolicy::Running, false),
            (Verb::Start, RunPolicy::Managed, false),
            (Verb::Shutdown, RunPolicy::Managed, false),
        ] {
            assert_eq!(
                contradiction(verb, &current(policy, Phase::Running, None)).is_some(),
                refused,
                "{verb} {policy}"
            );
        }
    }

    #[test]
    fn nothing_starts_a_suspended_server_and_the_customer_is_told_why() {
        let suspended = current(RunPolicy::Managed, Phase::Running, Some("unpaid"));
        for verb in [Verb::Start, Verb::Restart, Verb::Reset] {
            assert_eq!(contradiction(verb, &suspended).as_deref(), Some("The server is suspended: unpaid"), "{verb}");
        }
        assert!(contradiction(Verb::Stop, &suspended).is_none());
        assert!(contradiction(Verb::Start, &current(RunPolicy::Managed, Phase::Suspended, None)).is_some());
    }
}
