//! Pages that are read while those before them are worked on.

use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::sync::mpsc::{self, Receiver};

use super::{Snapshot, SourceError};

/// A table, or several together, page by page.
pub trait Paged: Send + 'static {
    type Row: Send + 'static;

    /// The next page; empty: there is none.
    fn next(&mut self, snapshot: &mut Snapshot) -> impl Future<Output = Result<Vec<Self::Row>, SourceError>> + Send;
}

/// Reads one page ahead. Several take turns at a snapshot, page by page.
#[derive(Debug)]
pub struct Ahead<R>(Receiver<Result<Vec<R>, SourceError>>);

impl<R: Send + 'static> Ahead<R> {
    pub fn of(snapshot: &Arc<Mutex<Snapshot>>, mut pages: impl Paged<Row = R>) -> Self {
        let (to, read) = mpsc::channel(1);
        let snapshot = snapshot.clone();
        tokio::spawn(async move {
            loop {
                let page = pages.next(&mut *snapshot.lock().await).await;
                let is_last = page.as_ref().map_or(true, Vec::is_empty);
                if is_last {
                    // Whoever waits for the end may close the snapshot then.
                    drop(snapshot);
                    if page.is_err() {
                        let _ = to.send(page).await;
                    }
                    return;
                }
                if to.send(page).await.is_err() {
                    return;
                }
            }
        });
        Self(read)
    }

    /// `None`: there are no more.
    pub async fn next(&mut self) -> Result<Option<Vec<R>>, SourceError> {
        self.0.recv().await.transpose()
    }
}
