//! The schema can be made, undone to nothing and made again.

use std::path::Path;

use slipway_api::schema::{self, MIGRATOR};
use sqlx::PgPool;
use sqlx::migrate::Migrator;

use crate::support::database;

/// Every column, constraint and index, as text.
async fn describe(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
                || coalesce(column_default, '') || coalesce(generation_expression, '') as line
         from information_schema.columns where table_schema = 'public' and table_name <> '_sqlx_migrations'
         union all
         select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
         from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> '_sqlx_migrations'::regclass
         union all
         select indexdef from pg_indexes where schemaname = 'public' and tablename <> '_sqlx_migrations'
         order by line",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn running_reverting_to_nothing_and_running_again_gives_the_same_schema() {
    let pool = database::empty().await;
    assert!(!schema::is_current(&pool).await.unwrap());
    schema::migrate(&pool).await.unwrap();
    assert!(schema::is_current(&pool).await.unwrap());
    let first = describe(&pool).await;
    assert!(first.len() > 200, "{} lines", first.len());
    MIGRATOR.undo(&pool, 0).await.unwrap();
    assert_eq!(describe(&pool).await, Vec::<String>::new());
    assert!(!schema::is_current(&pool).await.unwrap());
    schema::migrate(&pool).await.unwrap();
    assert_eq!(describe(&pool).await, first);
}

/// `sqlx migrate run --source migrations` and `sqlx migrate revert` are this reader of the folder and these calls.
#[tokio::test]
async fn what_sqlx_cli_does_with_the_folder_and_what_the_api_does_fit_each_other() {
    let folder = Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations"))).await.unwrap();
    let pool = database::empty().await;
    folder.run_to(4, &pool).await.unwrap();
    assert!(!schema::is_current(&pool).await.unwrap());
    schema::migrate(&pool).await.unwrap();
    let first = describe(&pool).await;
    // Each compares the checksums that the other wrote.
    folder.run(&pool).await.unwrap();
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap();
    folder.undo(&pool, newest - 1).await.unwrap();
    assert!(!schema::is_current(&pool).await.unwrap());
    folder.run(&pool).await.unwrap();
    schema::migrate(&pool).await.unwrap();
    assert_eq!(describe(&pool).await, first);
}

#[tokio::test]
async fn replicas_that_migrate_at_once_take_turns() {
    let pool = database::empty().await;
    let all = futures::future::join_all((0..3).map(|_| schema::migrate(&pool))).await;
    for done in all {
        done.unwrap();
    }
    assert!(schema::is_current(&pool).await.unwrap());
}

#[test]
fn every_migration_can_be_undone() {
    let (ups, downs): (Vec<_>, Vec<_>) =
        MIGRATOR.iter().partition(|migration| migration.migration_type.is_up_migration());
    let versions =
        |list: &[&sqlx::migrate::Migration]| list.iter().map(|migration| migration.version).collect::<Vec<_>>();
    assert_eq!(versions(&ups), versions(&downs));
}
