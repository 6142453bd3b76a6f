//! One run: its record, the lock that keeps a second one out, and the seal after which nothing is carried over any more.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{Connection as _, PgConnection, PgPool};
use uuid::Uuid;

use super::TargetError;
use super::delta::Tally;

/// The server notices a moment later that a process has ended.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Holds the lock on a connection of its own: it goes with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    connection: PgConnection,
    holder: Holder,
}

/// The server's process that holds the lock: what is written asks whether it still does.
#[derive(Debug, Clone, Copy)]
pub struct Holder(i32);

impl Holder {
    /// Fails once the lock is lost, for another run may have begun since. Until the transaction ends, none begins for the
    /// same source: the run's row is locked.
    pub async fn check(self, connection: &mut PgConnection, run: Uuid) -> Result<(), TargetError> {
        let is_alone = sqlx::query_scalar!(
            r#"select r.status = 'running' and exists (
                   select from pg_locks l where l.locktype = 'advisory' and l.pid = $2 and l.granted
                       and l.objid = (hashtext('slipway-migrate')::bigint & 4294967295)::oid) as "alone!"
               from migration_runs r where r.id = $1 for share of r"#,
            run,
            self.0
        );
        if is_alone.fetch_optional(connection).await? == Some(true) { Ok(()) } else { Err(TargetError::LockLost) }
    }
}

/// Keeps every run out until the transaction of `connection` ends.
pub async fn alone(connection: &mut PgConnection) -> Result<(), TargetError> {
    once_free(async || {
        let free = sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtext('slipway-migrate')) as "free!""#);
        Ok(free.fetch_one(&mut *connection).await?.then_some(()))
    })
    .await
}

/// Asks for the lock until it is free, and for no longer than an ended process may seem to hold it.
async fn once_free<T>(mut ask: impl AsyncFnMut() -> Result<Option<T>, sqlx::Error>) -> Result<T, TargetError> {
    for _ in 0..TRIES {
        if let Some(held) = ask().await? {
            return Ok(held);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(TargetError::Locked)
}

impl Lock {
    /// Two runs of one source, or of two into one target, would answer each other's questions wrongly.
    pub async fn take(url: &str) -> Result<Self, TargetError> {
        let mut connection = PgConnection::connect_with(&super::options(url)?).await?;
        let holder = once_free(async || {
            let tried = sqlx::query!(
                r#"select pg_try_advisory_lock(hashtext('slipway-migrate')) as "free!", pg_backend_pid() as "holder!""#
            );
            let tried = tried.fetch_one(&mut connection).await?;
            Ok(tried.free.then_some(Holder(tried.holder)))
        })
        .await?;
        Ok(Self { connection, holder })
    }

    pub const fn holder(&self) -> Holder {
        self.holder
    }

    pub async fn release(self) -> Result<(), TargetError> {
        Ok(self.connection.close().await?)
    }
}

/// Who runs what.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    pub id: Uuid,
    pub source: &'a str,
    pub mapping_hash: [u8; 32],
    pub actor: &'a str,
}

/// Records that a run begins, once; one that was killed is told apart from then on.
pub async fn begin(pool: &PgPool, run: &NewRun<'_>, now: DateTime<Utc>) -> Result<(), TargetError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "update migration_runs set status = 'interrupted', finished_at = $2
         where source = $1 and status = 'running' and id <> $3",
        run.source,
        now,
        run.id
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "insert into migration_runs (id, source, mapping_hash, actor, started_at, status)
         values ($1, $2, $3, $4, $5, 'running') on conflict (id) do nothing",
        run.id,
        run.source,
        run.mapping_hash.as_slice(),
        run.actor,
        now
    )
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// Records how it ended; `seal`: it was the last one.
pub async fn finish(
    pool: &PgPool,
    holder: Option<Holder>,
    run: Uuid,
    tally: Tally,
    seal: bool,
    now: DateTime<Utc>,
) -> Result<(), TargetError> {
    let mut transaction = pool.begin().await?;
    if let Some(holder) = holder {
        holder.check(&mut transaction, run).await?;
    }
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    sqlx::query!(
        "update migration_runs set status = 'finished', finished_at = $2::timestamptz, created = $3, changed = $4, unchanged = $5,
             conflicts = $6, sealed_at = case when $7 then $2::timestamptz end where id = $1",
        run,
        now,
        number(tally.created),
        number(tally.changed),
        number(tally.unchanged),
        number(tally.conflicts),
        seal
    )
    .execute(&mut *transaction)
    .await?;
    Ok(transaction.commit().await?)
}

/// When the source was cut over, if it was.
pub async fn sealed(pool: &PgPool, source: &str) -> Result<Option<DateTime<Utc>>, TargetError> {
    let sealed = sqlx::query_scalar!("select max(sealed_at) from migration_runs where source = $1", source);
    Ok(sealed.fetch_one(pool).await?)
}

/// A run as `rollback` and `report` show it.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunRow {
    pub id: Uuid,
    pub source: String,
    pub actor: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub status: String,
    pub sealed_at: Option<DateTime<Utc>>,
    pub created: i64,
    pub changed: i64,
}

pub async fn find(pool: &PgPool, id: Uuid) -> Result<Option<RunRow>, TargetError> {
    let run = sqlx::query_as!(
        RunRow,
        "select id, source, actor, started_at, finished_at, status, sealed_at, created, changed
         from migration_runs where id = $1",
        id
    );
    Ok(run.fetch_optional(pool).await?)
}

/// The newest first.
pub async fn list(pool: &PgPool, source: &str) -> Result<Vec<RunRow>, TargetError> {
    let runs = sqlx::query_as!(
        RunRow,
        "select id, source, actor, started_at, finished_at, status, sealed_at, created, changed
         from migration_runs where source = $1 order by started_at desc limit 100",
        source
    );
    Ok(runs.fetch_all(pool).await?)
}

/// How much was migrated of what people live with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Migrated {
    pub accounts: u64,
    pub users: u64,
    pub servers: u64,
    pub services: u64,
}

pub async fn migrated(pool: &PgPool, source: &str) -> Result<Migrated, TargetError> {
    let counts = sqlx::query!(
        r#"select count(*) filter (where kind = 'account') as "accounts!",
                  count(*) filter (where kind = 'user') as "users!",
                  count(*) filter (where kind = 'server') as "servers!",
                  (select count(*) from services s join migration_runs r on r.id = s.run_id
                   where r.source = $1) as "services!"
           from migration_records where source = $1"#,
        source
    );
    let row = counts.fetch_one(pool).await?;
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(Migrated {
        accounts: number(row.accounts),
        users: number(row.users),
        servers: number(row.servers),
        services: number(row.services),
    })
}
