//! The peer: `pgloader` (Debian's package), told to copy every row of the tables that the migrator reads.

use std::fs;

use anyhow::{Result, ensure};
use mysql_async::{Conn, prelude::Queryable as _};
use sqlx::{Connection as _, PgConnection};
use tokio::process::Command;

use super::lab::Lab;
use crate::program;

pub(super) struct Copied {
    pub(super) rows: u64,
    pub(super) seconds: f64,
}

/// Copies into an empty database, and counts before the time counts: what drops rows is no peer.
pub(super) async fn copy(lab: &Lab) -> Result<Copied> {
    let target = lab.database("copy").await?;
    let file = lab.folder.join("copy.load");
    fs::write(&file, load_file(&lab.reader(), &target))?;
    let mut command = Command::new("pgloader");
    // Lisp's own heap is small by default, and one batch of long texts does not fit.
    command.args(["--dynamic-space-size", "4096"]).arg(&file);
    let ended = program::run(command).await?;
    let said = || format!("pgloader: {}{}", ended.stdout, ended.stderr);
    ensure!(ended.status.success(), "{}", said());
    let mut source = Conn::from_url(lab.reader()).await?;
    let mut copied = PgConnection::connect(&target).await?;
    let mut rows = 0;
    for table in Lab::tables() {
        let there: u64 = source.query_first(format!("select count(*) from `{table}`")).await?.unwrap_or_default();
        let statement = format!("select count(*) from {}.\"{table}\"", lab.name);
        let came: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&mut copied).await?;
        ensure!(u64::try_from(came)? == there, "pgloader copied {came} of the {there} rows of {table}: {}", said());
        rows += there;
    }
    source.disconnect().await?;
    Ok(Copied { rows, seconds: ended.seconds })
}

/// Casts that let every row in: zero dates become null, so a column may be null.
fn load_file(source: &str, target: &str) -> String {
    let only: Vec<String> = Lab::tables().iter().map(|table| format!("~/^{table}$/")).collect();
    format!(
        "load database from {source} into {target}
         cast type datetime to timestamp drop default drop not null using zero-dates-to-null,
              type date to date drop default drop not null using zero-dates-to-null,
              type timestamp to timestamp drop default drop not null using zero-dates-to-null
         including only table names matching {};\n",
        only.join(", ")
    )
}
