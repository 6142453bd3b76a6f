//! `report`: one page for the owner. With a target it tells how that stands against the source; without one, what would be
//! carried over.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use slipway_api::environment::{Env, System};
use uuid::Uuid;

use super::Ended;
use super::drive::{Takes, drive};
use super::run::{RunError, sites};
use super::verify::coverage;
use crate::cli::ReportArgs;
use crate::inventory::Machines;
use crate::operator::inventory;
use crate::page::{Report, html};
use crate::reading::{Reading, read_mapping};
use crate::target::loader::Loader;
use crate::target::{connect, offer, run as runs, vanished, wait_for_schema};

pub async fn report(args: &ReportArgs, json: bool) -> Result<(Report, Ended), RunError> {
    let reviewed = read_mapping(&args.mapping.mapping)?;
    let source = reviewed.mapping.source.clone();
    let inventory = inventory(&args.inventory, &sites(&reviewed.mapping), Duration::ZERO).await?;
    let machines = Arc::new(Machines::from(inventory.clone()));
    let mut reading = Reading::open(&args.source.source, reviewed, machines.clone(), true).await?;
    let env = Env::new(System);
    let pool = match &args.target {
        Some(target) => {
            let pool = connect(target, Duration::ZERO).await?;
            wait_for_schema(&pool, Duration::ZERO).await?;
            Some(pool)
        }
        None => None,
    };
    let loader = match &pool {
        Some(pool) => Some(Loader {
            offer: Arc::new(offer::offer(pool).await?),
            now: env.now(),
            env: env.clone(),
            source: source.clone(),
            run: Uuid::nil(),
            write: false,
            holder: None,
            machines,
            pool: pool.clone(),
        }),
        None => None,
    };
    let driven =
        drive(&mut reading, Takes { loader, rows: args.rows.clone(), ..Takes::default() }, "reading", json).await?;
    reading.close().await?;
    let mut story = driven.story;
    let mut past = Vec::new();
    if let Some(pool) = &pool {
        story.add(&vanished::vanished(pool, &source, &driven.loaded.seen).await?);
        past = runs::list(pool, &source).await?;
    }
    let report = Report {
        made_at: env.now(),
        source,
        nobodys: driven
            .overview
            .nobodys(&inventory)
            .into_iter()
            .map(|(site, m)| (site.to_owned(), m.clone()))
            .collect(),
        outside: driven.overview.outside(&inventory),
        overview: driven.overview,
        coverage: coverage(&story),
        to_do: pool.is_some().then(|| driven.loaded.total()),
        runs: past,
        story,
    };
    write(&args.html, &html(&report))?;
    let ended = if report.story.has_findings() { Ended::WithFindings } else { Ended::Well };
    Ok((report, ended))
}

fn write(path: &Path, text: &str) -> Result<(), RunError> {
    std::fs::write(path, text).map_err(|source| RunError::Rows { path: path.to_owned(), source })
}
