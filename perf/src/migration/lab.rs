//! A seeded WHMCS database, what its host would write about it, and an empty target.

use std::{collections::BTreeMap, env, fs, io::BufRead as _, path::PathBuf, process::Command as Std};

use anyhow::{Context as _, Result, ensure};
use chrono::NaiveDate;
use mysql_async::{Conn, Opts, prelude::Queryable as _};
use serde::Deserialize as _;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool};
use tokio::process::Command;
use whmcs_testbed::{
    READER, host,
    schema::Variant,
    seed::{self, catalogue::Module, seed},
};

use crate::program;

/// The tables that a run reads, but those that hold a few rows for the whole shop.
const READ: [&str; 18] = [
    "mod_pvewhmcs_vms",
    "tblaccounts",
    "tblcancelrequests",
    "tblclients",
    "tblcontacts",
    "tblcredit",
    "tblcustomfieldsvalues",
    "tblhosting",
    "tblhostingaddons",
    "tblhostingconfigoptions",
    "tblinvoiceitems",
    "tblinvoices",
    "tblnotes",
    "tblorders",
    "tblticketreplies",
    "tbltickets",
    "tblusers",
    "tblusers_clients",
];

pub(super) struct Size {
    pub(super) clients: u32,
    /// Nothing but virtual servers, undamaged, each with eight answers and four values; otherwise a shop like any.
    pub(super) only_servers: bool,
}

pub(super) struct Lab {
    pub(super) folder: PathBuf,
    /// Of the databases on both sides.
    pub(super) name: String,
    pub(super) clients: u32,
    pub(super) services: u32,
    server: String,
    target: String,
}

/// What a run said.
pub(super) struct Run {
    pub(super) seconds: f64,
    /// Bytes.
    pub(super) resident: u64,
    pub(super) rows_read: u64,
    /// Records, made or changed.
    pub(super) written: u64,
}

impl Lab {
    pub(super) async fn make(server: &str, target: &str, name: &str, size: Size) -> Result<Self> {
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(&folder)?;
        let file = |name: &str| Some(folder.join(name));
        let options = seed::Options {
            clients: size.clients,
            seed: 7,
            messiness: if size.only_servers { 0.0 } else { 0.1 },
            variant: Variant::V8,
            only: if size.only_servers { Some(Module::parse("pvewhmcs").map_err(anyhow::Error::msg)?) } else { None },
            database: name.to_owned(),
            today: NaiveDate::from_ymd_opt(2026, 12, 1).context("no day")?,
            truth: None,
            machines: file("machines.jsonl"),
            catalogue: file("catalogue.json"),
        };
        eprintln!("seeding {} clients", size.clients);
        let seeded = seed(&Opts::from_url(server)?, options).await?;
        let (name, server, target) = (name.to_owned(), server.to_owned(), target.to_owned());
        let lab = Self { folder, name, clients: seeded.clients, services: seeded.services, server, target };
        lab.write_inventory()?;
        lab.write_mapping()?;
        lab.empty_target().await?;
        Ok(lab)
    }

    /// For who may only read.
    pub(super) fn reader(&self) -> String {
        let place = self.server.rsplit('@').next().unwrap_or_default();
        format!("mysql://{}:{}@{place}/{}", READER.0, READER.1, self.name)
    }

    /// The tables that runs and copies are compared by.
    pub(super) fn tables() -> &'static [&'static str] {
        &READ
    }

    fn write_inventory(&self) -> Result<()> {
        let lines = std::io::BufReader::new(fs::File::open(self.folder.join("machines.jsonl"))?).lines();
        let machines = lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<Result<Vec<Value>>>()?;
        fs::write(self.folder.join("inventory.json"), host::inventory(machines).to_string())?;
        Ok(())
    }

    fn write_mapping(&self) -> Result<()> {
        let (mapping, catalogue) = (self.folder.join("mapping.yaml"), self.folder.join("catalogue.yaml"));
        let mut map = self.migrate("map")?;
        let out = map.arg("--force").arg("-o").arg(&mapping).arg("--catalogue").arg(&catalogue).output()?;
        ensure!(out.status.success(), "map: {}", String::from_utf8_lossy(&out.stderr));
        let known = serde_json::from_slice(&fs::read(self.folder.join("catalogue.json"))?)?;
        fs::write(&mapping, host::reviewed(&fs::read_to_string(&mapping)?, &known))?;
        Ok(())
    }

    /// From beside this program, so that both are of one build.
    fn migrate(&self, command: &str) -> Result<Std> {
        let mut program = Std::new(env::current_exe()?.with_file_name("slipway-migrate"));
        program
            .arg(command)
            .env("WHMCS_DATABASE_URL", self.reader())
            .env("DATABASE_URL", self.url("target"))
            .env("SLIPWAY_MIGRATE_MAPPING", self.folder.join("mapping.yaml"))
            .env_remove("SLIPWAY_OPERATOR_URL");
        if command == "run" {
            program.env("SLIPWAY_MIGRATE_INVENTORY", self.folder.join("inventory.json"));
        }
        Ok(program)
    }

    /// Runs it, with findings or without.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Run> {
        let mut command = Command::from(self.migrate("run")?);
        command.args(arguments).arg("--json");
        let ended = program::run(command).await?;
        ensure!(matches!(ended.status.code(), Some(0 | 11)), "run {arguments:?}: {}", ended.stderr);
        let said: Value = serde_json::from_str(&ended.stdout)?;
        let number = |value: &Value| value.as_u64().context("the summary has changed");
        Ok(Run {
            seconds: ended.seconds,
            resident: ended.resident,
            rows_read: number(&said["rowsRead"])?,
            written: number(&said["total"]["created"])? + number(&said["total"]["changed"])?,
        })
    }

    fn url(&self, what: &str) -> String {
        let (server, _) = self.target.rsplit_once('/').unwrap_or_default();
        format!("{server}/{}_{what}", self.name)
    }

    /// Makes an empty database; answers its URL.
    pub(super) async fn database(&self, what: &str) -> Result<String> {
        let mut connection = PgConnection::connect(&self.target).await?;
        for statement in ["drop database if exists $ with (force)", "create database $"] {
            let statement = statement.replace('$', &format!("{}_{what}", self.name));
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        Ok(self.url(what))
    }

    /// Makes the target anew, with the catalogue that the mapping names as the mirror would have it.
    pub(super) async fn empty_target(&self) -> Result<()> {
        let pool = PgPool::connect(&self.database("target").await?).await?;
        slipway_api::schema::migrate(&pool).await?;
        let site = "insert into sites (name, display_name, region, default_network, ready, resource_version)
                    values ('home', 'home', 'local', 'public', true, 1)";
        sqlx::query(site).execute(&pool).await?;
        let catalogue = fs::read_to_string(self.folder.join("catalogue.yaml"))?;
        for document in serde_yaml_ng::Deserializer::from_str(&catalogue) {
            let object = Value::deserialize(document)?;
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            let number = |key: &str| i32::try_from(object["spec"][key].as_i64().unwrap_or(1));
            match object["kind"].as_str() {
                Some("ServerPlan") => {
                    let plan =
                        "insert into plans (name, display_name, cores, memory_mib, disk_gib, max_disk_gib, deprecated,
                                    resource_version) values ($1, $1, $2, $3, $4, 4096, false, 1)";
                    let plan = sqlx::query(plan).bind(name).bind(number("cores")?);
                    plan.bind(number("memoryMiB")?).bind(number("diskGiB")?).execute(&pool).await?;
                }
                Some("OSImage") => {
                    let image = "insert into images (name, display_name, os_family, version, default_user, deprecated,
                                     resource_version) values ($1, $1, 'x', '1', 'root', false, 1)";
                    sqlx::query(image).bind(name).execute(&pool).await?;
                }
                _ => {}
            }
        }
        pool.close().await;
        Ok(())
    }

    /// Rows and a checksum of every table of the target, whatever the order of its rows.
    pub(super) async fn content(&self) -> Result<BTreeMap<String, (i64, String)>> {
        let mut connection = PgConnection::connect(&self.url("target")).await?;
        let tables: Vec<String> = sqlx::query_scalar(
            "select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
        )
        .fetch_all(&mut connection)
        .await?;
        let mut content = BTreeMap::new();
        for table in tables {
            let statement = format!(
                "select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from {table} t"
            );
            let sum = sqlx::query_as(AssertSqlSafe(statement)).fetch_one(&mut connection).await?;
            content.insert(table, sum);
        }
        Ok(content)
    }

    /// Drops everything that it made.
    pub(super) async fn end(self) -> Result<()> {
        let mut source = Conn::from_url(&self.server).await?;
        source.query_drop(format!("drop database `{}`", self.name)).await?;
        source.disconnect().await?;
        let mut connection = PgConnection::connect(&self.target).await?;
        for what in ["target", "copy"] {
            let statement = format!("drop database if exists {}_{what} with (force)", self.name);
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}
