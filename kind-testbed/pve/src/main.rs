//! `pve-testbed`: a Proxmox VE API on a port.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use pve_testbed::{
    World,
    server::{Handle, Options, StateDir, serve},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

const EXAMPLES: &str = "\
Try it:

  pve-testbed --state-dir /tmp/pve &
  curl --cacert /tmp/pve/ca.pem -H \"Authorization: $(cat /tmp/pve/token)\" https://127.0.0.1:8006/api2/json/nodes

The state directory keeps the certificate authority (ca.pem), the root token (token, as the value of the
Authorization header), the address (url) and the machines (state.json): start it again and they are still there.

Break something (with --control):

  curl --cacert /tmp/pve/ca.pem https://127.0.0.1:8006/testbed/faults -d '{\"fault\":\"node-down\",\"node\":\"pve2\"}'
  other faults: node-up, unreachable, answer-lost, worker-death, storage-full, quorum-lost, acl-lost,
  foreign-vm, guest-deaf, guest-off
  DELETE /testbed/faults switches the lasting ones off.";

/// A stateful Proxmox VE 9.2 API for tests.
///
/// Two nodes in one cluster, templates Ubuntu 22.04/24.04 and Debian 12/13 on each (VMIDs 9000-9003 on the first node,
/// 9010-9013 on the second), storages local, local-lvm and data. Tasks take time, locks wait, guests boot, statistics
/// lag, permissions hold: as on a real one, only `--speed` times as fast.
#[derive(Debug, Parser)]
#[command(version, verbatim_doc_comment, after_long_help = EXAMPLES)]
struct Arguments {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8006")]
    listen: SocketAddr,

    /// Decides every number that would be random: tokens, MAC addresses, UUIDs. Used at first start only.
    #[arg(long, default_value_t = 7)]
    seed: u64,

    /// Virtual seconds a real second.
    #[arg(long, default_value_t = 20.0)]
    speed: f64,

    /// Names of the nodes, separated by commas. Used at first start only.
    #[arg(long, default_value = "pve1,pve2", value_delimiter = ',')]
    nodes: Vec<String>,

    /// Where certificates, token and machines are kept.
    #[arg(long, default_value = "pve-testbed-state")]
    state_dir: PathBuf,

    /// Also make a token with no more than Slipway's operator needs for the pool slipway-INSTALLATION, and write it to
    /// the file operator-token.
    #[arg(long, value_name = "INSTALLATION")]
    least_privilege: Option<String>,

    /// Serve /testbed/faults, by which tests switch faults on and off.
    #[arg(long)]
    control: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    ensure!(arguments.speed > 0.0, "--speed {} makes no time pass: give a number above 0", arguments.speed);
    ensure!(!arguments.nodes.is_empty(), "--nodes is empty: a cluster has at least one node");
    let state = StateDir::open(&arguments.state_dir)
        .with_context(|| format!("cannot use the state directory {}", arguments.state_dir.display()))?;
    let handle = start(&arguments, &state).await?;
    run(handle, &state).await
}

async fn start(arguments: &Arguments, state: &StateDir) -> Result<Handle> {
    let saved = state.load().with_context(|| format!("cannot read {}", state.path("state.json").display()))?;
    let mut world = if let Some(world) = saved {
        world
    } else {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        World::builder(arguments.seed).nodes(arguments.nodes.clone()).epoch(epoch).build()
    };
    let extra: Vec<IpAddr> = Some(arguments.listen.ip()).filter(|ip| !ip.is_unspecified()).into_iter().collect();
    let tls = state.tls(&world.node_names(), &extra).context("cannot make TLS certificates")?;
    world.set_fingerprint(&tls.fingerprint()?);
    let root = format!("PVEAPIToken={}", world.root_token());
    state.write("token", root.as_bytes())?;
    if let Some(installation) = &arguments.least_privilege {
        let token = format!("PVEAPIToken={}", world.least_privilege_token(installation).token);
        state.write("operator-token", token.as_bytes())?;
    }
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}: is another testbed running there?", arguments.listen))?;
    let options = Options { speed: arguments.speed, control: arguments.control };
    let handle = serve(world, listener, &tls, &options)?;
    state.write("url", handle.url().as_bytes())?;
    println!("url    {}", handle.url());
    println!("ca     {}", state.path("ca.pem").display());
    println!("token  {root}");
    Ok(handle)
}

/// Saves the state every few seconds, and once more when told to end.
async fn run(handle: Handle, state: &StateDir) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut save = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = tokio::signal::ctrl_c() => break,
            _ = save.tick() => {
                if handle.take_dirty() {
                    let world = handle.with_world(|world| world.clone());
                    handle.take_dirty();
                    state.save(&world).context("cannot save the state")?;
                }
            }
        }
    }
    let world = handle.shutdown().await;
    state.save(&world).context("cannot save the state")
}
