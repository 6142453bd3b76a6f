//! The world behind TLS, in real time. HTTP/1.1 is spoken by hand rather than by a web framework, because the real
//! server does things a framework does not let through: two `Connection` headers on one answer with the connection
//! kept open, free-text reason phrases, no chunked bodies, connections that just end.

mod connection;
mod control;
mod driver;
mod http;
mod state;
mod tls;
mod upload;
mod websocket;

use std::{net::SocketAddr, sync::Arc};

use driver::Driver;
pub use driver::{CallCounts, Clock};
pub use state::StateDir;
pub use tls::TlsMaterial;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use crate::{request::Millis, world::World};

/// How a server runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// Virtual seconds a real second.
    pub speed: f64,
    /// Serves `/testbed/faults` and `/testbed/time`.
    pub control: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { speed: 20.0, control: false }
    }
}

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    ca_pem: String,
    driver: Arc<Driver>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Handle {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https://127.0.0.1:8006`.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate authority that clients must trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Looks into the world, or changes it (injects a fault, makes a token), at the present virtual time.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.driver.with_world(look)
    }

    /// Lets virtual time pass up to `to`, and whoever waits for an answer that became due take it.
    pub async fn advance(&self, to: Millis) {
        self.driver.advance(to);
        tokio::task::yield_now().await;
    }

    /// Calls that have no answer yet.
    pub fn waiting(&self) -> usize {
        self.driver.waiting()
    }

    /// What it was asked over HTTP since it began.
    pub fn calls(&self) -> CallCounts {
        self.driver.calls()
    }

    /// True when calls came in since it was asked last: the state is worth saving.
    pub fn take_dirty(&self) -> bool {
        self.driver.take_dirty()
    }

    /// Stops listening and waits for the tasks to end; returns the world as it is.
    pub async fn shutdown(mut self) -> World {
        let _ = self.stop.send(true);
        for task in self.tasks.drain(..) {
            let _ = task.await;
        }
        self.driver.with_world(|world| world.clone())
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// Serves a world on a listener. Must be called inside a tokio runtime.
pub fn serve(world: World, listener: TcpListener, tls: &TlsMaterial, options: &Options) -> std::io::Result<Handle> {
    serve_by(world, listener, tls, Clock::Running { speed: options.speed }, options.control)
}

/// As [`serve`], by a clock of one's choice.
pub fn serve_by(
    world: World,
    listener: TcpListener,
    tls: &TlsMaterial,
    clock: Clock,
    control: bool,
) -> std::io::Result<Handle> {
    let address = listener.local_addr()?;
    let acceptor = TlsAcceptor::from(tls.server_config()?);
    let driver = Arc::new(Driver::new(world, clock));
    let (stop, stopped) = watch::channel(false);
    let ticking = tokio::spawn(Arc::clone(&driver).run(stopped.clone()));
    let accept = tokio::spawn(accept(listener, acceptor, Arc::clone(&driver), control, stopped));
    Ok(Handle { address, ca_pem: tls.ca_pem.clone(), driver, stop, tasks: vec![ticking, accept] })
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    driver: Arc<Driver>,
    control: bool,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        match stream {
            Ok((stream, _)) => {
                let (acceptor, driver) = (acceptor.clone(), Arc::clone(&driver));
                tokio::spawn(async move {
                    if let Err(error) = connection::serve(stream, acceptor, driver, control).await {
                        tracing::debug!(%error, "connection ended");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "cannot accept a connection"),
        }
    }
}
