//! `pve-testbed`: a Proxmox VE API on a port.

mod arguments;
mod readme;

use std::{
    collections::BTreeSet,
    fs,
    net::IpAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result};
use arguments::{Arguments, Command};
use pve_testbed::{
    Scenario, World, conformance,
    server::{Handle, Options, StateDir, serve},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// The nodes when neither the command line nor a scenario names them.
const NODES: [&str; 2] = ["pve1", "pve2"];
/// The seed when neither the command line nor a scenario gives one.
const SEED: u64 = 7;

#[tokio::main]
async fn main() -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::of_process();
    match &arguments.command {
        Some(Command::Conformance { folder }) => {
            let report =
                conformance::run(folder).await.with_context(|| format!("cannot replay {}", folder.display()))?;
            print!("{report}");
            return Ok(());
        }
        Some(Command::Readme(sources)) => {
            print!("{}", readme::write(sources).await?);
            return Ok(());
        }
        None => {}
    }
    let state = StateDir::open(&arguments.state_dir)
        .with_context(|| format!("cannot use the state directory {}", arguments.state_dir.display()))?;
    let handle = start(&arguments, &state).await?;
    run(handle, &state).await
}

async fn start(arguments: &Arguments, state: &StateDir) -> Result<Handle> {
    let saved = state.load().with_context(|| format!("cannot read {}", state.path("state.json").display()))?;
    if saved.is_some() && (arguments.scenario.is_some() || arguments.seed.is_some()) {
        tracing::warn!("the machines saved there go on: --scenario and --seed count at a first start only");
    }
    if let (Some(world), Some(nodes)) = (&saved, &arguments.nodes) {
        let there = world.node_names();
        if nodes.iter().collect::<BTreeSet<_>>() != there.iter().collect() {
            let there = there.join(",");
            tracing::warn!(
                "the machines saved there go on with the nodes {there}: --nodes counts at a first start only"
            );
        }
    }
    let mut world = match saved {
        Some(world) => world,
        None => first_world(arguments)?,
    };
    let extra: Vec<IpAddr> = Some(arguments.listen.ip()).filter(|ip| !ip.is_unspecified()).into_iter().collect();
    let tls = state.tls(&world.node_names(), &extra).context("cannot make TLS certificates")?;
    world.set_fingerprint(&tls.fingerprint()?);
    if arguments.real_clocks {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        world.keep_real_time(u64::try_from(unix)?, arguments.speed);
    }
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

/// The world of a first start.
fn first_world(arguments: &Arguments) -> Result<World> {
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let Some(path) = &arguments.scenario else {
        let seed = arguments.seed.unwrap_or(SEED);
        let nodes = arguments.nodes.clone().unwrap_or_else(|| NODES.map(str::to_owned).to_vec());
        return Ok(World::builder(seed).nodes(nodes).epoch(epoch).build());
    };
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the scenario {}", path.display()))?;
    let wrong = || format!("the scenario {} cannot be played", path.display());
    let scenario = Scenario::read(&text).with_context(wrong)?;
    scenario.build(arguments.seed.or(scenario.seed()).unwrap_or(SEED), epoch).with_context(wrong)
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
