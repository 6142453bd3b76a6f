//! What speaks against taking a run back: later runs made what would go with it, or sealed the source.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::run::RunRow;

/// A run whose records hang on those of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaterRun {
    pub id: Uuid,
    pub started_at: DateTime<Utc>,
    /// Its records that would go, too.
    pub records: i64,
}

impl std::fmt::Display for LaterRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, started_at, records } = self;
        write!(f, "`slipway-migrate rollback --run {id}` ({}, {records} records)", started_at.format("%F %R"))
    }
}

/// The other run that sealed the source.
pub async fn sealing_run(
    connection: &mut PgConnection,
    run: &RunRow,
) -> Result<Option<(Uuid, DateTime<Utc>)>, sqlx::Error> {
    let sealed = sqlx::query!(
        r#"select id, sealed_at as "sealed_at!" from migration_runs
           where source = $1 and id <> $2 and sealed_at is not null order by sealed_at desc limit 1"#,
        run.source,
        run.id
    );
    Ok(sealed.fetch_optional(connection).await?.map(|row| (row.id, row.sealed_at)))
}

/// Runs that began later and made what hangs on what this one made, the newest first.
pub async fn later_runs(connection: &mut PgConnection, run: &RunRow) -> Result<Vec<LaterRun>, sqlx::Error> {
    sqlx::query_as!(
        LaterRun,
        r#"with own as (select id, kind, legacy_table, legacy_id from migration_records where run_id = $1),
               held as (select id from own where kind = 'account'),
               hanging (run_id) as (
               select run_id from account_profiles join held on held.id = account_id
               union all select run_id from contacts join held on held.id = account_id
               union all select run_id from account_notes join held on held.id = account_id
               union all select run_id from services join held on held.id = account_id
               union all select run_id from service_addons join held on held.id = account_id
               union all select run_id from orders join held on held.id = account_id
               union all select run_id from invoices join held on held.id = account_id
               union all select run_id from transactions join held on held.id = account_id
               union all select run_id from credits join held on held.id = account_id
               union all select run_id from tickets join held on held.id = account_id
               union all select m.run_id from migration_records m join servers s on s.id = m.id
                         join held on held.id = s.account_id where m.kind = 'server'
               union all select m.run_id from migration_records m join own on own.legacy_id = m.legacy_id >> 32
                         where m.kind = 'membership' and own.kind = 'account' and m.source = $2
               union all select m.run_id from migration_records m join own on own.legacy_table = m.legacy_table
                             and (own.legacy_id & 4294967295) = (m.legacy_id & 4294967295)
                         where m.kind = 'membership' and own.kind = 'user' and m.source = $2
               union all select a.run_id from service_addons a join services s on s.id = a.service_id where s.run_id = $1
               union all select c.run_id from cancel_requests c join services s on s.id = c.service_id where s.run_id = $1
               union all select l.run_id from invoice_lines l join invoices i on i.id = l.invoice_id where i.run_id = $1
               union all select t.run_id from ticket_replies t join tickets k on k.id = t.ticket_id where k.run_id = $1)
           select r.id, r.started_at, count(*) as "records!" from hanging h join migration_runs r on r.id = h.run_id
           where r.id <> $1 and r.started_at > $3 group by r.id, r.started_at order by r.started_at desc, r.id"#,
        run.id,
        run.source,
        run.started_at
    )
    .fetch_all(connection)
    .await
}
