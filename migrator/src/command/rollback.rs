//! `rollback`: removes what one run made, and nothing else. A server that was adopted goes as retained: its machine is given
//! back as it was, and is not touched otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use slipway_api::environment::{Env, System};

use super::Ended;
use super::run::RunError;
use crate::cli::RollbackArgs;
use crate::target::rollback::{self, Removed};
use crate::target::{connect, run as runs, wait_for_schema};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RolledBack {
    pub run: uuid::Uuid,
    /// Nothing was removed: the rest says what would be.
    pub dry_run: bool,
    /// By kind.
    pub removed: BTreeMap<&'static str, u64>,
    /// Kept, and why: somebody has worked with it since.
    pub kept: Vec<String>,
    /// Objects of the catalogue that the run let make, as `ServerPlan vps-small`.
    pub in_kubernetes: Vec<String>,
    /// Servers whose machines are being given back; run the command again when they are.
    pub giving_back: u64,
}

pub async fn rollback(args: &RollbackArgs) -> Result<(RolledBack, Ended), RunError> {
    let wait = Duration::from_secs(args.target.wait_seconds);
    let pool = connect(&args.target.target, wait).await?;
    wait_for_schema(&pool, wait).await?;
    let run = runs::find(&pool, args.run).await?.ok_or(RunError::NoRun(args.run))?;
    let env = Env::new(System);
    let Removed { removed, kept, in_kubernetes, giving_back } =
        rollback::rollback(&pool, &env, &run, args.dry_run).await?;
    let is_clean = kept.is_empty() && in_kubernetes.is_empty() && giving_back == 0;
    let ended = if is_clean { Ended::Well } else { Ended::WithFindings };
    Ok((RolledBack { run: run.id, dry_run: args.dry_run, removed, kept, in_kubernetes, giving_back }, ended))
}

impl RolledBack {
    /// For people.
    pub fn text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = String::new();
        let (removed, kept) = if self.dry_run { ("would go", "would stay") } else { ("removed", "kept") };
        for (kind, count) in &self.removed {
            let _ = writeln!(text, "{count:>8} {kind} {removed}");
        }
        for line in &self.kept {
            let _ = writeln!(text, "{kept}: {line}");
        }
        for object in &self.in_kubernetes {
            let _ = writeln!(
                text,
                "{kept}: {object}, which the run let make: it is in Kubernetes; delete it there if nothing needs it"
            );
        }
        if self.giving_back > 0 && self.dry_run {
            let _ = writeln!(text, "{} servers would give their machines back first", self.giving_back);
        } else if self.giving_back > 0 {
            let _ = writeln!(
                text,
                "{} servers give their machines back; run this again to remove what belongs to them",
                self.giving_back
            );
        }
        if self.dry_run {
            let _ = writeln!(text, "Nothing was removed: this was a dry run.");
        }
        text
    }
}
