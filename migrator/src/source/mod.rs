//! Reading WHMCS: one connection, one consistent snapshot that can write nothing, keyset pages. Rows come out as they stand
//! there; what they mean is decided elsewhere.

mod ahead;
mod bundles;
mod cells;
mod connect;
mod findings;
mod invoices;
mod modules;
mod orphans;
mod privilege;
mod rows;
mod schema;
mod seen;
mod settings;
mod sums;
mod table;

pub use ahead::{Ahead, Paged};
pub use bundles::{ClientPages, ServicePages, TransactionPages};
pub use connect::{Snapshot, connect, without_password};
pub use findings::{Found, Weight};
pub use invoices::InvoicePages;
pub use modules::{ModuleSource, module_sources};
pub use orphans::OrphanModuleRow;
pub use schema::{Schema, Variant};
pub use sums::Sums;
pub use table::{Pages, Row};

/// What keeps a source from being read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(
        "`{0}` is no MySQL address: --source (WHMCS_DATABASE_URL) is the database of WHMCS, as \
         mysql://user:password@host:3306/database; Slipway's is --target (DATABASE_URL)"
    )]
    Url(String, #[source] mysql_async::UrlError),
    #[error(
        "the source names no database; give --source mysql://user:password@host:3306/database (WHMCS_DATABASE_URL)"
    )]
    NoDatabase,
    #[error(
        "cannot connect to the database of WHMCS `{0}`: see that it runs, that this machine reaches it, and that user, password \
         and database of --source (WHMCS_DATABASE_URL) are right"
    )]
    Unreachable(String, #[source] mysql_async::Error),
    #[error("the source database")]
    MySql(#[from] mysql_async::Error),
    #[error("`{0}` is not there: this is no WHMCS database, or the account may not read it")]
    NoTable(&'static str),
    #[error("`{table}.{column}` is not there, and nothing stands for it")]
    NoColumn { table: &'static str, column: &'static str },
    #[error("{0} cannot be read: {1}")]
    Key(std::path::PathBuf, std::io::Error),
    #[error("reading ended before the last row; run again, and tell of what the log says before this")]
    Unfinished,
    #[error("row {id} of `{table}`: {what}")]
    Cell { table: &'static str, id: i64, what: String },
}
