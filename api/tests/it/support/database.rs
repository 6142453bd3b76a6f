//! A database for each test, cloned from a migrated template: tests run side by side, in one process or many.

use std::sync::atomic::{AtomicU32, Ordering};

use slipway_api::{app, schema};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};

/// Guards the template and the cloning from it: a template must not be in use while it is copied.
const LOCK: i64 = 0x534c_4950_5445_5354;

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A pool on a new database with the current schema.
pub async fn fresh() -> PgPool {
    let mut maintenance = maintenance().await;
    let template = template(&mut maintenance).await;
    let name = unique("test");
    run(&mut maintenance, &format!("create database {name} template {template}")).await;
    unlock(maintenance).await;
    app::connect_lazily(options().database(&name), 12)
}

/// A pool on a new database without any schema.
pub async fn empty() -> PgPool {
    let mut maintenance = maintenance().await;
    let name = unique("empty");
    run(&mut maintenance, &format!("create database {name}")).await;
    unlock(maintenance).await;
    app::connect_lazily(options().database(&name), 4)
}

async fn template(maintenance: &mut PgConnection) -> String {
    let schema: Vec<String> = schema::MIGRATOR.iter().map(|migration| hex::encode(&migration.checksum[..4])).collect();
    let name = format!("slipway_api_template_{}", schema.join("_").chars().take(40).collect::<String>());
    let exists = sqlx::query_scalar::<_, bool>("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut *maintenance)
        .await
        .unwrap();
    if !exists {
        let draft = unique("draft");
        run(maintenance, &format!("create database {draft}")).await;
        let pool = app::connect_lazily(options().database(&draft), 1);
        schema::migrate(&pool).await.unwrap();
        pool.close().await;
        // Renamed only when it is complete: a killed run leaves no half-made template behind.
        run(maintenance, &format!("alter database {draft} rename to {name}")).await;
    }
    name
}

async fn maintenance() -> PgConnection {
    let mut connection = options().connect().await.expect("the test database answers");
    sqlx::query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await.unwrap();
    connection
}

async fn unlock(connection: PgConnection) {
    connection.close().await.unwrap();
}

async fn run(connection: &mut PgConnection, statement: &str) {
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

fn options() -> PgConnectOptions {
    let url = std::env::var("SLIPWAY_TEST_DATABASE_URL")
        .expect("run `make test`, or set SLIPWAY_TEST_DATABASE_URL to a Postgres that tests may make databases in");
    url.parse().expect("SLIPWAY_TEST_DATABASE_URL is a Postgres address")
}

fn unique(kind: &str) -> String {
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("slipway_api_{kind}_{}_{}_{number}", std::process::id(), uuid::Uuid::now_v7().simple())
}
