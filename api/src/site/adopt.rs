//! Adopting a machine: a server of an account takes it over while it runs. What it is made of comes from the operator, so
//! that nothing differs.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use slipway_crds::{Adopt, VirtualServerSpec};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::account;
use crate::app::App;
use crate::auth::caller::Staff;
use crate::catalogue::store::image_deprecated;
use crate::http::body::Body;
use crate::http::idempotency::Begun;
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::{AccountId, ServerId};
use crate::mirror::translate;
use crate::operation::view::OperationKind;
use crate::operator::Asked;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::create::{name_taken, object_name};
use crate::server::hostname::Hostname;
use crate::server::revision;
use crate::server::spec::Spec;
use crate::server::store::{self as servers, NewServer};
use crate::server::view::{Accepted, DriftPolicy};
use crate::site::store;

/// Which machine, and whose server it becomes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdoptMachine {
    /// Its number on Proxmox VE.
    #[schema(minimum = 100, maximum = 999_999_999)]
    pub vmid: i32,
    pub account_id: AccountId,
    /// The server's name; the machine's when not given.
    #[schema(max_length = 63)]
    pub name: Option<String>,
    /// What is installed, as far as it is known; a rebuild names it.
    pub image: Option<String>,
    /// It may be taken out of another pool of Proxmox VE.
    #[serde(default)]
    #[schema(required = false)]
    pub move_pool: bool,
}

/// Adopt a machine: it becomes a server without being touched
#[utoipa::path(
    post, path = "/v1/sites/{name}/adopt", tag = "Staff", operation_id = "adoptMachine",
    params(("name" = String, Path, description = "The site's name")),
    request_body = AdoptMachine,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`: no such site or account"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`conflict`: the machine cannot be adopted, and why; `name-taken`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: an unknown image"),
    )
)]
pub async fn adopt(
    state: State<App>,
    staff: Staff,
    request_id: RequestId,
    site: PathOf<String>,
    body: Body<AdoptMachine>,
) -> Result<Response, Problem> {
    let (app, caller, asked) = (state.0, staff.0, body.value);
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let connection = attempt.connection();
    store::find(connection, &site.0).await?.ok_or_else(|| Problem::not_found("site"))?;
    let account =
        account::store::lock(connection, asked.account_id).await?.ok_or_else(|| Problem::not_found("account"))?;
    if let Some(image) = &asked.image
        && image_deprecated(connection, image).await?.is_none()
    {
        return Err(Problem::new(Kind::Unprocessable, "There is no such image.")
            .with_field("image", format!("there is no image {image}")));
    }
    refuse_adopted(connection, &site.0, asked.vmid).await?;
    let found = machine(&app, &site.0, &asked).await?;
    let name = Hostname::try_from(asked.name.clone().or_else(|| found.hostname.clone()).unwrap_or_default())?;
    if servers::name_exists(connection, asked.account_id, name.as_str()).await? {
        return Err(name_taken(&name));
    }
    let id = ServerId(app.env.uuid());
    let spec = wish(&found, &name, &asked);
    let object_name = object_name(name.as_str(), id);
    let namespace = account.namespace;
    let new = NewServer { id, account: asked.account_id, name: name.to_string(), namespace, object_name, spec };
    servers::insert(connection, &new, app.env.now()).await?;
    revision::insert_owned(connection, &app.env, id, &new.spec, caller.user).await?;
    let change =
        Change { caller: &caller, request: &request_id, server: id, kind: OperationKind::Create, action: None };
    let detail = format!("name {}, adopts VM {} of site {}", new.name, asked.vmid, site.0);
    accept::accept(attempt, &app, change, detail).await
}

/// Kubernetes may not know yet of one that was accepted a moment ago.
async fn refuse_adopted(connection: &mut PgConnection, site: &str, vmid: i32) -> Result<(), Problem> {
    // Two that ask at once, for two accounts, take turns: the second sees what the first wrote.
    let lock = "select pg_advisory_xact_lock(hashtext($1), $2)";
    sqlx::query(lock).bind(format!("adopt {site}")).bind(vmid).execute(&mut *connection).await?;
    let taken = sqlx::query_scalar!(
        r#"select exists (
               select from server_specs p join server_revisions r on r.owned_spec_id = p.id
               join servers s on s.id = r.server_id
               where (p.adopt ->> 'vmid')::int = $2 and s.site = $1 and s.absent_at is null) as "e!""#,
        site,
        vmid
    )
    .fetch_one(connection)
    .await?;
    if taken { Err(not_adoptable(vmid, "a server adopts it already")) } else { Ok(()) }
}

/// What the operator would make of the machine.
async fn machine(app: &App, site: &str, asked: &AdoptMachine) -> Result<VirtualServerSpec, Problem> {
    let question = Asked { vmid: Some(asked.vmid), after: None, limit: 1 };
    let found = app.operator()?.adoptable(site, &question).await?.machines.pop();
    let Some(found) = found else {
        return Err(not_adoptable(asked.vmid, "the site shows no such machine, or it is a server's"));
    };
    let Some(spec) = found.spec else {
        return Err(not_adoptable(asked.vmid, found.skipped.as_deref().unwrap_or("the operator does not say why")));
    };
    match found.pool {
        Some(pool) if !asked.move_pool && spec.adopt.as_ref().is_some_and(|adopt| adopt.move_pool) => {
            let message = format!("VM {} is in the pool {pool}. Say that it may be taken out of it.", asked.vmid);
            Err(Problem::new(Kind::Conflict, message).with_field("movePool", "has to be true"))
        }
        _ => Ok(*spec),
    }
}

fn not_adoptable(vmid: i32, why: &str) -> Problem {
    Problem::new(Kind::Conflict, format!("VM {vmid} cannot be adopted: {why}.")).with_field("vmid", why)
}

/// The operator's proposal under the name and with the image that staff says.
fn wish(found: &VirtualServerSpec, name: &Hostname, asked: &AdoptMachine) -> Spec {
    let adopt = found.adopt.clone().map(|adopt| Adopt { move_pool: adopt.move_pool && asked.move_pool, ..adopt });
    let proposed = translate::spec(found, name.as_str());
    Spec {
        hostname: Some(name.to_string()),
        image: asked.image.clone().or(proposed.image),
        // It runs for somebody: what differs is shown before anything is changed, and it is not deleted lightly.
        drift_policy: Some(DriftPolicy::Report),
        deletion_protection: Some(true),
        // Nobody's wish, and so left to whoever will have one.
        paused: None,
        adopt,
        ..proposed
    }
}
