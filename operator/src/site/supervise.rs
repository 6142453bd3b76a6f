//! Watches `ProxmoxSite` objects and runs one keeper for each.

use std::{collections::HashMap, sync::Arc};

use futures::StreamExt as _;
use kube::{
    Api, Client, ResourceExt as _,
    runtime::{WatchStreamExt as _, watcher},
};
use slipway_crds::{ProxmoxSite, ProxmoxSiteSpec, names::ANNOTATION_ACKNOWLEDGE};
use tokio_util::sync::CancellationToken;

use super::{Contact, Sites, keeper::Keeper};
use crate::{ambient::Ambient, catalogue::Catalogue, config::Config, metrics::Metrics, wake::Wake};

/// What a keeper is started from; it is started anew when this changes.
#[derive(Debug, Clone, PartialEq)]
struct Cause {
    uid: Option<String>,
    spec: ProxmoxSiteSpec,
    acknowledged: Option<String>,
}

/// Runs until `stop`.
pub async fn supervise(
    client: Client,
    config: Config,
    sites: Sites,
    catalogue: Catalogue,
    metrics: Metrics,
    wake: Wake,
    stop: CancellationToken,
) {
    let api: Api<ProxmoxSite> = Api::all(client.clone());
    let mut running: HashMap<String, (Cause, CancellationToken)> = HashMap::new();
    let mut events = std::pin::pin!(watcher(api, watcher::Config::default()).default_backoff());
    loop {
        let event = tokio::select! {
            () = stop.cancelled() => break,
            event = events.next() => event,
        };
        match event {
            Some(Ok(watcher::Event::Apply(site) | watcher::Event::InitApply(site))) => {
                let name = site.name_any();
                if !config.has_site(&name) {
                    continue;
                }
                let cause = Cause {
                    uid: site.uid(),
                    acknowledged: site.annotations().get(ANNOTATION_ACKNOWLEDGE).cloned(),
                    spec: site.spec.clone(),
                };
                if running.get(&name).is_some_and(|(old, _)| *old == cause) {
                    continue;
                }
                if let Some((old, token)) = running.remove(&name) {
                    token.cancel();
                    if old.uid != cause.uid {
                        // Another object of the same name: nothing that is remembered of the old one is about it.
                        sites.remove(&name);
                    }
                    if old.acknowledged != cause.acknowledged {
                        // Deletions that the brake held may go on.
                        wake.waiting_records(&catalogue.retained, &name);
                    }
                }
                let token = stop.child_token();
                let keeper = Keeper {
                    client: client.clone(),
                    config: config.clone(),
                    sites: sites.clone(),
                    catalogue: catalogue.clone(),
                    metrics: metrics.clone(),
                    wake: wake.clone(),
                    ambient: Ambient::system(),
                    name: name.clone(),
                    spec: Arc::new(site.spec.clone()),
                };
                if sites.contact(&name).is_none() {
                    sites.put(&name, Contact::Pending);
                }
                tokio::spawn(keeper.run(token.clone()));
                running.insert(name, (cause, token));
            }
            Some(Ok(watcher::Event::Delete(site))) => {
                let name = site.name_any();
                if let Some((_, token)) = running.remove(&name) {
                    token.cancel();
                }
                sites.remove(&name);
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => tracing::warn!(%error, "the watch of sites was interrupted; it starts again"),
            None => break,
        }
    }
}
