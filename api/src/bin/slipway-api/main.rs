//! The binary: reads the command line and runs one command.

use anyhow::Context as _;
use clap::Parser as _;
use slipway_api::environment::{Env, System};
use slipway_api::mirror::resync;
use slipway_api::{app, openapi, schema, telemetry};
use sqlx::Connection as _;

use crate::config::{Cli, Command};

mod admin;
mod config;
mod database_secret;
mod kubeconfig;
mod serve;

/// Each hash of a password fills 19 MiB for a moment, which other allocators keep.
#[cfg(not(feature = "dhat"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "dhat")]
#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    #[cfg(feature = "dhat")]
    let _profile = dhat::Profiler::builder()
        .file_name(format!("dhat-{}.json", std::process::id()))
        .trim_backtraces(Some(40))
        .build();
    telemetry::init();
    match Cli::parse().command {
        Command::Serve(config) => serve::serve(*config).await,
        Command::Migrate(database) => {
            let pool = app::connect_lazily(database.database_url, 1);
            schema::migrate(&pool).await.context("the schema could not be brought up to date")
        }
        Command::Admin(command) => {
            println!("{}", admin::run(command).await?);
            Ok(())
        }
        Command::Openapi => {
            print!("{}", openapi::json()?);
            Ok(())
        }
        Command::Resync(command) => {
            let mut connection = sqlx::PgConnection::connect_with(&command.database.database_url).await?;
            let mut transaction = connection.begin().await?;
            resync::resync(&mut transaction, command.accept_deletions, Env::new(System).now()).await?;
            transaction.commit().await?;
            Ok(())
        }
        Command::Kubeconfig(command) => {
            println!("{}", kubeconfig::run(command).await?);
            Ok(())
        }
        Command::DatabaseSecret(command) => database_secret::run(command).await,
    }
}
