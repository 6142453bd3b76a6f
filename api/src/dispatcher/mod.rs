//! The dispatcher brings wishes from Postgres to Kubernetes: one dirty server at a time, its newest revision only.
//!
//! A server is claimed by a row lock that lasts until everything is recorded. A process that dies in between loses the
//! lock and records nothing, so another one starts over; every step is safe to repeat.

pub mod acknowledge;
pub mod catalogue;
pub mod kubernetes;
pub mod manifest;
pub mod namespace;
pub mod outcome;
pub mod queue;
pub mod record;
pub mod server;
pub mod step;
pub mod wish;

use std::time::Duration;

use chrono::TimeDelta;
use sqlx::postgres::PgListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::dispatcher::kubernetes::Kubernetes;
use crate::dispatcher::outcome::Outcome;
use crate::dispatcher::queue::Claimed;
use crate::id::ServerId;
use crate::metrics::OutcomeLabels;
use crate::problem::is_database_away;
use crate::server::guest_password::KeptError;

/// Servers that are dispatched at once by one replica.
const WORKERS: usize = 4;
/// Notifications can be lost; nothing waits longer than this.
const POLL: Duration = Duration::from_secs(2);
/// Pause after the database refused us.
const DATABASE_PAUSE: Duration = Duration::from_secs(3);
/// Seconds before the second attempt; doubles up to [`MAX_BACKOFF`].
const FIRST_BACKOFF: i64 = 1;
const MAX_BACKOFF: i64 = 30;

/// Dispatches until it is told to stop.
pub async fn run(app: App, kubernetes: Kubernetes, stop: CancellationToken) {
    let wake = Notify::new();
    let listen = listen(&app, &wake);
    let workers = futures::future::join_all((0..WORKERS).map(|_| worker(&app, &kubernetes, &wake)));
    tokio::select! {
        () = stop.cancelled() => {}
        () = listen => {}
        _ = workers => {}
    }
}

async fn listen(app: &App, wake: &Notify) {
    loop {
        if let Err(error) = listen_once(app, wake).await {
            tracing::warn!(%error, "cannot listen for changed servers; polling goes on");
        }
        tokio::time::sleep(DATABASE_PAUSE).await;
    }
}

async fn listen_once(app: &App, wake: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(&app.pool).await?;
    listener.listen(queue::CHANNEL).await?;
    loop {
        listener.recv().await?;
        wake.notify_one();
    }
}

async fn worker(app: &App, kubernetes: &Kubernetes, wake: &Notify) {
    loop {
        match work(app, kubernetes).await {
            Ok(true) => {}
            Ok(false) => {
                let _ = tokio::time::timeout(POLL, wake.notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "a server could not be dispatched");
                tokio::time::sleep(DATABASE_PAUSE).await;
            }
        }
    }
}

/// Does one thing that is due; `false` when there was none.
async fn work(app: &App, kubernetes: &Kubernetes) -> Result<bool, DispatchError> {
    Ok(catalogue::make_one(app, kubernetes).await?
        || dispatch_one(app, kubernetes).await?
        || acknowledge::deliver_one(app, kubernetes).await?)
}

/// Dispatches one due server; `false` when there was none.
pub async fn dispatch_one(app: &App, kubernetes: &Kubernetes) -> Result<bool, DispatchError> {
    let mut transaction = app.pool.begin().await?;
    let Some(claimed) = queue::claim(&mut transaction, app.env.now()).await? else { return Ok(false) };
    let server = claimed.server;
    let outcome = match server::dispatch(app, kubernetes, &mut transaction, server).await {
        Ok(outcome) => outcome,
        Err(error) if error.is_about_the_server() => {
            transaction.rollback().await?;
            return set_aside(app, &claimed, &error).await;
        }
        Err(error) => return Err(error),
    };
    let now = app.env.now();
    match &outcome {
        Outcome::Done { revision } => queue::unmark(&mut transaction, server, *revision).await?,
        Outcome::Waiting => queue::postpone(&mut transaction, server, now + TimeDelta::seconds(2), false).await?,
        Outcome::Again => {}
        Outcome::Retry { reason, message } => {
            let wait = backoff(&claimed);
            tracing::warn!(%server, reason, attempts = claimed.attempts, "not dispatched, tried again later: {message}");
            outcome::tell_waiting(&mut transaction, server, reason, message, now).await?;
            queue::postpone(&mut transaction, server, now + wait, true).await?;
        }
    }
    transaction.commit().await?;
    app.metrics.dispatches.get_or_create(&OutcomeLabels { outcome: outcome.name() }).inc();
    Ok(true)
}

/// One server that cannot be dispatched never keeps the others waiting: it goes behind them, and says so.
async fn set_aside(app: &App, claimed: &Claimed, error: &DispatchError) -> Result<bool, DispatchError> {
    let (server, now) = (claimed.server, app.env.now());
    tracing::error!(%server, %error, attempts = claimed.attempts, "a server could not be dispatched");
    let mut transaction = app.pool.begin().await?;
    let message = "Slipway cannot read or record what it needs for this. Ask the provider, naming this operation.";
    outcome::tell_waiting(&mut transaction, server, "NotDispatched", message, now).await?;
    queue::postpone(&mut transaction, server, now + backoff(claimed), true).await?;
    transaction.commit().await?;
    app.metrics.dispatches.get_or_create(&OutcomeLabels { outcome: "error" }).inc();
    Ok(true)
}

fn backoff(claimed: &Claimed) -> TimeDelta {
    let doubled = FIRST_BACKOFF << claimed.attempts.clamp(0, 5);
    TimeDelta::seconds(doubled.min(MAX_BACKOFF))
}

/// What keeps a dispatch from being recorded; the server stays marked.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("server {server}: {source}")]
    Password { server: ServerId, source: KeptError },
}

impl DispatchError {
    /// Whether another server may fare better: Postgres is there, and two transactions did not just cross (class 40).
    fn is_about_the_server(&self) -> bool {
        let (Self::Database(error) | Self::Password { source: KeptError::Database(error), .. }) = self else {
            return true;
        };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        let crossed = code.is_some_and(|code| code.starts_with("40"));
        !is_database_away(error) && !crossed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_between_attempts_doubles_up_to_a_bound() {
        let pause = |attempts| backoff(&Claimed { server: ServerId(uuid::Uuid::nil()), attempts }).num_seconds();
        assert_eq!([0, 1, 2, 3, 9].map(pause), [1, 2, 4, 8, 30]);
    }
}
