//! Handing a server over: to Git, whose manifest is then the only word about what it names, and back to the dashboard.

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
use crate::operation::view::OperationKind;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::ownership::{self, Held};
use crate::server::revision;
use crate::server::spec::{Field, Spec};
use crate::server::store;
use crate::server::view::Accepted;
use crate::text_enum::text_enum;

text_enum!(
    /// Who decides from now on about what Git holds.
    Keeper {
        /// What the manifest in Git names is Git's alone: what is taken out there goes.
        Git = "git",
        /// All of it is the dashboard's again, as it is now. A pipeline that still applies the manifest takes it anew.
        Dashboard = "dashboard",
    }
);

/// Where the server goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    pub to: Keeper,
}

/// Hand a server over to Git, or take it back; the server itself stays as it is
#[utoipa::path(
    post, path = "/v1/servers/{id}/hand-over", tag = "Servers", operation_id = "handServerOver",
    params(("id" = ServerId, Path, description = "The server's id")),
    request_body = HandOver,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: Git holds nothing of it, or a field of the provider's, or it is being deleted"),
    )
)]
pub async fn hand_over(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    id: PathOf<ServerId>,
    body: Body<HandOver>,
) -> Result<Response, Problem> {
    let (app, to) = (state.0, body.value.to);
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let connection = attempt.connection();
    store::lock_changeable(connection, id.0, &caller).await?;
    let held = ownership::held_by_git(connection, id.0).await?;
    refuse(&held, &caller, to)?;
    let owned = revision::next_owned(connection, id.0).await?;
    let owned = match to {
        Keeper::Git => left_to_git(owned, &held),
        Keeper::Dashboard => taken_back(owned, &revision::wished(connection, id.0).await?, held),
    };
    revision::insert_owned(connection, &app.env, id.0, &owned, caller.user).await?;
    let change =
        Change { caller: &caller, request: &request_id, server: id.0, kind: OperationKind::Update, action: None };
    accept::accept(attempt, &app, change, format!("handed over to {to}")).await
}

fn refuse(held: &[Held], caller: &Caller, to: Keeper) -> Result<(), Problem> {
    if held.is_empty() {
        let why = match to {
            Keeper::Git => {
                "Git holds nothing of it yet. Commit its manifest, let your pipeline apply it (server-side), and try again."
            }
            Keeper::Dashboard => "Git holds nothing of it: change it here.",
        };
        return Err(Problem::new(Kind::Conflict, why));
    }
    let providers = [Field::Suspended, Field::Paused, Field::Resources];
    match held.iter().find(|held| providers.iter().any(|field| field.as_str() == held.path)) {
        Some(held) if !caller.staff => Err(Problem::new(
            Kind::Conflict,
            format!("spec.{} is your provider's, and managed by {}: ask your provider.", held.path, held.manager),
        )),
        _ => Ok(()),
    }
}

/// What we own besides: of what two apply, nothing is ever taken away.
fn left_to_git(mut owned: Spec, held: &[Held]) -> Spec {
    for held in held {
        owned.take(&held.path, &Spec::default());
    }
    owned
}

/// What Git held becomes ours as it is, before Git's managers go: a field of nobody's would be set by nobody.
fn taken_back(mut owned: Spec, effective: &Spec, held: Vec<Held>) -> Spec {
    for held in held {
        owned.take(&held.path, effective);
        if !owned.removed.managers.contains(&held.manager) {
            owned.removed.managers.push(held.manager);
        }
    }
    owned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(paths: &[&str]) -> Vec<Held> {
        paths.iter().map(|path| Held { path: (*path).to_owned(), manager: "argocd-controller".to_owned() }).collect()
    }

    #[test]
    fn git_is_left_what_it_holds_and_the_dashboard_takes_it_back_as_it_is() {
        let before = Spec { plan: Some("small".into()), hostname: Some("web".into()), ..Spec::default() };
        let owned = left_to_git(before.clone(), &held(&["planRef"]));
        assert_eq!(owned, Spec { plan: None, ..before.clone() });
        let effective = Spec { plan: Some("large".into()), image: Some("debian-13".into()), ..before };
        let back = taken_back(owned, &effective, held(&["planRef", "imageRef"]));
        assert_eq!(back.removed.managers, ["argocd-controller"]);
        assert_eq!((back.plan, back.image), (effective.plan, effective.image));
    }
}
