//! What the operator does for every server at every look, without Proxmox and Kubernetes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement may stop at once")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use proxmox_client::{ProxmoxAnswer, ProxmoxRequest, WireAnswer};
use serde_json::json;
use slipway_operator::{
    mark,
    server::{interpret::interpret, plan::plan},
    site::inventory::Inventory,
};

use crate::model::Model;

#[path = "../tests/plan/model.rs"]
#[expect(dead_code, reason = "the tests of plans use all of it")]
mod model;

/// Guests of a large site.
const GUESTS: u32 = 10_000;

fn plans(c: &mut Criterion) {
    let settled = Model::converged();
    let seen = settled.seen();
    c.bench_function("operator/plan: nothing to do", |b| {
        b.iter(|| plan(black_box(&settled.desired), black_box(&seen)));
    });
    let mut resized = settled;
    resized.desired.cores = 4;
    let step = resized.plan().steps.into_iter().next().unwrap();
    let answer = Ok(ProxmoxAnswer::Done);
    c.bench_function("operator/interpret: a change of settings is done", |b| {
        b.iter(|| interpret(black_box(&step), black_box(&answer), model::now()));
    });
}

fn marks(c: &mut Criterion) {
    let model = Model::converged();
    let description = model.config_of(&model.guest.as_ref().unwrap().options).description().to_owned();
    assert!(mark::find(&description).is_some(), "{description}");
    c.bench_function("operator/mark: find in a description", |b| b.iter(|| mark::find(black_box(&description))));
}

fn inventories(c: &mut Criterion) {
    let rows: Vec<_> = (0..GUESTS)
        .map(|n| {
            json!({
                "type": "qemu", "id": format!("qemu/{}", 100_000 + n), "vmid": 100_000 + n, "node": format!("pve{}", n % 20),
                "status": "running", "name": format!("web-{n}"), "template": 0, "pool": "slipway-abc123def456",
                "tags": format!("slip-{n:016x}"), "maxcpu": 2, "maxmem": 2_147_483_648_u64, "maxdisk": 21_474_836_480_u64,
                "cpu": 0.02, "mem": 1_000_000_000, "disk": 0, "netin": 12, "netout": 12, "diskread": 12, "diskwrite": 12,
                "uptime": 86_400,
            })
        })
        .collect();
    let wire = WireAnswer { status: 200, reason: "OK".to_owned(), body: json!({ "data": rows }).to_string() };
    let parse = || ProxmoxAnswer::parse(&ProxmoxRequest::ClusterResources, black_box(&wire)).unwrap();
    c.bench_function("operator/inventory: parse 10,000 guests", |b| b.iter(parse));
    let ProxmoxAnswer::Resources(resources) = parse() else { panic!("no resources") };
    assert_eq!(resources.guests.len(), 10_000);
    c.bench_function("operator/inventory: sum up 10,000 guests", |b| {
        b.iter_with_setup(|| resources.clone(), |resources| Inventory::new(model::now(), resources));
    });
}

criterion_group!(all, plans, marks, inventories);
criterion_main!(all);
