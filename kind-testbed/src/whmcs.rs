//! `testbed whmcs`: databases to migrate from.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::Subcommand;
use mysql_async::Opts;
use whmcs_testbed::{
    schema::Variant,
    seed::{self, Options},
};

#[derive(Subcommand)]
pub enum Command {
    /// Makes a database anew: the same for the same seed.
    Seed {
        #[arg(long, default_value_t = 25)]
        clients: u32,
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// The share of services and clients that get damage, 0 to 1.
        #[arg(long, default_value_t = 0.1)]
        messiness: f64,
        /// 8.13, or 7.x without users of their own.
        #[arg(long, default_value = "8.13", value_parser = Variant::parse)]
        variant: Variant,
        #[arg(long, default_value = "whmcs")]
        database: String,
        /// The server, with an account that makes databases.
        #[arg(
            long,
            env = "WHMCS_DATABASE_URL",
            default_value = "mysql://slipway:slipway@127.0.0.1:3307",
            hide_env_values = true
        )]
        source: String,
        /// What day it is there.
        #[arg(long, default_value = "2026-12-01")]
        today: NaiveDate,
        /// Where to write what each row really is, as JSON Lines.
        #[arg(long)]
        truth: Option<PathBuf>,
        /// Where to write which machines the hypervisor holds, as JSON Lines; `none` for nowhere.
        #[arg(long, default_value = "none")]
        machines: PathBuf,
        /// Where to write the images, regions, plans and servers that there are, as JSON.
        #[arg(long)]
        catalogue: Option<PathBuf>,
    },
}

pub async fn run(command: Command, _state: &Path) -> anyhow::Result<()> {
    match command {
        Command::Seed { clients, seed, messiness, variant, database, source, today, truth, machines, catalogue } => {
            let machines = Some(machines).filter(|path| path.as_os_str() != "none");
            let options = Options { clients, seed, messiness, variant, database, today, truth, machines, catalogue };
            make(&source, options).await
        }
    }
}

async fn make(source: &str, options: Options) -> anyhow::Result<()> {
    let server = Opts::from_url(source).with_context(|| "--source is no URL like mysql://user:password@host:3306")?;
    let (began, database) = (Instant::now(), options.database.clone());
    let made = seed::seed(&server, options).await?;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "database {database}: {} clients, {} services, {} rows in {seconds:.1} s",
        made.clients, made.services, made.rows
    );
    for (kind, times) in made.damage {
        println!("  {kind:<18} {times:>8}");
    }
    Ok(())
}
