//! One pass with whoever takes its pages: reading and taking go on at the same time, and history is taken beside services.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinHandle;

use super::run::RunError;
use crate::emit::Emitter;
use crate::outcome::Outcome;
use crate::overview::Overview;
use crate::pass::Page;
use crate::progress::Progress;
use crate::reading::Reading;
use crate::story::Story;
use crate::target::loader::{Loaded, Loader};

/// Pages of a lane between the reader and who takes them.
const AHEAD: usize = 2;

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

pub async fn drive(reading: &mut Reading, takes: Takes, what: &'static str, json: bool) -> Result<Driven, RunError> {
    let Takes { loader, emitter, rows } = takes;
    let progress = Progress::new(what, reading.estimate(), json);
    let file = rows.map(RowsFile::create).transpose()?;
    let all = Arc::new(Mutex::new(Taken { driven: Driven::default(), emitter, file, progress }));
    let lane = |loaded| lane(loader.clone(), all.clone(), loaded);
    let loaded = reading
        .pass(async |pass| {
            let (to, foundations) = lane(Loaded::default());
            let (to_history, history) = lane(Loaded::default());
            let read = pass.foundations(to, &to_history).await;
            // Where a lane has given up, it knows why, and the reader only that it has.
            let loaded = foundations.await??;
            let (read, loaded) = match read {
                Ok(()) => {
                    let (to_services, services) = lane(loaded);
                    let read = pass.rest(to_services, to_history).await;
                    (read, services.await??)
                }
                Err(error) => {
                    drop(to_history);
                    (Err(error), loaded)
                }
            };
            let history = history.await??;
            read?;
            Ok::<_, RunError>(loaded.with(history))
        })
        .await?;
    let mut all = all.lock().await;
    all.end()?;
    Ok(Driven { loaded, ..std::mem::take(&mut all.driven) })
}

/// Takes pages one after the other, from an own connection, until there are no more.
fn lane(
    loader: Option<Loader>,
    all: Arc<Mutex<Taken>>,
    mut so_far: Loaded,
) -> (Sender<Page>, JoinHandle<Result<Loaded, RunError>>) {
    let (to, mut from) = mpsc::channel::<Page>(AHEAD);
    let taking = tokio::spawn(async move {
        while let Some(mut page) = from.recv().await {
            if let Some(loader) = &loader {
                loader.take(&mut page, &mut so_far).await?;
            }
            all.lock().await.take(&page)?;
        }
        Ok(so_far)
    });
    (to, taking)
}

/// What all lanes add to, once the target has a page.
struct Taken {
    driven: Driven,
    emitter: Option<Emitter>,
    file: Option<RowsFile>,
    progress: Progress,
}

impl Taken {
    fn take(&mut self, page: &Page) -> Result<(), RunError> {
        if let Some(emitter) = &mut self.emitter {
            emitter.take(page)?;
            self.driven.manifests = emitter.written;
        }
        self.driven.story.add(&page.outcomes);
        self.driven.overview.add(page);
        if let Some(file) = &mut self.file {
            file.write(&page.outcomes)?;
        }
        self.progress.add(page.rows);
        Ok(())
    }

    fn end(&mut self) -> Result<(), RunError> {
        self.progress.end();
        self.file.as_mut().map_or(Ok(()), RowsFile::end)
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

    fn end(&mut self) -> Result<(), RunError> {
        self.file.flush().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> RunError {
        RunError::Rows { path: self.path.clone(), source }
    }
}
