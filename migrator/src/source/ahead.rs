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
                if page.as_ref().map_or(true, Vec::is_empty) {
                    // Whoever hears of the end may close the snapshot.
                    drop(snapshot);
                    let _ = to.send(page).await;
                    return;
                }
                if to.send(page).await.is_err() {
                    return;
                }
            }
        });
        Self(read)
    }

    /// `None`: there are no more. A reader that ends without having said so has not read everything.
    pub async fn next(&mut self) -> Result<Option<Vec<R>>, SourceError> {
        let page = self.0.recv().await.ok_or(SourceError::Unfinished)??;
        Ok(Some(page).filter(|page| !page.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_ends_before_the_last_page_is_an_error_and_no_end() {
        let (to, read) = mpsc::channel(2);
        let mut pages = Ahead(read);
        to.send(Ok(vec![1])).await.unwrap();
        assert_eq!(pages.next().await.unwrap(), Some(vec![1]));
        drop(to);
        assert!(matches!(pages.next().await, Err(SourceError::Unfinished)));
        let (to, read) = mpsc::channel::<Result<Vec<i64>, _>>(2);
        to.send(Ok(vec![])).await.unwrap();
        assert_eq!(Ahead(read).next().await.unwrap(), None);
    }
}
