//! Servers of live services. One with an identified machine is recorded as every other wish is (revision, operation, dirty
//! mark, audit), so that the operator adopts the machine; one without is `Unlinked`, and nothing is dispatched for it.
//!
//! A server is never deleted here, and a machine is never exchanged for another.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::TargetError;
use super::batch::{Batch, Written};
use super::delta::{Hash, hash};
use super::records::{self, Candidate, Sifted, Verdict};
use super::server_rows::{Change, write};
use super::wish::{Made, Offer, wish};
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
    for service in &unchanged {
        if let Some(why) = not_adoptable(service, world.machines) {
            written.outcomes.push(told(service, Fate::Finding, "machine-not-adoptable", &why));
        }
    }
    let mut staying = unchanged;
    if candidates.is_empty() {
        written.outcomes.extend(not_claimed(connection, batch, world, &staying).await?);
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
            staying.push(service);
            continue;
        }
        let target = there.map(Now::target);
        match (candidate.judge(target.as_ref(), &Hash::default()), there) {
            (Verdict::New, _) => written.tally.created += 1,
            (Verdict::Change, Some(there)) => match linked(batch, service, there) {
                Some(outcome) => {
                    written.tally.conflicts += 1;
                    written.outcomes.push(outcome);
                    staying.push(service);
                    continue;
                }
                None => written.tally.changed += 1,
            },
            (Verdict::Conflict | Verdict::Change, _) => {
                written.tally.conflicts += 1;
                let reason = "the server was changed or deleted in Slipway since the last run, and the service changed in \
                              WHMCS too: change by hand what should hold";
                written.outcomes.push(told(service, Fate::Conflict, "target-changed", reason));
                staying.push(service);
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
    written.outcomes.extend(not_claimed(connection, batch, world, &staying).await?);
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

/// Of servers that stay as they are: carried addresses that neither their machines state, nor they have or wish for.
async fn not_claimed(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    world: &World<'_>,
    services: &[&Service],
) -> Result<Vec<Outcome>, sqlx::Error> {
    let mut open: HashMap<Uuid, (&Service, Vec<IpAddr>)> = HashMap::new();
    for service in services {
        let Link::Machine { site, vmid, .. } = &service.link else { continue };
        let Some((_, machine)) = world.machines.find(*vmid, Some(site)).next() else { continue };
        let carried = service.facts.addresses.iter().copied();
        let unstated: Vec<IpAddr> = carried.filter(|address| !machine.addresses.contains(address)).collect();
        if !unstated.is_empty() {
            open.insert(batch.ids.server(service.id), (service, unstated));
        }
    }
    if open.is_empty() {
        return Ok(vec![]);
    }
    let rows = sqlx::query!(
        r#"select s.id, array(
               select split_part(a.address, '/', 1) from server_addresses a where a.server_id = s.id
               union select w from server_spec_networks n cross join unnest(array[n.address, n.address6]) as w
               where w is not null and n.spec_id = (
                   select owned_spec_id from server_revisions r where r.server_id = s.id and r.owned_spec_id is not null
                   order by r.number desc limit 1)) as "held!: Vec<String>"
           from servers s
           where s.id = any($1) and s.absent_at is null and not s.delete_requested and s.phase <> 'Unlinked' order by s.id"#,
        &open.keys().copied().collect::<Vec<_>>()
    );
    let mut outcomes = Vec::new();
    for row in rows.fetch_all(connection).await? {
        let Some((service, mut unstated)) = open.remove(&row.id) else { continue };
        let held: Vec<IpAddr> = row.held.iter().filter_map(|address| address.parse().ok()).collect();
        unstated.retain(|address| !held.contains(address));
        if !unstated.is_empty() {
            outcomes.push(told(service, Fate::Finding, "address-not-claimed", &unclaimed(&unstated)));
        }
    }
    Ok(outcomes)
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
