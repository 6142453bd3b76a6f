//! `kubectl slipway`: what one would otherwise write a manifest or read a status for. It talks to Kubernetes only (`adopt`
//! reads the site too), as the person who calls it.

mod act;
mod explain;
mod undelete;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use kube::{Api, Client, api::ListParams};
use slipway_crds::{Verb, VirtualServer, VirtualServerAction};

use crate::{
    adopt::{AdoptArgs, AdoptError, adopt},
    kubernetes::{KubernetesError, timed},
};

pub use explain::{explain, plan};

#[derive(Debug, Parser)]
#[command(name = "kubectl slipway", version, about = "Virtual servers of Slipway, by kubectl")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// The namespace; the context's when absent.
    #[arg(long, short, global = true)]
    pub namespace: Option<String>,
    #[arg(long, global = true)]
    pub context: Option<String>,
    /// As of kubectl.
    #[arg(long, global = true)]
    pub kubeconfig: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// What will be done next with a server, and what it waits for.
    Plan(Name),
    /// How a server is, why, and what you can do about it.
    Explain(Name),
    /// Power on.
    Start(Act),
    /// Ask the guest to power off; with --force, cut the power.
    Stop(Stop),
    /// Shut down and start again, which applies what waits for a restart.
    Restart(Act),
    /// Show VMs that are there already as servers that adopt them, or create those (--apply).
    Adopt(Box<AdoptArgs>),
    /// Take back the VM of a server that was deleted.
    Undelete(Undelete),
}

#[derive(Debug, Args)]
pub struct Name {
    /// The server.
    pub name: String,
}

#[derive(Debug, Args)]
pub struct Act {
    /// The server.
    pub name: String,
    /// How long to wait for its end, in seconds; 0 does not wait.
    #[arg(long, default_value_t = 180)]
    pub timeout: u64,
}

#[derive(Debug, Args)]
pub struct Stop {
    #[command(flatten)]
    pub act: Act,
    /// Cut the power instead of asking the guest.
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Undelete {
    /// The name that the server had, and has again.
    pub name: String,
    /// Its uid then. Who may read the records of deleted servers need not name it.
    #[arg(long)]
    pub uid: Option<String>,
    /// The site that it was on.
    #[arg(long)]
    pub site: Option<String>,
    /// Its plan.
    #[arg(long)]
    pub plan: Option<String>,
    /// Its image.
    #[arg(long)]
    pub image: Option<String>,
    /// How long to wait until it is back, in seconds; 0 does not wait.
    #[arg(long, default_value_t = 180)]
    pub timeout: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    #[error("there is no VirtualServer `{name}` in namespace `{namespace}`")]
    NoServer { namespace: String, name: String },
    #[error("{verb:?} of {name}: {phase}{}", if message.is_empty() { String::new() } else { format!(": {message}") })]
    Ended { verb: Verb, name: String, phase: String, message: String },
    #[error("{what} did not end within {} s; see `kubectl get vpsaction` and `kubectl slipway explain {name}`", waited.as_secs())]
    StillRuns { what: String, name: String, waited: Duration },
    #[error("name --{0}: it cannot be read from a RetainedServer")]
    Unknown(&'static str),
    #[error("no deleted server `{name}` of namespace `{namespace}` is kept any more")]
    NothingKept { namespace: String, name: String },
    #[error("more than one deleted server `{name}` is kept; name one of these with --uid: {uids}")]
    Several { name: String, uids: String },
}

/// The text for standard output.
///
/// # Errors
/// Says what to do; an action that ended badly is one too.
pub async fn run(client: Client, namespace: &str, command: &Command) -> Result<String, PluginError> {
    match command {
        Command::Plan(of) => Ok(plan(&server(&client, namespace, &of.name).await?)),
        Command::Explain(of) => {
            let server = server(&client, namespace, &of.name).await?;
            let actions: Api<VirtualServerAction> = Api::namespaced(client.clone(), namespace);
            let mut actions = timed(actions.list(&ListParams::default())).await?.items;
            actions.retain(|a| a.spec.server_ref.name == of.name);
            Ok(explain(&server, &actions))
        }
        Command::Start(args) => act::act(client, namespace, args, Verb::Start).await,
        Command::Stop(args) => {
            act::act(client, namespace, &args.act, if args.force { Verb::Stop } else { Verb::Shutdown }).await
        }
        Command::Restart(args) => act::act(client, namespace, args, Verb::Restart).await,
        Command::Adopt(args) => Ok(adopt(client, args).await?),
        Command::Undelete(args) => undelete::undelete(client, namespace, args).await,
    }
}

async fn server(client: &Client, namespace: &str, name: &str) -> Result<VirtualServer, PluginError> {
    let api: Api<VirtualServer> = Api::namespaced(client.clone(), namespace);
    let found = timed(api.get_opt(name)).await?;
    found.ok_or_else(|| PluginError::NoServer { namespace: namespace.to_owned(), name: name.to_owned() })
}
