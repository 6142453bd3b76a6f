//! A database of a test's own, seeded.

use std::path::PathBuf;

use chrono::NaiveDate;
use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable};
use serde_json::Value;
use tempfile::TempDir;
use whmcs_testbed::{
    schema::Variant,
    seed::{Options, Seeded, catalogue::Module, seed},
};

pub fn url() -> Opts {
    let url = std::env::var("WHMCS_DATABASE_URL")
        .expect("run `make test`, or set WHMCS_DATABASE_URL to a MariaDB that tests may make databases in");
    Opts::from_url(&url).expect("WHMCS_DATABASE_URL is a MySQL address")
}

pub struct Database {
    pub name: String,
    pub conn: Conn,
    pub seeded: Seeded,
    /// The lines of the truth.
    pub truth: Vec<Value>,
    pub machines: Vec<Value>,
    pub known: Value,
}

/// What a test wants of a database, other than the usual.
pub struct Wish {
    pub seed: u64,
    pub messiness: f64,
    pub variant: Variant,
    pub clients: u32,
    pub only: Option<Module>,
}

impl Default for Wish {
    fn default() -> Self {
        Self { seed: 7, messiness: 0.1, variant: Variant::V8, clients: 25, only: None }
    }
}

impl Database {
    /// Named after the test, for it runs beside others.
    pub async fn seeded(name: &str, wish: Wish) -> Self {
        let name = format!("test_{name}");
        let folder = TempDir::new().unwrap();
        let file = |file: &str| Some(folder.path().join(file));
        let options = Options {
            clients: wish.clients,
            seed: wish.seed,
            messiness: wish.messiness,
            variant: wish.variant,
            only: wish.only,
            database: name.clone(),
            today: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap(),
            truth: file("truth"),
            machines: file("machines"),
            catalogue: file("catalogue"),
        };
        let (truth, machines, catalogue) = (options.truth.clone(), options.machines.clone(), options.catalogue.clone());
        let seeded = seed(&url(), options).await.unwrap();
        let opts = OptsBuilder::from_opts(url()).db_name(Some(name.clone()));
        let conn = Conn::new(opts).await.unwrap();
        let known = lines(catalogue).remove(0);
        Self { name, conn, seeded, truth: lines(truth), machines: lines(machines), known }
    }

    pub async fn number(&mut self, query: &str) -> u64 {
        self.conn.query_first(query).await.unwrap().unwrap()
    }

    /// The lines about rows of one table.
    pub fn of<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Value> {
        self.truth.iter().filter(move |line| line["table"] == table)
    }

    pub async fn drop(mut self) {
        self.conn.query_drop(format!("DROP DATABASE `{}`", self.name)).await.unwrap();
        self.conn.disconnect().await.unwrap();
    }
}

fn lines(file: Option<PathBuf>) -> Vec<Value> {
    let text = std::fs::read_to_string(file.unwrap()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
