//! From rows of WHMCS to what is carried over: pure functions, the same for a dry run and a real one.

mod answers;
mod claims;
mod client;
mod compiled;
mod history;
mod locate;
mod meaning;
mod orphan;
mod reach;
mod said;
mod service;
mod size;
mod values;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod traps;
#[cfg(test)]
mod traps_of_claims;
#[cfg(test)]
mod traps_of_people;

pub use claims::{Claim, Claims, Shared};
pub use client::{Client, People};
pub use locate::Located;

pub(crate) use self::{
    compiled::{Compiled, CompiledOption},
    meaning::{Meaning, Reader, Reading},
};
use crate::{carried::LegacyId, inventory::Machines, mapping::Mapping, whmcs::Catalogue};

/// Of ISO 4217: no currency.
const NO_CURRENCY: &str = "XXX";

/// All that the rows are read with.
pub struct Transform<'a> {
    mapping: &'a Mapping,
    catalogue: &'a Catalogue,
    machines: &'a Machines,
    compiled: Compiled<'a>,
    shared: Shared,
}

impl<'a> Transform<'a> {
    /// Works out what every choice means; once a run.
    pub fn new(mapping: &'a Mapping, catalogue: &'a Catalogue, machines: &'a Machines) -> Self {
        let compiled = Compiled::new(mapping, catalogue);
        Self { mapping, catalogue, machines, compiled, shared: Shared::default() }
    }

    /// What more than one live service claims: [`Self::claim`] says what each does.
    #[must_use]
    pub fn with_shared(self, shared: Shared) -> Self {
        Self { shared, ..self }
    }

    /// As `EUR`; `None` where there is no such currency.
    pub fn currency_code(&self, id: LegacyId) -> Option<&str> {
        self.compiled.currencies.get(&id).map(String::as_str)
    }
}
