//! Counts and sums of what the target holds from one source.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sqlx::PgPool;

use super::TargetError;

/// What the target says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub counts: BTreeMap<&'static str, u64>,
    /// Services and invoices by status, live services by the month they are due: what is counted, and in which group.
    pub groups: BTreeMap<(&'static str, String), u64>,
    /// Currency → what it is about → sum.
    pub money: BTreeMap<String, BTreeMap<String, Decimal>>,
    /// Linked servers by what became of their adoption, as `Ready`, `NotInPool`.
    pub adoptions: BTreeMap<String, u64>,
}

/// What is counted, and in which table. Their names come from here only.
const COUNTED: [(&str, &str); 15] = [
    ("accounts", "account_profiles"),
    ("contacts", "contacts"),
    ("host servers", "host_servers"),
    ("promotions", "promotions"),
    ("services", "services"),
    ("cancel requests", "cancel_requests"),
    ("addons", "service_addons"),
    ("orders", "orders"),
    ("invoices", "invoices"),
    ("invoice lines", "invoice_lines"),
    ("transactions", "transactions"),
    ("credits", "credits"),
    ("tickets", "tickets"),
    ("replies", "ticket_replies"),
    ("notes", "account_notes"),
];

/// What is counted by what.
const GROUPED: [(&str, &str); 3] = [
    (
        SERVICES,
        "select t.status, count(*) from services t join migration_runs r on r.id = t.run_id where r.source = $1 group by 1",
    ),
    (
        INVOICES,
        "select t.status, count(*) from invoices t join migration_runs r on r.id = t.run_id where r.source = $1 group by 1",
    ),
    (
        DUE,
        "select coalesce(to_char(t.next_due, 'YYYY-MM'), ''), count(*) from services t join migration_runs r on r.id = t.run_id
         where r.source = $1 and t.status in ('active', 'suspended') group by 1",
    ),
];

pub const SERVICES: &str = "services";
pub const INVOICES: &str = "invoices";
pub const DUE: &str = "services due";

pub async fn sums(pool: &PgPool, source: &str) -> Result<Sums, TargetError> {
    let mut sums = Sums::default();
    for (kind, table) in COUNTED {
        let statement =
            format!("select count(*) from {table} t join migration_runs r on r.id = t.run_id where r.source = $1");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).bind(source).fetch_one(pool).await?;
        sums.counts.insert(kind, u64::try_from(count).unwrap_or_default());
    }
    let users = sqlx::query_scalar!(
        r#"select count(*) as "count!" from migration_records m join users u on u.id = m.id
           where m.source = $1 and m.kind = 'user'"#,
        source
    );
    sums.counts.insert("users", u64::try_from(users.fetch_one(pool).await?).unwrap_or_default());
    let money = sqlx::query!(
        r#"select currency as "currency!", about as "about!", sum(amount) as "amount!" from (
               select i.currency, 'invoices ' || i.status as about, i.total as amount, i.run_id from invoices i
               union all select t.currency, 'payments', t.amount_in, t.run_id from transactions t
               union all select t.currency, 'refunds', t.amount_out, t.run_id from transactions t
               union all select t.currency, 'fees', t.fees, t.run_id from transactions t
               union all select p.currency, 'credit balance', p.credit, p.run_id from account_profiles p
               union all select s.currency, 'recurring ' || s.cycle, s.price, s.run_id from services s
                         where s.status in ('active', 'suspended')) m
           join migration_runs r on r.id = m.run_id where r.source = $1 group by 1, 2"#,
        source
    );
    for row in money.fetch_all(pool).await? {
        sums.money.entry(row.currency).or_default().insert(row.about, row.amount);
    }
    for (kind, statement) in GROUPED {
        let rows: Vec<(String, i64)> = sqlx::query_as(statement).bind(source).fetch_all(pool).await?;
        for (group, count) in rows {
            sums.groups.insert((kind, group), u64::try_from(count).unwrap_or_default());
        }
    }
    let adoptions = sqlx::query!(
        r#"select case when s.phase = 'Unlinked' then 'Unlinked' when s.absent_at is not null then 'Deleted'
                       when c.status = 'True' then 'Ready' else coalesce(c.reason, 'Pending') end as "state!",
                  count(*) as "count!"
           from migration_records m join servers s on s.id = m.id
           left join server_conditions c on c.server_id = s.id and c.type = 'Ready'
           where m.source = $1 and m.kind = 'server' group by 1"#,
        source
    );
    for row in adoptions.fetch_all(pool).await? {
        sums.adoptions.insert(row.state, u64::try_from(row.count).unwrap_or_default());
    }
    Ok(sums)
}

/// A carried address that no address of its server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclaimed {
    pub service: i64,
    pub address: String,
}

/// Addresses of live, linked services that their adopted servers do not have: nothing claims them.
pub async fn unclaimed(pool: &PgPool, source: &str) -> Result<Vec<Unclaimed>, TargetError> {
    let rows = sqlx::query_as!(
        Unclaimed,
        r#"select s.legacy_id as service, a.address as "address!" from services s
           join migration_runs r on r.id = s.run_id join servers v on v.id = s.server_id
           cross join unnest(s.addresses) as a (address)
           where r.source = $1 and s.status in ('active', 'suspended') and v.phase <> 'Unlinked'
             and not exists (select from server_addresses c where c.server_id = v.id
                             and split_part(c.address, '/', 1) = a.address)
           order by 1, 2"#,
        source
    );
    Ok(rows.fetch_all(pool).await?)
}

/// What was sold of a live, linked service: sizes that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    pub service: i64,
    pub site: String,
    pub vmid: i32,
    pub cores: Option<i32>,
    pub memory_mib: Option<i32>,
    pub disk_gib: Option<i32>,
    pub hostname: Option<String>,
    /// Where the machine was when it was carried over.
    pub node: Option<String>,
    pub addresses: Vec<String>,
}

/// Of every live service that has its machine, by service.
pub async fn sold(pool: &PgPool, source: &str) -> Result<Vec<Sold>, TargetError> {
    let rows = sqlx::query_as!(
        Sold,
        r#"select s.legacy_id as service, v.site as "site!", s.vmid as "vmid!", s.cores, s.memory_mib, s.disk_gib,
                  s.hostname, s.node, s.addresses
           from services s join migration_runs r on r.id = s.run_id join servers v on v.id = s.server_id
           where r.source = $1 and s.status in ('active', 'suspended') and v.phase <> 'Unlinked' and v.site is not null
             and s.vmid is not null
           order by 1"#,
        source
    );
    Ok(rows.fetch_all(pool).await?)
}
