//! The cells of one row, in the order in which they were asked for.

use mysql_async::{Row, Value};
use rust_decimal::Decimal;

use super::SourceError;

/// Takes cell by cell; the first is the row's id.
#[derive(Debug)]
pub struct Cells {
    table: &'static str,
    id: i64,
    values: std::vec::IntoIter<Value>,
}

impl Cells {
    pub fn new(table: &'static str, row: Row) -> Self {
        // It panics only where a cell was taken before, and a row comes here as the server sent it.
        let mut cells = Self { table, id: 0, values: row.unwrap().into_iter() };
        if let Some(first) = cells.values.as_slice().first() {
            cells.id = integer(first).unwrap_or_default();
        }
        cells
    }

    fn next(&mut self) -> Value {
        self.values.next().unwrap_or(Value::NULL)
    }

    fn wrong(&self, what: impl Into<String>) -> SourceError {
        SourceError::Cell { table: self.table, id: self.id, what: what.into() }
    }

    /// 0 for NULL: WHMCS writes 0 for "none" itself.
    pub fn int(&mut self) -> Result<i64, SourceError> {
        Ok(self.opt_int()?.unwrap_or_default())
    }

    pub fn opt_int(&mut self) -> Result<Option<i64>, SourceError> {
        match self.next() {
            Value::NULL => Ok(None),
            Value::Bytes(bytes) if bytes.is_empty() => Ok(None),
            value => match integer(&value) {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong("a number was expected")),
            },
        }
    }

    /// Empty for NULL.
    pub fn text(&mut self) -> Result<String, SourceError> {
        Ok(self.opt_text()?.unwrap_or_default())
    }

    /// The session converts every charset to UTF-8, and only a BLOB can hold bytes that are none. A NUL says nothing, and
    /// the target takes none.
    pub fn opt_text(&mut self) -> Result<Option<String>, SourceError> {
        match self.next() {
            Value::NULL => Ok(None),
            Value::Bytes(mut bytes) => {
                bytes.retain(|byte| *byte != 0);
                Ok(Some(match String::from_utf8(bytes) {
                    Ok(text) => text,
                    Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
                }))
            }
            Value::Int(number) => Ok(Some(number.to_string())),
            Value::UInt(number) => Ok(Some(number.to_string())),
            _ => Err(self.wrong("text was expected")),
        }
    }

    /// 0 for NULL.
    pub fn money(&mut self) -> Result<Decimal, SourceError> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(Decimal::ZERO);
        }
        text.trim().parse().map_err(|_| self.wrong(format!("`{text}` is no amount of money")))
    }

    /// `on`, `1` and whatever else is not one of WHMCS' ways to say no.
    pub fn flag(&mut self) -> Result<bool, SourceError> {
        let text = self.text()?;
        Ok(!matches!(text.trim().to_ascii_lowercase().as_str(), "" | "0" | "off" | "n" | "no" | "false"))
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::UInt(number) => i64::try_from(*number).ok(),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
        _ => None,
    }
}
