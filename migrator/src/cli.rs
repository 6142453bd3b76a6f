//! The command line. Every flag has an environment variable, so that a Job needs no arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "slipway-migrate", version, about = "Leave WHMCS: check, map, run, verify, report")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// JSON for machines instead of text for people.
    #[arg(long, global = true, env = "SLIPWAY_MIGRATE_JSON")]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Looks at the source, changes nothing, and says what stands in the way.
    Check(CheckArgs),
    /// Proposes a mapping from what is there; nothing is applied.
    Map(MapArgs),
    /// Carries over.
    Run(RunArgs),
    /// Compares source, target and hypervisors: counts, money to the cent, machines.
    Verify(VerifyArgs),
    /// A page for the owner: what moved, what did not and why, what needs a decision.
    Report(ReportArgs),
    /// Removes what one run made, and nothing else.
    Rollback(RollbackArgs),
}

#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// The WHMCS database: `mysql://user:password@host:3306/database`
    #[arg(long, env = "WHMCS_DATABASE_URL", hide_env_values = true)]
    pub source: String,
}

#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// Slipway's database: `postgres://user:password@host/database`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub target: String,
    /// How long to wait for the target's schema and for the inventory, in seconds. A Job waits; people need not.
    #[arg(long, env = "SLIPWAY_MIGRATE_WAIT_SECONDS", default_value_t = 0)]
    pub wait_seconds: u64,
}

#[derive(Debug, Clone, Args)]
pub struct MappingArgs {
    #[arg(long, env = "SLIPWAY_MIGRATE_MAPPING", default_value = "mapping.yaml")]
    pub mapping: PathBuf,
}

/// What runs on the hypervisors: from a file, or from the operator.
#[derive(Debug, Clone, Args)]
pub struct InventoryArgs {
    /// What `slipway-operator inventory` printed; no operator is asked then.
    #[arg(long, env = "SLIPWAY_MIGRATE_INVENTORY")]
    pub inventory: Option<PathBuf>,
    /// The operator's internal endpoint, as `http://slipway-operator:8090`
    #[arg(long, env = "SLIPWAY_OPERATOR_URL")]
    pub operator_url: Option<String>,
    /// A file with a `ServiceAccount` token of audience `slipway-operator`.
    #[arg(long, env = "SLIPWAY_OPERATOR_TOKEN_FILE", requires = "operator_url")]
    pub operator_token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// A file with `$cc_encryption_hash` of configuration.php, to see whether it is the right one.
    #[arg(long, env = "SLIPWAY_MIGRATE_ENCRYPTION_KEY_FILE")]
    pub encryption_key_file: Option<PathBuf>,
    /// Goes on although the account could write to WHMCS.
    #[arg(long)]
    pub allow_writing_account: bool,
}

#[derive(Debug, Args)]
pub struct MapArgs {
    #[command(flatten)]
    pub source: Option<SourceArgs>,
    /// The name of this WHMCS in the target: records are known by it.
    #[arg(long, default_value = "whmcs")]
    pub name: String,
    /// Where the mapping goes.
    #[arg(long, short, default_value = "mapping.yaml")]
    pub output: PathBuf,
    /// Where the manifests go that the mapping needs.
    #[arg(long, default_value = "catalogue.yaml")]
    pub catalogue: PathBuf,
    /// What `slipway-operator inventory` printed: the sites, and what their machines are.
    #[arg(long, env = "SLIPWAY_MIGRATE_INVENTORY")]
    pub inventory: Option<PathBuf>,
    /// Writes over files that are there.
    #[arg(long)]
    pub force: bool,
    /// Prints the mapping's JSON Schema, for editors, and does nothing else.
    #[arg(long)]
    pub schema: bool,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
pub struct RunArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// Slipway's database; not needed with `--emit manifests`.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub target: Option<String>,
    /// How long to wait for the target's schema and for the inventory, in seconds. A Job waits; people need not.
    #[arg(long, env = "SLIPWAY_MIGRATE_WAIT_SECONDS", default_value_t = 0)]
    pub wait_seconds: u64,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub inventory: InventoryArgs,
    /// Prints the same and writes nothing.
    #[arg(long, env = "SLIPWAY_MIGRATE_DRY_RUN")]
    pub dry_run: bool,
    /// Seals the source: it was the last run, later ones do nothing.
    #[arg(long, env = "SLIPWAY_MIGRATE_CUTOVER")]
    pub cutover: bool,
    /// Changes more of what was migrated before than 5 of 100.
    #[arg(long, env = "SLIPWAY_MIGRATE_ACCEPT_CHANGES")]
    pub accept_changes: bool,
    /// A file of manifests (of `map`) that are made where they are missing.
    #[arg(long, env = "SLIPWAY_MIGRATE_CREATE_CATALOGUE")]
    pub create_catalogue: Option<PathBuf>,
    /// `manifests DIR`: `VirtualServers` for Git instead of rows in the target.
    #[arg(long, num_args = 2, value_names = ["WHAT", "DIR"])]
    pub emit: Option<Vec<String>>,
    /// Every row of consequence and what became of it, as JSON Lines.
    #[arg(long, env = "SLIPWAY_MIGRATE_ROWS")]
    pub rows: Option<PathBuf>,
    /// Goes on although the account could write to WHMCS.
    #[arg(long, env = "SLIPWAY_MIGRATE_ALLOW_WRITING_ACCOUNT")]
    pub allow_writing_account: bool,
    /// Ends with 0 where there are only findings: a Job that did its work has not failed.
    #[arg(long, env = "SLIPWAY_MIGRATE_TOLERATE_FINDINGS")]
    pub tolerate_findings: bool,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub inventory: InventoryArgs,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub source: SourceArgs,
    /// Slipway's database; without it, the report is about what would be carried over.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub target: Option<String>,
    #[command(flatten)]
    pub mapping: MappingArgs,
    #[command(flatten)]
    pub inventory: InventoryArgs,
    /// The page.
    #[arg(long, default_value = "report.html")]
    pub html: PathBuf,
    /// Every row of consequence and what became of it, as JSON Lines.
    #[arg(long)]
    pub rows: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RollbackArgs {
    #[command(flatten)]
    pub target: TargetArgs,
    /// The run's id, as `run` printed it.
    #[arg(long)]
    pub run: uuid::Uuid,
    /// Shows what would go, and removes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

impl MapArgs {
    pub fn inventory(&self) -> InventoryArgs {
        InventoryArgs { inventory: self.inventory.clone(), operator_url: None, operator_token_file: None }
    }
}
