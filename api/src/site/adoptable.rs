//! Machines of a site that could become servers, as the operator sees them now; and why the others cannot.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use slipway_crds::VirtualServerSpec;
use slipway_crds::names::ROOT_DISK;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::auth::caller::Staff;
use crate::http::page::{self, Page};
use crate::http::path::PathOf;
use crate::http::query::Query;
use crate::operator::{Asked, Machine};
use crate::problem::{Problem, ProblemBody};
use crate::site::store;

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListAdoptable {
    /// 1 to 200; 50 when not given.
    pub limit: Option<i64>,
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
}

/// A machine on Proxmox VE that is no server's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Adoptable)]
pub struct AdoptableView {
    pub vmid: i32,
    pub node: String,
    pub name: String,
    pub running: bool,
    /// The Proxmox VE pool that it is in.
    #[schema(required)]
    pub pool: Option<String>,
    /// The server that it would become; null: it cannot be adopted.
    #[schema(required)]
    pub becomes: Option<BecomesView>,
    /// Why it cannot be adopted.
    #[schema(required)]
    pub skipped: Option<String>,
    /// What root types on a node first, because it is not in Slipway's pool.
    #[schema(required)]
    pub command: Option<String>,
}

/// A server whose sizes are the machine's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BecomesView {
    pub name: String,
    pub cores: i32,
    #[serde(rename = "memoryMiB")]
    pub memory_mib: i32,
    /// The root disk.
    #[serde(rename = "diskGiB")]
    pub disk_gib: i32,
    /// Disks beside it.
    pub more_disks: usize,
    /// Empty: the site's default.
    pub networks: Vec<String>,
    /// It leaves another pool, which has to be allowed.
    pub leaves_pool: bool,
}

/// List a site's machines that could be adopted, by number
#[utoipa::path(
    get, path = "/v1/sites/{name}/adoptable", tag = "Staff", operation_id = "listAdoptable",
    params(("name" = String, Path, description = "The site's name"), ListAdoptable),
    responses(
        (status = 200, body = Page<AdoptableView>, description = "One page"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not-found`"),
    )
)]
pub async fn list(
    state: State<App>,
    _staff: Staff,
    name: PathOf<String>,
    query: Query<ListAdoptable>,
) -> Result<Json<Page<AdoptableView>>, Problem> {
    let (limit, after) = (page::limit(query.0.limit)?, page::decode::<i32>(query.0.cursor.as_deref())?);
    let mut connection = state.0.pool.acquire().await?;
    store::find(&mut connection, &name.0).await?.ok_or_else(|| Problem::not_found("site"))?;
    drop(connection);
    let found = state.0.operator()?.adoptable(&name.0, &Asked { after, limit, vmid: None }).await?;
    let next_cursor = found.next.as_ref().map(page::encode).transpose()?;
    Ok(Json(Page { items: found.machines.into_iter().map(view).collect(), next_cursor, total: found.total }))
}

fn view(machine: Machine) -> AdoptableView {
    let Machine { vmid, node, name, running, pool, skipped, spec, command } = machine;
    AdoptableView { vmid, node, name, running, pool, becomes: spec.as_deref().map(becomes), skipped, command }
}

fn becomes(spec: &VirtualServerSpec) -> BecomesView {
    let bounded = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let size = spec.resources.as_ref();
    BecomesView {
        name: spec.hostname.clone().unwrap_or_default(),
        cores: size.map_or(0, |size| bounded(size.cores)),
        memory_mib: size.map_or(0, |size| bounded(size.memory_mib)),
        disk_gib: size.map_or(0, |size| bounded(size.disk_gib)),
        more_disks: spec.disks.iter().filter(|disk| disk.name != ROOT_DISK).count(),
        networks: spec.networks.iter().map(|network| network.network_ref.clone()).collect(),
        leaves_pool: spec.adopt.as_ref().is_some_and(|adopt| adopt.move_pool),
    }
}
