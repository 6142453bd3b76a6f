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
pub struct SiteLabels {
    pub site: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct NodeLabels {
    pub site: String,
    /// Empty: the cluster as a whole.
    pub node: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ErrorLabels {
    pub kind: &'static str,
    /// `conflict`, `kubernetes`.
    pub category: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PhaseLabels {
    pub site: String,
    pub phase: &'static str,
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
    pub reconcile_seconds: Seconds<KindLabels>,
    pub reconcile_errors: Family<ErrorLabels, Counter>,
    /// By kind of task.
    pub task_seconds: Seconds<KindLabels>,
    pub ready_seconds: Histogram,
    /// Servers whose task runs, and that wait for a turn.
    pub turns_running: Family<SiteLabels, Gauge>,
    pub turns_waiting: Family<SiteLabels, Gauge>,
    pub breaker_open: Family<NodeLabels, Gauge>,
    pub site_good: Family<SiteLabels, Gauge>,
    pub servers: Family<PhaseLabels, Gauge>,
    pub orphans: Family<SiteLabels, Gauge>,
    pub quarantined: Family<SiteLabels, Gauge>,
    pub leader: Gauge,
}

/// A histogram for each set of labels.
pub type Seconds<L> = Family<L, Histogram, fn() -> Histogram>;

/// 5 ms to 164 s.
fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.005, 2.0, 16))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut all = Registry::with_prefix("slipway_operator");
        let seconds = || Seconds::new_with_constructor(histogram as fn() -> Histogram);
        let metrics = Self {
            proxmox_calls: register(
                &mut all,
                "proxmox_calls",
                "Calls to Proxmox VE by method and outcome",
                Family::default(),
            ),
            steps: register(&mut all, "steps", "Steps taken", Family::default()),
            reconcile_seconds: register(&mut all, "reconcile_seconds", "Duration of a reconciliation", seconds()),
            reconcile_errors: register(
                &mut all,
                "reconcile_errors",
                "Reconciliations that ended in an error, by category",
                Family::default(),
            ),
            task_seconds: register(&mut all, "task_seconds", "Duration of Proxmox tasks of ours by kind", seconds()),
            ready_seconds: register(
                &mut all,
                "ready_seconds",
                "From a server's creation to its first Ready",
                histogram(),
            ),
            turns_running: register(
                &mut all,
                "turns_running",
                "Servers of which a Proxmox task runs",
                Family::default(),
            ),
            turns_waiting: register(
                &mut all,
                "turns_waiting",
                "Servers that wait until a task of theirs may run",
                Family::default(),
            ),
            breaker_open: register(
                &mut all,
                "breaker_open",
                "Whether a site (empty node) or node is left alone because it does not answer",
                Family::default(),
            ),
            site_good: register(&mut all, "site_good", "Whether a site may be changed", Family::default()),
            servers: register(&mut all, "servers", "Servers by phase", Family::default()),
            orphans: register(&mut all, "orphans", "VMs that nothing accounts for", Family::default()),
            quarantined: register(&mut all, "quarantined", "VMIDs that were set aside", Family::default()),
            leader: register(&mut all, "leader", "Whether this process holds the Lease", Gauge::default()),
            registry: Arc::default(),
        };
        Self { registry: Arc::new(all), ..metrics }
    }
}

fn register<M: Clone + prometheus_client::registry::Metric>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    metric: M,
) -> M {
    registry.register(name, help, metric.clone());
    metric
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
