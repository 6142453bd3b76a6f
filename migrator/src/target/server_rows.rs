//! The rows of a server that is carried over: spec, server and revision; and, of one that has its machine, what lets the
//! dispatcher take it from there (operation, dirty mark, audit).

use std::net::IpAddr;

use chrono::{DateTime, NaiveTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::batch::Batch;
use super::delta::{Hash, hash};
use super::records::{self, Entry, Kind};
use super::services::bounded;
use super::wish::{Interface, Wish};
use crate::carried::{Legacy, Service};

/// What is about to be written.
pub struct Change<'a> {
    pub id: Uuid,
    pub source: Hash,
    pub service: &'a Service,
    pub wish: Wish,
    /// 1 for a new one.
    pub revision: i64,
}

pub async fn write(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    changes: &[Change<'_>],
) -> Result<(), sqlx::Error> {
    let specs: Vec<Uuid> = changes.iter().map(|_| batch.env.uuid()).collect();
    write_specs(connection, &specs, changes).await?;
    write_servers(connection, batch, changes).await?;
    write_revisions(connection, batch, &specs, changes).await?;
    let linked: Vec<&Change<'_>> = changes.iter().filter(|change| change.wish.adopt.is_some()).collect();
    if !linked.is_empty() {
        dispatch(connection, batch, &linked).await?;
    }
    let ids: Vec<Uuid> = changes.iter().map(|change| change.id).collect();
    let services: Vec<Uuid> = changes.iter().map(|change| batch.ids.service(change.service.id)).collect();
    // Of services that an earlier run wrote; a new one is written with its server.
    sqlx::query!(
        "update services s set server_id = d.server from unnest($1::uuid[], $2::uuid[]) as d (service, server)
         where s.id = d.service and s.server_id is distinct from d.server",
        &services,
        &ids
    )
    .execute(&mut *connection)
    .await?;
    let entry = |change: &Change<'_>| Entry {
        id: change.id,
        legacy: Legacy { table: "tblhosting", id: change.service.id },
        source: change.source,
        target: hash(&(Some(batch.ids.account(change.service.account)), change.revision)),
    };
    records::write(connection, batch, Kind::Server, &changes.iter().map(entry).collect::<Vec<_>>()).await
}

async fn write_specs(connection: &mut PgConnection, specs: &[Uuid], changes: &[Change<'_>]) -> Result<(), sqlx::Error> {
    let wishes: Vec<&Wish> = changes.iter().map(|change| &change.wish).collect();
    sqlx::query!(
        "insert into server_specs (id, site, plan, image, hostname, run_policy, network, cores, memory_mib, disk_gib,
             network_mbps, deletion_protection, deletion_policy, deletion_grace_hours, drift_policy, suspended, adopt)
         select id, nullif(site, ''), plan, image, hostname, 'Managed', network, cores, memory_mib, disk_gib, mbps, true,
             'Delete', 72, 'Report', suspended, adopt
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::int[],
             $10::int[], $11::text[], $12::jsonb[])
             as s (id, site, plan, image, hostname, network, cores, memory_mib, disk_gib, mbps, suspended, adopt)",
        specs,
        &wishes.iter().map(|w| w.site.as_str()).collect::<Vec<_>>() as &[&str],
        &wishes.iter().map(|w| w.plan.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.image.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.name.as_str()).collect::<Vec<_>>() as &[&str],
        &wishes.iter().map(|w| w.networks.first().map(|n| n.network.as_str())).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.size.map(|size| size.cores)).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.size.map(|size| size.memory_mib)).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.size.map(|size| size.disk_gib)).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.network_mbps).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.suspended.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.adopt.as_ref().map(Json)).collect::<Vec<_>>() as &[Option<Json<&slipway_crds::Adopt>>]
    )
    .execute(&mut *connection)
    .await?;
    let each = |count: fn(&Wish) -> usize| {
        specs
            .iter()
            .zip(&wishes)
            .flat_map(move |(spec, wish)| (0..count(wish)).map(move |n| (*spec, bounded(n))))
            .unzip()
    };
    let (owners, positions): (Vec<Uuid>, Vec<i32>) = each(|wish| wish.ssh_keys.len());
    let keys: Vec<&str> = wishes.iter().flat_map(|wish| wish.ssh_keys.iter().map(String::as_str)).collect();
    sqlx::query!(
        "insert into server_spec_ssh_keys (spec_id, position, key) select * from unnest($1::uuid[], $2::int[], $3::text[])",
        &owners,
        &positions,
        &keys as &[&str]
    )
    .execute(&mut *connection)
    .await?;
    let (owners, positions): (Vec<Uuid>, Vec<i32>) = each(|wish| wish.disks.len());
    let disks: Vec<&(String, i32)> = wishes.iter().flat_map(|wish| &wish.disks).collect();
    sqlx::query!(
        "insert into server_spec_disks (spec_id, position, name, size_gib)
         select * from unnest($1::uuid[], $2::int[], $3::text[], $4::int[])",
        &owners,
        &positions,
        &disks.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>() as &[&str],
        &disks.iter().map(|(_, gib)| *gib).collect::<Vec<_>>()
    )
    .execute(&mut *connection)
    .await?;
    let (owners, positions): (Vec<Uuid>, Vec<i32>) = each(|wish| wish.networks.len());
    let networks: Vec<&Interface> = wishes.iter().flat_map(|wish| &wish.networks).collect();
    let text = |address: Option<IpAddr>| address.map(|address| address.to_string());
    sqlx::query!(
        "insert into server_spec_networks (spec_id, position, name, network, address, address6)
         select * from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])",
        &owners,
        &positions,
        &networks.iter().map(|n| n.name.as_str()).collect::<Vec<_>>() as &[&str],
        &networks.iter().map(|n| n.network.as_str()).collect::<Vec<_>>() as &[&str],
        &networks.iter().map(|n| text(n.address)).collect::<Vec<_>>() as &[Option<String>],
        &networks.iter().map(|n| text(n.address6)).collect::<Vec<_>>() as &[Option<String>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_servers(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    changes: &[Change<'_>],
) -> Result<(), sqlx::Error> {
    let wishes: Vec<&Wish> = changes.iter().map(|change| &change.wish).collect();
    sqlx::query!(
        "insert into servers (id, account_id, origin, namespace, object_name, revision, created_at, updated_at, name, site,
             plan, image, network, cores, memory_mib, disk_gib, network_mbps, run_policy, deletion_protection,
             deletion_policy, deletion_grace_hours, drift_policy, suspended, phase, search_text)
         select d.id, a.id, 'api', a.namespace, object_name, revision, made, $1, d.name, site, coalesce(plan, ''),
             coalesce(image, ''), network, cores, memory_mib, disk_gib, mbps, 'Managed', true, 'Delete', 72, 'Report',
             suspended, case when linked then 'Pending' else 'Unlinked' end, lower(d.name)
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
             $10::text[], $11::int[], $12::int[], $13::int[], $14::int[], $15::text[], $16::bool[], $17::timestamptz[])
             as d (id, account_id, object_name, revision, name, site, plan, image, network, cores, memory_mib, disk_gib,
                   mbps, suspended, linked, made)
             join accounts a on a.id = d.account_id
         on conflict (id) do update set revision = excluded.revision, updated_at = excluded.updated_at, name = excluded.name,
             site = excluded.site, plan = excluded.plan, image = excluded.image, network = excluded.network,
             cores = excluded.cores, memory_mib = excluded.memory_mib, disk_gib = excluded.disk_gib,
             network_mbps = excluded.network_mbps, suspended = excluded.suspended,
             phase = excluded.phase,
             search_text = lower(concat_ws(' ', excluded.name,
                 (select string_agg(address, ' ') from server_addresses where server_id = servers.id)))",
        batch.now,
        &changes.iter().map(|c| c.id).collect::<Vec<_>>(),
        &changes.iter().map(|c| batch.ids.account(c.service.account)).collect::<Vec<_>>(),
        &wishes.iter().map(|w| w.object_name.as_str()).collect::<Vec<_>>() as &[&str],
        &changes.iter().map(|c| c.revision).collect::<Vec<_>>(),
        &wishes.iter().map(|w| w.name.as_str()).collect::<Vec<_>>() as &[&str],
        &wishes.iter().map(|w| w.site.as_str()).collect::<Vec<_>>() as &[&str],
        &wishes.iter().map(|w| w.plan.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.image.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.networks.first().map(|n| n.network.as_str())).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.size.map(|size| size.cores)).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.size.map(|size| size.memory_mib)).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.size.map(|size| size.disk_gib)).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.network_mbps).collect::<Vec<_>>() as &[Option<i32>],
        &wishes.iter().map(|w| w.suspended.as_deref()).collect::<Vec<_>>() as &[Option<&str>],
        &wishes.iter().map(|w| w.adopt.is_some()).collect::<Vec<_>>(),
        &changes.iter().map(|c| sold_at(c.service, batch.now)).collect::<Vec<_>>()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A server is as old as its service.
fn sold_at(service: &Service, now: DateTime<Utc>) -> DateTime<Utc> {
    let day = service.billing.registered_on.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    day.map_or(now, |day| day.min(now))
}

async fn write_revisions(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    specs: &[Uuid],
    changes: &[Change<'_>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into server_revisions (server_id, number, owned_spec_id, origin, created_at)
         select server, number, spec, 'api', $1 from unnest($2::uuid[], $3::bigint[], $4::uuid[]) as r (server, number, spec)",
        batch.now,
        &changes.iter().map(|c| c.id).collect::<Vec<_>>(),
        &changes.iter().map(|c| c.revision).collect::<Vec<_>>(),
        specs
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Operation, first line of its progress, dirty mark and audit of each.
async fn dispatch(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    changes: &[&Change<'_>],
) -> Result<(), sqlx::Error> {
    let servers: Vec<Uuid> = changes.iter().map(|change| change.id).collect();
    let operations: Vec<Uuid> = changes.iter().map(|_| batch.env.uuid()).collect();
    let audits: Vec<Uuid> = changes.iter().map(|_| batch.env.uuid()).collect();
    let request = format!("migration-{}", batch.run);
    sqlx::query!(
        "insert into operations (id, server_id, account_id, kind, status, revision, request_id, created_at, updated_at)
         select d.id, s.id, s.account_id, 'create', 'accepted', s.revision, $1, $2, $2
         from unnest($3::uuid[], $4::uuid[]) as d (id, server) join servers s on s.id = d.server",
        request,
        batch.now,
        &operations,
        &servers
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into operation_progress (operation_id, position, at, reason, message)
         select id, 0, $2, 'Accepted', 'The migration recorded it; the machine is adopted as it is.' from unnest($1::uuid[]) as o (id)",
        &operations,
        batch.now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into dirty_servers (server_id, not_before) select id, $2 from unnest($1::uuid[]) as s (id)
         on conflict do nothing",
        &servers,
        batch.now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into audit (id, at, action, account_id, server_id, operation_id, request_id, detail)
         select d.id, $1, 'server.create', s.account_id, s.id, d.operation, $2, 'carried over from ' || $3
         from unnest($4::uuid[], $5::uuid[], $6::uuid[]) as d (id, server, operation) join servers s on s.id = d.server",
        batch.now,
        request,
        batch.source,
        &audits,
        &servers,
        &operations
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("select pg_notify($1, '')").bind(slipway_api::dispatcher::queue::CHANNEL).execute(connection).await?;
    Ok(())
}
