//! What earlier runs recorded of accounts, users, memberships and servers: three hashes decide what becomes of a change.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use super::delta::Hash;
use crate::carried::Legacy;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Account,
    User,
    Membership,
    Server,
}

impl Kind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::User => "user",
            Self::Membership => "membership",
            Self::Server => "server",
        }
    }
}

/// As the last run left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Of the source.
    pub source: Vec<u8>,
    /// Of the target.
    pub target: Vec<u8>,
}

/// What to do with a record whose target is there, or was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    New,
    Unchanged,
    /// The source changed and the target did not.
    Change,
    /// Both changed since the last run: the target stays.
    Conflict,
}

/// The three-way comparison: source at the last run, source now, target now (`None`: it is gone). A target that somebody
/// has made what the source `wants` by hand is no conflict.
pub fn judge(recorded: Option<&Recorded>, source: &Hash, target: Option<&Hash>, wants: &Hash) -> Verdict {
    match (recorded, target) {
        (None, _) => Verdict::New,
        (Some(recorded), _) if recorded.source == source => Verdict::Unchanged,
        (Some(recorded), Some(target)) if recorded.target == target || target == wants => Verdict::Change,
        (Some(_), _) => Verdict::Conflict,
    }
}

pub async fn find(connection: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Recorded>, sqlx::Error> {
    let rows = sqlx::query!("select id, source_hash, target_hash from migration_records where id = any($1)", ids)
        .fetch_all(connection)
        .await?;
    let recorded = rows.into_iter().map(|row| (row.id, Recorded { source: row.source_hash, target: row.target_hash }));
    Ok(recorded.collect())
}

/// What a run leaves of one record.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: Uuid,
    pub legacy: Legacy,
    pub source: Hash,
    pub target: Hash,
}

/// Records what was written; who made a record first stays its run.
pub async fn write(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    kind: Kind,
    entries: &[Entry],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
    let tables: Vec<&str> = entries.iter().map(|entry| entry.legacy.table).collect();
    let numbers: Vec<i64> = entries.iter().map(|entry| entry.legacy.id).collect();
    let sources: Vec<Vec<u8>> = entries.iter().map(|entry| entry.source.to_vec()).collect();
    let targets: Vec<Vec<u8>> = entries.iter().map(|entry| entry.target.to_vec()).collect();
    sqlx::query!(
        "insert into migration_records (id, source, kind, legacy_table, legacy_id, source_hash, target_hash, run_id,
                                        updated_run_id)
         select id, $2, $3, tab, number, source_hash, target_hash, $4, $4
         from unnest($1::uuid[], $5::text[], $6::bigint[], $7::bytea[], $8::bytea[])
              as r (id, tab, number, source_hash, target_hash)
         on conflict (id) do update set source_hash = excluded.source_hash, target_hash = excluded.target_hash,
             updated_run_id = excluded.updated_run_id",
        &ids,
        batch.source,
        kind.as_str(),
        batch.run,
        &tables as &[&str],
        &numbers,
        &sources,
        &targets
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::delta::hash;

    #[test]
    fn what_somebody_changed_since_the_last_run_is_never_written_over() {
        let [old, new, mine, theirs, wanted] = ["old", "new", "mine", "theirs", "wanted"].map(hash);
        let recorded = Recorded { source: old.to_vec(), target: mine.to_vec() };
        for (recorded, source, target, expected) in [
            (None, &new, None, Verdict::New),
            (Some(&recorded), &old, Some(&mine), Verdict::Unchanged),
            (Some(&recorded), &old, Some(&theirs), Verdict::Unchanged),
            (Some(&recorded), &old, None, Verdict::Unchanged),
            (Some(&recorded), &new, Some(&mine), Verdict::Change),
            (Some(&recorded), &new, Some(&theirs), Verdict::Conflict),
            (Some(&recorded), &new, Some(&wanted), Verdict::Change),
            (Some(&recorded), &new, None, Verdict::Conflict),
        ] {
            assert_eq!(judge(recorded, source, target, &wanted), expected);
        }
    }
}
