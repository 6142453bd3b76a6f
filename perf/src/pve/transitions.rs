//! Transitions a second of the bare state machine on one core: a request taken in, or something that happens by itself.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use pve_testbed::{
    World,
    request::{Method, Request},
};

use crate::machine;

/// One guest's life on a small world, over and over: every request and every event counts as one.
pub(super) fn run(seconds: u64) -> Result<f64> {
    let mut world = World::builder(7).nodes(["pve1"]).without_templates().build();
    let token = world.root_token();
    let until = Instant::now() + Duration::from_secs(seconds);
    let begun = machine::cpu_time();
    let life = life(&token);
    let mut transitions = 0u64;
    let mut failed = 0u64;
    while Instant::now() < until {
        for request in &life {
            world.submit(request.clone());
            transitions += 1;
            let horizon = world.now() + 6_000;
            while let Some(next) = world.next_event().filter(|next| *next <= horizon) {
                let answers = world.advance(next);
                failed += answers.iter().filter(|(_, answer)| !answer.is_ok()).count() as u64;
                transitions += 1;
            }
        }
    }
    ensure!(failed == 0, "{failed} calls of the guest's life were refused");
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = transitions as f64 / machine::cpu_time().saturating_sub(begun).as_secs_f64();
    Ok(rate)
}

fn life(token: &str) -> Vec<Request> {
    let call = |method, path: &str| Request::new(method, path).token(token);
    vec![
        call(Method::Post, "/nodes/pve1/qemu").with("vmid", "100").with("memory", "512").with("scsi0", "data:1"),
        call(Method::Get, "/nodes/pve1/qemu/100/config"),
        call(Method::Put, "/nodes/pve1/qemu/100/config").with("cores", "2"),
        call(Method::Post, "/nodes/pve1/qemu/100/status/start"),
        call(Method::Get, "/nodes/pve1/qemu/100/status/current"),
        call(Method::Put, "/nodes/pve1/qemu/100/resize").with("disk", "scsi0").with("size", "+1G"),
        call(Method::Post, "/nodes/pve1/qemu/100/status/stop"),
        call(Method::Get, "/cluster/resources").with("type", "vm"),
        call(Method::Delete, "/nodes/pve1/qemu/100"),
    ]
}
