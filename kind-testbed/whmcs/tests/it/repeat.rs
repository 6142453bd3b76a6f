//! The same seed makes the same database.

use mysql_async::prelude::Queryable;

use crate::server::{Database, Wish};

/// What every table holds, in one number each.
async fn checksums(database: &mut Database) -> Vec<(String, Option<u64>)> {
    let tables: Vec<String> = database
        .conn
        .query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1")
        .await
        .unwrap();
    let mut sums = Vec::new();
    for table in tables {
        let (_, sum): (String, Option<u64>) =
            database.conn.query_first(format!("CHECKSUM TABLE `{table}`")).await.unwrap().unwrap();
        sums.push((table, sum));
    }
    sums
}

#[tokio::test]
async fn a_seed_makes_the_same_database_truth_and_machines_every_time() {
    let mut first = Database::seeded("first", Wish { clients: 60, ..Wish::default() }).await;
    let mut again = Database::seeded("again", Wish { clients: 60, ..Wish::default() }).await;
    let mut other = Database::seeded("other", Wish { clients: 60, seed: 8, ..Wish::default() }).await;
    let (one, two, three) = (checksums(&mut first).await, checksums(&mut again).await, checksums(&mut other).await);
    assert_eq!(one, two);
    assert_eq!(first.truth, again.truth);
    assert_eq!(first.machines, again.machines);
    assert_ne!(one, three);
    assert_ne!(first.truth, other.truth);
    first.drop().await;
    again.drop().await;
    other.drop().await;
}
