//! `kubectl slipway`: put this binary on the PATH.

use clap::Parser as _;
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use slipway_operator::plugin::{Cli, run};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let options = KubeConfigOptions { context: cli.context.clone(), ..KubeConfigOptions::default() };
    let config = match &cli.kubeconfig {
        Some(path) => Config::from_custom_kubeconfig(Kubeconfig::read_from(path)?, &options).await?,
        None => Config::from_kubeconfig(&options).await?,
    };
    let namespace = cli.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
    print!("{}", run(Client::try_from(config)?, &namespace, &cli.command).await?);
    Ok(())
}
