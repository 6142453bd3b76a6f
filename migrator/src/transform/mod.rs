//! From rows of WHMCS to what is carried over: pure functions, the same for a dry run and a real one.

mod answers;
mod client;
mod compiled;
mod history;
mod locate;
mod meaning;
mod orphan;
mod said;
mod service;
mod size;
mod values;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod traps;
#[cfg(test)]
mod traps_of_people;

pub use client::{Client, People};
pub use locate::Located;

pub(crate) use self::{
    compiled::{Compiled, CompiledOption},
    meaning::{Meaning, Reader, Reading},
};
use crate::{inventory::Machines, machine_set::MachineSet, mapping::Mapping, whmcs::Catalogue};

/// All that the rows are read with.
pub struct Transform<'a> {
    mapping: &'a Mapping,
    catalogue: &'a Catalogue,
    machines: &'a Machines,
    compiled: Compiled<'a>,
    shared: MachineSet,
}

impl<'a> Transform<'a> {
    /// Works out what every choice means; once a run.
    pub fn new(mapping: &'a Mapping, catalogue: &'a Catalogue, machines: &'a Machines) -> Self {
        let compiled = Compiled::new(mapping, catalogue);
        Self { mapping, catalogue, machines, compiled, shared: MachineSet::default() }
    }

    /// Machines (site, number) that more than one live service claims: none of those services is linked. [`Self::claim`]
    /// tells them.
    #[must_use]
    pub fn with_shared(self, shared: MachineSet) -> Self {
        Self { shared, ..self }
    }
}
