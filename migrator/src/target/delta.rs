//! What a batch changes: the hash of each record against the one that the last run left.

use std::collections::HashMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

/// The first half of a SHA-256 over a record as it is carried over.
pub type Hash = [u8; 16];

/// A record that is not in the target as it is now.
#[derive(Debug)]
pub struct Change<'a, T> {
    pub id: Uuid,
    pub hash: Hash,
    pub record: &'a T,
    pub is_new: bool,
}

/// What has to be written of a batch, and how much need not be.
#[derive(Debug)]
pub struct Delta<'a, T> {
    pub changes: Vec<Change<'a, T>>,
    pub unchanged: u64,
}

impl<T> Delta<'_, T> {
    pub fn tally(&self) -> Tally {
        let created = self.changes.iter().filter(|change| change.is_new).count() as u64;
        Tally { created, changed: self.changes.len() as u64 - created, unchanged: self.unchanged, conflicts: 0 }
    }

    pub fn ids(&self) -> Vec<Uuid> {
        self.changes.iter().map(|change| change.id).collect()
    }

    pub fn hashes(&self) -> Vec<Vec<u8>> {
        self.changes.iter().map(|change| change.hash.to_vec()).collect()
    }

    /// One value of each changed record, as a column of the statement that writes them.
    pub fn column<'b, V>(&'b self, value: impl Fn(&'b T) -> V) -> Vec<V> {
        self.changes.iter().map(|change| value(change.record)).collect()
    }
}

/// Records of the target: made, changed, left as they were, and not written because somebody changed them since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub conflicts: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.conflicts += other.conflicts;
    }
}

/// Of anything that serialises the same each time; maps are not among what is carried over.
pub fn hash<T: Serialize + ?Sized>(record: &T) -> Hash {
    let mut hasher = Sha256::new();
    // Writing into a hasher does not fail, and what is carried over has no keys that JSON refuses.
    let _ = serde_json::to_writer(HashWriter(&mut hasher), record);
    let mut hash = Hash::default();
    hash.copy_from_slice(&hasher.finalize()[..16]);
    hash
}

struct HashWriter<'a>(&'a mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Tables whose rows hold the hash of their source. Their names come from here only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    Contacts,
    ServiceAddons,
    Services,
    HostServers,
    CarriedPrices,
    Orders,
    Invoices,
    InvoiceLines,
    Transactions,
    Credits,
    Tickets,
    TicketReplies,
    CancelRequests,
    Promotions,
    AccountNotes,
}

impl Table {
    /// In the order in which a rollback empties them: what refers before what is referred to.
    pub const ALL: [Self; 15] = [
        Self::AccountNotes,
        Self::Promotions,
        Self::CancelRequests,
        Self::TicketReplies,
        Self::Tickets,
        Self::Credits,
        Self::Transactions,
        Self::InvoiceLines,
        Self::Invoices,
        Self::Orders,
        Self::HostServers,
        Self::CarriedPrices,
        Self::ServiceAddons,
        Self::Services,
        Self::Contacts,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::ServiceAddons => "service_addons",
            Self::Services => "services",
            Self::HostServers => "host_servers",
            Self::CarriedPrices => "carried_prices",
            Self::Orders => "orders",
            Self::Invoices => "invoices",
            Self::InvoiceLines => "invoice_lines",
            Self::Transactions => "transactions",
            Self::Credits => "credits",
            Self::Tickets => "tickets",
            Self::TicketReplies => "ticket_replies",
            Self::CancelRequests => "cancel_requests",
            Self::Promotions => "promotions",
            Self::AccountNotes => "account_notes",
        }
    }
}

/// What of the records has to be written.
pub async fn delta<'a, T: Serialize>(
    connection: &mut PgConnection,
    table: Table,
    records: &'a [T],
    id: impl Fn(&T) -> Uuid,
) -> Result<Delta<'a, T>, sqlx::Error> {
    let hashed: Vec<(Uuid, Hash, &T)> = records.iter().map(|record| (id(record), hash(record), record)).collect();
    let ids: Vec<Uuid> = hashed.iter().map(|(id, ..)| *id).collect();
    let known = known(connection, table, &ids).await?;
    Ok(compare(hashed, &known))
}

async fn known(
    connection: &mut PgConnection,
    table: Table,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<u8>>, sqlx::Error> {
    // One statement for all tables: each has these two columns, and the name is one of the above.
    let statement = format!("select id, source_hash from {} where id = any($1)", table.name());
    let rows: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).bind(ids).fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// The last of several records with one id counts.
fn compare<'a, T>(hashed: Vec<(Uuid, Hash, &'a T)>, known: &HashMap<Uuid, Vec<u8>>) -> Delta<'a, T> {
    let mut delta = Delta { changes: Vec::new(), unchanged: 0 };
    for (id, hash, record) in hashed {
        match known.get(&id) {
            Some(stored) if stored.as_slice() == hash => delta.unchanged += 1,
            stored => delta.changes.push(Change { id, hash, record, is_new: stored.is_none() }),
        }
    }
    delta
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_from_the_last_run_is_written() {
        let ids: Vec<Uuid> = (0..3).map(Uuid::from_u128).collect();
        let known = HashMap::from([(ids[0], hash("a").to_vec()), (ids[1], hash("b").to_vec())]);
        let records = ["a", "changed", "new"];
        let hashed = ids.iter().zip(&records).map(|(id, record)| (*id, hash(record), record)).collect();
        let delta = compare(hashed, &known);
        assert_eq!(delta.tally(), Tally { created: 1, changed: 1, unchanged: 1, conflicts: 0 });
        assert_eq!(delta.ids(), [ids[1], ids[2]]);
        assert_eq!(delta.column(|text| *text), ["changed", "new"]);
    }
}
