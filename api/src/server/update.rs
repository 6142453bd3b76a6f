//! Changing a server.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::account;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::catalogue::store::{plan_limits, site_offer};
use crate::http::body::Body;
use crate::http::idempotency::Begun;
use crate::http::path::PathOf;
use crate::http::request_id::RequestId;
use crate::id::ServerId;
use crate::operation::view::OperationKind;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::server::accept::{self, Change};
use crate::server::create::name_taken;
use crate::server::device_name::is_group_name;
use crate::server::disk::{self, AskedDisk};
use crate::server::dns::Dns;
use crate::server::hostname::Hostname;
use crate::server::interface::{self, AskedInterface};
use crate::server::parameters::is_node_name;
use crate::server::resize::{self, Resize};
use crate::server::size::Size;
use crate::server::spec::{Field, Spec};
use crate::server::store::{self, Current};
use crate::server::view::{Accepted, DeletionPolicy, DriftPolicy, RunPolicy};
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
    pub drift_policy: Option<DriftPolicy>,
    pub dns: Option<Dns>,
    /// Disks to add or to grow, beside the root disk.
    #[serde(default)]
    #[schema(required = false, max_items = 13)]
    pub disks: Vec<AskedDisk>,
    /// Names of disks to take out. Each is kept, detached, until somebody decides.
    #[serde(default)]
    #[schema(required = false)]
    pub remove_disks: Vec<String>,
    /// Interfaces to add.
    #[serde(default)]
    #[schema(required = false, max_items = 8)]
    pub networks: Vec<AskedInterface>,
    /// Names of interfaces to take out; their addresses are given up.
    #[serde(default)]
    #[schema(required = false)]
    pub remove_networks: Vec<String>,
    /// Servers of the account that name the same group are made on different nodes; empty: no group.
    #[schema(max_length = 63)]
    pub anti_affinity_group: Option<String>,
    /// Staff only: a size of its own, which takes the plan's place.
    pub resources: Option<Size>,
    /// Staff only: the node that it is to be created on.
    #[schema(max_length = 63)]
    pub wanted_node: Option<String>,
    /// Staff only: no step is taken while true.
    pub paused: Option<bool>,
}

/// Change a server
#[utoipa::path(
    patch, path = "/v1/servers/{id}", tag = "Servers", operation_id = "updateServer",
    params(("id" = ServerId, Path, description = "The server's id")),
    request_body = UpdateServer,
    responses(
        (status = 202, body = Accepted, description = "Accepted: follow the operation", headers(("Location" = String, description = "The operation's address"))),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`: a field of staff's"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`name-taken`, `owned-by-git`: the detail names the owner, `conflict`: the server is being deleted"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unprocessable`: an unknown plan, storage class or network, a disk that would shrink, or more than the plan allows"),
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
    refuse_staff_fields(&caller, &fields, change.wanted_node.is_some())?;
    interface::refuse_addresses(&change.networks, caller.staff)?;
    let connection = attempt.connection();
    let current = store::lock_changeable(connection, id.0, &caller).await?;
    ownership::refuse_git(connection, id.0, &fields).await?;
    let mut owned = revision::next_owned(connection, id.0).await?;
    if let Some(name) = change.name.clone() {
        let name = Hostname::try_from(name)?;
        refuse_taken(connection, &current, &name).await?;
        owned.hostname = Some(name.to_string());
    }
    let data_gib = change_devices(connection, id.0, &change, &current, &mut owned).await?;
    if change.plan.is_some() || change.root_disk_gib.is_some() {
        let plan = change.plan.as_deref().unwrap_or(&current.plan);
        let limits = plan_limits(connection, plan).await?;
        let asked = Resize { plan: change.plan.as_deref(), root_disk_gib: change.root_disk_gib, data_gib };
        let size = resize::resize(&asked, &current, limits)?;
        owned.plan = change.plan.clone().or(owned.plan);
        owned.root_disk_gib = size;
        owned.resources = None;
    }
    if let Some(size) = change.resources {
        (owned.resources, owned.plan, owned.root_disk_gib) = (Some(size.checked(current.size_gib)?), None, None);
    }
    owned.run_policy = change.run_policy.or(owned.run_policy);
    owned.deletion_protection = change.deletion_protection.or(owned.deletion_protection);
    owned.deletion_policy = change.deletion_policy.or(owned.deletion_policy);
    owned.deletion_grace_hours = change.deletion_grace_period_hours.or(owned.deletion_grace_hours);
    owned.drift_policy = change.drift_policy.or(owned.drift_policy);
    owned.dns = change.dns.clone().map(Dns::checked).transpose()?.or(owned.dns);
    owned.node = change.wanted_node.clone().or(owned.node);
    owned.anti_affinity_group = change.anti_affinity_group.clone().or(owned.anti_affinity_group);
    owned.paused = change.paused.or(owned.paused);
    revision::insert_owned(connection, &app.env, id.0, &owned, caller.user).await?;
    let accepted =
        Change { caller: &caller, request: &request_id, server: id.0, kind: OperationKind::Update, action: None };
    accept::accept(attempt, &app, accepted, format!("{change:?}")).await
}

impl UpdateServer {
    /// The fields that are to change.
    fn fields(&self) -> Result<Vec<Field>, Problem> {
        check_place_and_grace(self.wanted_node.as_deref(), self.deletion_grace_period_hours)?;
        check_group(self.anti_affinity_group.as_deref().filter(|group| !group.is_empty()))?;
        if self.resources.is_some() && (self.plan.is_some() || self.root_disk_gib.is_some()) {
            return Err(Problem::invalid("A size of its own stands in place of a plan.")
                .with_field("resources", "cannot stand beside plan or rootDiskGiB"));
        }
        let given = [
            (self.name.is_some(), Field::Hostname),
            (self.plan.is_some(), Field::Plan),
            (self.root_disk_gib.is_some() || !self.disks.is_empty() || !self.remove_disks.is_empty(), Field::Disks),
            (!self.networks.is_empty() || !self.remove_networks.is_empty(), Field::Networks),
            (self.run_policy.is_some(), Field::RunPolicy),
            (self.deletion_protection.is_some(), Field::DeletionProtection),
            (self.deletion_policy.is_some(), Field::DeletionPolicy),
            (self.deletion_grace_period_hours.is_some(), Field::DeletionGracePeriod),
            (self.drift_policy.is_some(), Field::DriftPolicy),
            (self.dns.is_some(), Field::Dns),
            (self.resources.is_some(), Field::Resources),
            (self.wanted_node.is_some() || self.anti_affinity_group.is_some(), Field::Placement),
            (self.paused.is_some(), Field::Paused),
        ];
        let fields: Vec<Field> = given.into_iter().filter_map(|(given, field)| given.then_some(field)).collect();
        if fields.is_empty() { Err(Problem::invalid("Name at least one field to change.")) } else { Ok(fields) }
    }
}

/// Takes over the change of disks and interfaces; answers what the disks beside the root disk have together, in GiB.
async fn change_devices(
    connection: &mut PgConnection,
    id: ServerId,
    change: &UpdateServer,
    current: &Current,
    owned: &mut Spec,
) -> Result<i32, Problem> {
    let wished = revision::wished(connection, id).await?;
    let site = site_offer(connection, &current.site, &current.namespace).await?;
    let plan = match change.plan.as_deref().unwrap_or(&current.plan) {
        _ if change.resources.is_some() => None,
        plan => plan_limits(connection, plan).await?,
    };
    let root = change.root_disk_gib.or(current.root_disk_gib).unwrap_or_default();
    let ground = disk::Ground {
        present: &wished.disks,
        classes: &site.storage_classes,
        room_gib: plan.map(|plan| plan.max_disk_gib - plan.disk_gib.max(root)),
    };
    let disks = disk::change(&change.disks, &change.remove_disks, &ground)?;
    let data_gib = disks.iter().map(|disk| disk.size_gib).fold(0, i32::saturating_add);
    owned.own_disks(&wished.disks, disks);
    if !change.networks.is_empty() || !change.remove_networks.is_empty() {
        let ground = interface::Ground {
            present: &wished.networks,
            default_network: &site.default_network,
            open: &site.networks,
        };
        let networks = interface::change(&change.networks, &change.remove_networks, &ground)?;
        owned.own_networks(&wished.networks, networks);
    }
    Ok(data_gib)
}

/// The pattern that Kubernetes sets.
pub fn check_group(group: Option<&str>) -> Result<(), Problem> {
    if group.is_some_and(|group| !is_group_name(group)) {
        return Err(Problem::invalid("This cannot be a group's name.")
            .with_field("antiAffinityGroup", "must be at most 63 lower case letters, digits and dashes"));
    }
    Ok(())
}

/// The bounds that Kubernetes sets.
pub fn check_place_and_grace(node: Option<&str>, grace_hours: Option<i32>) -> Result<(), Problem> {
    if grace_hours.is_some_and(|hours| !(0..=720).contains(&hours)) {
        return Err(Problem::invalid("The grace period is out of range.")
            .with_field("deletionGracePeriodHours", "must be between 0 and 720"));
    }
    if node.is_some_and(|node| !is_node_name(node)) {
        return Err(Problem::invalid("There is no such node.").with_field("wantedNode", "is no node's name"));
    }
    Ok(())
}

/// Size, node and pause are the provider's business.
pub fn refuse_staff_fields(caller: &Caller, fields: &[Field], node: bool) -> Result<(), Problem> {
    let staffs = |field: &&Field| match field {
        Field::Resources | Field::Paused => true,
        Field::Placement => node,
        _ => false,
    };
    match fields.iter().find(staffs) {
        Some(field) if !caller.staff => {
            let name = if *field == Field::Placement { "wantedNode" } else { field.as_str() };
            Err(Problem::new(Kind::Forbidden, "Only staff may set this.").with_field(name, "is for staff"))
        }
        _ => Ok(()),
    }
}

async fn refuse_taken(connection: &mut PgConnection, current: &Current, name: &Hostname) -> Result<(), Problem> {
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
