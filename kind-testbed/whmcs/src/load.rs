//! Rows on their way into a database: written as text, gathered a table at a time, sent by two connections while the next
//! ones are made. What is in memory does not depend on how many rows there are.

use std::{collections::HashMap, io::Write as _};

use chrono::{NaiveDate, NaiveDateTime};
use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{SeedError, schema::Columns};

/// How much text one statement gathers.
const STATEMENT: usize = 512 * 1024;
const CONNECTIONS: usize = 2;

/// A table and the columns that one place fills; columns of other versions of WHMCS are left out.
#[derive(Debug)]
pub struct Insert {
    pub table: &'static str,
    pub columns: &'static [&'static str],
}

/// Adds one row by the columns' names: `insert!(sink, tblnotes { id: 1, note: "…" })`.
#[macro_export]
macro_rules! insert {
    ($sink:expr, $table:ident { $($column:tt : $value:expr),+ $(,)? }) => {{
        static INSERT: $crate::load::Insert =
            $crate::load::Insert { table: stringify!($table), columns: &[$(stringify!($column)),+] };
        $sink.add(&INSERT, &[$($crate::load::Cell::from($value)),+])
    }};
}

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    Number(i64),
    Text(&'a str),
    Money(Cents),
    /// Nothing is a zero date, as WHMCS writes it.
    Date(Option<NaiveDate>),
    Time(Option<NaiveDateTime>),
    Null,
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cents(pub i64);

impl std::fmt::Display for Cents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

impl std::ops::Add for Cents {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Cents {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

macro_rules! cell_of {
    ($($from:ty => $value:ident: $cell:expr),+ $(,)?) => {
        $(impl<'a> From<$from> for Cell<'a> {
            fn from($value: $from) -> Self { $cell }
        })+
    };
}

cell_of! {
    u32 => value: Cell::Number(value.into()),
    i64 => value: Cell::Number(value),
    i32 => value: Cell::Number(value.into()),
    bool => value: Cell::Number(value.into()),
    &'a str => value: Cell::Text(value),
    &'a String => value: Cell::Text(value),
    Cents => value: Cell::Money(value),
    NaiveDate => value: Cell::Date(Some(value)),
    Option<NaiveDate> => value: Cell::Date(value),
    NaiveDateTime => value: Cell::Time(Some(value)),
    Option<NaiveDateTime> => value: Cell::Time(value),
    Option<u32> => value: value.map_or(Cell::Null, |number| Cell::Number(number.into())),
    () => _nothing: Cell::Null,
}

impl Cell<'_> {
    fn write(self, out: &mut Vec<u8>) {
        // Writing into a Vec never fails.
        let _ = match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Money(cents) => write!(out, "{cents}"),
            Self::Date(Some(day)) => write!(out, "'{day:?}'"),
            Self::Time(Some(time)) => write!(out, "'{} {}'", time.date(), time.format("%H:%M:%S")),
            Self::Date(None) => write!(out, "'0000-00-00'"),
            Self::Time(None) => write!(out, "'0000-00-00 00:00:00'"),
            Self::Null => write!(out, "NULL"),
            Self::Text(text) => {
                quote(text, out);
                Ok(())
            }
        };
    }
}

fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'\'');
    for byte in text.bytes() {
        if matches!(byte, b'\'' | b'\\' | 0) {
            out.push(b'\\');
        }
        out.push(if byte == 0 { b'0' } else { byte });
    }
    out.push(b'\'');
}

/// Where rows go.
#[derive(Debug)]
pub struct Sink {
    columns: Columns,
    /// In the order of first use, by the address of what is inserted.
    buffers: Vec<Buffer>,
    known: HashMap<usize, usize>,
    writers: Vec<mpsc::Sender<Vec<u8>>>,
    pub rows: u64,
}

#[derive(Debug)]
struct Buffer {
    writer: usize,
    head: Vec<u8>,
    text: Vec<u8>,
    /// Which of the values this version of WHMCS has a column for; none where it lacks the table.
    kept: Vec<bool>,
}

impl Sink {
    /// Adds a row.
    pub fn add(&mut self, insert: &'static Insert, row: &[Cell<'_>]) {
        let index = self.buffer(insert);
        let buffer = &mut self.buffers[index];
        if buffer.kept.is_empty() {
            return;
        }
        self.rows += 1;
        buffer.text.extend_from_slice(if buffer.text.is_empty() { &buffer.head } else { b"," });
        let mut before = b'(';
        for (cell, _) in row.iter().zip(&buffer.kept).filter(|(_, kept)| **kept) {
            buffer.text.push(before);
            cell.write(&mut buffer.text);
            before = b',';
        }
        buffer.text.push(b')');
        if buffer.text.len() > STATEMENT {
            let statement = std::mem::take(&mut buffer.text);
            // A writer that ended has an error to tell, which `finish` of its tasks does.
            let _ = self.writers[buffer.writer].blocking_send(statement);
        }
    }

    fn buffer(&mut self, insert: &'static Insert) -> usize {
        let key = std::ptr::from_ref(insert) as usize;
        if let Some(index) = self.known.get(&key) {
            return *index;
        }
        let existing = self.columns.get(insert.table);
        let kept: Vec<bool> = existing
            .map(|columns| insert.columns.iter().map(|name| columns.contains(*name)).collect())
            .unwrap_or_default();
        let names: Vec<String> =
            insert.columns.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(name, _)| format!("`{name}`")).collect();
        let head = format!("INSERT INTO `{}` ({}) VALUES ", insert.table, names.join(",")).into_bytes();
        // A table's rows stay in order: one connection writes them all.
        let writer = insert.table.bytes().map(usize::from).sum::<usize>() % self.writers.len();
        self.buffers.push(Buffer { writer, head, text: Vec::new(), kept });
        self.known.insert(key, self.buffers.len() - 1);
        self.buffers.len() - 1
    }

    /// Sends what is left.
    pub fn finish(self) -> u64 {
        for buffer in self.buffers {
            if !buffer.text.is_empty() {
                let _ = self.writers[buffer.writer].blocking_send(buffer.text);
            }
        }
        self.rows
    }
}

/// The connections that write what a sink gathers.
#[derive(Debug)]
pub struct Writers(Vec<JoinHandle<Result<(), mysql_async::Error>>>);

impl Writers {
    /// Opens them on `database`, which has these columns.
    pub async fn open(server: &Opts, database: &str, columns: Columns) -> Result<(Sink, Self), SeedError> {
        let opts: Opts = OptsBuilder::from_opts(server.clone()).db_name(Some(database)).into();
        let (mut senders, mut tasks) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            let mut conn = Conn::new(opts.clone()).await?;
            for setting in [
                // Zero dates, and columns that modules leave out, are part of what is loaded.
                "SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'",
                "SET NAMES utf8mb4",
            ] {
                conn.query_drop(setting).await?;
            }
            let (sender, mut statements) = mpsc::channel::<Vec<u8>>(4);
            senders.push(sender);
            tasks.push(tokio::spawn(async move {
                while let Some(statement) = statements.recv().await {
                    conn.query_drop(statement).await?;
                }
                conn.disconnect().await
            }));
        }
        let sink = Sink { columns, buffers: Vec::new(), known: HashMap::new(), writers: senders, rows: 0 };
        Ok((sink, Self(tasks)))
    }

    /// Waits until everything is written.
    pub async fn finish(self) -> Result<(), SeedError> {
        for task in self.0 {
            task.await.map_err(|_| SeedError::Stopped)??;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: Cell<'_>) -> String {
        let mut out = Vec::new();
        cell.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written_as_sql() {
        assert_eq!(written(Cell::from(Cents(-500))), "-5.00");
        assert_eq!(written(Cell::from(Cents(-5))), "-0.05");
        assert_eq!(written(Cell::from("O'Brien \\ Söhne\r\n")), "'O\\'Brien \\\\ Söhne\r\n'");
        assert_eq!(written(Cell::from(None::<NaiveDate>)), "'0000-00-00'");
        assert_eq!(written(Cell::from(NaiveDate::from_ymd_opt(2026, 12, 1))), "'2026-12-01'");
        assert_eq!(written(Cell::from(None::<u32>)), "NULL");
    }
}
