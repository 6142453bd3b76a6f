//! How right a proposed mapping and the transformation are, against the truth that the generator wrote: every row told
//! once, no fact wrong, whatever is not known told.

use std::collections::HashMap;

use chrono::NaiveDate;
use mysql_async::Opts;
use serde_json::Value;
use slipway_migrate::{
    inventory::{Inventory, Machine, Machines},
    mapping::{Mapping, check},
    outcome::{Fate, Outcome},
    pass::shared_claims,
    propose::propose,
    source::{Paged as _, ServicePages, connect, module_sources},
    transform::Transform,
};
use tempfile::TempDir;
use whmcs_testbed::{
    schema::Variant,
    seed::{Options, seed},
};

/// Everything that has to be compared of one database.
struct Migrated {
    outcomes: Vec<Outcome>,
    truth: Vec<Value>,
}

async fn migrate(name: &str, variant: Variant, clients: u32, messiness: f64) -> Migrated {
    let url = std::env::var("WHMCS_DATABASE_URL")
        .expect("run `make test`, or set WHMCS_DATABASE_URL to a MariaDB that tests may make databases in");
    let folder = TempDir::new().unwrap();
    let file = |file: &str| Some(folder.path().join(file));
    let options = Options {
        clients,
        seed: 7,
        messiness,
        variant,
        only: None,
        database: name.to_owned(),
        today: NaiveDate::from_ymd_opt(2026, 12, 1).unwrap(),
        truth: file("truth"),
        machines: file("machines"),
        catalogue: None,
    };
    seed(&Opts::from_url(&url).unwrap(), options).await.unwrap();
    let lines = |name: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let inventory = inventory(&lines("machines"));

    let mut snapshot = connect(&format!("{url}/{name}")).await.unwrap();
    let catalogue = snapshot.catalogue().await.unwrap();
    let seen = snapshot.seen().await.unwrap();
    let proposal = propose("shop", &catalogue, &seen, Some(&inventory));
    let mapping =
        Mapping::read(&proposal.mapping).unwrap_or_else(|problems| panic!("{problems}\n{}", proposal.mapping));
    for problem in check(&mapping, &catalogue, &seen) {
        println!("{name}: to be decided: {problem}");
    }
    let machines = Machines::from(inventory);
    let transform = Transform::new(&mapping, &catalogue, &machines);
    let modules = module_sources(&snapshot.schema, Some(&mapping));
    let mut pages = ServicePages::new(&catalogue, modules.clone(), 500);
    let mut bundles = Vec::new();
    loop {
        let page = pages.next(&mut snapshot).await.unwrap();
        if page.is_empty() {
            break;
        }
        bundles.extend(page);
    }
    let shared = shared_claims(&mut snapshot, &catalogue, &modules, &transform).await.unwrap();
    let transform = transform.with_shared(shared);
    let outcomes = bundles.iter().flat_map(|bundle| transform.service(bundle).1).collect();
    snapshot.close().await.unwrap();
    Migrated { outcomes, truth: lines("truth") }
}

fn inventory(lines: &[Value]) -> Inventory {
    let machines = lines.iter().map(|line| Machine {
        vmid: u32::try_from(line["vmid"].as_u64().unwrap()).unwrap(),
        node: line["node"].as_str().unwrap().to_owned(),
        name: line["name"].as_str().unwrap().to_owned(),
        addresses: line["address"].as_str().unwrap().parse().into_iter().collect(),
        ..Machine::default()
    });
    Inventory { sites: [("home".to_owned(), machines.collect())].into() }
}

impl Migrated {
    fn told(&self) -> HashMap<(&str, i64), &Outcome> {
        self.outcomes.iter().map(|outcome| ((outcome.table, outcome.id), outcome)).collect()
    }

    /// Facts that were carried over and are not true.
    fn wrong(&self) -> (usize, Vec<String>) {
        let told = self.told();
        let (mut facts, mut wrong) = (0, Vec::new());
        for line in self.truth.iter().filter(|line| line["table"] == "tblhosting") {
            let id = line["id"].as_i64().unwrap();
            let Some(row) = told.get(&("tblhosting", id)).and_then(|outcome| outcome.facts.as_ref()) else { continue };
            let row = serde_json::to_value(row).unwrap();
            for fact in [
                "plan",
                "cores",
                "memory_mib",
                "disk_gib",
                "image",
                "region",
                "hostname",
                "ssh_keys",
                "addresses",
                "price",
                "currency",
                "cycle",
                "next_due",
                "status",
                "site",
                "node",
                "vmid",
            ] {
                let (ours, true_) = (sorted(&row[fact]), sorted(&line[fact]));
                // The true site is that of a machine; ours may be known without one.
                if ours.is_null() || fact == "site" && true_.is_null() {
                    continue;
                }
                facts += 1;
                if ours != true_ {
                    wrong.push(format!("service {id}: {fact} is {true_}, not {ours} ({})", line["damage"]));
                }
            }
        }
        (facts, wrong)
    }

    /// What the truth knows, and neither was carried over nor told as unknown.
    fn silent(&self) -> Vec<String> {
        let told = self.told();
        let mut silent = Vec::new();
        for line in self.truth.iter().filter(|line| line["table"] == "tblhosting" && line["expected"] != "ignored") {
            let id = line["id"].as_i64().unwrap();
            let Some(outcome) = told.get(&("tblhosting", id)) else {
                silent.push(format!("service {id} was not told"));
                continue;
            };
            let row = outcome.facts.as_ref().map(|row| serde_json::to_value(row).unwrap()).unwrap_or_default();
            let is_missing = |fact: &&str| row[fact].is_null() && !line[fact].is_null();
            let missing: Vec<&str> =
                ["plan", "cores", "memory_mib", "disk_gib", "image", "region", "hostname", "vmid", "next_due"]
                    .into_iter()
                    .filter(is_missing)
                    .collect();
            if !missing.is_empty() && outcome.outcome == Fate::Mapped {
                silent.push(format!("service {id} lacks {missing:?} and does not say so: {}", outcome.reason));
            }
            if line["expected"] == "finding" && outcome.outcome == Fate::Mapped {
                silent.push(format!("service {id} does not say that {} is unknown", line["unknown"]));
            }
        }
        silent
    }

    /// Rows of services whose fate is not what it should be.
    fn astray(&self) -> (usize, Vec<String>) {
        let told = self.told();
        let (mut rows, mut astray) = (0, Vec::new());
        for line in self.truth.iter().filter(|line| line["table"] != "tblhosting" && line["service"].is_number()) {
            let (table, id) = (line["table"].as_str().unwrap(), line["id"].as_i64().unwrap());
            let Some(outcome) = told.get(&(table, id)) else {
                if told.contains_key(&("tblhosting", line["service"].as_i64().unwrap())) {
                    astray.push(format!("{table} {id} was not told"));
                }
                continue;
            };
            rows += 1;
            let is_as_expected = match line["expected"].as_str().unwrap() {
                "mapped" | "ignored" => outcome.outcome <= Fate::Ignored,
                // Of two numbers of a machine, one may be right.
                "conflict" => outcome.outcome == Fate::Conflict || line["role"] == "vmid",
                _ => outcome.outcome >= Fate::Finding,
            };
            if !is_as_expected {
                astray.push(format!("{table} {id} ({}) should be {}: {outcome:?}", line["role"], line["expected"]));
            }
        }
        (rows, astray)
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list = list.clone();
            list.sort_by_key(ToString::to_string);
            list.into()
        }
        other => other.clone(),
    }
}

async fn is_right(name: &str, variant: Variant, clients: u32, messiness: f64) {
    let migrated = migrate(name, variant, clients, messiness).await;
    let (facts, wrong) = migrated.wrong();
    let (rows, astray) = migrated.astray();
    let silent = migrated.silent();
    println!(
        "{name}: {facts} facts carried over, {} wrong; {rows} answers and values, {} astray; {} unknowns not told",
        wrong.len(),
        astray.len(),
        silent.len()
    );
    let all: Vec<String> = wrong.into_iter().chain(astray).chain(silent).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[tokio::test]
async fn nothing_that_is_carried_over_from_a_messy_database_is_wrong() {
    is_right("test_accuracy", Variant::V8, 600, 0.1).await;
}

#[tokio::test]
async fn nothing_that_is_carried_over_from_an_old_version_is_wrong() {
    is_right("test_accuracy_v7", Variant::V7, 300, 0.7).await;
}
