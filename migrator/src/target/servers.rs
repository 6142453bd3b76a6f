//! Servers of live services. One with an identified machine is recorded as every other wish is (revision, operation, dirty
//! mark, audit), so that the operator adopts the machine; one without is `Unlinked`, and nothing is dispatched for it.
//!
//! A server is never deleted here, and a machine is never exchanged for another.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use sqlx::types::Json;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::TargetError;
use super::batch::{Batch, Written};
use super::delta::{Hash, hash};
use super::records::{self, Candidate, Entry, Kind, Sifted, Verdict};
use super::wish::{Interface, Made, Offer, Wish, wish};
use crate::carried::{Legacy, Link, Service, ServiceStatus};
use crate::inventory::Machines;
use crate::outcome::{Fate, Outcome};

/// What servers are made from, beside their services.
#[derive(Debug)]
pub struct World<'a> {
    pub machines: &'a Machines,
    pub offer: &'a Offer,
}

/// A server as the target has it.
#[derive(Debug, Clone)]
struct Now {
    account: Option<Uuid>,
    revision: i64,
    gone: bool,
    linked: bool,
    suspended: bool,
    vmid: Option<i32>,
}

impl Now {
    fn target(&self) -> Hash {
        hash(&(self.account, self.revision))
    }
}

/// What is about to be written.
struct Change<'a> {
    id: Uuid,
    source: Hash,
    service: &'a Service,
    wish: Wish,
    /// 1 for a new one.
    revision: i64,
}

pub async fn servers(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    world: &World<'_>,
    services: &[Service],
) -> Result<Written, sqlx::Error> {
    let mut written = Written::default();
    ended(connection, &mut written, services, batch).await?;
    let live =
        services.iter().filter(|service| is_live(service)).map(|service| (batch.ids.server(service.id), service));
    let known = |_, service: &Service| source(service, not_adoptable(service, world.machines).is_none());
    let sifted = records::sift(connection, live, known).await?;
    written.tally = sifted.tally();
    let Sifted { candidates, unchanged } = sifted;
    // Told by each run for as long as it holds.
    for service in unchanged {
        if let Some(why) = not_adoptable(service, world.machines) {
            written.outcomes.push(told(service, Fate::Finding, "machine-not-adoptable", &why));
        }
    }
    if candidates.is_empty() {
        return Ok(written);
    }
    let now = now(connection, &candidates).await?;
    let mut names = names(connection, batch, &candidates).await?;
    let mut changes = Vec::new();
    for candidate in candidates {
        let Candidate { id, source: known, record: service, .. } = candidate;
        let there = now.get(&id).filter(|now| !now.gone);
        // Its machine cannot be adopted because its server has it.
        if there.is_some_and(|there| there.linked) && candidate.was(&source(service, true)) {
            written.tally.unchanged += 1;
            continue;
        }
        let target = there.map(Now::target);
        match (candidate.judge(target.as_ref(), &Hash::default()), there) {
            (Verdict::New, _) => written.tally.created += 1,
            (Verdict::Change, Some(there)) => match linked(batch, service, there) {
                Some(outcome) => {
                    written.tally.conflicts += 1;
                    written.outcomes.push(outcome);
                    continue;
                }
                None => written.tally.changed += 1,
            },
            (Verdict::Conflict | Verdict::Change, _) => {
                written.tally.conflicts += 1;
                let reason = "the server was changed or deleted in Slipway since the last run, and the service changed in \
                              WHMCS too: change by hand what should hold";
                written.outcomes.push(told(service, Fate::Conflict, "target-changed", reason));
                continue;
            }
        }
        let taken = names.entry(service.account).or_default();
        taken.retain(|_, holder| *holder != id);
        let others: BTreeSet<String> = taken.keys().cloned().collect();
        let Made { wish, left_over } = wish(service, id, world.machines, world.offer, &others);
        taken.insert(wish.name.clone(), id);
        if !left_over.is_empty() {
            written.outcomes.push(told(service, Fate::Finding, "address-not-claimed", &unclaimed(&left_over)));
        }
        if let Some(why) = not_adoptable(service, world.machines).filter(|_| wish.adopt.is_none()) {
            written.outcomes.push(told(service, Fate::Finding, "machine-not-adoptable", &why));
        }
        let revision = there.map_or(0, |there| there.revision) + 1;
        changes.push(Change { id, source: known, service, wish, revision });
    }
    if batch.write && !changes.is_empty() {
        write(connection, batch, &changes).await?;
    }
    Ok(written)
}

/// Whether a server stands for the service.
pub const fn is_live(service: &Service) -> bool {
    matches!(service.status, ServiceStatus::Active | ServiceStatus::Suspended)
}

fn told(service: &Service, fate: Fate, code: &'static str, reason: &str) -> Outcome {
    Outcome::new(Legacy { table: "tblhosting", id: service.id }, fate, code, reason).of_service(service.id)
}

fn unclaimed(addresses: &[IpAddr]) -> String {
    let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    format!(
        "{}: the machine's configuration does not state it, and no interface can be given it; state it on Proxmox VE \
         (ipconfig), or make an AddressPool that holds it, before other servers are ordered",
        list.join(", ")
    )
}

/// Services that ended since they were migrated: their servers stay until a person deletes them.
async fn ended(
    connection: &mut PgConnection,
    written: &mut Written,
    services: &[Service],
    batch: &Batch<'_>,
) -> Result<(), sqlx::Error> {
    let over = || services.iter().filter(|service| !is_live(service));
    let ids: Vec<Uuid> = over().map(|service| batch.ids.server(service.id)).collect();
    let recorded = records::find(connection, &ids).await?;
    for service in over() {
        if recorded.contains_key(&batch.ids.server(service.id)) {
            let reason = "the service ended in WHMCS after it was migrated; its server is still there: delete it in Slipway \
                          if it should go";
            written.outcomes.push(told(service, Fate::Finding, "ended-since", reason));
        }
    }
    Ok(())
}

/// What a server is made of. One whose machine cannot be adopted yet is made anew once it can.
fn source(service: &Service, is_adoptable: bool) -> Hash {
    let Service { facts, link, status, account, .. } = service;
    if is_adoptable {
        hash(&(facts, link, status, account))
    } else {
        hash(&(facts, link, status, account, "not adoptable"))
    }
}

/// Machines of servers that another source, or nobody's migration, made: they are not adopted a second time.
pub async fn of_others(pool: &PgPool, source: &str) -> Result<Vec<(String, u32)>, TargetError> {
    let rows = sqlx::query!(
        r#"select coalesce(s.site, '') as "site!", coalesce(s.vmid, (p.adopt ->> 'vmid')::int) as "vmid!"
           from servers s
           left join server_revisions r on r.server_id = s.id and r.number = s.revision
           left join server_specs p on p.id = r.owned_spec_id
           where s.absent_at is null and coalesce(s.vmid, (p.adopt ->> 'vmid')::int) is not null
             and not exists (select from migration_records m where m.id = s.id and m.source = $1)"#,
        source
    );
    let rows = rows.fetch_all(pool).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.site, row.vmid.try_into().ok()?))).collect())
}

/// Why the machine that the service is cannot become its server.
fn not_adoptable(service: &Service, machines: &Machines) -> Option<String> {
    let Link::Machine { site, vmid, .. } = &service.link else { return None };
    let (_, machine) = machines.find(*vmid, Some(site)).next()?;
    if machine.adoption.is_some() {
        return None;
    }
    let why = machine.skipped.as_deref().unwrap_or("the inventory does not say how");
    Some(format!("VM {vmid} on {site} cannot be adopted: {why}"))
}

/// A server that has its machine is changed by nobody but people and their operators from then on: what was sold otherwise
/// since is told. `None`: it has none yet, and what is known of it now is written.
fn linked(batch: &Batch<'_>, service: &Service, there: &Now) -> Option<Outcome> {
    let conflict = |code, reason: &str| Some(told(service, Fate::Conflict, code, reason));
    if there.account != Some(batch.ids.account(service.account)) {
        let reason = "the service belongs to another client now; a server is not moved between accounts by a run";
        return conflict("owner-changed", reason);
    }
    if !there.linked {
        return None;
    }
    match &service.link {
        Link::Machine { vmid, .. } if there.vmid.is_none_or(|known| u32::try_from(known) == Ok(*vmid)) => {}
        _ => {
            let reason = "another machine, or none, is found for a server that has one: its machine is not exchanged";
            return conflict("machine-changed", reason);
        }
    }
    match (there.suspended, service.status == ServiceStatus::Suspended) {
        (false, true) => conflict(
            "suspension-changed",
            "the service was suspended in WHMCS after it was migrated: suspend its server in Slipway; a run switches nothing \
             off",
        ),
        (true, false) => conflict(
            "suspension-changed",
            "the service is active in WHMCS again, and its server is still suspended: resume it in Slipway",
        ),
        _ => conflict(
            "sold-otherwise-since",
            "the service was changed in WHMCS after its machine was adopted: what was sold is carried over, the server is \
             not changed; change it in Slipway if it should be",
        ),
    }
}

async fn now(
    connection: &mut PgConnection,
    candidates: &[Candidate<'_, Service>],
) -> Result<HashMap<Uuid, Now>, sqlx::Error> {
    let ids: Vec<Uuid> = candidates.iter().map(|candidate| candidate.id).collect();
    let rows = sqlx::query!(
        r#"select s.id as "id!", s.account_id, s.revision as "revision!", s.delete_requested or s.absent_at is not null as "gone!",
                  s.phase <> 'Unlinked' as "linked!", s.suspended is not null as "suspended!",
                  coalesce(s.vmid, (p.adopt ->> 'vmid')::int) as vmid
           from servers s
           left join server_revisions r on r.server_id = s.id and r.number = s.revision
           left join server_specs p on p.id = r.owned_spec_id
           where s.id = any($1)"#,
        &ids
    )
    .fetch_all(connection)
    .await?;
    let now = rows.into_iter().map(|row| {
        let (account, revision) = (row.account_id, row.revision);
        let (gone, linked, suspended) = (row.gone, row.linked, row.suspended);
        (row.id, Now { account, revision, gone, linked, suspended, vmid: row.vmid })
    });
    Ok(now.collect())
}

/// Names in use in the accounts of these, by their holder.
async fn names(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    candidates: &[Candidate<'_, Service>],
) -> Result<HashMap<i64, HashMap<String, Uuid>>, sqlx::Error> {
    let account = |candidate: &Candidate<'_, Service>| candidate.record.account;
    let by_account: HashMap<Uuid, i64> =
        candidates.iter().map(account).map(|number| (batch.ids.account(number), number)).collect();
    let accounts: Vec<Uuid> = by_account.keys().copied().collect();
    let rows = sqlx::query!(
        r#"select account_id as "account!", name, id from servers where account_id = any($1) and absent_at is null"#,
        &accounts
    )
    .fetch_all(connection)
    .await?;
    let mut names: HashMap<i64, HashMap<String, Uuid>> = HashMap::new();
    for row in rows {
        if let Some(account) = by_account.get(&row.account) {
            names.entry(*account).or_default().insert(row.name, row.id);
        }
    }
    Ok(names)
}

async fn write(connection: &mut PgConnection, batch: &Batch<'_>, changes: &[Change<'_>]) -> Result<(), sqlx::Error> {
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

fn bounded(number: usize) -> i32 {
    super::services::bounded(number)
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
         select d.id, a.id, 'api', a.namespace, object_name, revision, $1, $1, d.name, site, coalesce(plan, ''),
             coalesce(image, ''), network, cores, memory_mib, disk_gib, mbps, 'Managed', true, 'Delete', 72, 'Report',
             suspended, case when linked then 'Pending' else 'Unlinked' end, lower(d.name)
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
             $10::text[], $11::int[], $12::int[], $13::int[], $14::int[], $15::text[], $16::bool[])
             as d (id, account_id, object_name, revision, name, site, plan, image, network, cores, memory_mib, disk_gib,
                   mbps, suspended, linked)
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
        &wishes.iter().map(|w| w.adopt.is_some()).collect::<Vec<_>>()
    )
    .execute(connection)
    .await?;
    Ok(())
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
