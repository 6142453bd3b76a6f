//! What earlier runs recorded of accounts, users, memberships and servers: three hashes decide what becomes of a change.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use super::batch::Batch;
use super::delta::{Hash, Tally};
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

/// A record whose source is not what the last run left, and what that left of it.
#[derive(Debug)]
pub struct Candidate<'a, T> {
    pub id: Uuid,
    /// Of the source now.
    pub source: Hash,
    pub record: &'a T,
    recorded: Option<Recorded>,
}

/// Records of the source, set apart by whether anything may have to be written of them.
#[derive(Debug)]
pub struct Sifted<'a, T> {
    pub candidates: Vec<Candidate<'a, T>>,
    /// As the last run left them: of these the target is not even asked.
    pub unchanged: Vec<&'a T>,
}

/// What to do with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    New,
    /// The source changed and the target did not.
    Change,
    /// Both changed since the last run: the target stays.
    Conflict,
}

impl<T> Sifted<'_, T> {
    /// What a batch begins with: nothing but those that stay as they are.
    pub fn tally(&self) -> Tally {
        Tally { unchanged: self.unchanged.len() as u64, ..Tally::default() }
    }
}

impl<T> Candidate<'_, T> {
    /// The last run left it with this source.
    pub fn was(&self, source: &Hash) -> bool {
        self.recorded.as_ref().is_some_and(|recorded| recorded.source == source)
    }

    /// The three-way comparison: source at the last run, source now, target now (`None`: it is gone). A target that somebody
    /// has made what the source `wants` by hand is no conflict.
    pub fn judge(&self, target: Option<&Hash>, wants: &Hash) -> Verdict {
        match (&self.recorded, target) {
            (None, _) => Verdict::New,
            (Some(recorded), Some(target)) if recorded.target == target || target == wants => Verdict::Change,
            (Some(_), _) => Verdict::Conflict,
        }
    }
}

pub async fn sift<'a, T: 'a>(
    connection: &mut PgConnection,
    records: impl Iterator<Item = (Uuid, &'a T)>,
    source: impl Fn(Uuid, &T) -> Hash,
) -> Result<Sifted<'a, T>, sqlx::Error> {
    let records: Vec<(Uuid, &T)> = records.collect();
    let recorded = find(connection, &records.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
    let (mut candidates, mut unchanged) = (Vec::new(), Vec::new());
    for (id, record) in records {
        let (source, recorded) = (source(id, record), recorded.get(&id).cloned());
        if recorded.as_ref().is_some_and(|recorded| recorded.source == source) {
            unchanged.push(record);
        } else {
            candidates.push(Candidate { id, source, record, recorded });
        }
    }
    Ok(Sifted { candidates, unchanged })
}

pub async fn find(connection: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Recorded>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
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
        for (recorded, target, expected) in [
            (None, None, Verdict::New),
            (Some(&recorded), Some(&mine), Verdict::Change),
            (Some(&recorded), Some(&theirs), Verdict::Conflict),
            (Some(&recorded), Some(&wanted), Verdict::Change),
            (Some(&recorded), None, Verdict::Conflict),
        ] {
            let candidate = Candidate { id: Uuid::nil(), source: new, record: &(), recorded: recorded.cloned() };
            assert_eq!(candidate.judge(target, &wanted), expected);
        }
    }
}
