//! Logs: one JSON object a line on standard output, filtered by `RUST_LOG`.

use tracing_subscriber::EnvFilter;

/// Everything of ours, and only trouble of others.
const DEFAULT_FILTER: &str = "warn,slipway_api=info";

/// Starts logging; a second call changes nothing.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let _ = tracing_subscriber::fmt().json().flatten_event(true).with_env_filter(filter).try_init();
}
