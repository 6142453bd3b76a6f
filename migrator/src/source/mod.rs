//! Reading WHMCS: one connection, one consistent snapshot that can write nothing, keyset pages. Rows come out as they stand
//! there; what they mean is decided elsewhere.

mod bundles;
mod cells;
mod connect;
mod counts;
mod orphans;
mod rows;
mod schema;
mod settings;
mod table;

pub use bundles::{ClientPages, ServicePages};
pub use connect::{Snapshot, connect};
pub use counts::{AnswerCount, Counts, FieldCount};
pub use orphans::{OrphanAnswer, OrphanModuleRow, OrphanValue};
pub use schema::{Schema, Variant};
pub use table::{Pages, Row};

/// What keeps a source from being read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("`{0}` is no MySQL address; give mysql://user:password@host:3306/database")]
    Url(String, #[source] mysql_async::UrlError),
    #[error("the source names no database; give mysql://user:password@host:3306/database")]
    NoDatabase,
    #[error("the source database: {0}")]
    MySql(#[from] mysql_async::Error),
    #[error("`{0}` is not there: this is no WHMCS database, or the account may not read it")]
    NoTable(&'static str),
    #[error("`{table}.{column}` is not there, and nothing stands for it")]
    NoColumn { table: &'static str, column: &'static str },
    #[error("row {id} of `{table}`: {what}")]
    Cell { table: &'static str, id: i64, what: String },
}
