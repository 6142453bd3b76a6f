//! A server as a process of its own, so that its memory is its own: the API's real router and listener, or the bare one.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use slipway_api::{app, console::Console, http::listener, router, telemetry};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio_util::sync::CancellationToken;

use super::{
    bare,
    world::{World, make_app},
};
use crate::machine;

/// As the product's.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    #[arg(long)]
    listen: SocketAddr,
    /// Of the world's database.
    #[arg(long, env = "DATABASE_URL")]
    database: PgConnectOptions,
    #[arg(long)]
    connections: u32,
    #[arg(long)]
    keys: PathBuf,
    /// Nothing but axum, sqlx and the same statements.
    #[arg(long)]
    bare: bool,
}

/// Serves until it is killed.
pub(crate) fn serve(options: &Options) -> Result<()> {
    // A line a request, as the product writes.
    telemetry::init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(options.listen).await?;
        if options.bare {
            let pool = PgPoolOptions::new().max_connections(options.connections);
            axum::serve(listener, bare::router(pool.connect_lazy_with(options.database.clone()))).await?;
        } else {
            let pool = app::connect_lazily(options.database.clone(), options.connections);
            let routes = router::router(make_app(pool, &options.keys)?, Console::Absent);
            listener::serve(listener, routes, HEADER_TIMEOUT, CancellationToken::new()).await;
        }
        Ok(())
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Real,
    Bare,
}

pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    pub(super) async fn start(world: &World, kind: Kind, connections: u32) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["api-server", "--listen", &address.to_string(), "--connections", &connections.to_string(), "--keys"])
            .arg(&world.keys)
            .args((kind == Kind::Bare).then_some("--bare"))
            .env("DATABASE_URL", world.url())
            .env_remove("RUST_LOG")
            .stdout(Stdio::null());
        let server = Self { child: command.spawn().context("a server could not be started")?, address };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the server at {address} does not answer")
    }

    /// Resident memory in bytes.
    pub(super) fn resident(&self) -> u64 {
        machine::memory(&self.child.id().to_string(), "VmRSS")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
