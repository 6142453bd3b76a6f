//! Runs and findings in Postgres.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::migration::view::{CodeView, RunStatus, RunView};

/// The key of a page of runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ByStart {
    pub started_at: DateTime<Utc>,
    pub id: Uuid,
}

/// The newest first, after the given one.
pub async fn list(
    connection: &mut PgConnection,
    after: Option<&ByStart>,
    limit: i64,
) -> Result<Vec<RunView>, sqlx::Error> {
    sqlx::query_as!(
        RunView,
        r#"select id, source, actor, status as "status: RunStatus", started_at, finished_at, sealed_at, created, changed,
                  unchanged, conflicts, (select count(*) from migration_findings f where f.run_id = r.id) as "findings!"
           from migration_runs r
           where (started_at, id) < (coalesce($1, 'infinity'::timestamptz), coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
           order by started_at desc, id desc limit $3"#,
        after.map(|key| key.started_at),
        after.map(|key| key.id),
        limit
    )
    .fetch_all(connection)
    .await
}

pub async fn count(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from migration_runs"#).fetch_one(connection).await
}

pub async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<RunView>, sqlx::Error> {
    sqlx::query_as!(
        RunView,
        r#"select id, source, actor, status as "status: RunStatus", started_at, finished_at, sealed_at, created, changed,
                  unchanged, conflicts, (select count(*) from migration_findings f where f.run_id = r.id) as "findings!"
           from migration_runs r where id = $1"#,
        id
    )
    .fetch_optional(connection)
    .await
}

/// How often each code was found, the most frequent first.
pub async fn codes(connection: &mut PgConnection, run: Uuid) -> Result<Vec<CodeView>, sqlx::Error> {
    sqlx::query_as!(
        CodeView,
        r#"select code, count(*) as "count!" from migration_findings where run_id = $1 group by code order by 2 desc, code"#,
        run
    )
    .fetch_all(connection)
    .await
}

/// The statement of a page of findings.
pub fn findings_query(run: Uuid, code: Option<&str>, after: Option<i64>, limit: i64) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "select f.position, f.legacy_table, f.legacy_id, f.outcome, f.code, f.reason, s.id as server_id, s.name as server_name,
                a.id as account_id, a.name as account_name, u.id as user_id, u.email as user_email
         from migration_findings f
         join migration_runs r on r.id = f.run_id
         left join servers s on s.id = f.server_id
         left join migration_records m on m.source = r.source and m.kind = 'account' and m.legacy_table = f.legacy_table
                                          and m.legacy_id = f.legacy_id
         left join accounts a on a.id = coalesce(s.account_id, m.id)
         left join migration_records l on l.source = r.source and l.kind = 'user' and l.legacy_table = f.legacy_table
                                          and l.legacy_id = f.legacy_id
         left join users u on u.id = l.id",
    );
    of_run(&mut query, run, code);
    if let Some(after) = after {
        query.push(" and f.position > ").push_bind(after);
    }
    query.push(" order by f.position limit ").push_bind(limit);
    query
}

pub async fn count_findings(connection: &mut PgConnection, run: Uuid, code: Option<&str>) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("select count(*) from migration_findings f");
    of_run(&mut query, run, code);
    query.build_query_scalar().fetch_one(connection).await
}

fn of_run(query: &mut QueryBuilder<Postgres>, run: Uuid, code: Option<&str>) {
    query.push(" where f.run_id = ").push_bind(run);
    if let Some(code) = code {
        query.push(" and f.code = ").push_bind(code.to_owned());
    }
}
