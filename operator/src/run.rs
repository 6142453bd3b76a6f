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
use kube_lease_manager::LeaseManagerBuilder;
use slipway_crds::{RetainedServer, VirtualServer};
use tokio_util::sync::CancellationToken;

use crate::{
    actions,
    ambient::Ambient,
    catalogue::Catalogue,
    config::Config,
    endpoint,
    events::Events,
    lease,
    metrics::Metrics,
    retained,
    server::{
        self,
        context::{Context, Waits},
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
/// Giving the Lease back may take so long.
const FAREWELL: Duration = Duration::from_secs(5);

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
    let identity = identity(&config);
    let leases = Api::namespaced(client.clone(), &config.namespace);
    let manager = LeaseManagerBuilder::new(client.clone(), &config.lease)
        .with_namespace(&config.namespace)
        .with_identity(identity.clone())
        .with_duration(lease::LASTS.as_secs())
        .with_grace(5)
        .with_create_mode(kube_lease_manager::LeaseCreateMode::AutoCreate)
        .build()
        .await
        .context("the Lease cannot be read or made")?;
    let (mut leads, lease_task) = manager.watch().await;
    tokio::select! {
        () = stop.cancelled() => return Ok(()),
        led = leads.wait_for(|led| *led) => { led.context("the Lease's watch ended")?; }
    }
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
    let lost = async {
        tokio::select! {
            told = leads.wait_for(|led| !*led) => told.map(|_| ()),
            () = lease::lost(&leases, &config.lease, &identity) => Ok(()),
        }
    };
    tokio::select! {
        _ = futures::future::join(records, servers) => {}
        () = async { stop.cancelled().await; tokio::time::sleep(LAST_WORDS).await } => {
            tracing::warn!("what is under way is left; any process may end at any point");
        }
        lost = lost => {
            metrics.leader.set(0);
            // Whatever is under way must not go on without it.
            if !stop.is_cancelled() {
                lost.context("the Lease's watch ended")?;
                anyhow::bail!("the Lease was lost; another process goes on");
            }
        }
    }
    drop(leads);
    // The Lease is given back at once, so that the next process need not wait for it to expire.
    match tokio::time::timeout(FAREWELL, lease_task).await {
        Ok(ended) => {
            ended.context("the Lease's task failed")?.context("the Lease could not be given back")?;
        }
        Err(_) => tracing::warn!("the Lease could not be given back; it expires"),
    }
    Ok(())
}

/// A shard of one site watches only that site's objects.
fn watched(config: &Config) -> watcher::Config {
    match &config.sites[..] {
        [site] => watcher::Config::default().fields(&format!("spec.siteRef={site}")),
        _ => watcher::Config::default(),
    }
}

/// The same after a restart on the same host and port: two processes cannot listen there at once, so whoever can, may go on.
fn identity(config: &Config) -> String {
    let host = std::env::var("HOSTNAME").ok().filter(|h| !h.is_empty());
    let host = host.or_else(|| std::fs::read_to_string("/etc/hostname").ok()).unwrap_or_else(|| "operator".to_owned());
    format!("{}-{}", host.trim(), config.listen)
}
