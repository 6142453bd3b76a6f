//! Servers in Postgres: finding, listing, locking.
//!
//! The list's statement is put together at run time, because order and filters vary; the tests ask Postgres to explain
//! exactly this text.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::auth::caller::Caller;
use crate::http::page::MAX_TOTAL;
use crate::id::{AccountId, ServerId};
use crate::operation::store as operations;
use crate::operation::view::OperationView;
use crate::operator::Named;
use crate::problem::{Kind, Problem};
use crate::server::devices;
use crate::server::dns::Dns;
use crate::server::ownership;
use crate::server::revision;
use crate::server::sort::{Cursor, Key, Sort};
use crate::server::spec::Spec;
use crate::server::stores;
use crate::server::view::{
    ConditionStatus, ConditionView, DeletionPolicy, DriftPolicy, Origin, Phase, PowerState, RetainedView, RunPolicy,
    ServerView, SuspendedView,
};

/// A server's row with what its account, plan, site and conditions add to it.
#[derive(Debug, Clone, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "they are columns")]
pub struct ServerRow {
    pub id: ServerId,
    pub account_id: Option<AccountId>,
    account_name: Option<String>,
    origin: Origin,
    namespace: String,
    object_name: String,
    revision: i64,
    pub created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    pub name: String,
    site: String,
    region: Option<String>,
    pub plan: String,
    image: String,
    network: Option<String>,
    cores: i32,
    memory_mib: i32,
    disk_gib: i32,
    run_policy: RunPolicy,
    deletion_protection: bool,
    deletion_policy: DeletionPolicy,
    deletion_grace_hours: i32,
    pub phase: Phase,
    power_state: PowerState,
    vmid: Option<i32>,
    node: Option<String>,
    ready: bool,
    reason: Option<String>,
    message: Option<String>,
    restart_required: bool,
    drift_policy: DriftPolicy,
    dns_servers: Vec<String>,
    dns_search_domain: Option<String>,
    network_mbps: Option<i32>,
    wanted_node: Option<String>,
    anti_affinity_group: Option<String>,
    paused: bool,
    suspended: Option<String>,
    retained: bool,
    retained_until: Option<DateTime<Utc>>,
    purging: bool,
    listed: bool,
    addresses: Vec<String>,
}

const SELECT: &str =
    "select s.id, s.account_id, a.name as account_name, s.origin, s.namespace, s.object_name, s.revision,
       s.created_at, s.updated_at, s.name, s.site, t.region, s.plan, coalesce(s.installed_image, s.image) as image, s.network,
       coalesce(s.cores, p.cores, 0) as cores, coalesce(s.memory_mib, p.memory_mib, 0) as memory_mib,
       greatest(coalesce(s.root_disk_gib, 0), coalesce(s.disk_gib, p.disk_gib, 0)) as disk_gib,
       s.run_policy, s.deletion_protection, s.deletion_policy, s.deletion_grace_hours, s.phase, s.power_state, s.vmid,
       s.node, coalesce(r.status = 'True' and r.observed_generation >= s.generation, false) as ready,
       r.reason, r.message, coalesce(q.status = 'True', false) as restart_required,
       s.drift_policy, s.dns_servers, s.dns_search_domain, s.network_mbps, s.wanted_node, s.anti_affinity_group, s.paused,
       s.suspended,
       s.retained_since is not null and s.absent_at is not null as retained, s.retained_until,
       s.retained_purging or exists (select from operations o where o.server_id = s.id and o.kind = 'purge'
                                      and o.status in ('accepted', 'running')) as purging,
       s.listed,
       array(select d.address from server_addresses d where d.server_id = s.id order by d.position) as addresses
  from servers s
  left join accounts a on a.id = s.account_id
  left join plans p on p.name = s.plan
  left join sites t on t.name = s.site
  left join server_conditions r on r.server_id = s.id and r.type = 'Ready'
  left join server_conditions q on q.server_id = s.id and q.type = 'RestartRequired'";

/// Which servers are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those that the caller may see; `None`: all.
    pub accounts: Option<Vec<Uuid>>,
    pub account: Option<AccountId>,
    /// Part of a name or an address.
    pub search: Option<String>,
    pub phase: Option<Phase>,
    pub site: Option<String>,
}

impl Filter {
    fn push(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(" where s.listed");
        match self.accounts.as_deref() {
            // One account is the usual case, and only an equality lets an index give the order.
            Some([only]) => drop(query.push(" and s.account_id = ").push_bind(*only)),
            Some(several) => drop(query.push(" and s.account_id = any(").push_bind(several.to_vec()).push(")")),
            None => {}
        }
        if self.accounts.is_some() {
            query.push(" and s.phase <> 'Unlinked'");
        }
        if let Some(account) = self.account {
            query.push(" and s.account_id = ").push_bind(account.0);
        }
        if let Some(phase) = self.phase {
            query.push(" and s.phase = ").push_bind(phase.as_str());
        }
        if let Some(site) = &self.site {
            query.push(" and s.site = ").push_bind(site.clone());
        }
        if let Some(search) = &self.search {
            let literal = search.to_lowercase().replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
            query.push(" and s.search_text like ").push_bind(format!("%{literal}%"));
        }
    }
}

/// The list's statement.
pub fn list_query(filter: &Filter, sort: Sort, after: Option<&Cursor>, limit: i64) -> QueryBuilder<Postgres> {
    let (column, descending) = sort.column();
    let (compare, direction) = if descending { ("<", "desc") } else { (">", "asc") };
    let mut query = QueryBuilder::new(SELECT);
    filter.push(&mut query);
    if let Some(cursor) = after {
        query.push(format!(" and (s.{column}, s.id) {compare} ("));
        match &cursor.key {
            Key::Text(text) => query.push_bind(text.clone()),
            Key::Time(time) => query.push_bind(*time),
        };
        query.push(", ").push_bind(cursor.id).push(")");
    }
    query.push(format!(" order by s.{column} {direction}, s.id {direction} limit ")).push_bind(limit);
    query
}

pub async fn list(
    connection: &mut PgConnection,
    filter: &Filter,
    sort: Sort,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<ServerRow>, sqlx::Error> {
    list_query(filter, sort, after, limit).build_query_as().fetch_all(connection).await
}

/// Up to [`MAX_TOTAL`].
pub async fn count(connection: &mut PgConnection, filter: &Filter) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("select count(*) from (select from servers s");
    filter.push(&mut query);
    query.push(" limit ").push_bind(MAX_TOTAL).push(") counted");
    query.build_query_scalar().fetch_one(connection).await
}

/// Adds operations and why no machine is linked to a page of rows. The node is for staff.
pub async fn complete(
    connection: &mut PgConnection,
    rows: Vec<ServerRow>,
    staff: bool,
) -> Result<Vec<ServerView>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut latest = operations::latest(&mut *connection, &ids).await?;
    let mut unlinked = unlinked(connection, &rows).await?;
    let view = rows.into_iter().map(|mut row| {
        if let Some(why) = unlinked.remove(&row.id.0) {
            (row.reason, row.message) = (Some(Phase::Unlinked.as_str().to_owned()), Some(why));
        }
        let operation = latest.remove(&row.id);
        view(row, staff, operation)
    });
    Ok(view.collect())
}

/// Why those without a machine have none; only staff sees such rows.
async fn unlinked(connection: &mut PgConnection, rows: &[ServerRow]) -> Result<HashMap<Uuid, String>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().filter(|row| row.phase == Phase::Unlinked).map(|row| row.id.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = sqlx::query!(
        r#"select server_id as "server_id!", coalesce(unlinked_reason, '') as "why!" from services where server_id = any($1)"#,
        &ids
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(|row| (row.server_id, row.why)).collect())
}

fn view(row: ServerRow, staff: bool, operation: Option<OperationView>) -> ServerView {
    ServerView {
        id: row.id,
        name: row.name,
        account_id: row.account_id,
        account_name: row.account_name,
        origin: row.origin,
        namespace: row.namespace,
        object_name: row.object_name,
        site: row.site,
        region: row.region,
        plan: row.plan,
        image: row.image,
        network: row.network,
        cores: row.cores,
        memory_mib: row.memory_mib,
        disk_gib: row.disk_gib,
        addresses: row.addresses,
        phase: row.phase,
        power_state: row.power_state,
        ready: row.ready,
        reason: row.reason.filter(|_| !row.ready),
        message: row.message.filter(|_| !row.ready),
        restart_required: row.restart_required,
        conditions: Vec::new(),
        disks: Vec::new(),
        networks: Vec::new(),
        snapshots: Vec::new(),
        backups: Vec::new(),
        detached_disks: Vec::new(),
        drift: Vec::new(),
        run_policy: row.run_policy,
        deletion_protection: row.deletion_protection,
        deletion_policy: row.deletion_policy,
        deletion_grace_period_hours: row.deletion_grace_hours,
        drift_policy: row.drift_policy,
        dns: Dns { servers: row.dns_servers, search_domain: row.dns_search_domain },
        network_mbps: row.network_mbps,
        wanted_node: row.wanted_node.filter(|_| staff),
        anti_affinity_group: row.anti_affinity_group,
        paused: row.paused,
        suspended: row.suspended.map(|reason| SuspendedView { reason }),
        vmid: row.vmid.filter(|_| staff),
        node: row.node.filter(|_| staff),
        git_managers: Vec::new(),
        retained: row.retained.then_some(RetainedView { until: row.retained_until, purging: row.purging }),
        gone: !row.listed,
        operation,
        revision: row.revision,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// A server with its conditions and what it has in store, gone ones too. Drift is for staff: it tells of the hypervisor.
pub async fn find(connection: &mut PgConnection, id: ServerId, staff: bool) -> Result<Option<ServerView>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push(" where s.id = ").push_bind(id.0);
    let row: Option<ServerRow> = query.build_query_as().fetch_optional(&mut *connection).await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = complete(&mut *connection, vec![row], staff).await?;
    let conditions = sqlx::query_as!(
        ConditionView,
        r#"select type as kind, status as "status: ConditionStatus", reason, message, last_transition_time
           from server_conditions where server_id = $1 order by type"#,
        id.0
    )
    .fetch_all(&mut *connection)
    .await?;
    let stores = stores::find(connection, id).await?;
    let wished = revision::wished(connection, id).await?;
    let drift = if staff { stores.drift.clone() } else { Vec::new() };
    let mut git_managers: Vec<String> =
        ownership::held_by_git(connection, id).await?.into_iter().map(|held| held.manager).collect();
    git_managers.sort();
    git_managers.dedup();
    Ok(found.pop().map(|server| ServerView {
        conditions,
        disks: devices::disks(&wished, server.disk_gib, &stores),
        networks: devices::interfaces(&wished, &stores),
        snapshots: stores.snapshots,
        backups: stores.backups,
        detached_disks: stores.detached_disks,
        drift,
        git_managers,
        ..server
    }))
}

/// What Kubernetes calls the server; the inner `None`: it does not have it.
pub async fn find_named(connection: &mut PgConnection, id: ServerId) -> Result<Option<Option<Named>>, sqlx::Error> {
    let row = sqlx::query!("select namespace, object_name, uid, absent_at from servers where id = $1", id.0)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| {
        let uid = row.uid.filter(|_| row.absent_at.is_none())?;
        Some(Named { namespace: row.namespace, name: row.object_name, uid })
    }))
}

/// Locks the server's row until the transaction ends. Whoever writes a server, its revisions or its operations does this
/// first, so that request, dispatcher and mirror wait for each other in one order and never in a circle.
pub async fn lock(connection: &mut PgConnection, id: ServerId) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from servers where id = $1 for update", id.0).fetch_one(connection).await?;
    Ok(())
}

/// What a change of a server is checked against.
#[derive(Debug, Clone)]
pub struct Current {
    pub account: Option<AccountId>,
    pub namespace: String,
    pub name: String,
    pub site: String,
    pub plan: String,
    /// What is installed.
    pub image: String,
    pub root_disk_gib: Option<i32>,
    /// The disk as it is wished now, in GiB.
    pub size_gib: i32,
    pub run_policy: RunPolicy,
    pub deletion_protection: bool,
    pub phase: Phase,
    /// Why it is suspended, if it is.
    pub suspended: Option<String>,
}

/// Locks the server's row until the transaction ends. One that the caller must not see is not found; one that is on its
/// way out cannot be changed.
pub async fn lock_changeable(connection: &mut PgConnection, id: ServerId, caller: &Caller) -> Result<Current, Problem> {
    let row = sqlx::query!(
        r#"select s.account_id as "account: AccountId", s.namespace, s.name, s.site, s.plan, s.root_disk_gib,
                  coalesce(s.installed_image, s.image) as "image!",
                  greatest(coalesce(s.root_disk_gib, 0), coalesce(s.disk_gib, p.disk_gib, 0)) as "size_gib!",
                  s.run_policy as "run_policy: RunPolicy", s.deletion_protection, s.phase as "phase: Phase", s.suspended,
                  s.delete_requested or s.absent_at is not null or s.phase = 'Deleting' as "leaving!"
           from servers s left join plans p on p.name = s.plan where s.id = $1 for update of s"#,
        id.0
    )
    .fetch_optional(connection)
    .await?
    .filter(|row| caller.sees(row.account) && (caller.staff || row.phase != Phase::Unlinked))
    .ok_or_else(|| Problem::not_found("server"))?;
    if row.leaving {
        return Err(Problem::new(Kind::Conflict, "The server is being deleted."));
    }
    if row.phase == Phase::Unlinked {
        let why = "No machine was identified for this server when it was carried over. Name the machine in the mapping's \
                   `services`, and run the migration again.";
        return Err(Problem::new(Kind::Conflict, why));
    }
    Ok(Current {
        account: row.account,
        namespace: row.namespace,
        name: row.name,
        site: row.site,
        plan: row.plan,
        image: row.image,
        root_disk_gib: row.root_disk_gib,
        size_gib: row.size_gib,
        run_policy: row.run_policy,
        deletion_protection: row.deletion_protection,
        phase: row.phase,
        suspended: row.suspended,
    })
}

/// Whether a living server of the account has the name.
pub async fn name_exists(connection: &mut PgConnection, account: AccountId, name: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from servers where account_id = $1 and name = $2 and absent_at is null and listed) as "e!""#,
        account.0,
        name
    )
    .fetch_one(connection)
    .await
}

/// A server to be made.
#[derive(Debug)]
pub struct NewServer {
    pub id: ServerId,
    pub account: AccountId,
    pub name: String,
    pub namespace: String,
    pub object_name: String,
    pub spec: Spec,
}

/// Makes the server's row without a revision: the first one follows in the same transaction.
pub async fn insert(connection: &mut PgConnection, new: &NewServer, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into servers (id, account_id, origin, namespace, object_name, revision, created_at, updated_at, name, site,
                              plan, image, run_policy, deletion_protection, deletion_policy, deletion_grace_hours, search_text)
         values ($1, $2, 'api', $3, $4, 0, $5, $5, $6, '', '', '', 'Managed', false, 'Delete', 72, $6)",
        new.id.0,
        new.account.0,
        new.namespace,
        new.object_name,
        now,
        new.name
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub async fn request_delete(
    connection: &mut PgConnection,
    id: ServerId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update servers set delete_requested = true, phase = 'Deleting', updated_at = $2 where id = $1",
        id.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
