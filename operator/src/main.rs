//! `slipway-operator`: runs the operator, or gives a control plane its identity.

use clap::{Parser, Subcommand};
use kube::Client;
use slipway_operator::{
    adopt::{
        AdoptArgs, adopt,
        inventory::{InventoryArgs, inventory},
    },
    config::Config,
    init::init,
    probe::{ProbeArgs, probe},
    run::run,
    telemetry,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The objects of a fleet stay for days among the buffers of every read: other allocators keep a quarter more.
#[cfg(not(feature = "dhat"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "dhat")]
#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

#[derive(Parser)]
#[command(version, about = "Reconciles VirtualServers against Proxmox VE")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the operator until it is told to stop or loses its Lease.
    Run(Config),
    /// Shows VMs that are there already as servers that adopt them, or creates those (`--apply`).
    Adopt(Box<AdoptArgs>),
    /// Prints every machine of the sites as JSON, for a migration to compare its services with.
    Inventory(InventoryArgs),
    /// Makes the Installation object (or answers the one that is there) and prints its id.
    Init {
        /// `new`; or the id of an installation that is moved here; or, again, the id that is here: then other
        /// installations with a pool on our sites are meant to be there.
        #[arg(long)]
        installation: String,
    },
    /// Asks addresses until each has answered 200; fails when one has not in time. For `helm test`.
    Probe(ProbeArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    #[cfg(feature = "dhat")]
    let _profile = dhat::Profiler::builder()
        .file_name(format!("dhat-{}.json", std::process::id()))
        .trim_backtraces(Some(100)) // Objects of Kubernetes are read by many small functions within each other.
        .build();
    let cli = Cli::parse();
    let _telemetry = telemetry::start()?;
    if let Command::Probe(args) = cli.command {
        return Ok(probe(&args).await?);
    }
    let client = Client::try_default().await?;
    match cli.command {
        Command::Probe(_) => Ok(()),
        Command::Init { installation } => {
            println!("{}", init(client, &installation).await?);
            Ok(())
        }
        Command::Adopt(args) => {
            print!("{}", adopt(client, &args).await?);
            Ok(())
        }
        Command::Inventory(args) => {
            print!("{}", inventory(client, &args).await?);
            Ok(())
        }
        Command::Run(config) => {
            let stop = CancellationToken::new();
            let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
            let stopping = stop.clone();
            tokio::spawn(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                stopping.cancel();
            });
            run(client, config, stop).await
        }
    }
}
