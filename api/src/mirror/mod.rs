//! The mirror brings what Kubernetes holds to Postgres, where the console reads it. One replica does, under an advisory
//! lock; what it writes can be rebuilt at any time by a new list.

pub mod absence;
pub mod action;
pub mod catalogue;
pub mod flag;
pub mod namespace;
pub mod resync;
pub mod retained;
pub mod scope;
pub mod server;
pub mod session;
pub mod site;
pub mod state;
pub mod translate;

use std::time::Duration;

use kube::Client;
use sqlx::{Connection as _, PgConnection};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::mirror::scope::Scope;
use crate::mirror::session::Session;
use crate::server::ownership::Managers;

/// The lock that makes it one replica: an arbitrary number, the same in every version.
const ADVISORY_LOCK: i64 = 0x534c_4950_5741_5901;
/// How often a waiting replica tries to take over, and how often the mirroring one makes sure that it still holds it.
const LOCK_INTERVAL: Duration = Duration::from_secs(3);

/// Mirrors, whenever this replica holds the lock, until it is told to stop.
pub async fn run(app: App, client: Client, managers: Managers, scope: Scope, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            ended = try_mirror(&app, &client, &managers, &scope) => {
                app.metrics.mirroring.set(0);
                if let Err(error) = ended {
                    tracing::warn!(%error, "mirroring stopped; it starts over");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOCK_INTERVAL) => {}
        }
    }
}

/// Mirrors until something breaks; returns at once when another replica has the lock.
async fn try_mirror(app: &App, client: &Client, managers: &Managers, scope: &Scope) -> Result<(), MirrorError> {
    // A connection of its own: the lock is the connection's, and dies with it.
    let mut lock = app.pool.acquire().await?.detach();
    let taken = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "taken!""#, ADVISORY_LOCK)
        .fetch_one(&mut lock)
        .await?;
    if !taken {
        lock.close().await?;
        return Ok(());
    }
    tracing::info!("this replica mirrors now");
    app.metrics.mirroring.set(1);
    let session = Session::new(app.clone(), client.clone(), managers.clone(), scope.clone());
    tokio::select! {
        ended = session.run() => ended,
        lost = hold(&mut lock) => lost,
    }
}

/// Returns when the lock's connection is lost.
async fn hold(lock: &mut PgConnection) -> Result<(), MirrorError> {
    loop {
        tokio::time::sleep(LOCK_INTERVAL).await;
        tokio::time::timeout(LOCK_INTERVAL, lock.ping()).await.map_err(|_| MirrorError::LockLost)??;
    }
}

/// Why mirroring starts over.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("Kubernetes: {0}")]
    Kubernetes(#[from] kube::Error),
    #[error("Kubernetes does not answer")]
    Timeout,
    #[error("the connection that holds the lock does not answer")]
    LockLost,
    #[error("a watch ended")]
    WatchEnded,
    #[error("a resync was asked for")]
    ResyncAsked,
}
