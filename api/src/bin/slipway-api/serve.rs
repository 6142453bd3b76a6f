//! `slipway-api serve`: everything that runs, until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{KeyStore, Serve};
use slipway_api::app::{self, App, Settings};
use slipway_api::console::Console;
use slipway_api::dispatcher::kubernetes::Kubernetes;
use slipway_api::environment::{Env, System};
use slipway_api::http::listener;
use slipway_api::keys::Keys;
use slipway_api::mirror::scope::Scope;
use slipway_api::operator::Operator;
use slipway_api::server::ownership::Managers;
use slipway_api::{dispatcher, health, mirror, router, schema};

/// How often counters of quiet clients are forgotten.
const FORGET_INTERVAL: Duration = Duration::from_mins(1);
/// Pause between attempts to reach the database at start.
const START_PAUSE: Duration = Duration::from_secs(2);
/// How long requests may take to end after a stop.
const GRACE: Duration = Duration::from_secs(15);

/// Serves until SIGTERM or SIGINT.
pub async fn serve(config: Serve) -> anyhow::Result<()> {
    let env = Env::new(System);
    let kube_config = kube::Config::infer().await.context("no Kubernetes: set KUBECONFIG, or run in a cluster")?;
    let client = kube::Client::try_from(kube_config)?;
    let keys = tokio::select! {
        keys = keys(&config.keys, &client, &env) => keys?,
        stopped = stop_signal() => return stopped,
    };
    let pool = app::connect_lazily(config.database.database_url, config.database_connections);
    let settings = Settings {
        public_url: config.public.public_url,
        trusted_proxy_hops: config.trusted_proxy_hops,
        requests_per_minute: config.requests_per_minute,
    };
    let mut app = App::new(pool, env, &keys, settings)?;
    if let (Some(url), Some(token_file)) = (config.operator_url, config.operator_token_file) {
        app = app.with_operator(Operator::new(url, token_file)?);
    }
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());

    let header_timeout = Duration::from_secs(config.header_timeout_seconds);
    let public = bind(config.listen).await?;
    let mut routes = router::router(app.clone(), Console::new(config.console_dir));
    match config.metrics_listen {
        Some(address) => {
            let internal = bind(address).await?;
            tasks.spawn(listener::serve(internal, internal_routes(app.clone()), header_timeout, stop.clone()));
        }
        None => routes = routes.merge(metrics_route(app.clone()).layer(from_fn(only_this_machine))),
    }
    tracing::info!(listen = %config.listen, "serving");
    tasks.spawn(listener::serve(public, routes, header_timeout, stop.clone()));
    let mirror = mirror::run(
        app.clone(),
        client.clone(),
        Managers::new(config.git_managers),
        Scope::new(config.watch_namespaces),
        stop.clone(),
    );
    tasks.spawn(work(app.clone(), client, mirror, config.skip_migrations, stop.clone()));
    tasks.spawn(forget_the_quiet(app, stop.clone()));
    tasks.close();

    stop_signal().await?;
    tracing::info!("stopping");
    stop.cancel();
    let _ = tokio::time::timeout(GRACE, tasks.wait()).await;
    Ok(())
}

/// Waits for Kubernetes when the keys are there.
async fn keys(store: &KeyStore, client: &kube::Client, env: &Env) -> anyhow::Result<Keys> {
    if let Some(dir) = &store.key_dir {
        return Ok(Keys::load_or_create(dir, env)?);
    }
    let (Some(name), Some(namespace)) = (&store.key_secret, &store.namespace) else {
        anyhow::bail!("no keys: set SLIPWAY_KEY_DIR, or SLIPWAY_KEY_SECRET and SLIPWAY_NAMESPACE");
    };
    let secrets = kube::Api::namespaced(client.clone(), namespace);
    loop {
        match Keys::load_or_create_secret(&secrets, name, env).await {
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "there are no keys yet; trying again");
                tokio::time::sleep(START_PAUSE).await;
            }
            ended => return Ok(ended?),
        }
    }
}

/// Migrates as soon as Postgres answers, then dispatches and mirrors.
async fn work(
    app: App,
    client: kube::Client,
    mirror: impl Future<Output = ()>,
    skip_migrations: bool,
    stop: CancellationToken,
) {
    loop {
        if skip_migrations {
            break;
        }
        match schema::migrate(&app.pool).await {
            Ok(()) => break,
            Err(error) => tracing::error!(%error, "the schema cannot be brought up to date; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(START_PAUSE) => {}
        }
    }
    let dispatching = dispatcher::run(app, Kubernetes::new(client), stop);
    tokio::join!(dispatching, mirror);
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

fn metrics_route(app: App) -> Router {
    Router::new().route("/metrics", get(|State(app): State<App>| async move { app.metrics.text() })).with_state(app)
}

/// The public listener shows its metrics to a scraper beside it, and to nobody who came through a proxy.
async fn only_this_machine(ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request, next: Next) -> Response {
    let forwarded = ["forwarded", "x-forwarded-for"].iter().any(|name| request.headers().contains_key(*name));
    if peer.ip().to_canonical().is_loopback() && !forwarded {
        return next.run(request).await;
    }
    StatusCode::NOT_FOUND.into_response()
}

fn internal_routes(app: App) -> Router {
    Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .layer(axum::middleware::from_fn(slipway_api::problem::render))
        .with_state(app.clone())
        .merge(metrics_route(app))
}

async fn forget_the_quiet(app: App, stop: CancellationToken) {
    let (throttle, pace) = (Arc::clone(&app.throttle), Arc::clone(&app.pace));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(FORGET_INTERVAL) => {
                throttle.forget_the_quiet();
                pace.forget_the_quiet();
            }
        }
    }
}

async fn stop_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tower::ServiceExt as _;

    async fn status(peer: &str, forwarded: bool) -> StatusCode {
        let routes = Router::new().route("/metrics", get(|| async { "" })).layer(from_fn(only_this_machine));
        let mut request = Request::builder().uri("/metrics");
        if forwarded {
            request = request.header("x-forwarded-for", "192.0.2.7");
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        routes.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn metrics_on_the_public_listener_are_for_this_machine_only() {
        assert_eq!(status("127.0.0.1:5000", false).await, StatusCode::OK);
        assert_eq!(status("[::ffff:127.0.0.1]:5000", false).await, StatusCode::OK);
        assert_eq!(status("127.0.0.1:5000", true).await, StatusCode::NOT_FOUND);
        assert_eq!(status("192.0.2.7:5000", false).await, StatusCode::NOT_FOUND);
    }
}
