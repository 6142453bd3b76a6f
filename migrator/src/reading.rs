//! A source that is open and understood: its snapshot, its catalogue, the mapping, and what runs on the hypervisors.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use crate::inventory::Machines;
use crate::mapping::{self, Mapping, Problems};
use crate::pass::{Pass, shared_claims};
use crate::source::{ModuleSource, Schema, Snapshot, SourceError, Sums, connect, module_sources};
use crate::transform::{Shared, Transform};
use crate::whmcs::Catalogue;

/// Everything that passes over the source need.
#[derive(Debug)]
pub struct Reading {
    pub snapshot: Arc<Mutex<Snapshot>>,
    /// Of the source's database.
    pub schema: Schema,
    pub catalogue: Catalogue,
    pub mapping: Mapping,
    /// Of the mapping's file.
    pub mapping_hash: [u8; 32],
    pub machines: Arc<Machines>,
    modules: Vec<ModuleSource>,
    shared: Shared,
}

/// What keeps a source from being understood.
#[derive(Debug, thiserror::Error)]
pub enum ReadingError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error("{path} cannot be read: {source}; `slipway-migrate map` makes one")]
    File { path: String, source: std::io::Error },
    #[error("{path} is not complete:\n{problems}")]
    Mapping { path: String, problems: Problems },
    #[error("{0} was not reviewed: read it, and set `reviewed: true` in it")]
    NotReviewed(String),
    #[error(
        "the account can write to WHMCS ({0}); use one that may only read (grant select on <database>.* to …), or say \
         --allow-writing-account"
    )]
    MayWrite(String),
}

/// A mapping that somebody has reviewed, as its file says it.
#[derive(Debug)]
pub struct Reviewed {
    pub mapping: Mapping,
    /// Of the file.
    hash: [u8; 32],
    path: PathBuf,
}

pub fn read_mapping(path: &Path) -> Result<Reviewed, ReadingError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ReadingError::File { path: shown.clone(), source })?;
    let mapping = Mapping::read(&text).map_err(|problems| ReadingError::Mapping { path: shown.clone(), problems })?;
    if !mapping.reviewed {
        return Err(ReadingError::NotReviewed(shown));
    }
    Ok(Reviewed { mapping, hash: Sha256::digest(text).into(), path: path.to_owned() })
}

impl Reading {
    /// Opens the source. A mapping that does not answer everything is refused, with the lines that should.
    pub async fn open(
        url: &str,
        reviewed: Reviewed,
        machines: Arc<Machines>,
        may_write: bool,
    ) -> Result<Self, ReadingError> {
        let Reviewed { mapping, hash: mapping_hash, path } = reviewed;
        let mut snapshot = connect(url).await?;
        if !may_write && let Some(privilege) = snapshot.write_privilege().await? {
            return Err(ReadingError::MayWrite(privilege));
        }
        let catalogue = snapshot.catalogue().await?;
        let seen = snapshot.seen().await?;
        let problems = mapping::check(&mapping, &catalogue, &seen);
        if !problems.is_empty() {
            let path = path.display().to_string();
            return Err(ReadingError::Mapping { path, problems: Problems(problems) });
        }
        let modules = module_sources(&snapshot.schema, Some(&mapping));
        let transform = Transform::new(&mapping, &catalogue, &machines);
        let shared = shared_claims(&mut snapshot, &catalogue, &modules, &transform).await?;
        drop(transform);
        let schema = snapshot.schema.clone();
        let snapshot = Arc::new(Mutex::new(snapshot));
        Ok(Self { snapshot, schema, catalogue, mapping, mapping_hash, machines, modules, shared })
    }

    /// Reads everything once, as `through` goes through it.
    pub async fn pass<T>(&mut self, through: impl AsyncFnOnce(Pass<'_, '_>) -> T) -> T {
        let Self { snapshot, schema, catalogue, mapping, machines, modules, shared, .. } = self;
        let transform = Transform::new(mapping, catalogue, machines).with_shared(shared.clone());
        through(Pass { snapshot, schema, mapping, catalogue, modules, transform: &transform }).await
    }

    /// After the last pass.
    pub async fn close(self) -> Result<(), ReadingError> {
        // Nothing reads ahead any more: a pass ends after its readers.
        match Arc::into_inner(self.snapshot) {
            Some(snapshot) => Ok(snapshot.into_inner().close().await?),
            None => Ok(()),
        }
    }

    /// Counts and sums as the source itself adds them up, by the currencies' codes.
    pub async fn sums(&mut self) -> Result<Sums, ReadingError> {
        let Self { snapshot, catalogue, mapping, machines, .. } = self;
        let transform = Transform::new(mapping, catalogue, machines);
        Ok(snapshot.lock().await.sums(|currency| transform.code(currency)).await?)
    }

    /// Rows of the tables that a pass reads, as the server estimates them.
    pub fn estimate(&self) -> u64 {
        const READ: [&str; 17] = [
            "tblusers",
            "tblclients",
            "tblcontacts",
            "tblusers_clients",
            "tblhosting",
            "tblhostingconfigoptions",
            "tblcustomfieldsvalues",
            "tblhostingaddons",
            "tblorders",
            "tblinvoices",
            "tblinvoiceitems",
            "tblaccounts",
            "tblcredit",
            "tbltickets",
            "tblticketreplies",
            "tblnotes",
            "tblcancelrequests",
        ];
        self.schema.tables().filter(|(name, _)| READ.contains(name)).map(|(_, shape)| shape.rows).sum()
    }
}
