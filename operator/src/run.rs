//! The running operator: Lease, watches, controllers, sites, endpoint.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use futures::StreamExt as _;
use kube::{
    Api, Client,
    runtime::{
        Controller, Predicate as _, PredicateConfig, WatchStreamExt as _, controller, predicates, reflector, watcher,
    },
};
use slipway_crds::{RetainedServer, VirtualServer};
use tokio_util::sync::CancellationToken;

use crate::{
    actions,
    ambient::Ambient,
    catalogue::Catalogue,
    config::Config,
    endpoint,
    events::Events,
    lease::Held,
    metrics::Metrics,
    retained,
    server::{
        self,
        context::{Context, Waits},
        own_writes::OwnWrites,
        pace::Pace,
        previous::KnownForeign,
        squatters::Strangers,
    },
    site::{Sites, supervise::supervise},
    wake::Wake,
};

/// Servers and records that are reconciled at once.
const CONCURRENCY: u16 = 32;
/// What is under way gets this long to end well. A controller that is stopped before its first list never ends at all.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// Runs until `stop`, or until the Lease is lost: then the process ends, and another one goes on.
pub async fn run(client: Client, config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let metrics = Metrics::default();
    let listener = tokio::net::TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", config.listen))?;
    let (wake, woken) = Wake::channel();
    let (store, writer) = reflector::store();
    let stream = watcher(Api::<VirtualServer>::all(client.clone()), watched(&config))
        .default_backoff()
        .modify(|server| server.metadata.managed_fields = None)
        .reflect(writer)
        .applied_objects()
        // A status that we wrote ourselves is no reason to look again; a finalizer that we added is.
        .predicate_filter(
            predicates::generation
                .combine(predicates::finalizers)
                .combine(predicates::labels)
                .combine(predicates::annotations),
            PredicateConfig::default(),
        );
    let servers = Controller::for_stream(stream, store.clone())
        .with_config(controller::Config::default().concurrency(CONCURRENCY).debounce(Duration::from_millis(50)));
    let catalogue = tokio::select! {
        catalogue = Catalogue::watch(&client, store, &wake) => catalogue,
        () = stop.cancelled() => return Ok(()),
    };
    let sites = Sites::default();
    let ctx = Arc::new(Context {
        client: client.clone(),
        catalogue: catalogue.clone(),
        sites: sites.clone(),
        metrics: metrics.clone(),
        events: Events::new(client.clone()),
        config: config.clone(),
        foreign: KnownForeign::default(),
        strangers: Strangers::default(),
        waits: Waits::default(),
        pace: Pace::default(),
        ambient: Ambient::system(),
        wake: wake.clone(),
        own_writes: OwnWrites::default(),
    });
    // Every replica serves the endpoint; only the holder of the Lease acts.
    let router = endpoint::health(metrics.clone()).merge(endpoint::router(Arc::clone(&ctx)));
    let served = stop.clone();
    tokio::spawn(async move {
        let shutdown = async move { served.cancelled().await };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown).await {
            tracing::error!(%error, "the internal endpoint ended");
        }
    });
    let Some(mut lease) = Held::take(client.clone(), &config, &stop).await? else { return Ok(()) };
    metrics.leader.set(1);
    tracing::info!(lease = config.lease, "this process leads");
    tokio::spawn(actions::sweep(client.clone(), catalogue.clone(), Ambient::system(), stop.clone()));
    tokio::spawn(supervise(client.clone(), config.clone(), sites, catalogue, metrics.clone(), wake, stop.clone()));
    let records = Controller::new(Api::<RetainedServer>::all(client), watched(&config))
        .with_config(controller::Config::default().concurrency(CONCURRENCY))
        .reconcile_on(woken.records)
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(retained::controller::reconcile, retained::controller::error_policy, Arc::clone(&ctx))
        .for_each(|_| futures::future::ready(()));
    let servers = servers
        .reconcile_on(woken.servers)
        .graceful_shutdown_on(stop.clone().cancelled_owned())
        .run(server::controller::reconcile, server::controller::error_policy, ctx)
        .for_each(|_| futures::future::ready(()));
    tokio::select! {
        _ = futures::future::join(records, servers) => {}
        () = async { stop.cancelled().await; tokio::time::sleep(LAST_WORDS).await } => {
            tracing::warn!("what is under way is left; any process may end at any point");
        }
        () = lease.lost() => {
            metrics.leader.set(0);
            // Whatever is under way must not go on without it.
            if !stop.is_cancelled() {
                anyhow::bail!("the Lease was lost; another process goes on");
            }
        }
    }
    // So that the next process need not wait for it to expire.
    lease.give_back().await?;
    Ok(())
}

/// A shard of one site watches only that site's objects.
fn watched(config: &Config) -> watcher::Config {
    match &config.sites[..] {
        [site] => watcher::Config::default().fields(&format!("spec.siteRef={site}")),
        _ => watcher::Config::default(),
    }
}
