//! What is the same each time on any machine, and so is compared exactly in `make test`: one statement more a request is a
//! change that somebody meant, or a mistake.

use anyhow::{Context as _, Result, ensure};
use slipway_explorer::{
    drill::{Stage, operations},
    explore::{Bound, explore},
    sabotage::Sabotage,
    scenario::scenarios,
    wire::Wire,
};
use sqlx::postgres::PgConnectOptions;

use crate::{
    api::{
        hot::{self, Inside, number},
        statements::sent,
        world::World,
    },
    figure::Figure,
    machine::Machine,
    operator,
    report::Report,
};

/// Enough for pages to be full.
const SERVERS: u32 = 5_000;
/// States that the explorer looks at in each scenario.
const STATES: usize = 50;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A database on the `PostgreSQL` server, with an account that makes others.
    #[arg(long, env = "SLIPWAY_TEST_DATABASE_URL", hide_env_values = true)]
    database: PgConnectOptions,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    let machine = Machine::here();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = runtime.block_on(requests(options))?;
    figures.push(create()?);
    figures.push(Figure::count("no-op reconcile: allocations", "", operator::allocations_of_a_no_op()?));
    figures.push(explored()?);
    Ok(Report::new("Counts", machine, figures))
}

async fn requests(options: &Options) -> Result<Vec<Figure>> {
    let name = format!("slipway_perf_counts_{}", std::process::id());
    let world = World::make(&options.database, &name, SERVERS).await?;
    let inside = Inside::new(&world, world.pool(2))?;
    let mut figures = Vec::new();
    for hot in hot::requests(&world)? {
        let statements = inside.sent(&hot).await?.statements.len();
        figures.push(Figure::count(format!("{}: statements", hot.name), "", number(statements)));
        let bytes = inside.ask(&hot).await?.len();
        figures.push(Figure::count(format!("{}: bytes of JSON", hot.name), "", number(bytes)));
    }
    inside.order("first").await?;
    let (ordered, seen) = sent(inside.order("second")).await;
    ordered?;
    ensure!(!seen.statements.is_empty(), "an order sent no statement");
    figures.push(Figure::count("order of a server: statements", "", number(seen.statements.len())));
    world.end().await?;
    Ok(figures)
}

/// Of the real operator on a site without trouble.
fn create() -> Result<Figure> {
    let create = operations().iter().find(|operation| operation.name == "create");
    let stage = Stage::prepare(create.context("the drills have no `create`")?, &Wire::default())?;
    Ok(Figure::count("create: calls to Proxmox that change something", "", number(stage.calls.len())))
}

/// Ways that lead on from the first states of all scenarios: more of them are more that can happen in between.
fn explored() -> Result<Figure> {
    let mut moves = 0;
    for scenario in scenarios() {
        moves += explore(&scenario, Sabotage::None, Bound { states: STATES })?.moves;
    }
    Ok(Figure::count(format!("explorer: moves from the first {STATES} states of each scenario"), "", number(moves)))
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write as _, path::Path};

    use super::*;

    #[test]
    fn everything_that_can_be_counted_is_what_the_committed_report_says() {
        let database = std::env::var("SLIPWAY_TEST_DATABASE_URL")
            .expect("run `make test`, or set SLIPWAY_TEST_DATABASE_URL to a Postgres that tests may make databases in");
        let now = measure(&Options { database: database.parse().unwrap() }).unwrap();
        let committed = Report::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("results/counts.json")).unwrap();
        let differences = differences(&committed, &now);
        assert!(
            differences.is_empty(),
            "what is counted has changed:\n{differences}Look why. If that is what you want, write it anew and say why in the \
             commit:\n  testbed with -- cargo run -p slipway-perf -- counts --write perf/results/counts.json"
        );
    }

    /// A line each.
    fn differences(committed: &Report, now: &Report) -> String {
        let find = |report: &Report, name: &str| report.figures.iter().find(|f| f.name == name).map(|f| f.value);
        let names: std::collections::BTreeSet<&str> =
            committed.figures.iter().chain(&now.figures).map(|figure| figure.name.as_ref()).collect();
        names.into_iter().fold(String::new(), |mut out, name| {
            let (was, is) = (find(committed, name), find(now, name));
            if was != is {
                let said = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| value.to_string());
                let _ = writeln!(out, "  {name}: {} was committed, {} is counted", said(was), said(is));
            }
            out
        })
    }

    #[test]
    fn one_statement_more_or_a_figure_less_is_a_difference() {
        let report = |figures| Report::new("Counts", Machine::here(), figures);
        let figure = |value| Figure::count("list: statements", "", value);
        assert_eq!(differences(&report(vec![figure(5.0)]), &report(vec![figure(5.0)])), "");
        let more = differences(&report(vec![figure(5.0)]), &report(vec![figure(55.0)]));
        assert_eq!(more, "  list: statements: 5 was committed, 55 is counted\n");
        assert!(differences(&report(vec![figure(5.0)]), &report(vec![])).contains("nothing is counted"));
    }
}
