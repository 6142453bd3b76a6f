//! Which tables a database gets: plain SQL of `schema/`, in this order.

use std::collections::{HashMap, HashSet};

use mysql_async::{Conn, prelude::Queryable};

use crate::{READER, SeedError};

const CORE: &str = include_str!("../schema/8.13.sql");
const MODULES: &str = include_str!("../schema/modules.sql");
const BACK_TO_7: &str = include_str!("../schema/7.x.sql");
const MESSY: &str = include_str!("../schema/messy.sql");

/// Whose WHMCS it says it is: what is by this name may be made anew.
const COMPANY: &str = "Northern Hosting (seeded)";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Users apart from clients, money of 16 digits.
    V8,
    /// Clients log in themselves.
    V7,
}

impl Variant {
    /// As it is written on the command line.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "8.13" => Ok(Self::V8),
            "7.x" => Ok(Self::V7),
            other => Err(format!("`{other}` is no variant: 8.13 or 7.x")),
        }
    }

    /// What `tblconfiguration` says.
    pub const fn version(self) -> &'static str {
        match self {
            Self::V8 => "8.13.1-release.1",
            Self::V7 => "7.6.1-release.1",
        }
    }

    /// The statements that make its tables; `messy` ones have engines and character sets of before.
    pub fn statements(self, messy: bool) -> impl Iterator<Item = &'static str> {
        let mut files = vec![CORE, MODULES];
        if self == Self::V7 {
            files.push(BACK_TO_7);
        }
        if messy {
            files.push(MESSY);
        }
        files.into_iter().flat_map(|file| file.split(";\n")).map(str::trim).filter(|statement| !statement.is_empty())
    }
}

/// The columns that a database really has, by table.
pub type Columns = HashMap<String, HashSet<String>>;

/// Makes `database` anew with its tables, and lets the reader read it.
pub async fn create(conn: &mut Conn, database: &str, variant: Variant, messy: bool) -> Result<Columns, SeedError> {
    if database.is_empty() || !database.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(SeedError::Name(database.to_owned()));
    }
    if !is_ours(conn, database).await? {
        return Err(SeedError::NotOurs(database.to_owned()));
    }
    let (reader, password) = READER;
    // In a grant, an underscore stands for any letter.
    let pattern = database.replace('_', "\\_");
    for statement in [
        format!("DROP DATABASE IF EXISTS `{database}`"),
        format!("CREATE DATABASE `{database}` CHARACTER SET utf8mb4"),
        format!("CREATE USER IF NOT EXISTS '{reader}'@'%' IDENTIFIED BY '{password}'"),
        format!("GRANT SELECT ON `{pattern}`.* TO '{reader}'@'%'"),
        format!("USE `{database}`"),
    ] {
        conn.query_drop(statement).await?;
    }
    for statement in variant.statements(messy) {
        conn.query_drop(statement).await?;
    }
    conn.exec_drop("INSERT INTO tblconfiguration (id, setting, value) VALUES (1, 'CompanyName', ?)", (COMPANY,))
        .await?;
    let found: Vec<(String, String)> = conn
        .exec("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?", (database,))
        .await?;
    let mut columns = Columns::new();
    for (table, column) in found {
        columns.entry(table).or_default().insert(column);
    }
    Ok(columns)
}

/// Whether nothing is lost when it goes: it is not there, is empty, or was seeded.
async fn is_ours(conn: &mut Conn, database: &str) -> Result<bool, SeedError> {
    let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?";
    let tables: Vec<String> = conn.exec(tables, (database,)).await?;
    if tables.is_empty() {
        return Ok(true);
    }
    if !tables.iter().any(|table| table == "tblconfiguration") {
        return Ok(false);
    }
    let company = format!("SELECT value FROM `{database}`.tblconfiguration WHERE setting = 'CompanyName'");
    Ok(conn.query_first::<String, _>(company).await?.as_deref() == Some(COMPANY))
}

/// Takes the keys of every table away, but for those that forbid; answers the statements that bring them back. Sorted at
/// the end, they cost a fraction of what they cost row by row.
pub async fn drop_keys(conn: &mut Conn, columns: &Columns) -> Result<Vec<String>, SeedError> {
    let mut tables: Vec<&String> = columns.keys().collect();
    tables.sort_unstable();
    let mut back = Vec::new();
    for table in tables {
        let made: Option<(String, String)> = conn.query_first(format!("SHOW CREATE TABLE `{table}`")).await?;
        let text = made.map(|(_, text)| text).unwrap_or_default();
        let keys: Vec<&str> = text
            .lines()
            .map(|line| line.trim().trim_end_matches(','))
            .filter(|line| line.starts_with("KEY `"))
            .collect();
        if keys.is_empty() {
            continue;
        }
        let named = |key: &&str| format!("DROP KEY `{}`", key.split('`').nth(1).unwrap_or_default());
        let drops: Vec<String> = keys.iter().map(named).collect();
        conn.query_drop(format!("ALTER TABLE `{table}` {}", drops.join(", "))).await?;
        back.push(format!("ALTER TABLE `{table}` ADD {}", keys.join(", ADD ")));
    }
    Ok(back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_one_table_or_one_change() {
        let made = Variant::V8.statements(false).filter(|s| s.contains("CREATE TABLE")).count();
        assert_eq!(made, 86);
        assert!(Variant::V7.statements(true).all(|s| !s.contains(";\n")));
    }
}
