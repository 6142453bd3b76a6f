//! Whether the account could change WHMCS: a migration should not be able to.

use mysql_async::prelude::Queryable as _;

use super::{Snapshot, SourceError};

/// Privileges that change nothing, as `show grants` spells them: whatever else there is may.
const READING: [&str; 11] = [
    "USAGE",
    "SELECT",
    "SHOW VIEW",
    "SHOW DATABASES",
    "PROCESS",
    "LOCK TABLES",
    "CREATE TEMPORARY TABLES",
    "REPLICATION CLIENT",
    "BINLOG MONITOR",
    "SLAVE MONITOR",
    "REFERENCES",
];

impl Snapshot {
    /// The first grant that lets the account write; `None`: it may only read.
    pub async fn write_privilege(&mut self) -> Result<Option<String>, SourceError> {
        let grants: Vec<String> = self.connection.query("show grants for current_user()").await?;
        Ok(grants.into_iter().find(|grant| writes(grant)).map(|grant| without_hash(&grant)))
    }
}

fn writes(grant: &str) -> bool {
    let Some(granted) = grant.strip_prefix("GRANT ") else { return false };
    if granted.ends_with("WITH GRANT OPTION") {
        return true;
    }
    // A role, whose privileges stand elsewhere.
    let Some((privileges, _)) = granted.split_once(" ON ") else { return true };
    let mut depth = 0;
    let apart = |c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth == 0
    };
    // `SELECT (column, …)`.
    privileges.split(apart).any(|privilege| !READING.contains(&privilege.split(" (").next().unwrap_or_default().trim()))
}

/// Grants show a password's hash behind `IDENTIFIED BY`.
fn without_hash(grant: &str) -> String {
    grant.split(" IDENTIFIED ").next().unwrap_or(grant).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_account_that_may_write_is_refused() {
        for (grant, expected) in [
            ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", true),
            ("GRANT SELECT, INSERT ON `whmcs`.* TO `w`@`%`", true),
            ("GRANT SELECT, UPDATE (`notes`) ON `whmcs`.`tblclients` TO `w`@`%`", true),
            ("GRANT SELECT ON `whmcs`.* TO `reader`@`%`", false),
            ("GRANT SELECT (`id`, `email`) ON `whmcs`.`tblclients` TO `reader`@`%`", false),
            ("GRANT EXECUTE, CREATE VIEW ON `whmcs`.* TO `w`@`%`", true),
            ("GRANT SELECT ON `whmcs`.* TO `w`@`%` WITH GRANT OPTION", true),
            ("GRANT `billing` TO `w`@`%`", true),
            ("SET DEFAULT ROLE NONE FOR `reader`@`%`", false),
            ("GRANT SELECT, LOCK TABLES, SHOW VIEW, CREATE TEMPORARY TABLES ON `whmcs`.* TO `reader`@`%`", false),
            (
                "GRANT USAGE ON *.* TO `reader`@`%` IDENTIFIED BY PASSWORD '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19'",
                false,
            ),
        ] {
            assert_eq!(writes(grant), expected, "{grant}");
        }
    }

    #[test]
    fn a_hash_is_not_shown() {
        assert_eq!(
            without_hash("GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*24'"),
            "GRANT USAGE ON *.* TO `a`@`%`"
        );
    }
}
