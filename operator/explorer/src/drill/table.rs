//! The matrix for people: a line for each mishap and end, and where it stands in a document.

use std::collections::BTreeMap;

use super::{
    matrix::{Cells, Matrix, Row},
    operation::operations,
};

const BEGIN: &str = "<!-- matrix: written by `make prove` -->\n";
const END: &str = "<!-- /matrix -->\n";

/// The most common end of a mishap names no operations.
pub const ALL: &str = "all";
pub const ALL_OTHERS: &str = "all others";

/// The lines of the table.
pub fn table(cells: &Cells) -> String {
    let mut lines = vec!["| what goes wrong | how it ends | operations |".to_owned(), "|---|---|---|".to_owned()];
    for row in Row::all() {
        let mut by_end: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for operation in operations() {
            if let Some(end) = cells.get(&(row.name().to_owned(), operation.name.to_owned())) {
                by_end.entry(end).or_default().push(operation.name);
            }
        }
        let mut ends: Vec<_> = by_end.into_iter().collect();
        ends.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        let others = if ends.len() == 1 { ALL } else { ALL_OTHERS };
        for (at, (end, names)) in ends.iter().enumerate() {
            let names = if at == 0 && names.len() > 1 { others.to_owned() } else { names.join(", ") };
            lines.push(format!("| {} | {end} | {names} |", row.name()));
        }
    }
    lines.join("\n") + "\n"
}

/// What was tried and found.
pub fn summary(matrix: &Matrix) -> String {
    let (operations, mishaps) = (operations().len(), Row::all().len());
    // In the words of the promises, `properties.rs` and `rehearse.rs`.
    let broke = |words: &[&str]| {
        matrix.broken.iter().filter(|(_, promise)| words.iter().any(|word| promise.contains(word))).count()
    };
    format!(
        "{operations} operations × {mishaps} mishaps, each at every call of the operation: {cells} cells, {runs} runs, {broken} broken \
         promises; {duplicates} duplicates, {orphans} orphans, {touched} touches of what is somebody else's.",
        cells = matrix.cells.len(),
        runs = matrix.runs,
        broken = matrix.broken.len(),
        duplicates = broke(&["has two VMs", "is used by VM", "is used a second time"]),
        orphans = broke(&["has no owner", "is nobody's"]),
        touched = broke(&["which is not ours"]),
    )
}

/// The document with the matrix in its place; none when it has no place for it.
pub fn put_into(document: &str, matrix: &Matrix) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n\n{}\n{END}{after}", summary(matrix), table(&matrix.cells)))
}
