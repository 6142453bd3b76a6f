//! A WHMCS database to try a migration on: its schema, a seeded generator of messy data, and the truth about it.

pub mod host;
pub mod load;
pub mod schema;
pub mod secret;
pub mod seed;

/// Name and password of the account that may read seeded databases and nothing else.
pub const READER: (&str, &str) = ("whmcs_reader", "whmcs_reader");

#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("the database server refused: {0}")]
    Database(#[from] mysql_async::Error),
    #[error("`{0}` is no URL of a database server: {1}")]
    Url(String, mysql_async::UrlError),
    #[error("`{0}` is no name for a database: letters, digits and _ only")]
    Name(String),
    #[error("the database `{0}` was not made by this; choose another name, or drop it yourself")]
    NotOurs(String),
    #[error("{path} cannot be written")]
    File { path: std::path::PathBuf, source: std::io::Error },
    #[error("the loading stopped; the server's log says why")]
    Stopped,
}
