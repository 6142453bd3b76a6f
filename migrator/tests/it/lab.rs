//! A seeded WHMCS and an empty Slipway database of a test's own, and the program between them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use chrono::NaiveDate;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, PgPool};
use tempfile::TempDir;
use whmcs_testbed::host;
use whmcs_testbed::schema::Variant;
use whmcs_testbed::seed::{Options, seed};

pub struct Lab {
    pub folder: TempDir,
    /// The account that tests damage the source with; runs read with another.
    server: String,
    name: String,
    target: String,
    pub pool: PgPool,
}

fn environment(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run `make test`, or `testbed with -- cargo nextest …`"))
}

impl Lab {
    pub async fn start(name: &str) -> Self {
        Self::with(name, 25, 0.1, Variant::V8).await
    }

    pub async fn with(name: &str, clients: u32, messiness: f64, variant: Variant) -> Self {
        let (server, folder, name) = (environment("WHMCS_DATABASE_URL"), TempDir::new().unwrap(), format!("it_{name}"));
        let file = |file: &str| Some(folder.path().join(file));
        let options = Options {
            clients,
            seed: 7,
            messiness,
            variant,
            only: None,
            database: name.clone(),
            today: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap(),
            truth: file("truth.jsonl"),
            machines: file("machines.jsonl"),
            catalogue: file("catalogue.json"),
        };
        seed(&Opts::from_url(&server).unwrap(), options).await.unwrap();
        let (target, pool) = database(&name).await;
        let lab = Self { folder, server, name, target, pool };
        lab.write_inventory();
        lab.write_mapping(&[]).await;
        lab
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn lines(&self, name: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn write_inventory(&self) {
        let inventory = host::inventory(self.lines("machines.jsonl"));
        std::fs::write(self.path("inventory.json"), inventory.to_string()).unwrap();
    }

    /// The proposal with what only the host knows, and more lines at its end; the target's catalogue gets what it names.
    pub async fn write_mapping(&self, more: &[&str]) {
        let (mapping, catalogue) = (self.path("mapping.yaml"), self.path("catalogue.yaml"));
        let out =
            self.command("map").arg("--force").arg("-o").arg(&mapping).arg("--catalogue").arg(&catalogue).output();
        let out = out.unwrap();
        assert!(out.status.success(), "{}", text(&out));
        let known: Value = serde_json::from_slice(&std::fs::read(self.path("catalogue.json")).unwrap()).unwrap();
        let mut proposal = host::reviewed(&std::fs::read_to_string(&mapping).unwrap(), &known);
        for line in more {
            proposal += line;
            proposal += "\n";
        }
        std::fs::write(&mapping, proposal).unwrap();
        self.fill_mirror(&std::fs::read_to_string(&catalogue).unwrap()).await;
    }

    async fn fill_mirror(&self, catalogue: &str) {
        let site = "insert into sites (name, display_name, region, default_network, ready, resource_version)
                    values ('home', 'home', 'local', 'public', true, 1) on conflict do nothing";
        sqlx::query(site).execute(&self.pool).await.unwrap();
        for document in serde_yaml_ng::Deserializer::from_str(catalogue) {
            let object: Value = serde::Deserialize::deserialize(document).unwrap();
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let number = |key: &str| i32::try_from(object["spec"][key].as_i64().unwrap_or(1)).unwrap();
            match object["kind"].as_str() {
                Some("ServerPlan") => {
                    let plan = "insert into plans (name, display_name, cores, memory_mib, disk_gib, max_disk_gib, deprecated,
                                    resource_version) values ($1, $1, $2, $3, $4, 4096, false, 1) on conflict do nothing";
                    let plan = sqlx::query(plan).bind(name).bind(number("cores"));
                    plan.bind(number("memoryMiB")).bind(number("diskGiB")).execute(&self.pool).await.unwrap();
                }
                Some("OSImage") => {
                    let image = "insert into images (name, display_name, os_family, version, default_user, deprecated,
                                     resource_version) values ($1, $1, 'x', '1', 'root', false, 1) on conflict do nothing";
                    sqlx::query(image).bind(name).execute(&self.pool).await.unwrap();
                }
                _ => {}
            }
        }
    }

    /// The program, with everything that is known to it from its environment.
    pub fn command(&self, command: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_slipway-migrate"));
        program
            .arg(command)
            .env("WHMCS_DATABASE_URL", self.reader())
            .env("DATABASE_URL", &self.target)
            .env("SLIPWAY_MIGRATE_MAPPING", self.path("mapping.yaml"))
            .env_remove("SLIPWAY_OPERATOR_URL")
            .stdin(Stdio::null());
        if matches!(command, "run" | "verify" | "report") {
            program.env("SLIPWAY_MIGRATE_INVENTORY", self.path("inventory.json"));
        }
        program
    }

    fn reader(&self) -> String {
        let (user, password) = whmcs_testbed::READER;
        let place = self.server.rsplit('@').next().unwrap();
        format!("mysql://{user}:{password}@{place}/{}", self.name)
    }

    /// Runs it and answers its JSON; fails unless it ended so.
    pub fn json(&self, arguments: &[&str], expected: i32) -> Value {
        let (command, rest) = arguments.split_first().unwrap();
        let out = self.command(command).args(rest).arg("--json").output().unwrap();
        assert_eq!(out.status.code(), Some(expected), "{arguments:?}: {}", text(&out));
        serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {}", text(&out)))
    }

    /// What it said on the way to an error.
    pub fn error(&self, arguments: &[&str]) -> String {
        let (command, rest) = arguments.split_first().unwrap();
        let out = self.command(command).args(rest).output().unwrap();
        assert_eq!(out.status.code(), Some(10), "{arguments:?}: {}", text(&out));
        text(&out)
    }

    /// Changes the source.
    pub async fn change(&self, statement: &str) {
        let mut connection = Conn::from_url(format!("{}/{}", self.server, self.name)).await.unwrap();
        connection.query_drop("set session sql_mode = ''").await.unwrap();
        connection.query_drop(statement).await.unwrap();
        connection.disconnect().await.unwrap();
    }

    pub async fn ask<T: mysql_async::prelude::FromValue + Send + 'static>(&self, statement: &str) -> T {
        let mut connection = Conn::from_url(format!("{}/{}", self.server, self.name)).await.unwrap();
        let answer = connection.query_first(statement).await.unwrap().unwrap();
        connection.disconnect().await.unwrap();
        answer
    }

    /// Every table of the target, but what differs from run to run: runs, random ids and times. For comparing.
    pub async fn content(&self) -> BTreeMap<String, String> {
        let tables: Vec<String> = sqlx::query_scalar(
            "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
             and table_name not in ('_sqlx_migrations', 'migration_runs', 'migration_findings', 'mirror_state')",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        let mut content = BTreeMap::new();
        for table in tables {
            let varying: Vec<String> = sqlx::query_scalar(
                "select column_name::text from information_schema.columns where table_name = $1 and (column_name like '%run_id'
                 or column_name in ('created_at', 'updated_at', 'changed_at', 'not_before', 'at', 'request_id', 'spec_id',
                                    'owned_spec_id', 'operation_id')
                 or column_name = 'id' and table_name in ('server_specs', 'operations', 'audit'))",
            )
            .bind(&table)
            .fetch_all(&self.pool)
            .await
            .unwrap();
            let statement = format!(
                "select coalesce(string_agg(md5(r), '' order by md5(r)), '') from (select (to_jsonb(t) - $1::text[])::text as r
                 from {table} t) t"
            );
            let hash: String =
                sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).bind(&varying).fetch_one(&self.pool).await.unwrap();
            content.insert(table, hash);
        }
        content
    }

    pub async fn count(&self, what: &'static str) -> i64 {
        sqlx::query_scalar(what).fetch_one(&self.pool).await.unwrap()
    }

    /// Another target, empty, for the same source.
    pub async fn again(&mut self) {
        let (target, pool) = database(&format!("{}_again", self.name)).await;
        (self.target, self.pool) = (target, pool);
        let catalogue = std::fs::read_to_string(self.path("catalogue.yaml")).unwrap();
        self.fill_mirror(&catalogue).await;
    }

    pub async fn end(self) {
        self.change(&format!("drop database `{}`", self.name)).await;
        self.pool.close().await;
    }
}

async fn database(name: &str) -> (String, PgPool) {
    let url = environment("SLIPWAY_TEST_DATABASE_URL");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let statements = [format!("drop database if exists {name} with (force)"), format!("create database {name}")];
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    let (server, _) = url.rsplit_once('/').unwrap();
    let target = format!("{server}/{name}");
    let pool = PgPool::connect(&target).await.unwrap();
    slipway_api::schema::migrate(&pool).await.unwrap();
    (target, pool)
}

pub fn text(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}
