//! What Prometheus reads: one struct, registered once, shared by requests, dispatcher and mirror.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::app::App;

/// Seconds; requests are one or two queries, so the interesting part is below a tenth.
const BUCKETS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OutcomeLabels {
    pub outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabels {
    pub kind: &'static str,
}

/// Handles to all metrics; cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    duration: Histogram,
    /// Dispatched servers, by outcome.
    pub dispatches: Family<OutcomeLabels, Counter>,
    /// Mirrored objects, by kind.
    pub mirrored: Family<KindLabels, Counter>,
    /// Objects that could not be mirrored, by kind.
    pub flagged: Family<KindLabels, Counter>,
    /// 1 while the dispatcher waits for `slipway-api resync`.
    pub halted: Gauge,
    /// 1 while this replica mirrors.
    pub mirroring: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::<RequestLabels, Counter>::default();
        let duration = Histogram::new(BUCKETS);
        let dispatches = Family::<OutcomeLabels, Counter>::default();
        let mirrored = Family::<KindLabels, Counter>::default();
        let flagged = Family::<KindLabels, Counter>::default();
        let (halted, mirroring) = (Gauge::default(), Gauge::default());
        let mut registry = Registry::with_prefix("slipway_api");
        registry.register("requests", "Requests answered", requests.clone());
        registry.register("request_duration_seconds", "Time to answer", duration.clone());
        registry.register("dispatches", "Servers dispatched to Kubernetes", dispatches.clone());
        registry.register("mirrored", "Objects mirrored from Kubernetes", mirrored.clone());
        registry.register("flagged", "Objects that could not be mirrored", flagged.clone());
        registry.register("dispatch_halted", "1 while dispatch waits for a resync", halted.clone());
        registry.register("mirroring", "1 while this replica mirrors", mirroring.clone());
        Self { registry: Arc::new(registry), requests, duration, dispatches, mirrored, flagged, halted, mirroring }
    }
}

impl Metrics {
    /// The `OpenMetrics` text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a `String` cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// HTTP lets a client invent methods, and each would be a series of its own.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Counts and times a request by its route, never by its path: ids would make endless series.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let method = known_method(request.method());
    let started = Instant::now();
    let response = next.run(request).await;
    let labels = RequestLabels { method, route, status: response.status().as_u16() };
    app.metrics.requests.get_or_create(&labels).inc();
    app.metrics.duration.observe(started.elapsed().as_secs_f64());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_methods_share_one_series() {
        assert_eq!(known_method(&Method::PATCH), "PATCH");
        for invented in [b"FOO1", b"FOO2"] {
            assert_eq!(known_method(&Method::from_bytes(invented).unwrap()), "other");
        }
    }
}
