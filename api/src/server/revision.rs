//! Revisions: every version of a server's desired state. `owned` is what we apply, `effective` what Kubernetes holds.
//!
//! The newest revision's wish is copied into the server's row, so that a list is one query.

use chrono::{DateTime, Utc};
use slipway_crds::Adopt;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use crate::environment::Env;
use crate::id::{ServerId, UserId};
use crate::server::disk::DataDisk;
use crate::server::dns::Dns;
use crate::server::interface::Interface;
use crate::server::ownership::{self, OwnerKind};
use crate::server::spec::{Removed, Resources, Spec, Undelete};
use crate::server::suspension::Suspension;
use crate::server::view::{DeletionPolicy, DriftPolicy, RunPolicy};

/// Makes a revision of what the API wants; the server's row is locked by the caller or new.
pub async fn insert_owned(
    connection: &mut PgConnection,
    env: &Env,
    server: ServerId,
    owned: &Spec,
    author: UserId,
) -> Result<i64, sqlx::Error> {
    let number = next_number(connection, server, owned, Extent::WhatIsSet, env.now()).await?;
    let spec = insert_spec(connection, env, owned).await?;
    sqlx::query!(
        "insert into server_revisions (server_id, number, owned_spec_id, origin, author_id, created_at)
         values ($1, $2, $3, 'api', $4, $5)",
        server.0,
        number,
        spec,
        author.0,
        env.now()
    )
    .execute(connection)
    .await?;
    Ok(number)
}

/// Makes a revision of what Kubernetes holds; what we own stays what it was.
pub async fn insert_mirrored(
    connection: &mut PgConnection,
    env: &Env,
    server: ServerId,
    effective: &Spec,
    managers: &[(String, OwnerKind)],
) -> Result<i64, sqlx::Error> {
    let number = next_number(connection, server, effective, Extent::Everything, env.now()).await?;
    let spec = insert_spec(connection, env, effective).await?;
    sqlx::query!(
        "insert into server_revisions (server_id, number, owned_spec_id, effective_spec_id, origin, created_at)
         select $1, $2, (select owned_spec_id from server_revisions where server_id = $1 and number < $2
                         order by number desc limit 1), $3, 'kubernetes', $4",
        server.0,
        number,
        spec,
        env.now()
    )
    .execute(&mut *connection)
    .await?;
    let (names, kinds): (Vec<String>, Vec<String>) =
        managers.iter().map(|(name, kind)| (name.clone(), kind.to_string())).unzip();
    sqlx::query!(
        "insert into server_revision_managers (server_id, number, manager, kind)
         select $1, $2, * from unnest($3::text[], $4::text[]) on conflict do nothing",
        server.0,
        number,
        &names,
        &kinds
    )
    .execute(connection)
    .await?;
    Ok(number)
}

/// Records what Kubernetes made of our own revision.
pub async fn set_effective(
    connection: &mut PgConnection,
    env: &Env,
    server: ServerId,
    number: i64,
    effective: &Spec,
) -> Result<(), sqlx::Error> {
    let spec = insert_spec(connection, env, effective).await?;
    sqlx::query!(
        "update server_revisions set effective_spec_id = $3 where server_id = $1 and number = $2",
        server.0,
        number,
        spec
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How much a spec says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// An absent field is one that we do not set: the row keeps what it has.
    WhatIsSet,
    /// An absent field is one that the object does not have.
    Everything,
}

/// Counts the revision up and copies the fields it sets into the server's row.
async fn next_number(
    connection: &mut PgConnection,
    server: ServerId,
    spec: &Spec,
    extent: Extent,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "update servers set revision = revision + 1, updated_at = $2,
             site = coalesce($3, site), plan = coalesce($4, case when $5::int is null then plan else '' end),
             image = coalesce($6, image), name = coalesce($7, name), network = coalesce($8, network),
             root_disk_gib = case when $4::text is null and $9::int is null then root_disk_gib else $9 end,
             cores = case when $16 or $4::text is not null or $5::int is not null then $5 else cores end,
             memory_mib = case when $16 or $4::text is not null or $5::int is not null then $10 else memory_mib end,
             disk_gib = case when $16 or $4::text is not null or $5::int is not null then $11 else disk_gib end,
             network_mbps = case when $16 or $4::text is not null or $5::int is not null then $17 else network_mbps end,
             run_policy = coalesce($12, run_policy),
             deletion_protection = coalesce($13, deletion_protection),
             deletion_policy = coalesce($14, deletion_policy),
             deletion_grace_hours = coalesce($15, deletion_grace_hours),
             drift_policy = coalesce($18, drift_policy), paused = coalesce($19, paused),
             suspended = case when $16 or $20::text is not null then nullif($20, '') else suspended end,
             wanted_node = case when $16 then $21 else coalesce($21, wanted_node) end,
             anti_affinity_group = case when $16 or $24::text is not null then nullif($24, '') else anti_affinity_group end,
             dns_servers = case when $16 then coalesce($22::text[], '{}') else coalesce($22, dns_servers) end,
             dns_search_domain = case when $16 or $22 is not null then $23 else dns_search_domain end,
             search_text = lower(concat_ws(' ', coalesce($7, name),
                 (select string_agg(address, ' ') from server_addresses where server_id = $1)))
         where id = $1 returning revision",
        server.0,
        now,
        spec.site,
        spec.plan,
        spec.resources.map(|size| size.cores),
        spec.image,
        spec.hostname,
        spec.first_network(extent == Extent::Everything),
        spec.root_disk_gib,
        spec.resources.map(|size| size.memory_mib),
        spec.resources.map(|size| size.disk_gib),
        spec.run_policy.map(RunPolicy::as_str),
        spec.deletion_protection,
        spec.deletion_policy.map(DeletionPolicy::as_str),
        spec.deletion_grace_hours,
        extent == Extent::Everything,
        spec.resources.and_then(|size| size.network_mbps),
        spec.drift_policy.map(DriftPolicy::as_str),
        spec.paused,
        spec.suspended.as_ref().map(Suspension::to_column),
        spec.node,
        spec.dns.as_ref().map(|dns| dns.servers.as_slice()),
        spec.dns.as_ref().and_then(|dns| dns.search_domain.as_deref()),
        spec.anti_affinity_group
    )
    .fetch_one(connection)
    .await
}

async fn insert_spec(connection: &mut PgConnection, env: &Env, spec: &Spec) -> Result<Uuid, sqlx::Error> {
    let id = env.uuid();
    sqlx::query!(
        "insert into server_specs (id, site, plan, image, hostname, run_policy, access_user, password_secret, network,
             root_disk_gib, cores, memory_mib, disk_gib, deletion_protection, deletion_policy, deletion_grace_hours,
             drift_policy, paused, suspended, node, network_mbps, dns_servers, dns_search_domain, undelete_uid,
             undelete_override, anti_affinity_group, removed_disks, removed_networks, adopt, removed_managers)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                 $24, $25, $26, $27, $28, $29, $30)",
        id,
        spec.site,
        spec.plan,
        spec.image,
        spec.hostname,
        spec.run_policy.map(RunPolicy::as_str),
        spec.access_user,
        spec.password_secret,
        spec.first_network(true),
        spec.root_disk_gib,
        spec.resources.map(|size| size.cores),
        spec.resources.map(|size| size.memory_mib),
        spec.resources.map(|size| size.disk_gib),
        spec.deletion_protection,
        spec.deletion_policy.map(DeletionPolicy::as_str),
        spec.deletion_grace_hours,
        spec.drift_policy.map(DriftPolicy::as_str),
        spec.paused,
        spec.suspended.as_ref().map(Suspension::to_column),
        spec.node,
        spec.resources.and_then(|size| size.network_mbps),
        spec.dns.as_ref().map(|dns| dns.servers.as_slice()),
        spec.dns.as_ref().and_then(|dns| dns.search_domain.as_deref()),
        spec.undelete.as_ref().map(|undelete| undelete.uid.as_str()),
        spec.undelete.as_ref().map(|undelete| undelete.overridden),
        spec.anti_affinity_group,
        &spec.removed.disks,
        &spec.removed.networks,
        spec.adopt.as_ref().map(Json) as _,
        &spec.removed.managers
    )
    .execute(&mut *connection)
    .await?;
    if !spec.ssh_keys.is_empty() {
        insert_ssh_keys(connection, id, &spec.ssh_keys).await?;
    }
    if !spec.disks.is_empty() {
        insert_disks(connection, id, &spec.disks).await?;
    }
    if !spec.networks.is_empty() {
        insert_networks(connection, id, &spec.networks).await?;
    }
    Ok(id)
}

async fn insert_ssh_keys(connection: &mut PgConnection, spec: Uuid, keys: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into server_spec_ssh_keys (spec_id, position, key)
         select $1, n - 1, key from unnest($2::text[]) with ordinality as k (key, n)",
        spec,
        keys
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_disks(connection: &mut PgConnection, spec: Uuid, disks: &[DataDisk]) -> Result<(), sqlx::Error> {
    let names: Vec<&str> = disks.iter().map(|disk| disk.name.as_str()).collect();
    let sizes: Vec<i32> = disks.iter().map(|disk| disk.size_gib).collect();
    let classes: Vec<Option<&str>> = disks.iter().map(|disk| disk.storage_class.as_deref()).collect();
    sqlx::query!(
        "insert into server_spec_disks (spec_id, position, name, size_gib, storage_class)
         select $1, n - 1, name, size, class
         from unnest($2::text[], $3::int[], $4::text[]) with ordinality as d (name, size, class, n)",
        spec,
        &names as &[&str],
        &sizes,
        &classes as &[Option<&str>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_networks(connection: &mut PgConnection, spec: Uuid, list: &[Interface]) -> Result<(), sqlx::Error> {
    let names: Vec<&str> = list.iter().map(|interface| interface.name.as_str()).collect();
    let networks: Vec<&str> = list.iter().map(|interface| interface.network.as_str()).collect();
    let addresses: Vec<Option<&str>> = list.iter().map(|interface| interface.address.as_deref()).collect();
    let addresses6: Vec<Option<&str>> = list.iter().map(|interface| interface.address6.as_deref()).collect();
    sqlx::query!(
        "insert into server_spec_networks (spec_id, position, name, network, address, address6)
         select $1, n - 1, name, network, address, address6
         from unnest($2::text[], $3::text[], $4::text[], $5::text[])
              with ordinality as i (name, network, address, address6, n)",
        spec,
        &names as &[&str],
        &networks as &[&str],
        &addresses as &[Option<&str>],
        &addresses6 as &[Option<&str>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Where a server's revisions stand.
#[derive(Debug, Default)]
struct Heads {
    /// What we own.
    owned: Option<Uuid>,
    /// What we own was applied, or refused for good.
    applied: bool,
    /// What Kubernetes held last, or what we own when it never said.
    effective: Option<Uuid>,
    /// The mirror has seen what became of our newest wish: from then on, what Kubernetes holds is what is wished.
    mirrored: bool,
}

async fn heads(connection: &mut PgConnection, server: ServerId) -> Result<Heads, sqlx::Error> {
    let found = sqlx::query_as!(
        Heads,
        r#"select n.owned_spec_id as owned,
                  exists (select from server_revisions r
                          where r.owned_spec_id = n.owned_spec_id and r.applied_at is not null) as "applied!",
                  coalesce((select e.effective_spec_id from server_revisions e
                            where e.server_id = n.server_id and e.effective_spec_id is not null
                            order by e.number desc limit 1), n.owned_spec_id) as effective,
                  n.effective_spec_id is not null and (n.owned_spec_id is null or exists (
                      select from server_revisions r
                      where r.owned_spec_id = n.owned_spec_id and r.applied_at is not null
                        and (r.applied_uid is null or s.generation >= r.applied_generation))) as "mirrored!"
           from server_revisions n join servers s on s.id = n.server_id
           where n.server_id = $1 order by n.number desc limit 1"#,
        server.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.unwrap_or_default())
}

/// What we own of the server; nothing, when it was made by others and never changed by us.
pub async fn newest_owned(connection: &mut PgConnection, server: ServerId) -> Result<Spec, sqlx::Error> {
    let heads = heads(connection, server).await?;
    owned(connection, &heads).await
}

/// What was lifted stays lifted only until it is applied: a later suspension or pause by somebody else is not ours to end.
async fn owned(connection: &mut PgConnection, heads: &Heads) -> Result<Spec, sqlx::Error> {
    let mut owned = find_spec(connection, heads.owned).await?;
    if heads.applied {
        owned.suspended = owned.suspended.filter(|wish| *wish != Suspension::Lifted);
        owned.paused = owned.paused.filter(|paused| *paused);
        owned.anti_affinity_group = owned.anti_affinity_group.filter(|group| !group.is_empty());
        owned.removed = Removed::default();
    }
    Ok(owned)
}

/// What the next change of ours starts from: what we own, as far as it is still there, and as Git has it where Git holds
/// it too: else a change of another field would put back what Git changed.
pub async fn next_owned(connection: &mut PgConnection, server: ServerId) -> Result<Spec, sqlx::Error> {
    let heads = heads(connection, server).await?;
    let mut owned = owned(connection, &heads).await?;
    if heads.mirrored {
        let effective = find_spec(connection, heads.effective).await?;
        owned.follow(&effective);
        for held in ownership::held_by_git(connection, server).await? {
            if owned.sets(&held.path) {
                owned.take(&held.path, &effective);
            }
        }
    }
    Ok(owned)
}

/// What the object holds, or will hold once what we own is applied.
pub async fn wished(connection: &mut PgConnection, server: ServerId) -> Result<Spec, sqlx::Error> {
    let heads = heads(connection, server).await?;
    let mut spec = find_spec(connection, heads.effective).await?;
    if !heads.mirrored && heads.effective != heads.owned {
        spec.overlay(&owned(connection, &heads).await?);
    }
    Ok(spec)
}

/// What Kubernetes held last, or what we own when it never said.
pub async fn newest_effective(connection: &mut PgConnection, server: ServerId) -> Result<Spec, sqlx::Error> {
    let heads = heads(connection, server).await?;
    find_spec(connection, heads.effective).await
}

/// Name, size, class.
type DiskRow = (String, i32, Option<String>);
/// Name, network, its two addresses.
type NetworkRow = (String, String, Option<String>, Option<String>);

async fn find_spec(connection: &mut PgConnection, id: Option<Uuid>) -> Result<Spec, sqlx::Error> {
    let Some(id) = id else { return Ok(Spec::default()) };
    let row = sqlx::query!(
        r#"select p.site, p.plan, p.image, p.hostname, p.run_policy as "run_policy: RunPolicy", p.access_user,
                  p.password_secret, p.network, p.root_disk_gib, p.cores, p.memory_mib, p.disk_gib, p.deletion_protection,
                  p.deletion_policy as "deletion_policy: DeletionPolicy", p.deletion_grace_hours,
                  p.drift_policy as "drift_policy: DriftPolicy", p.paused, p.suspended, p.node, p.network_mbps,
                  p.dns_servers, p.dns_search_domain, p.undelete_uid, p.undelete_override,
                  p.anti_affinity_group, p.removed_disks, p.removed_networks, p.removed_managers,
                  p.adopt as "adopt: Json<Adopt>",
                  array(select k.key from server_spec_ssh_keys k where k.spec_id = p.id order by k.position) as "ssh_keys!",
                  array(select row(d.name, d.size_gib, d.storage_class) from server_spec_disks d
                        where d.spec_id = p.id order by d.position) as "disks!: Vec<DiskRow>",
                  array(select row(i.name, i.network, i.address, i.address6) from server_spec_networks i
                        where i.spec_id = p.id order by i.position) as "networks!: Vec<NetworkRow>"
           from server_specs p where p.id = $1"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(Spec::default()) };
    let disk = |(name, size_gib, storage_class)| DataDisk { name, size_gib, storage_class };
    let interface = |(name, network, address, address6)| Interface { name, network, address, address6 };
    let networks: Vec<Interface> = row.networks.into_iter().map(interface).collect();
    // The release before this one knew one network, and wrote it into a column.
    let networks = match row.network {
        Some(network) if networks.is_empty() => vec![Interface::public(network)],
        _ => networks,
    };
    let size = row.cores.zip(row.memory_mib).zip(row.disk_gib);
    Ok(Spec {
        site: row.site,
        plan: row.plan,
        image: row.image,
        hostname: row.hostname,
        run_policy: row.run_policy,
        access_user: row.access_user,
        ssh_keys: row.ssh_keys,
        password_secret: row.password_secret,
        networks,
        root_disk_gib: row.root_disk_gib,
        disks: row.disks.into_iter().map(disk).collect(),
        removed: Removed { disks: row.removed_disks, networks: row.removed_networks, managers: row.removed_managers },
        resources: size.map(|((cores, memory_mib), disk_gib)| Resources {
            cores,
            memory_mib,
            disk_gib,
            network_mbps: row.network_mbps,
        }),
        deletion_protection: row.deletion_protection,
        deletion_policy: row.deletion_policy,
        deletion_grace_hours: row.deletion_grace_hours,
        drift_policy: row.drift_policy,
        dns: row.dns_servers.map(|servers| Dns { servers, search_domain: row.dns_search_domain }),
        node: row.node,
        anti_affinity_group: row.anti_affinity_group,
        paused: row.paused,
        suspended: row.suspended.map(Suspension::from_column),
        undelete: row.undelete_uid.map(|uid| Undelete { uid, overridden: row.undelete_override.unwrap_or_default() }),
        adopt: row.adopt.map(|adopt| adopt.0),
    })
}

/// The newest revision that is ours to apply: its number, and what an earlier apply of it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest {
    pub number: i64,
    /// It was applied, or refused for good.
    pub settled: bool,
    pub applied_generation: Option<i64>,
    /// Of the spec in the answer to the apply.
    pub applied_hash: Option<Vec<u8>>,
}

/// The newest revision made by the API. Later ones by the mirror supersede nothing that was not dispatched.
pub async fn newest_by_api(connection: &mut PgConnection, server: ServerId) -> Result<Option<Newest>, sqlx::Error> {
    sqlx::query_as!(
        Newest,
        r#"select number, applied_at is not null as "settled!", applied_generation, applied_hash
           from server_revisions where server_id = $1 and origin = 'api' order by number desc limit 1"#,
        server.0
    )
    .fetch_optional(connection)
    .await
}

/// The answer to an apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub uid: String,
    pub generation: i64,
    /// Of the spec that is there now.
    pub spec_hash: Vec<u8>,
}

/// Records the answer to an apply; none: it was refused and is not tried again.
pub async fn settle(
    connection: &mut PgConnection,
    server: ServerId,
    number: i64,
    answer: Option<&Answer>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update server_revisions set applied_uid = $3, applied_generation = $4, applied_hash = $5, applied_at = $6
         where server_id = $1 and number = $2",
        server.0,
        number,
        answer.map(|answer| answer.uid.as_str()),
        answer.map(|answer| answer.generation),
        answer.map(|answer| answer.spec_hash.as_slice()),
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}
