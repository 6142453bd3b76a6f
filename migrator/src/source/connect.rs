//! The connection, and the snapshot that a whole run reads.

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder};

use super::SourceError;
use super::schema::Schema;

/// A read-only transaction with everything as it was at one moment (of `InnoDB` tables: others are read as they are).
#[derive(Debug)]
pub struct Snapshot {
    pub(super) connection: Conn,
    pub schema: Schema,
}

/// Opens it. The session reads zero dates as they are, in UTC, as UTF-8 whatever a table's own charset is.
pub async fn connect(url: &str) -> Result<Snapshot, SourceError> {
    let opts = Opts::from_url(url).map_err(|error| SourceError::Url(without_password(url), error))?;
    let database = opts.db_name().ok_or(SourceError::NoDatabase)?.to_owned();
    let setup = [
        "set session sql_mode = ''",
        "set session time_zone = '+00:00'",
        "set names utf8mb4",
        "set session transaction isolation level repeatable read",
    ];
    let opts = OptsBuilder::from_opts(opts).setup(setup.map(str::to_owned).to_vec()).prefer_socket(false);
    let mut connection =
        Conn::new(opts).await.map_err(|error| SourceError::Unreachable(without_password(url), error))?;
    connection.query_drop("start transaction with consistent snapshot, read only").await?;
    let schema = Schema::read(&mut connection, &database).await?;
    Ok(Snapshot { connection, schema })
}

impl Snapshot {
    pub async fn close(self) -> Result<(), SourceError> {
        Ok(self.connection.disconnect().await?)
    }
}

/// An address as it may be shown.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    // A parameter may be one, too.
    let bare = |text: &str| text.split('?').next().unwrap_or_default().to_owned();
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            format!("{scheme}://{}@{}", bare(user.split(':').next().unwrap_or_default()), bare(place))
        }
        None => format!("{scheme}://{}", bare(rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("mysql://whmcs:s3:cr@t@db:3306/whmcs", "mysql://whmcs@db:3306/whmcs"),
            ("mysql://db/whmcs", "mysql://db/whmcs"),
            ("postgres://db/slipway?user=x&password=s3cr3t", "postgres://db/slipway"),
            ("mysql://whmcs:s3?cr@t@db/whmcs", "mysql://whmcs@db/whmcs"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
