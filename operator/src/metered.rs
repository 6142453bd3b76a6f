//! A Proxmox client that counts its calls and logs the mutating ones. Bodies are never logged: they hold passwords.

use std::sync::Arc;

use futures::{FutureExt as _, future::BoxFuture};
use proxmox_client::{ProxmoxAnswer, ProxmoxClient, ProxmoxError, ProxmoxRequest};
use tracing::Instrument as _;

use crate::metrics::{CallLabels, Metrics};

#[derive(Debug)]
pub struct Metered {
    site: String,
    inner: Arc<dyn ProxmoxClient>,
    metrics: Metrics,
}

impl Metered {
    pub fn new(site: &str, inner: Arc<dyn ProxmoxClient>, metrics: Metrics) -> Self {
        Self { site: site.to_owned(), inner, metrics }
    }
}

impl ProxmoxClient for Metered {
    fn call<'a>(&'a self, request: &'a ProxmoxRequest) -> BoxFuture<'a, Result<ProxmoxAnswer, ProxmoxError>> {
        async move {
            let span = tracing::info_span!("proxmox", site = self.site, call = request.name());
            let answer = self.inner.call(request).instrument(span).await;
            let class = answer.as_ref().map_or_else(ProxmoxError::category, |_| "ok");
            let labels = CallLabels { site: self.site.clone(), method: request.name(), class };
            self.metrics.proxmox_calls.get_or_create(&labels).inc();
            if request.is_read() {
                tracing::debug!(site = %self.site, call = request.name(), path = request.wire().path, class, "asked Proxmox VE");
            } else {
                let upid = match &answer {
                    Ok(ProxmoxAnswer::Started(upid)) => upid.as_str(),
                    _ => "",
                };
                tracing::info!(site = %self.site, call = request.name(), path = request.wire().path, class, upid, "called Proxmox VE");
            }
            answer
        }
        .boxed()
    }
}
