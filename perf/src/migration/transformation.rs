//! The pure part alone: pages of services are read into memory first, and only what becomes of them is timed.

use std::{hint::black_box, sync::Arc};

use anyhow::Result;
use slipway_migrate::{
    inventory::{Inventory, Machines},
    reading::{Reading, read_mapping},
    source::{Paged as _, ServicePages, module_sources},
    transform::Transform,
};

use super::lab::Lab;
use crate::machine;

const PAGE: usize = 2_000;
/// Services that are held at once.
const SERVICES: usize = 20_000;
/// How often they are gone through.
const TIMES: usize = 10;

pub(super) struct Alone {
    /// Option answers a second, each time.
    pub(super) answers: Vec<f64>,
    /// Field values, in the same seconds.
    pub(super) values: Vec<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
pub(super) async fn measure(lab: &Lab) -> Result<Alone> {
    let inventory: Inventory = serde_json::from_slice(&std::fs::read(lab.folder.join("inventory.json"))?)?;
    let machines = Arc::new(Machines::from(inventory));
    let reviewed = read_mapping(&lab.folder.join("mapping.yaml"))?;
    let reading = Reading::open(&lab.reader(), reviewed, machines, false).await?;
    let modules = module_sources(&reading.schema, Some(&reading.mapping));
    let mut pages = ServicePages::new(&reading.catalogue, modules, PAGE);
    let mut bundles = Vec::new();
    while bundles.len() < SERVICES {
        let page = pages.next(&mut *reading.snapshot.lock().await).await?;
        if page.is_empty() {
            break;
        }
        bundles.extend(page);
    }
    let answers: usize = bundles.iter().map(|bundle| bundle.answers.len()).sum();
    let values: usize = bundles.iter().map(|bundle| bundle.values.len()).sum();
    let transform = Transform::new(&reading.mapping, &reading.catalogue, &reading.machines);
    let mut alone = Alone { answers: vec![], values: vec![] };
    for _ in 0..TIMES {
        let began = machine::cpu_time();
        for bundle in &bundles {
            black_box(transform.service(black_box(bundle)));
        }
        let seconds = machine::cpu_time().saturating_sub(began).as_secs_f64();
        alone.answers.push(answers as f64 / seconds);
        alone.values.push(values as f64 / seconds);
    }
    drop(transform);
    reading.close().await?;
    Ok(alone)
}
