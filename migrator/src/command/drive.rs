//! One pass with whoever takes its pages: reading and taking go on at the same time.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::run::RunError;
use crate::emit::Emitter;
use crate::outcome::Outcome;
use crate::overview::Overview;
use crate::pass::{Page, PassError};
use crate::progress::Progress;
use crate::reading::Reading;
use crate::story::Story;
use crate::target::loader::{Loaded, Loader};

/// Pages between the reader and who takes them.
const AHEAD: usize = 4;

/// What is done with pages, beside being counted.
#[derive(Debug, Default)]
pub struct Takes {
    /// Writes or compares them.
    pub loader: Option<Loader>,
    /// Writes manifests.
    pub emitter: Option<Emitter>,
    /// Where each row's outcome goes, as JSON Lines.
    pub rows: Option<PathBuf>,
}

/// What a pass ended with.
#[derive(Debug, Default)]
pub struct Driven {
    pub loaded: Loaded,
    pub story: Story,
    pub overview: Overview,
    /// Manifests that were written.
    pub manifests: u64,
}

pub async fn drive(
    reading: &mut Reading,
    mut takes: Takes,
    what: &'static str,
    json: bool,
) -> Result<Driven, RunError> {
    let (to, mut from) = mpsc::channel::<Page>(AHEAD);
    let mut progress = Progress::new(what, reading.estimate(), json);
    let mut file = takes.rows.take().map(RowsFile::create).transpose()?;
    let writing = tokio::spawn(async move {
        let mut driven = Driven::default();
        while let Some(mut page) = from.recv().await {
            if let Some(loader) = &takes.loader {
                loader.take(&mut page, &mut driven.loaded).await?;
            }
            if let Some(emitter) = &mut takes.emitter {
                emitter.take(&page)?;
                driven.manifests = emitter.written;
            }
            driven.story.add(&page.outcomes);
            driven.overview.add(&page);
            if let Some(file) = &mut file {
                file.write(&page.outcomes)?;
            }
            progress.add(page.rows);
        }
        if let Some(file) = file {
            file.end()?;
        }
        progress.end();
        Ok::<_, RunError>(driven)
    });
    let read = reading.pass(&to).await;
    drop(to);
    let driven = writing.await?;
    match read {
        // Who took the pages knows why it gave up.
        Ok(()) | Err(PassError::Gone) => driven,
        Err(error) => Err(error.into()),
    }
}

/// JSON Lines, one a row.
struct RowsFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl RowsFile {
    fn create(path: PathBuf) -> Result<Self, RunError> {
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file: BufWriter::new(file) }),
            Err(source) => Err(RunError::Rows { path, source }),
        }
    }

    fn write(&mut self, outcomes: &[Outcome]) -> Result<(), RunError> {
        for outcome in outcomes {
            let line = serde_json::to_writer(&mut self.file, outcome).map_err(std::io::Error::from);
            line.and_then(|()| self.file.write_all(b"\n")).map_err(|source| self.failed(source))?;
        }
        Ok(())
    }

    fn end(mut self) -> Result<(), RunError> {
        self.file.flush().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> RunError {
        RunError::Rows { path: self.path.clone(), source }
    }
}
