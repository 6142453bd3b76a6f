//! What was sold: one row a service, whatever became of it.

use rust_decimal::Decimal;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::batch::{Batch, Written};
use super::delta::{Table, delta};
use crate::carried::{Addon, CustomValue, Cycle, Facts, HostServer, Link, Service, ServiceStatus};

pub async fn services(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    services: &[Service],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Services, services, |service| batch.ids.service(service.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    let text = |value: fn(&Facts) -> Option<&str>| delta.column(|service| value(&service.facts));
    sqlx::query!(
        r#"insert into services (run_id, id, account_id, source_hash, legacy_id, product_id, product_name, status,
             suspend_reason, plan, cores, memory_mib, disk_gib, image, region, hostname, ssh_keys, addresses, network_mbps,
             traffic_gib, backups, snapshots, site, node, vmid, unlinked_reason, kept, notes, price, first_payment, currency,
             cycle, quantity, registered_on, next_due, promotion_id, payment_method, subscription, server_id)
         select $1, s.id, a.id, source_hash, legacy_id, product_id, product_name, s.status, suspend_reason, plan, cores,
             memory_mib, disk_gib, image, region, hostname,
             coalesce((select array_agg(k) from jsonb_array_elements_text(ssh_keys) k), '{}'),
             coalesce((select array_agg(k) from jsonb_array_elements_text(addresses) k), '{}'), network_mbps, traffic_gib,
             backups, snapshots, site, node, vmid, unlinked_reason, kept, notes, price, first_payment, currency, cycle,
             quantity, registered_on, next_due, promotion_id, payment_method, subscription,
             (select v.id from servers v where v.id = s.server_id)
         from unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[],
             $10::text[], $11::int[], $12::int[], $13::int[], $14::text[], $15::text[], $16::text[], $17::jsonb[],
             $18::jsonb[], $19::int[], $20::bigint[], $21::int[], $22::int[], $23::text[], $24::text[], $25::int[],
             $26::text[], $27::jsonb[], $28::text[], $29::numeric[], $30::numeric[], $31::text[], $32::text[], $33::int[],
             $34::date[], $35::date[], $36::bigint[], $37::text[], $38::text[], $39::uuid[])
             as s (id, account_id, source_hash, legacy_id, product_id, product_name, status, suspend_reason, plan, cores,
                   memory_mib, disk_gib, image, region, hostname, ssh_keys, addresses, network_mbps, traffic_gib, backups,
                   snapshots, site, node, vmid, unlinked_reason, kept, notes, price, first_payment, currency, cycle,
                   quantity, registered_on, next_due, promotion_id, payment_method, subscription, server_id)
             left join accounts a on a.id = s.account_id
         on conflict (id) do update set account_id = excluded.account_id, source_hash = excluded.source_hash,
             product_id = excluded.product_id, product_name = excluded.product_name, status = excluded.status,
             suspend_reason = excluded.suspend_reason, plan = excluded.plan, cores = excluded.cores,
             memory_mib = excluded.memory_mib, disk_gib = excluded.disk_gib, image = excluded.image,
             region = excluded.region, hostname = excluded.hostname, ssh_keys = excluded.ssh_keys,
             addresses = excluded.addresses, network_mbps = excluded.network_mbps, traffic_gib = excluded.traffic_gib,
             backups = excluded.backups, snapshots = excluded.snapshots, site = excluded.site, node = excluded.node,
             vmid = excluded.vmid, unlinked_reason = excluded.unlinked_reason, kept = excluded.kept, notes = excluded.notes,
             price = excluded.price, first_payment = excluded.first_payment, currency = excluded.currency,
             cycle = excluded.cycle, quantity = excluded.quantity, registered_on = excluded.registered_on,
             next_due = excluded.next_due, promotion_id = excluded.promotion_id,
             payment_method = excluded.payment_method, subscription = excluded.subscription,
             server_id = coalesce(excluded.server_id, services.server_id)"#,
        batch.run,
        &delta.ids(),
        &delta.column(|s| batch.ids.account(s.account)),
        &delta.hashes(),
        &delta.column(|s| s.id),
        &delta.column(|s| s.product),
        &delta.column(|s| s.product_name.as_str()) as &[&str],
        &delta.column(|s| status(s.status)) as &[&str],
        &delta.column(|s| s.suspend_reason.as_str()) as &[&str],
        &text(|f| f.plan.as_deref()) as &[Option<&str>],
        &delta.column(|s| s.facts.cores.map(bounded)) as &[Option<i32>],
        &delta.column(|s| s.facts.memory_mib.map(bounded)) as &[Option<i32>],
        &delta.column(|s| s.facts.disk_gib.map(bounded)) as &[Option<i32>],
        &text(|f| f.image.as_deref()) as &[Option<&str>],
        &text(|f| f.region.as_deref()) as &[Option<&str>],
        &text(|f| f.hostname.as_deref()) as &[Option<&str>],
        &delta.column(|s| Json(&s.facts.ssh_keys)) as &[Json<&Vec<String>>],
        &delta.column(|s| Json(&s.facts.addresses)) as &[Json<&Vec<std::net::IpAddr>>],
        &delta.column(|s| s.facts.network_mbps.map(bounded)) as &[Option<i32>],
        &delta.column(|s| s.facts.traffic_gib.map(|gib| i64::try_from(gib).unwrap_or(i64::MAX))) as &[Option<i64>],
        &delta.column(|s| s.facts.backups.map(bounded)) as &[Option<i32>],
        &delta.column(|s| s.facts.snapshots.map(bounded)) as &[Option<i32>],
        &text(|f| f.site.as_deref()) as &[Option<&str>],
        &text(|f| f.node.as_deref()) as &[Option<&str>],
        &delta.column(|s| s.facts.vmid.map(bounded)) as &[Option<i32>],
        &delta.column(|s| unlinked(&s.link)) as &[Option<&str>],
        &delta.column(|s| Json(&s.kept)) as &[Json<&Vec<CustomValue>>],
        &delta.column(|s| s.notes.as_str()) as &[&str],
        &delta.column(|s| s.billing.price),
        &delta.column(|s| s.billing.first_payment),
        &delta.column(|s| s.billing.currency.as_str()) as &[&str],
        &delta.column(|s| cycle(s.billing.cycle)) as &[&str],
        &delta.column(|s| bounded(s.billing.quantity)),
        &delta.column(|s| s.billing.registered_on) as &[Option<chrono::NaiveDate>],
        &delta.column(|s| s.billing.next_due) as &[Option<chrono::NaiveDate>],
        &delta.column(|s| s.billing.promotion) as &[Option<i64>],
        &delta.column(|s| s.billing.payment_method.as_str()) as &[&str],
        &delta.column(|s| s.billing.subscription.as_str()) as &[&str],
        &delta.column(|s| batch.ids.server(s.id))
    )
    .execute(connection)
    .await?;
    Ok(written)
}

/// Columns are 32 bits wide; what is larger is no size of a server.
pub fn bounded<N: TryInto<i32>>(number: N) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}

fn unlinked(link: &Link) -> Option<&str> {
    match link {
        Link::Unlinked { reason, .. } => Some(reason),
        Link::Machine { .. } | Link::History => None,
    }
}

const fn status(status: ServiceStatus) -> &'static str {
    match status {
        ServiceStatus::Active => "active",
        ServiceStatus::Suspended => "suspended",
        ServiceStatus::Pending => "pending",
        ServiceStatus::Terminated => "terminated",
        ServiceStatus::Cancelled => "cancelled",
        ServiceStatus::Fraud => "fraud",
        ServiceStatus::Completed => "completed",
    }
}

pub const fn cycle(cycle: Cycle) -> &'static str {
    match cycle {
        Cycle::Free => "free",
        Cycle::OneTime => "one-time",
        Cycle::Monthly => "monthly",
        Cycle::Quarterly => "quarterly",
        Cycle::SemiAnnually => "semi-annually",
        Cycle::Annually => "annually",
        Cycle::Biennially => "biennially",
        Cycle::Triennially => "triennially",
    }
}

pub async fn addons(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    addons: &[Addon],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::ServiceAddons, addons, |a| batch.ids.of("tblhostingaddons", a.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into service_addons (run_id, id, service_id, account_id, source_hash, legacy_id, name, price, cycle, status,
                                     next_due)
         select $1, d.id, s.id, a.id, d.source_hash, d.legacy_id, d.name, d.price, d.cycle, d.status, d.next_due
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bigint[], $7::text[], $8::numeric[], $9::text[],
             $10::text[], $11::date[])
             as d (id, service_id, account_id, source_hash, legacy_id, name, price, cycle, status, next_due)
             left join services s on s.id = d.service_id left join accounts a on a.id = coalesce(d.account_id, s.account_id)
         on conflict (id) do update set service_id = excluded.service_id, account_id = excluded.account_id,
             source_hash = excluded.source_hash, name = excluded.name, price = excluded.price, cycle = excluded.cycle,
             status = excluded.status, next_due = excluded.next_due",
        batch.run,
        &delta.ids(),
        &delta.column(|a| batch.ids.service(a.service)),
        &delta.column(|a| a.account.map(|account| batch.ids.account(account))) as &[Option<uuid::Uuid>],
        &delta.hashes(),
        &delta.column(|a| a.id),
        &delta.column(|a| a.name.as_str()) as &[&str],
        &delta.column(|a| a.price),
        &delta.column(|a| a.cycle.as_str()) as &[&str],
        &delta.column(|a| a.status.as_str()) as &[&str],
        &delta.column(|a| a.next_due) as &[Option<chrono::NaiveDate>]
    )
    .execute(connection)
    .await?;
    Ok(written)
}

pub async fn host_servers(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    servers: &[HostServer],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::HostServers, servers, |s| batch.ids.of("tblservers", s.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into host_servers (run_id, id, source_hash, legacy_id, name, hostname, address, module, active)
         select $1, * from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
             $9::bool[])
         on conflict (id) do update set source_hash = excluded.source_hash, name = excluded.name,
             hostname = excluded.hostname, address = excluded.address, module = excluded.module, active = excluded.active",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|s| s.id),
        &delta.column(|s| s.name.as_str()) as &[&str],
        &delta.column(|s| s.hostname.as_str()) as &[&str],
        &delta.column(|s| s.address.as_str()) as &[&str],
        &delta.column(|s| s.module.as_str()) as &[&str],
        &delta.column(|s| s.active)
    )
    .execute(connection)
    .await?;
    Ok(written)
}

/// A catalogue price of one plan, currency and cycle.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CarriedPrice {
    /// Of `tblpricing`.
    pub id: i64,
    pub plan: String,
    pub currency: String,
    pub cycle: Cycle,
    pub price: Decimal,
    pub setup_fee: Decimal,
}

pub async fn prices(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    prices: &[CarriedPrice],
) -> Result<Written, sqlx::Error> {
    let id =
        |price: &CarriedPrice| batch.ids.of(&format!("tblpricing/{}/{}", price.plan, cycle(price.cycle)), price.id);
    let delta = delta(connection, Table::CarriedPrices, prices, id).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into carried_prices (run_id, id, source_hash, legacy_id, plan, currency, cycle, price, setup_fee)
         select $1, * from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::numeric[],
             $9::numeric[])
         on conflict (id) do update set source_hash = excluded.source_hash, plan = excluded.plan,
             currency = excluded.currency, cycle = excluded.cycle, price = excluded.price, setup_fee = excluded.setup_fee",
        batch.run,
        &delta.ids(),
        &delta.hashes(),
        &delta.column(|p| p.id),
        &delta.column(|p| p.plan.as_str()) as &[&str],
        &delta.column(|p| p.currency.as_str()) as &[&str],
        &delta.column(|p| cycle(p.cycle)) as &[&str],
        &delta.column(|p| p.price),
        &delta.column(|p| p.setup_fee)
    )
    .execute(connection)
    .await?;
    Ok(written)
}
