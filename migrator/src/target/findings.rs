//! What a run found that somebody has to look at, for the console and the report.

use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use crate::outcome::{Fate, Outcome};

/// Adds findings and conflicts; `from`: the number of the first. Answers the number of the next.
pub async fn write(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    from: i64,
    outcomes: &[Outcome],
) -> Result<i64, sqlx::Error> {
    let told: Vec<&Outcome> = outcomes.iter().filter(|o| matches!(o.outcome, Fate::Finding | Fate::Conflict)).collect();
    if told.is_empty() {
        return Ok(from);
    }
    let positions: Vec<i64> = (from..).take(told.len()).collect();
    let fate = |o: &&Outcome| if o.outcome == Fate::Conflict { "conflict" } else { "finding" };
    let servers: Vec<Option<Uuid>> = told.iter().map(|o| o.service.map(|id| batch.ids.server(id))).collect();
    sqlx::query!(
        "insert into migration_findings (run_id, position, legacy_table, legacy_id, outcome, code, reason, server_id)
         select $1, position, tab, number, outcome, code, reason, s.id
         from unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::uuid[])
              as f (position, tab, number, outcome, code, reason, server)
              left join servers s on s.id = f.server",
        batch.run,
        &positions,
        &told.iter().map(|o| o.table).collect::<Vec<_>>() as &[&str],
        &told.iter().map(|o| o.id).collect::<Vec<_>>(),
        &told.iter().map(fate).collect::<Vec<_>>() as &[&str],
        &told.iter().map(|o| o.code).collect::<Vec<_>>() as &[&str],
        &told.iter().map(|o| o.reason.as_str()).collect::<Vec<_>>() as &[&str],
        &servers as &[Option<Uuid>]
    )
    .execute(connection)
    .await?;
    Ok(positions.last().map_or(from, |last| last + 1))
}
