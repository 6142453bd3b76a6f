//! `run`: compare, then write. What was migrated before is compared first, so that a run that would change too much of it
//! stops before it has changed anything, and one that has nothing to do writes nothing at all.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use slipway_api::environment::{Env, System};
use sqlx::PgPool;
use uuid::Uuid;

use super::Ended;
use super::drive::{Driven, Takes, drive};
use crate::cli::RunArgs;
use crate::emit::{EmitError, Emitter};
use crate::inventory::Machines;
use crate::mapping::{Mapping, ServerUse};
use crate::operator::{InventoryError, inventory};
use crate::outcome::{Fate, Outcome};
use crate::pass::PassError;
use crate::reading::{Reading, ReadingError, read_mapping};
use crate::story::Story;
use crate::target::delta::Tally;
use crate::target::loader::{Loaded, Loader};
use crate::target::run::{Lock, Migrated, NewRun, begin, finish, migrated, sealed};
use crate::target::{TargetError, catalogue, connect, offer, servers, vanished, wait_for_schema};

/// Of what was migrated before, a run changes so much without being told to.
const MAY_CHANGE: u64 = 5;
const MAY_CHANGE_PERCENT: u64 = 5;

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Reading(#[from] ReadingError),
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Pass(#[from] PassError),
    #[error("give --target postgres://… (DATABASE_URL), or --emit manifests DIR")]
    NoTarget,
    #[error("`{0}` cannot be emitted; say --emit manifests DIR")]
    Emit(String),
    #[error(transparent)]
    Manifest(#[from] EmitError),
    #[error("{path} cannot be written: {source}")]
    Rows { path: PathBuf, source: std::io::Error },
    #[error(
        "the catalogue lacks {}; make them, or run with --create-catalogue catalogue.yaml (of `slipway-migrate map`)",
        .0.join(", ")
    )]
    CatalogueIncomplete(Vec<String>),
    #[error("fill in what {path} leaves empty, nothing was written:\n  {}", .empty.join("\n  "))]
    CatalogueUnfilled { path: PathBuf, empty: Vec<String> },
    #[error(
        "this run would change {changes} of the {of} {what} that were migrated before, more than {MAY_CHANGE} and more than \
         {MAY_CHANGE_PERCENT} of 100; nothing was written. Look at it with --dry-run, and say --accept-changes if it is meant"
    )]
    TooMuch { what: &'static str, changes: u64, of: u64 },
    #[error("give --source mysql://… (WHMCS_DATABASE_URL)")]
    NoSource,
    #[error("{0} is there already; --force writes over it")]
    Exists(PathBuf),
    #[error("there is no run {0}; `slipway-migrate report` lists them")]
    NoRun(Uuid),
    #[error("the writer ended: {0}")]
    Writer(#[from] tokio::task::JoinError),
}

/// What a run prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// `None`: nothing was written.
    pub run: Option<Uuid>,
    pub dry_run: bool,
    pub source: String,
    /// By kind of record.
    pub records: BTreeMap<&'static str, Tally>,
    pub total: Tally,
    pub rows_read: u64,
    pub story: Story,
    pub sealed_at: Option<DateTime<Utc>>,
    /// Files that were written for Git.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifests: Option<u64>,
}

/// Carries over, or says what would be.
pub async fn run(args: &RunArgs, json: bool) -> Result<(Summary, Ended), RunError> {
    if let Some(emit) = &args.emit {
        return manifests(args, emit, json).await;
    }
    let target = args.target.as_ref().ok_or(RunError::NoTarget)?;
    let wait = Duration::from_secs(args.wait_seconds);
    let pool = connect(target, wait).await?;
    wait_for_schema(&pool, wait).await?;
    let reviewed = read_mapping(&args.mapping.mapping)?;
    let source = reviewed.mapping.source.clone();
    if let Some(at) = sealed(&pool, &source).await? {
        return Ok((nothing(&source, args.dry_run, Some(at)), Ended::Well));
    }
    let lock = if args.dry_run { None } else { Some(Lock::take(target).await?) };
    let mut machines = Machines::from(inventory(&args.inventory, &sites(&reviewed.mapping), wait).await?);
    for (site, vmid) in servers::of_others(&pool, &source).await? {
        machines.take(&site, vmid);
    }
    let machines = Arc::new(machines);
    let mut reading =
        Reading::open(&args.source.source, reviewed, machines.clone(), args.allow_writing_account).await?;
    let env = Env::new(System);
    let run = NewRun {
        id: env.uuid(),
        source: &source,
        mapping_hash: reading.mapping_hash,
        actor: &actor(&args.source.source),
    };
    let begun = complete_catalogue(&pool, args, &reading.mapping, &run, &env).await?;
    let loader = Loader {
        offer: Arc::new(offer::offer(&pool).await?),
        env: env.clone(),
        source: source.clone(),
        run: run.id,
        now: env.now(),
        write: false,
        holder: lock.as_ref().map(Lock::holder),
        machines,
        pool: pool.clone(),
    };
    let done = carry_over(&mut reading, &loader, args, &run, begun, json).await?;
    reading.close().await?;
    if let Some(lock) = lock {
        lock.release().await?;
    }
    let ended = if done.story.has_findings() { Ended::WithFindings } else { Ended::Well };
    Ok((done, ended))
}

/// Manifests for Git: no target is read or written.
async fn manifests(args: &RunArgs, emit: &[String], json: bool) -> Result<(Summary, Ended), RunError> {
    let [what, dir] = emit else { return Err(RunError::Emit(emit.join(" "))) };
    if what != "manifests" {
        return Err(RunError::Emit(what.clone()));
    }
    let reviewed = read_mapping(&args.mapping.mapping)?;
    let source = reviewed.mapping.source.clone();
    let wait = Duration::from_secs(args.wait_seconds);
    let machines = Arc::new(Machines::from(inventory(&args.inventory, &sites(&reviewed.mapping), wait).await?));
    let mut reading =
        Reading::open(&args.source.source, reviewed, machines.clone(), args.allow_writing_account).await?;
    let images = offer::images(&reading.mapping);
    let emitter = (!args.dry_run).then(|| Emitter::new(PathBuf::from(dir), &source, machines, images));
    let takes = Takes { emitter, rows: args.rows.clone(), ..Takes::default() };
    let driven = drive(&mut reading, takes, "writing manifests", json).await?;
    reading.close().await?;
    let mut summary = nothing(&source, args.dry_run, None);
    (summary.manifests, summary.rows_read) = (Some(driven.manifests), driven.overview.rows);
    summary.story = driven.story;
    let ended = if summary.story.has_findings() { Ended::WithFindings } else { Ended::Well };
    Ok((summary, ended))
}

async fn carry_over(
    reading: &mut Reading,
    loader: &Loader,
    args: &RunArgs,
    run: &NewRun<'_>,
    begun: bool,
    json: bool,
) -> Result<Summary, RunError> {
    let takes = |loader| Takes { loader: Some(loader), rows: args.rows.clone(), ..Takes::default() };
    let before = migrated(&loader.pool, run.source).await?;
    let is_first = before == Migrated::default();
    if args.dry_run || !is_first {
        let compared = drive(reading, takes(loader.clone()), "comparing", json).await?;
        let vanished = vanished::vanished(&loader.pool, run.source, &compared.loaded.seen).await?;
        let changes = compared.loaded.total();
        let has_work = changes.created + changes.changed > 0;
        if !args.dry_run && !args.accept_changes {
            guard(&compared.loaded, before)?;
        }
        if args.dry_run || !has_work {
            let mut summary = summary(run, compared, args.dry_run, &vanished);
            // Making the catalogue began it; a seal is something to record, too.
            if begun || args.cutover && !args.dry_run {
                begin(&loader.pool, run, loader.now).await?;
                finish(&loader.pool, loader.holder, run.id, summary.total, args.cutover, loader.env.now()).await?;
                summary.run = Some(run.id);
                summary.sealed_at = args.cutover.then(|| loader.env.now());
            }
            return Ok(summary);
        }
    }
    begin(&loader.pool, run, loader.now).await?;
    let writer = Loader { write: true, ..loader.clone() };
    let written = drive(reading, takes(writer), "carrying over", json).await?;
    let vanished = vanished::vanished(&loader.pool, run.source, &written.loaded.seen).await?;
    finish(&loader.pool, loader.holder, run.id, written.loaded.total(), args.cutover, loader.env.now()).await?;
    let mut summary = summary(run, written, false, &vanished);
    summary.run = Some(run.id);
    summary.sealed_at = args.cutover.then(|| loader.env.now());
    Ok(summary)
}

/// Stops a run that would change a large part of what people and servers live with.
fn guard(loaded: &Loaded, before: Migrated) -> Result<(), RunError> {
    for (what, changes, of) in [
        ("accounts", loaded.of("accounts").changed, before.accounts),
        ("users", loaded.of("users").changed, before.users),
        ("servers", loaded.of("servers").changed, before.servers),
        ("services", loaded.of("services").changed, before.services),
    ] {
        if changes > MAY_CHANGE.max(of * MAY_CHANGE_PERCENT / 100) {
            return Err(RunError::TooMuch { what, changes, of });
        }
    }
    Ok(())
}

/// Has made what is missing, if it may. Answers whether the run has begun with that.
async fn complete_catalogue(
    pool: &PgPool,
    args: &RunArgs,
    mapping: &Mapping,
    run: &NewRun<'_>,
    env: &Env,
) -> Result<bool, RunError> {
    let mut begun = false;
    let mut missing = offer::missing(mapping, &offer::offer(pool).await?);
    if missing.is_empty() {
        return Ok(false);
    }
    if let Some(file) = &args.create_catalogue {
        let wishes = catalogue::read(file)?;
        let empty = catalogue::unfilled(&wishes, &missing);
        if !empty.is_empty() {
            return Err(RunError::CatalogueUnfilled { path: file.clone(), empty });
        }
        if args.dry_run {
            missing.retain(|name| !wishes.iter().any(|wish| wish.shown() == *name));
        } else {
            begin(pool, run, env.now()).await?;
            begun = true;
            catalogue::wish(pool, &wishes, &missing, run.id, env.now()).await?;
            missing = catalogue::wait(pool, mapping, Duration::from_secs(args.wait_seconds.max(60))).await?;
        }
    }
    if missing.is_empty() { Ok(begun) } else { Err(RunError::CatalogueIncomplete(missing)) }
}

/// The sites that the mapping names.
pub fn sites(mapping: &Mapping) -> Vec<String> {
    let servers = mapping.servers.values().filter_map(|entry| match &entry.value {
        ServerUse::Site { site, .. } => Some(site.clone()),
        _ => None,
    });
    let own = mapping.products.values().filter_map(|entry| match &entry.value {
        crate::mapping::ProductUse::Plan(plan) => plan.site.clone(),
        _ => None,
    });
    let mut sites: Vec<String> = servers.chain(own).collect();
    sites.sort();
    sites.dedup();
    sites
}

/// Who reads: for the record of the run.
fn actor(source: &str) -> String {
    let user = std::env::var("USER").unwrap_or_else(|_| "slipway-migrate".to_owned());
    let host = std::env::var("HOSTNAME").map(|host| format!("@{host}")).unwrap_or_default();
    format!("{user}{host} from {}", crate::source::without_password(source))
}

fn summary(run: &NewRun<'_>, driven: Driven, dry_run: bool, vanished: &[Outcome]) -> Summary {
    let Driven { loaded, mut story, .. } = driven;
    story.add(vanished);
    Summary {
        run: None,
        dry_run,
        source: run.source.to_owned(),
        total: loaded.total(),
        rows_read: loaded.rows,
        records: loaded.kinds,
        story,
        sealed_at: None,
        manifests: None,
    }
}

fn nothing(source: &str, dry_run: bool, sealed_at: Option<DateTime<Utc>>) -> Summary {
    Summary {
        run: None,
        dry_run,
        source: source.to_owned(),
        records: BTreeMap::new(),
        total: Tally::default(),
        rows_read: 0,
        story: Story::default(),
        sealed_at,
        manifests: None,
    }
}

impl Summary {
    /// For people.
    pub fn text(&self) -> String {
        use std::fmt::Write as _;
        if let (Some(at), true) = (self.sealed_at, self.rows_read == 0) {
            return format!("`{}` was cut over at {at}: nothing is carried over any more.\n", self.source);
        }
        let mut text = String::new();
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(["", "made", "changed", "unchanged", "conflicts"]);
        for (kind, tally) in &self.records {
            let Tally { created, changed, unchanged, conflicts } = tally;
            table.add_row([
                (*kind).to_owned(),
                created.to_string(),
                changed.to_string(),
                unchanged.to_string(),
                conflicts.to_string(),
            ]);
        }
        let _ = writeln!(text, "{table}\n");
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(["outcome", "table", "code", "rows", "the first"]);
        for group in self.story.sorted() {
            let first = group.rows.first().map(|told| format!("{} {}: {}", group.table, told.id, told.reason));
            let fate = match group.outcome {
                Fate::Mapped => "mapped",
                Fate::Ignored => "ignored",
                Fate::Finding => "finding",
                Fate::Conflict => "conflict",
            };
            let first = first.unwrap_or_default().chars().take(140).collect::<String>();
            table.add_row([
                fate.to_owned(),
                group.table.to_owned(),
                group.code.to_owned(),
                group.count.to_string(),
                first,
            ]);
        }
        let _ = writeln!(text, "{table}\n");
        let _ = match (self.dry_run, self.run) {
            _ if self.manifests.is_some() => {
                writeln!(text, "{} manifests written.", self.manifests.unwrap_or_default())
            }
            (true, _) => writeln!(text, "Nothing was written: this was a dry run."),
            (false, None) => writeln!(text, "Nothing had changed; nothing was written."),
            (false, Some(run)) => {
                writeln!(text, "Run {run}. `slipway-migrate rollback --run {run}` removes what it made.")
            }
        };
        if let Some(at) = self.sealed_at {
            let _ = writeln!(text, "`{}` is cut over ({at}): later runs do nothing.", self.source);
        }
        text
    }
}
