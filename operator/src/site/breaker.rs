//! Who reached nobody several times in a row asks less often: a node that is down, or a whole site, is not called by
//! every server at every turn.
//!
//! A call that is not made had no effect, so it is answered like one that could not be sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures::{FutureExt as _, future::BoxFuture};
use jiff::{SignedDuration, Timestamp};
use proxmox_client::{Fault, ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest};

use super::lock;
use crate::{
    ambient::Ambient,
    metrics::{Metrics, NodeLabels},
};

/// So many in a row open it.
const FAILURES: u32 = 5;
const SHORTEST: SignedDuration = SignedDuration::from_secs(1);
const LONGEST: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug)]
pub struct Breaker {
    site: String,
    inner: Arc<dyn ProxmoxClient>,
    metrics: Metrics,
    ambient: Ambient,
    /// By node; empty for what the whole cluster answers.
    circuits: Mutex<HashMap<String, Circuit>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Circuit {
    failures: u32,
    /// While it is open: until when nobody is let through.
    open: Option<(Timestamp, SignedDuration)>,
}

impl Circuit {
    /// Whether a call may be made now. The first one after the pause is a probe: others wait for what it finds.
    fn admits(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        match self.open {
            Some((until, _)) if now < until => Err(until),
            Some((_, pause)) => {
                self.open = Some((now + pause, pause));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn learns(&mut self, reached: bool, now: Timestamp, chance: u32) {
        if reached {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures < FAILURES {
            return;
        }
        let pause = self.open.map_or(SHORTEST, |(_, pause)| (pause * 2).min(LONGEST));
        // Between half and all of it, so that several processes do not come at once.
        let part = pause.as_millis() / 2 * (i128::from(chance) + i128::from(u32::MAX)) / i128::from(u32::MAX);
        let until = now + SignedDuration::from_millis(i64::try_from(part).unwrap_or(i64::MAX));
        self.open = Some((until, pause));
    }
}

impl Breaker {
    pub fn new(site: &str, inner: Arc<dyn ProxmoxClient>, metrics: Metrics, ambient: Ambient) -> Self {
        Self { site: site.to_owned(), inner, metrics, ambient, circuits: Mutex::default() }
    }

    fn learn(&self, node: &str, reached: bool) {
        let mut circuits = lock(&self.circuits);
        let circuit = circuits.entry(node.to_owned()).or_default();
        let before = circuit.open.is_some();
        circuit.learns(reached, self.ambient.now(), self.ambient.chance());
        let open = circuit.open.is_some();
        if before != open {
            let labels = NodeLabels { site: self.site.clone(), node: node.to_owned() };
            self.metrics.breaker_open.get_or_create(&labels).set(i64::from(open));
            tracing::warn!(site = %self.site, node, open, "the circuit to Proxmox VE changed");
        }
    }
}

impl ProxmoxClient for Breaker {
    fn call<'a>(&'a self, request: &'a ProxmoxRequest) -> BoxFuture<'a, Result<ProxmoxAnswer, ProxmoxError>> {
        async move {
            let path = request.wire().path;
            let node = node_of(&path);
            let admitted = lock(&self.circuits).entry(node.to_owned()).or_default().admits(self.ambient.now());
            if let Err(until) = admitted {
                let whom = if node.is_empty() { format!("site {}", self.site) } else { format!("node {node}") };
                let message =
                    format!("{whom} did not answer {FAILURES} times in a row; it is asked again at {until:.0}");
                return Err(ProxmoxError { fault: Fault::Unreachable, message });
            }
            let answer = self.inner.call(request).await;
            let reached =
                !answer.as_ref().is_err_and(|e| matches!(e.fault, Fault::Unreachable | Fault::UnknownOutcome));
            self.learn(node, reached);
            answer
        }
        .boxed()
    }
}

/// `/nodes/{node}/…` is answered by that node.
fn node_of(path: &str) -> &str {
    path.strip_prefix("/nodes/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let mut circuit = Circuit::default();
        for _ in 0..FAILURES - 1 {
            circuit.learns(false, at(0), u32::MAX);
        }
        circuit.learns(true, at(0), u32::MAX);
        for _ in 0..FAILURES - 1 {
            circuit.learns(false, at(0), u32::MAX);
            assert_eq!(circuit.admits(at(0)), Ok(()));
        }
        circuit.learns(false, at(0), u32::MAX);
        assert_eq!(circuit.admits(at(0)), Err(at(1)));
    }

    #[test]
    fn one_probe_goes_after_the_pause_and_the_pause_doubles_up_to_half_a_minute() {
        let mut circuit = Circuit::default();
        for _ in 0..FAILURES {
            circuit.learns(false, at(0), u32::MAX);
        }
        let mut now = at(0);
        for pause in [1, 2, 4, 8, 16, 30, 30] {
            let until = circuit.admits(now).unwrap_err();
            assert_eq!(until, now + SignedDuration::from_secs(pause));
            now = until;
            assert_eq!(circuit.admits(now), Ok(()), "a probe");
            assert!(circuit.admits(now).is_err(), "the others wait for it");
            circuit.learns(false, now, u32::MAX);
        }
        circuit.learns(true, now, u32::MAX);
        assert_eq!(circuit.admits(now), Ok(()), "it answered: everybody goes again");
    }

    #[test]
    fn jitter_shortens_a_pause_by_at_most_half() {
        let mut circuit = Circuit::default();
        for _ in 0..FAILURES {
            circuit.learns(false, at(0), 0);
        }
        assert_eq!(circuit.admits(at(0)), Err(at(0) + SignedDuration::from_millis(500)));
    }

    #[test]
    fn a_path_says_which_node_answers() {
        assert_eq!(node_of("/nodes/pve1/qemu/100/config"), "pve1");
        assert_eq!(node_of("/cluster/resources"), "");
    }
}
