//! Whether the account could change WHMCS: a migration should not be able to.

use mysql_async::prelude::Queryable as _;

use super::{Snapshot, SourceError};

/// Privileges that change something, as `show grants` spells them.
const WRITING: [&str; 12] = [
    "ALL PRIVILEGES",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "ALTER",
    "INDEX",
    "TRIGGER",
    "EVENT",
    "SUPER",
    "FILE",
];

impl Snapshot {
    /// The first grant that lets the account write; `None`: it may only read.
    pub async fn write_privilege(&mut self) -> Result<Option<String>, SourceError> {
        let grants: Vec<String> = self.connection.query("show grants for current_user()").await?;
        Ok(grants.into_iter().find(|grant| writes(grant)).map(|grant| without_hash(&grant)))
    }
}

fn writes(grant: &str) -> bool {
    let Some((privileges, _)) = grant.strip_prefix("GRANT ").and_then(|rest| rest.split_once(" ON ")) else {
        return false;
    };
    privileges.split(',').any(|privilege| {
        let privilege = privilege.trim();
        // `INSERT (column, …)`, and `CREATE TEMPORARY TABLES`, which changes nothing that is there.
        let word = privilege.split(" (").next().unwrap_or(privilege);
        WRITING.contains(&word)
    })
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
