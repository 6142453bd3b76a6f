//! `testbed whmcs`: databases to migrate from.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::Subcommand;
use mysql_async::Opts;
use whmcs_testbed::{
    schema::Variant,
    secret::CC_ENCRYPTION_HASH,
    seed::{self, Options, Seeded, catalogue::Module},
};

use crate::{
    machines::{self, Made},
    mariadb::MariaDb,
    proxmox::Proxmox,
    slipway::Stack,
};

/// The database that `testbed up` makes.
pub const SAMPLE: &str = "whmcs";

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
        /// Only services of this module, as its folder is called: with `pvewhmcs` and no messiness, each has eight answers and
        /// four values.
        #[arg(long, value_parser = Module::parse)]
        only: Option<Module>,
        #[arg(long, default_value = "whmcs")]
        database: String,
        /// The server, with an account that makes databases; the testbed's own otherwise.
        #[arg(long, env = "WHMCS_DATABASE_URL", hide_env_values = true)]
        source: Option<String>,
        #[arg(long, env = "SLIPWAY_PORT_MARIADB", default_value_t = 3307)]
        port: u16,
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
    /// Makes the machines of a seeded database in the running Proxmox VE testbed.
    Machines {
        /// What `seed --machines` wrote.
        #[arg(long)]
        file: PathBuf,
        #[arg(long, env = "SLIPWAY_PORT_PROXMOX", default_value_t = 8006)]
        port: u16,
        /// Where the testbed keeps its certificate and token; that of the state folder otherwise.
        #[arg(long)]
        proxmox_dir: Option<PathBuf>,
        /// The pool to put them into.
        #[arg(long)]
        pool: Option<String>,
    },
}

pub async fn run(command: Command, state: &Path) -> anyhow::Result<()> {
    match command {
        Command::Seed {
            clients,
            seed,
            messiness,
            variant,
            only,
            database,
            source,
            port,
            today,
            truth,
            machines,
            catalogue,
        } => {
            let machines = Some(machines).filter(|path| path.as_os_str() != "none");
            let options =
                Options { clients, seed, messiness, variant, only, database, today, truth, machines, catalogue };
            let own = || MariaDb::new(state.join("mariadb"), port, true).url();
            make(&source.unwrap_or_else(own), options).await
        }
        Command::Machines { file, port, proxmox_dir, pool } => {
            let proxmox = Proxmox::new(proxmox_dir.unwrap_or_else(|| state.join("proxmox")), port);
            let Made { made, there, taken } = machines::make(&proxmox, &file, pool.as_deref()).await?;
            println!("{made} machines made, {there} were there");
            if !taken.is_empty() {
                let numbers: Vec<String> = taken.iter().map(ToString::to_string).collect();
                let numbers = numbers.join(", ");
                println!("{} were not made, as machines of other names have their numbers: {numbers}", taken.len());
            }
            Ok(())
        }
    }
}

async fn make(source: &str, options: Options) -> anyhow::Result<()> {
    let (began, database) = (Instant::now(), options.database.clone());
    let made = seed_at(source, options).await?;
    println!(
        "database {database}: {} clients, {} services, {} rows in {:.1} s",
        made.clients,
        made.services,
        made.rows,
        began.elapsed().as_secs_f64()
    );
    for (kind, times) in made.damage {
        println!("  {kind:<18} {times:>8}");
    }
    Ok(())
}

async fn seed_at(source: &str, options: Options) -> anyhow::Result<Seeded> {
    let server = Opts::from_url(source).context("--source is no URL like mysql://user:password@host:3306")?;
    Ok(seed::seed(&server, options).await?)
}

/// Fills a fresh testbed with a small host that has been in business for years, and its machines; the same each time.
pub async fn sample(stack: &Stack) -> anyhow::Result<()> {
    let folder = stack.state.join("whmcs");
    let marker = folder.join("made");
    if marker.exists() {
        return Ok(());
    }
    let began = Instant::now();
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("encryption-key"), CC_ENCRYPTION_HASH)?;
    let options = Options {
        clients: 25,
        // Of the first few, one of those with most sound servers.
        seed: 1,
        messiness: 0.05,
        variant: Variant::V8,
        only: None,
        database: SAMPLE.to_owned(),
        today: NaiveDate::from_ymd_opt(2026, 12, 1).context("no day")?,
        truth: Some(folder.join("truth.jsonl")),
        machines: Some(folder.join("machines.jsonl")),
        catalogue: Some(folder.join("catalogue.json")),
    };
    let made = seed_at(&stack.mariadb.url(), options).await?;
    let pool = Proxmox::pool(&stack.installation().await?);
    let machines = machines::make(&stack.proxmox, &folder.join("machines.jsonl"), Some(&pool)).await?.made;
    fs::write(marker, "")?;
    println!(
        "    a WHMCS of {} clients and {} services, and {machines} machines, made in {:.1} s",
        made.clients,
        made.services,
        began.elapsed().as_secs_f32()
    );
    Ok(())
}
