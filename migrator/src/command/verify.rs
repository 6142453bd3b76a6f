//! `verify`: source and target agree, to the row and to the cent, and the machines are what is billed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde::Serialize;
use slipway_api::environment::{Env, System};
use uuid::Uuid;

use super::Ended;
use super::drive::{Takes, drive};
use super::machine_check::{MachineCheck, machine_check};
use super::run::{RunError, sites};
use crate::cli::VerifyArgs;
use crate::inventory::Machines;
use crate::operator::inventory;
use crate::outcome::Fate;
use crate::overview::Overview;
use crate::reading::{Reading, read_mapping};
use crate::story::{Group, Story};
use crate::target::loader::Loader;
use crate::target::sums::{DUE, INVOICES, SERVICES, sold, unclaimed};
use crate::target::{connect, offer, sums, vanished, wait_for_schema};

/// What was compared.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    pub source: String,
    pub counts: Vec<Line<u64>>,
    /// Services and invoices by status, live services by the month they are due.
    pub groups: Vec<Line<u64>>,
    /// By currency.
    pub money: BTreeMap<String, Vec<Line<Decimal>>>,
    /// Records that differ, one by one: what `run` would change now.
    pub differing: u64,
    pub missing: u64,
    pub coverage: Vec<Coverage>,
    pub adoptions: BTreeMap<String, u64>,
    pub machines: MachineCheck,
    pub story: Story,
}

/// One figure on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line<N> {
    pub what: String,
    pub source: N,
    pub carried: N,
    pub target: N,
}

impl<N: PartialEq> Line<N> {
    pub fn agrees(&self) -> bool {
        self.source == self.target && self.carried == self.target
    }
}

/// What became of the rows of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub table: String,
    pub mapped: u64,
    pub ignored: u64,
    pub findings: u64,
}

pub async fn verify(args: &VerifyArgs, json: bool) -> Result<(Verified, Ended), RunError> {
    let wait = Duration::from_secs(args.target.wait_seconds);
    let pool = connect(&args.target.target, wait).await?;
    wait_for_schema(&pool, wait).await?;
    let reviewed = read_mapping(&args.mapping.mapping)?;
    let source = reviewed.mapping.source.clone();
    let inventory = inventory(&args.inventory, &sites(&reviewed.mapping), wait).await?;
    let machines = Arc::new(Machines::from(inventory.clone()));
    let mut reading = Reading::open(&args.source.source, reviewed, machines.clone(), true).await?;
    let env = Env::new(System);
    let loader = Loader {
        offer: Arc::new(offer::offer(&pool).await?),
        now: env.now(),
        env,
        source: source.clone(),
        run: Uuid::nil(),
        write: false,
        holder: None,
        machines: machines.clone(),
        pool: pool.clone(),
    };
    let in_source = reading.sums().await?;
    let driven = drive(&mut reading, Takes { loader: Some(loader), ..Takes::default() }, "verifying", json).await?;
    reading.close().await?;
    let in_target = sums::sums(&pool, &source).await?;
    let total = driven.loaded.total();
    let mut story = driven.story;
    story.add(&vanished::vanished(&pool, &source, &driven.loaded.seen).await?);
    let verified = Verified {
        counts: counts(&in_source.counts, &driven.overview, &in_target.counts),
        groups: groups(&in_source.invoices, &driven.overview, &in_target.groups),
        money: money(&in_source.money, &driven.overview.money, &in_target.money),
        differing: total.changed + total.conflicts,
        missing: total.created,
        coverage: coverage(&story),
        adoptions: in_target.adoptions,
        machines: machine_check(
            &driven.overview,
            &inventory,
            &machines,
            unclaimed(&pool, &source).await?,
            &sold(&pool, &source).await?,
        ),
        source,
        story,
    };
    let ended = if verified.agrees() { Ended::Well } else { Ended::WithFindings };
    Ok((verified, ended))
}

/// What the source counts for itself, or, where only our reading can tell (services of mapped products), what was read.
fn counts(
    source: &BTreeMap<&'static str, u64>,
    carried: &Overview,
    target: &BTreeMap<&'static str, u64>,
) -> Vec<Line<u64>> {
    let kinds: BTreeSet<&str> = target.keys().chain(carried.counts.keys()).copied().collect();
    let of = |counts: &BTreeMap<&'static str, u64>, kind: &str| counts.get(kind).copied();
    kinds
        .into_iter()
        .filter(|kind| *kind != "currencies")
        .map(|kind| {
            let carried = of(&carried.counts, kind).unwrap_or_default();
            Line {
                what: kind.to_owned(),
                source: of(source, kind).unwrap_or(carried),
                carried,
                target: of(target, kind).unwrap_or_default(),
            }
        })
        .collect()
}

/// By status and month. What services are only our reading can tell.
fn groups(
    invoices: &BTreeMap<String, u64>,
    carried: &Overview,
    target: &BTreeMap<(&'static str, String), u64>,
) -> Vec<Line<u64>> {
    let mut read: BTreeMap<(&'static str, String), u64> = BTreeMap::new();
    for (kind, groups) in [(SERVICES, &carried.services), (INVOICES, &carried.invoices), (DUE, &carried.due)] {
        read.extend(groups.iter().map(|(group, count)| ((kind, group.clone()), *count)));
    }
    let counted: BTreeMap<(&'static str, String), u64> =
        invoices.iter().map(|(status, count)| ((INVOICES, status.clone()), *count)).collect();
    let all: BTreeSet<&(&'static str, String)> = read.keys().chain(target.keys()).chain(counted.keys()).collect();
    let line = |key: &(&'static str, String)| {
        let carried = read.get(key).copied().unwrap_or_default();
        let group = if key.1.is_empty() { "(none)" } else { &key.1 };
        let target = target.get(key).copied().unwrap_or_default();
        let source = if key.0 == INVOICES { counted.get(key).copied().unwrap_or_default() } else { carried };
        Line { what: format!("{} {group}", key.0), source, carried, target }
    };
    all.into_iter().map(line).collect()
}

type Money = BTreeMap<String, BTreeMap<String, Decimal>>;

fn money(source: &Money, carried: &Money, target: &Money) -> BTreeMap<String, Vec<Line<Decimal>>> {
    let currencies: BTreeSet<&String> = source.keys().chain(carried.keys()).chain(target.keys()).collect();
    let of = |money: &Money, currency: &str, what: &str| money.get(currency).and_then(|sums| sums.get(what)).copied();
    let lines = |currency: &String| {
        let sums = [source, carried, target].into_iter().filter_map(|money| money.get(currency));
        let what: BTreeSet<&String> = sums.flat_map(BTreeMap::keys).collect();
        let line = |what: &String| {
            let carried = of(carried, currency, what).unwrap_or_default();
            Line {
                what: what.clone(),
                source: of(source, currency, what).unwrap_or(carried),
                carried,
                target: of(target, currency, what).unwrap_or_default(),
            }
        };
        what.into_iter().map(line).collect()
    };
    currencies.into_iter().map(|currency| (currency.clone(), lines(currency))).collect()
}

/// How option answers and field values ended.
pub fn coverage(story: &Story) -> Vec<Coverage> {
    let table = |name: &str| {
        let mut coverage = Coverage { table: name.to_owned(), ..Coverage::default() };
        for Group { outcome, count, .. } in story.groups.iter().filter(|group| group.table == name) {
            match outcome {
                Fate::Mapped => coverage.mapped += count,
                Fate::Ignored => coverage.ignored += count,
                Fate::Finding | Fate::Conflict => coverage.findings += count,
            }
        }
        coverage
    };
    ["tblhostingconfigoptions", "tblcustomfieldsvalues", "tblhosting"].map(table).to_vec()
}

impl Verified {
    /// Nothing differs, and nothing needs a decision.
    pub fn agrees(&self) -> bool {
        self.counts.iter().chain(&self.groups).all(Line::agrees)
            && self.money.values().flatten().all(Line::agrees)
            && self.differing == 0
            && self.missing == 0
            && !self.story.has_findings()
            && self.machines.nobodys.is_empty()
            && self.machines.outside.is_empty()
            && self.machines.unclaimed.is_empty()
            && self.machines.resized.is_empty()
    }

    /// For people.
    pub fn text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(["", "source", "read", "target", ""]);
        for line in self.counts.iter().chain(&self.groups) {
            let sign = if line.agrees() { "" } else { "differs" };
            let numbers = [line.source, line.carried, line.target].map(|n| n.to_string());
            let [source, carried, target] = numbers;
            table.add_row([line.what.clone(), source, carried, target, sign.to_owned()]);
        }
        for (currency, lines) in &self.money {
            for line in lines {
                let sign = if line.agrees() { "" } else { "differs" };
                let [source, carried, target] = [line.source, line.carried, line.target].map(|n| n.to_string());
                let currency = if currency.is_empty() { "(none)" } else { currency };
                table.add_row([format!("{currency} {}", line.what), source, carried, target, sign.to_owned()]);
            }
        }
        let _ = writeln!(text, "{table}\n");
        let _ = writeln!(text, "records that differ: {}, missing: {}", self.differing, self.missing);
        for Coverage { table, mapped, ignored, findings } in &self.coverage {
            let _ = writeln!(text, "{table}: {mapped} mapped, {ignored} ignored, {findings} findings");
        }
        let _ = writeln!(text, "\nservers: {}", list(&self.adoptions));
        let _ = writeln!(text, "machines: {} linked", self.machines.linked);
        for (reason, count) in &self.machines.unlinked {
            let _ = writeln!(text, "  {count} without a machine: {reason}");
        }
        for machine in &self.machines.nobodys {
            let _ = writeln!(text, "  no service is {machine}");
        }
        if !self.machines.outside.is_empty() {
            let _ =
                writeln!(text, "  {} are not adopted before they are in Slipway's pool:", self.machines.outside.len());
        }
        for machine in &self.machines.outside {
            let _ = writeln!(text, "    {machine}");
        }
        for address in &self.machines.unclaimed {
            let _ = writeln!(text, "  nothing claims the address of {address}");
        }
        for machine in &self.machines.resized {
            let _ = writeln!(text, "  other sizes than were sold: {machine}");
        }
        for machine in &self.machines.otherwise {
            let _ = writeln!(text, "  to be known: {machine}");
        }
        let _ = writeln!(text);
        for group in self.story.sorted().into_iter().filter(|group| group.outcome >= Fate::Finding) {
            let _ = writeln!(text, "{} {} ({}):", group.table, group.code, group.count);
            for told in group.rows.iter().take(5) {
                let _ = writeln!(text, "  {}: {}", told.id, told.reason);
            }
        }
        let verdict = if self.agrees() { "Everything agrees." } else { "Something needs a look: see above." };
        let _ = writeln!(text, "{verdict}");
        text
    }
}

fn list(states: &BTreeMap<String, u64>) -> String {
    states.iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>().join(", ")
}
