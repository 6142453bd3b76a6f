//! `map`: a proposal, with its evidence. Nothing is applied: a person reads it, and says so in it.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::Ended;
use super::run::RunError;
use crate::cli::MapArgs;
use crate::inventory::Inventory;
use crate::mapping::{self, Mapping};
use crate::operator::inventory;
use crate::propose::{Proposal, propose};
use crate::reading::ReadingError;
use crate::source::connect;

/// What was proposed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapped {
    pub mapping: PathBuf,
    pub catalogue: PathBuf,
    /// What is still to be decided, with the line of the mapping.
    pub open: Vec<String>,
}

pub async fn map(args: &MapArgs) -> Result<(Mapped, Ended), RunError> {
    let source = args.source.as_ref().ok_or(RunError::NoSource)?;
    let mut snapshot = connect(&source.source).await.map_err(ReadingError::from)?;
    let catalogue = snapshot.catalogue().await.map_err(ReadingError::from)?;
    let seen = snapshot.seen().await.map_err(ReadingError::from)?;
    snapshot.close().await.map_err(ReadingError::from)?;
    let known: Option<Inventory> = match &args.inventory {
        Some(_) => Some(inventory(&args.inventory(), &[], std::time::Duration::ZERO).await?),
        None => None,
    };
    let Proposal { mapping: text, catalogue: manifests } = propose(&args.name, &catalogue, &seen, known.as_ref());
    // It is complete in itself, or it would be no proposal; what it leaves open is told by line.
    let proposed = Mapping::read(&text)
        .map_err(|problems| ReadingError::Mapping { path: args.output.display().to_string(), problems })?;
    let open = mapping::check(&proposed, &catalogue, &seen).iter().map(ToString::to_string).collect();
    write(&args.output, &text, args.force)?;
    write(&args.catalogue, &manifests, args.force)?;
    Ok((Mapped { mapping: args.output.clone(), catalogue: args.catalogue.clone(), open }, Ended::Well))
}

/// A mapping that somebody has worked on is not written over by chance.
fn write(path: &Path, text: &str, force: bool) -> Result<(), RunError> {
    let failed = |source: std::io::Error| {
        if source.kind() == std::io::ErrorKind::AlreadyExists {
            RunError::Exists(path.to_owned())
        } else {
            RunError::Rows { path: path.to_owned(), source }
        }
    };
    let mut options = OpenOptions::new();
    options.write(true);
    let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
    options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)
}

impl Mapped {
    /// For people.
    pub fn text(&self) -> String {
        use std::fmt::Write as _;
        let mut text = format!("{} and {} are written.\n", self.mapping.display(), self.catalogue.display());
        if !self.open.is_empty() {
            let _ = writeln!(text, "\nStill to be decided:");
            for problem in &self.open {
                let _ = writeln!(text, "  {problem}");
            }
        }
        text + "\nRead both, change what is not so, and set `reviewed: true` in the mapping.\n"
    }
}
