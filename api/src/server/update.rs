//! Changing a server.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::account;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store::plan_limits;
use crate::http::body::Body;
use crate::http::idempotency::Begun;
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::OperationKind;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::create::name_taken;
use crate::server::hostname::Hostname;
use crate::server::resize::{self, Resize};
use crate::server::spec::Field;
use crate::server::store::{self, Current};
use crate::server::view::{Accepted, DeletionPolicy, RunPolicy};
use crate::server::{ownership, revision};

/// What to change; what is not given stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateServer {
    pub plan: Option<String>,
    #[serde(rename = "rootDiskGiB")]
    pub root_disk_gib: Option<i32>,
    pub run_policy: Option<RunPolicy>,
    pub deletion_protection: Option<bool>,
    pub deletion_policy: Option<DeletionPolicy>,
    /// 0 to 720.
    #[schema(minimum = 0, maximum = 720)]
    pub deletion_grace_period_hours: Option<i32>,
    #[schema(max_length = 63)]
    pub name: Option<String>,
}

/// Change a server
#[utoipa::path(
    patch, path = "/v1/servers/{id}", tag = "Servers", operation_id = "updateServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    request_body = UpdateServer,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`name-taken`, `owned-by-git`: the detail names the owner, `conflict`: the server is being deleted"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: an unknown plan or a disk that would shrink"),
    )
)]
pub async fn update(
    state: State<App>,
    caller: Caller,
    request_id: RequestId,
    id: PathOf<ServerId>,
    body: Body<UpdateServer>,
) -> Result<Response, Problem> {
    let (app, change) = (state.0, body.value);
    let mut attempt = match body.idempotency.begin(&app, &caller).await? {
        Begun::Replay(response) => return Ok(response),
        Begun::First(attempt) => attempt,
    };
    let fields = change.fields()?;
    let connection = attempt.connection();
    let current = store::lock_changeable(connection, id.0, &caller).await?;
    ownership::refuse_git(connection, id.0, &fields).await?;
    let mut owned = revision::newest_owned(connection, id.0).await?;
    if let Some(name) = change.name.clone() {
        let name = Hostname::try_from(name)?;
        refuse_taken(connection, &current, &name).await?;
        owned.hostname = Some(name.to_string());
    }
    if change.plan.is_some() || change.root_disk_gib.is_some() {
        let plan = change.plan.as_deref().unwrap_or(&current.plan);
        let limits = plan_limits(connection, plan).await?;
        let asked = Resize { plan: change.plan.as_deref(), root_disk_gib: change.root_disk_gib };
        let size = resize::resize(&asked, &current, limits)?;
        owned.plan = change.plan.clone().or(owned.plan);
        owned.root_disk_gib = size;
    }
    owned.run_policy = change.run_policy.or(owned.run_policy);
    owned.deletion_protection = change.deletion_protection.or(owned.deletion_protection);
    owned.deletion_policy = change.deletion_policy.or(owned.deletion_policy);
    owned.deletion_grace_hours = change.deletion_grace_period_hours.or(owned.deletion_grace_hours);
    revision::insert_owned(connection, &app.env, id.0, &owned, caller.user).await?;
    let accepted =
        Change { caller: &caller, request: &request_id, server: id.0, kind: OperationKind::Update, verb: None };
    accept::accept(attempt, &app, accepted, format!("{change:?}")).await
}

impl UpdateServer {
    /// The fields that are to change.
    fn fields(&self) -> Result<Vec<Field>, Problem> {
        if self.deletion_grace_period_hours.is_some_and(|hours| !(0..=720).contains(&hours)) {
            return Err(Problem::invalid("The grace period is out of range.")
                .with_field("deletionGracePeriodHours", "must be between 0 and 720"));
        }
        let given = [
            (self.name.is_some(), Field::Hostname),
            (self.plan.is_some(), Field::Plan),
            (self.root_disk_gib.is_some(), Field::RootDisk),
            (self.run_policy.is_some(), Field::RunPolicy),
            (self.deletion_protection.is_some(), Field::DeletionProtection),
            (self.deletion_policy.is_some(), Field::DeletionPolicy),
            (self.deletion_grace_period_hours.is_some(), Field::DeletionGracePeriod),
        ];
        let fields: Vec<Field> = given.into_iter().filter_map(|(given, field)| given.then_some(field)).collect();
        if fields.is_empty() { Err(Problem::invalid("Name at least one field to change.")) } else { Ok(fields) }
    }
}

async fn refuse_taken(connection: &mut sqlx::PgConnection, current: &Current, name: &Hostname) -> Result<(), Problem> {
    let Some(account) = current.account else { return Ok(()) };
    if current.name == name.as_str() {
        return Ok(());
    }
    account::store::lock(connection, account).await?;
    if store::name_exists(connection, account, name.as_str()).await? {
        return Err(Problem::new(Kind::NameTaken, name_taken(name).detail().to_owned()).with_field("name", "is taken"));
    }
    Ok(())
}
