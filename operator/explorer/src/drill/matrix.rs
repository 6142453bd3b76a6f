//! Every mishap at every call of every operation, as a table.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    thread,
};

use super::{
    faults::{CatalogueFault, catalogue_faults},
    operation::{Operation, operations},
    rehearse::{Rehearsal, Stage},
    strike::{Mishap, STEP_MISHAPS},
};
use crate::{gate::Fate, wire::Wire};

/// (mishap, operation) → how it ended, in the words of [`super::End`]; several where it depends on the call.
pub type Cells = BTreeMap<(String, String), String>;

#[derive(Debug, Default)]
pub struct Matrix {
    pub cells: Cells,
    /// How often an operation was carried out with a mishap.
    pub runs: usize,
    /// (where, broken promise and the way there).
    pub broken: Vec<(String, String)>,
}

/// What meets an operation at each of its calls.
#[derive(Debug, Clone, Copy)]
pub enum Row {
    Step(&'static str, Fate),
    Fault(CatalogueFault),
}

impl Row {
    /// The four of every step, then the catalogue's.
    pub fn all() -> Vec<Self> {
        let steps = STEP_MISHAPS.into_iter().map(|(name, fate)| Self::Step(name, fate));
        steps.chain(catalogue_faults().into_iter().map(Self::Fault)).collect()
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Step(name, _) => name,
            Self::Fault(fault) => fault.name,
        }
    }

    pub fn meets(&self, operation: &Operation) -> bool {
        match self {
            Self::Step(..) => true,
            Self::Fault(fault) => fault.meets(operation),
        }
    }

    /// Everything that it does, with the lines of the picture that it changes itself.
    pub fn mishaps(&self, stage: &Stage) -> (Vec<Mishap>, &'static [&'static str]) {
        match self {
            // Proxmox makes a backup for each call that it gets; both are shown.
            Self::Step(_, Fate::Twice) if stage.operation.name == "Backup" => {
                (vec![Mishap::Call(Fate::Twice)], &[": backups"])
            }
            Self::Step(_, fate) => (vec![Mishap::Call(*fate)], &[]),
            Self::Fault(fault) => {
                let orders = fault.orders(stage).into_iter().map(Mishap::Fault);
                (orders.collect(), fault.ignored_by(stage.operation))
            }
        }
    }
}

impl Matrix {
    /// Runs all of it whose mishap and operation are chosen, some operations at a time.
    pub fn run(
        threads: usize,
        wire: &Wire,
        chosen: impl Fn(&Row, &Operation) -> bool + Sync,
        told: impl Fn(&str, &Self) + Sync,
    ) -> Self {
        let next = Mutex::new(operations().iter());
        let whole = Mutex::new(Self::default());
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let Some(operation) = next.lock().unwrap_or_else(PoisonError::into_inner).next() else { break };
                        let part = Self::of(operation, wire, &chosen).unwrap_or_else(|error| Self {
                            broken: vec![(operation.name.to_owned(), error.to_string())],
                            ..Self::default()
                        });
                        let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
                        if part.runs > 0 || !part.broken.is_empty() {
                            told(operation.name, &part);
                        }
                        whole.add(part);
                    }
                });
            }
        });
        whole.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&mut self, part: Self) {
        self.cells.extend(part.cells);
        self.runs += part.runs;
        self.broken.extend(part.broken);
    }

    fn of(
        operation: &'static Operation,
        wire: &Wire,
        chosen: &impl Fn(&Row, &Operation) -> bool,
    ) -> anyhow::Result<Self> {
        let mut part = Self::default();
        let rows: Vec<Row> =
            Row::all().into_iter().filter(|row| row.meets(operation) && chosen(row, operation)).collect();
        if rows.is_empty() {
            return Ok(part);
        }
        let stage = Stage::prepare(operation, wire)?;
        for row in rows {
            let mut ends = BTreeSet::new();
            let (mishaps, ignored) = row.mishaps(&stage);
            for position in 0..stage.calls.len() {
                for mishap in &mishaps {
                    part.runs += 1;
                    match stage.rehearse(position, mishap.clone(), ignored) {
                        Rehearsal::Ended(end) => drop(ends.insert(end)),
                        Rehearsal::CannotHappen => {}
                        Rehearsal::Broken { promise, trace } => {
                            let place = format!("{}, {mishap:?} at `{}`", operation.name, stage.calls[position]);
                            part.broken.push((place, format!("{promise}\n    {}", trace.join("\n    "))));
                        }
                    }
                }
            }
            let words: Vec<String> = ends.iter().map(ToString::to_string).collect();
            let words = if words.is_empty() { "cannot happen".to_owned() } else { words.join(", ") };
            part.cells.insert((row.name().to_owned(), operation.name.to_owned()), words);
        }
        Ok(part)
    }
}
