//! What the migrator does for every service and every answer, without a database.
#![expect(clippy::unwrap_used, reason = "a measurement may stop at once")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use slipway_migrate::{
    inventory, mapping,
    propose::propose,
    transform::Transform,
    value::{Resource, Step, amount},
    whmcs,
};

use self::fixture::{BACKUPS, CPU, DISK, F_HOST, F_IP, OS, RAM, answer, catalogue, service, value};

/// The small shop of the crate's own tests.
#[path = "../src/transform/fixture.rs"]
mod fixture;

fn amounts(c: &mut Criterion) {
    let texts = [("4 GiB", Resource::Memory), ("100Mbit", Resource::Network), ("2 vCores", Resource::Cores)];
    for (text, resource) in texts {
        assert!(amount(text, resource, None, Step::Binary).is_some(), "{text}");
        c.bench_function(&format!("migrator/unit: {text}"), |b| {
            b.iter(|| amount(black_box(text), resource, None, Step::Binary));
        });
    }
}

fn roles(c: &mut Criterion) {
    let (catalogue, seen) = (catalogue(), whmcs::Seen::default());
    c.bench_function("migrator/propose: the roles of a small shop's options and fields", |b| {
        b.iter(|| propose("shop", black_box(&catalogue), &seen, None));
    });
}

fn services(c: &mut Criterion) {
    let (mapping, catalogue, machines) = (fixture::mapping(), catalogue(), fixture::machines());
    let transform = Transform::new(&mapping, &catalogue, &machines);
    let mut bundle = service(101);
    bundle.answers = vec![
        answer(1, RAM, 12, 0),
        answer(2, CPU, 32, 0),
        answer(3, DISK, 41, 80),
        answer(4, BACKUPS, 51, 1),
        answer(5, OS, 61, 0),
    ];
    bundle.values.extend([value(8001, F_IP, "203.0.113.101"), value(8002, F_HOST, "vps101.example.com")]);
    assert!(transform.service(&bundle).0.is_some());
    c.bench_function("migrator/service: five answers and three values", |b| {
        b.iter(|| transform.service(black_box(&bundle)));
    });
}

criterion_group!(all, amounts, roles, services);
criterion_main!(all);
