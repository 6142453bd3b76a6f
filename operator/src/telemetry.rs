//! Logs as JSON lines on standard error. Built with the feature `otlp`, reconciliations and calls to Proxmox VE are traces
//! too, sent to `OTEL_EXPORTER_OTLP_ENDPOINT` (HTTP, protobuf) while that is set.

use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Sends what is left when it is dropped.
#[derive(Debug, Default)]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    traces: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

/// Starts logs (and traces) for the whole process. `RUST_LOG` says which; `info` when it is not set.
///
/// # Errors
/// The endpoint of traces is no URL.
pub fn start() -> anyhow::Result<Telemetry> {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,kube=warn,kube_runtime=warn"));
    let logs = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(logs.with_filter(filter));
    #[cfg(feature = "otlp")]
    if let Ok(endpoint) = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT") {
        let traces = otlp::provider(&endpoint)?;
        registry.with(otlp::layer(&traces)).init();
        return Ok(Telemetry { traces: Some(traces) });
    }
    registry.init();
    Ok(Telemetry::default())
}

#[cfg(feature = "otlp")]
impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.traces.as_ref().map(opentelemetry_sdk::trace::SdkTracerProvider::shutdown) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

#[cfg(feature = "otlp")]
mod otlp {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::WithExportConfig as _;
    use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
    use tracing::Subscriber;
    use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

    const SERVICE: &str = "slipway-operator";

    pub(super) fn provider(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
        let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().with_endpoint(url).build()?;
        let resource = Resource::builder().with_service_name(SERVICE).build();
        Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
    }

    /// Our own spans only: those of the libraries would be many more.
    pub(super) fn layer<S>(traces: &SdkTracerProvider) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let ours = Targets::new().with_target("slipway_operator", tracing::Level::INFO);
        tracing_opentelemetry::layer().with_tracer(traces.tracer(SERVICE)).with_filter(ours)
    }

    #[cfg(test)]
    mod tests {
        use std::{
            io::{Read as _, Write as _},
            net::TcpListener,
        };

        use tracing_subscriber::layer::SubscriberExt as _;

        use super::*;

        /// Takes one request, answers it, and gives back what was sent.
        fn collector() -> (String, std::thread::JoinHandle<Vec<u8>>) {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let taken = std::thread::spawn(move || {
                let (mut socket, _) = listener.accept().unwrap();
                let (mut all, mut part) = (Vec::new(), [0; 4096]);
                loop {
                    let read = socket.read(&mut part).unwrap();
                    all.extend_from_slice(&part[..read]);
                    let text = String::from_utf8_lossy(&all).into_owned();
                    let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
                    let length =
                        head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
                    let begins = head.len() + 4;
                    if all.len() >= begins + length.unwrap().parse::<usize>().unwrap() {
                        break;
                    }
                }
                socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                all
            });
            (url, taken)
        }

        #[test]
        fn our_spans_arrive_at_the_collector_with_their_service_and_those_of_libraries_do_not() {
            let (url, taken) = collector();
            let traces = provider(&url).unwrap();
            let subscriber = tracing_subscriber::registry().with(layer(&traces));
            tracing::subscriber::with_default(subscriber, || {
                tracing::info_span!(target: "slipway_operator::server", "reconcile", namespace = "acct-a")
                    .in_scope(|| {});
                tracing::info_span!(target: "hyper", "somebody-elses").in_scope(|| {});
            });
            traces.shutdown().unwrap();
            let sent = String::from_utf8_lossy(&taken.join().unwrap()).into_owned();
            assert!(sent.starts_with("POST /v1/traces HTTP/1.1"), "{sent}");
            for word in ["slipway-operator", "reconcile", "acct-a"] {
                assert!(sent.contains(word), "no {word} in {sent}");
            }
            assert!(!sent.contains("somebody-elses"), "{sent}");
        }
    }
}
