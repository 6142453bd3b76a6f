//! What Prometheus reads.

use std::sync::Arc;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CallLabels {
    pub site: String,
    pub method: &'static str,
    /// `ok` or the error's category.
    pub class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct StepLabels {
    pub step: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabels {
    pub kind: &'static str,
}

/// One for the process.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    pub proxmox_calls: Family<CallLabels, Counter>,
    pub steps: Family<StepLabels, Counter>,
    pub reconciles: Family<KindLabels, Counter>,
    pub reconcile_errors: Family<KindLabels, Counter>,
    pub reconcile_seconds: Histogram,
    pub task_seconds: Histogram,
    pub ready_seconds: Histogram,
    pub leader: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("slipway_operator");
        let histogram = || Histogram::new(exponential_buckets(0.005, 2.0, 16));
        let (proxmox_calls, steps) = (Family::default(), Family::default());
        let (reconciles, reconcile_errors) = (Family::default(), Family::default());
        let (reconcile_seconds, task_seconds, ready_seconds) = (histogram(), histogram(), histogram());
        let leader = Gauge::default();
        registry.register("proxmox_calls", "Calls to Proxmox VE by method and outcome", proxmox_calls.clone());
        registry.register("steps", "Steps taken", steps.clone());
        registry.register("reconciles", "Reconciliations", reconciles.clone());
        registry.register("reconcile_errors", "Reconciliations that ended in an error", reconcile_errors.clone());
        registry.register("reconcile_seconds", "Duration of a reconciliation", reconcile_seconds.clone());
        registry.register("task_seconds", "Duration of Proxmox tasks of ours", task_seconds.clone());
        registry.register("ready_seconds", "From a server's creation to its first Ready", ready_seconds.clone());
        registry.register("leader", "Whether this process holds the Lease", leader.clone());
        Self {
            registry: Arc::new(registry),
            proxmox_calls,
            steps,
            reconciles,
            reconcile_errors,
            reconcile_seconds,
            task_seconds,
            ready_seconds,
            leader,
        }
    }
}

impl Metrics {
    /// The exposition text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
