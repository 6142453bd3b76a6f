//! A table's rows as a struct: which columns it wants, what stands for one that an older version lacks, and pages by id.

use std::marker::PhantomData;

use mysql_async::prelude::Queryable as _;

use super::cells::Cells;
use super::schema::Schema;
use super::{Paged, Snapshot, SourceError};

/// A wanted column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// Read as text: `0000-00-00` is none of a driver's dates.
    Date,
    /// NULL where an older version does not have the column.
    Later,
    LaterDate,
}

/// What can be read from one table. The first column is the id by which pages go on.
pub trait Row: Sized {
    const TABLE: &'static str;
    const COLUMNS: &'static [Column];

    fn read(cells: &mut Cells) -> Result<Self, SourceError>;

    fn id(&self) -> i64;
}

/// Implements [`Row`]: `field: kind` reads the column of that name, `field = "column": kind` another. `with_rest`: some
/// fields come from other tables.
macro_rules! row {
    ($type:ty, $table:literal, with_rest { $($field:ident $(= $column:literal)? : $kind:ident),* $(,)? }) => {
        $crate::source::table::row!(@impl $type, $table, [..Self::default()], $($field $(= $column)? : $kind),*);
    };
    ($type:ty, $table:literal, { $($field:ident $(= $column:literal)? : $kind:ident),* $(,)? }) => {
        $crate::source::table::row!(@impl $type, $table, [], $($field $(= $column)? : $kind),*);
    };
    (@impl $type:ty, $table:literal, [$($rest:tt)*], $($field:ident $(= $column:literal)? : $kind:ident),*) => {
        impl $crate::source::table::Row for $type {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [$crate::source::table::Column] = &[$(
                $crate::source::table::Column {
                    name: $crate::source::table::row!(@name $field $($column)?),
                    kind: $crate::source::table::row!(@kind $kind),
                }
            ),*];

            fn read(cells: &mut $crate::source::cells::Cells) -> Result<Self, $crate::source::SourceError> {
                Ok(Self { $($field: $crate::source::table::row!(@read cells $kind)?),* , $($rest)* })
            }

            fn id(&self) -> i64 {
                self.id
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:literal) => { $column };
    (@kind date) => { $crate::source::table::Kind::Date };
    (@kind later_date) => { $crate::source::table::Kind::LaterDate };
    (@kind later_int) => { $crate::source::table::Kind::Later };
    (@kind later_text) => { $crate::source::table::Kind::Later };
    (@kind later_flag) => { $crate::source::table::Kind::Later };
    (@kind later_or_empty) => { $crate::source::table::Kind::Later };
    (@kind later_or_zero) => { $crate::source::table::Kind::Later };
    (@kind $other:ident) => { $crate::source::table::Kind::Plain };
    (@read $cells:ident date) => { $cells.opt_text() };
    (@read $cells:ident later_date) => { $cells.opt_text() };
    (@read $cells:ident later_int) => { $cells.opt_int() };
    (@read $cells:ident later_text) => { $cells.opt_text() };
    (@read $cells:ident later_flag) => { $cells.flag() };
    (@read $cells:ident later_or_empty) => { $cells.text() };
    (@read $cells:ident later_or_zero) => { $cells.int() };
    (@read $cells:ident $kind:ident) => { $cells.$kind() };
}
pub(crate) use row;

/// The columns of `R` for a `select`, of the table under the alias `t`.
pub fn select_list<R: Row>(schema: &Schema) -> Result<String, SourceError> {
    if !schema.has_table(R::TABLE) {
        return Err(SourceError::NoTable(R::TABLE));
    }
    let columns = R::COLUMNS.iter().map(|column| {
        let is_there = schema.has(R::TABLE, column.name);
        match column.kind {
            Kind::Plain | Kind::Later if is_there => Ok(format!("t.`{}`", column.name)),
            Kind::Date | Kind::LaterDate if is_there => Ok(format!("cast(t.`{}` as char)", column.name)),
            Kind::Later | Kind::LaterDate => Ok("null".to_owned()),
            Kind::Plain | Kind::Date => Err(SourceError::NoColumn { table: R::TABLE, column: column.name }),
        }
    });
    Ok(columns.collect::<Result<Vec<_>, _>>()?.join(", "))
}

impl Snapshot {
    /// All rows of a small table.
    pub async fn all<R: Row>(&mut self) -> Result<Vec<R>, SourceError> {
        let columns = select_list::<R>(&self.schema)?;
        self.rows(&format!("select {columns} from `{}` t order by t.id", R::TABLE)).await
    }

    /// All rows of a table that some installations do not have.
    pub async fn all_if_there<R: Row>(&mut self) -> Result<Vec<R>, SourceError> {
        if self.schema.has_table(R::TABLE) { self.all().await } else { Ok(vec![]) }
    }

    /// Rows that hang on others: `owner` between two ids.
    pub async fn of_owners<R: Row>(
        &mut self,
        owner: &str,
        from: i64,
        to: i64,
        and: &str,
    ) -> Result<Vec<R>, SourceError> {
        let columns = select_list::<R>(&self.schema)?;
        self.rows(&format!(
            "select {columns} from `{}` t where t.`{owner}` between {from} and {to} {and} order by t.`{owner}`, t.id",
            R::TABLE
        ))
        .await
    }

    /// The rows that a statement answers; its first columns are those of `R`.
    pub(super) async fn rows<R: Row>(&mut self, statement: &str) -> Result<Vec<R>, SourceError> {
        let mut result = self.connection.query_iter(statement).await?;
        let mut rows = Vec::new();
        while let Some(row) = result.next().await? {
            rows.push(R::read(&mut Cells::new(R::TABLE, row))?);
        }
        Ok(rows)
    }
}

/// A table page by page, by id.
#[derive(Debug)]
pub struct Pages<R> {
    after: i64,
    size: usize,
    done: bool,
    row: PhantomData<fn() -> R>,
}

impl<R> Pages<R> {
    pub const fn new(size: usize) -> Self {
        Self { after: i64::MIN, size, done: false, row: PhantomData }
    }
}

impl<R: Row + Send + 'static> Paged for Pages<R> {
    type Row = R;

    async fn next(&mut self, snapshot: &mut Snapshot) -> Result<Vec<R>, SourceError> {
        if self.done {
            return Ok(vec![]);
        }
        let columns = select_list::<R>(&snapshot.schema)?;
        let rows: Vec<R> = snapshot
            .rows(&format!(
                "select {columns} from `{}` t where t.id > {} order by t.id limit {}",
                R::TABLE,
                self.after,
                self.size
            ))
            .await?;
        self.done = rows.len() < self.size;
        if let Some(last) = rows.last() {
            self.after = last.id();
        }
        Ok(rows)
    }
}
