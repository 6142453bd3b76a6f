//! Which tables and columns are there: a version's number says less than its columns do.

use std::collections::{BTreeMap, HashMap};

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;

use super::SourceError;
use super::table::{Column, Kind};

#[derive(Debug, Clone, Default)]
pub struct Schema {
    pub database: String,
    /// Table → its columns.
    tables: BTreeMap<String, TableShape>,
}

#[derive(Debug, Clone, Default)]
pub struct TableShape {
    pub engine: String,
    pub collation: String,
    /// As the server estimates it.
    pub rows: u64,
    /// Lower case name → type.
    pub columns: HashMap<String, String>,
}

/// What differs so much that it is read in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// 8.0 and later: logins are users, which belong to clients.
    UsersAndClients,
    /// 7.x: a client is its own login, and contacts may have one.
    ClientsOnly,
}

impl Schema {
    pub(super) async fn read(connection: &mut Conn, database: &str) -> Result<Self, SourceError> {
        let mut tables: BTreeMap<String, TableShape> = BTreeMap::new();
        let found = connection
            .exec::<(String, Option<String>, Option<String>, Option<u64>), _, _>(
                "select table_name, engine, table_collation, table_rows from information_schema.tables
                 where table_schema = ? and table_type = 'BASE TABLE'",
                (database,),
            )
            .await?;
        for (name, engine, collation, rows) in found {
            let shape = TableShape {
                engine: engine.unwrap_or_default(),
                collation: collation.unwrap_or_default(),
                rows: rows.unwrap_or_default(),
                columns: HashMap::new(),
            };
            tables.insert(name, shape);
        }
        let columns: Vec<(String, String, String)> = connection
            .exec(
                "select table_name, column_name, column_type from information_schema.columns where table_schema = ?",
                (database,),
            )
            .await?;
        for (table, column, kind) in columns {
            if let Some(shape) = tables.get_mut(&table) {
                shape.columns.insert(column.to_lowercase(), kind);
            }
        }
        Ok(Self { database: database.to_owned(), tables })
    }

    pub fn tables(&self) -> impl Iterator<Item = (&str, &TableShape)> {
        self.tables.iter().map(|(name, shape)| (name.as_str(), shape))
    }

    pub fn has_table(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    pub fn has(&self, table: &str, column: &str) -> bool {
        self.tables.get(table).is_some_and(|shape| shape.columns.contains_key(&column.to_lowercase()))
    }

    /// Tables and columns that a run reads and that are not there, nor have anything that stands for them.
    pub fn missing(&self) -> Vec<String> {
        super::rows::needed(self.variant())
            .into_iter()
            .flat_map(|(table, columns)| {
                let lacks =
                    |column: &&Column| matches!(column.kind, Kind::Plain | Kind::Date) && !self.has(table, column.name);
                if self.has_table(table) {
                    columns.iter().filter(lacks).map(|column| format!("{table}.{}", column.name)).collect()
                } else {
                    vec![table.to_owned()]
                }
            })
            .collect()
    }

    pub fn variant(&self) -> Variant {
        if self.has_table("tblusers") && self.has_table("tblusers_clients") {
            Variant::UsersAndClients
        } else {
            Variant::ClientsOnly
        }
    }
}
