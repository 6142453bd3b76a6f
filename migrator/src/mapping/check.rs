//! A mapping against the catalogue that it is for: whatever services use has to have its answer.

use std::collections::{BTreeSet, HashMap};

use super::{At, CurrencyUse, Mapping, Place, Problem, ProductUse, ServerUse, TextRole, Use, shown};
use crate::{
    carried::LegacyId,
    text::fold,
    transform::{Compiled, CompiledOption, Meaning, Reading},
    whmcs::{Catalogue, FieldScope, OptionKind, Seen},
};

/// Everything that a run would not know, each with the line that should say it. Empty: the mapping is complete.
pub fn check(mapping: &Mapping, catalogue: &Catalogue, seen: &Seen) -> Vec<Problem> {
    let compiled = Compiled::new(mapping, catalogue);
    let mut check = Check { mapping, catalogue, seen, compiled: &compiled, problems: BTreeSet::new() };
    check.currencies();
    check.products();
    check.servers();
    check.statuses();
    check.options();
    check.fields();
    check.locators();
    check.problems.into_iter().collect()
}

struct Check<'a> {
    mapping: &'a Mapping,
    catalogue: &'a Catalogue,
    seen: &'a Seen,
    compiled: &'a Compiled<'a>,
    problems: BTreeSet<Problem>,
}

impl Check<'_> {
    fn wrong(&mut self, line: u64, text: String) {
        self.problems.insert(Problem { line, text });
    }

    /// Whether the product becomes a server.
    fn is_carried(&self, product: LegacyId) -> bool {
        matches!(self.mapping.products.get(&product).map(|entry| &entry.value), Some(ProductUse::Plan(_)))
    }

    fn currencies(&mut self) {
        for (id, At { line, value }) in &self.mapping.currencies {
            if !self.catalogue.currencies.contains_key(id) {
                self.wrong(*line, format!("there is no currency {id}"));
            } else if *value == CurrencyUse::Unmapped {
                self.wrong(*line, format!("currency {id} is unmapped: write its code of ISO 4217, as `EUR`"));
            }
        }
        for row in self.catalogue.currencies.values() {
            let (id, code) = (row.id, shown(&row.code));
            if !self.mapping.currencies.contains_key(&id) && self.mapping.currency(id, &row.code).is_none() {
                let text = format!(
                    "currency {id} calls itself `{code}`, which is no code of ISO 4217: say which it is, as `currencies: \
                     {{{id}: EUR}}`"
                );
                self.wrong(1, text);
            }
        }
    }

    fn products(&mut self) {
        for (id, At { line, value }) in &self.mapping.products {
            if !self.catalogue.products.contains_key(id) {
                self.wrong(*line, format!("there is no product {id}"));
            } else if *value == ProductUse::Unmapped {
                self.wrong(*line, format!("product {id} is unmapped: name its plan, or ignore it"));
            }
        }
        let line = self.mapping.products.values().map(|entry| entry.line).min().unwrap_or(1);
        for (product, count) in self.services_by_product() {
            if let Some(product) = self.catalogue.products.get(&product)
                && !self.mapping.products.contains_key(&product.id)
            {
                let (id, name) = (product.id, shown(&product.name));
                self.wrong(line, format!("product {id} (`{name}`, {count} services) has no entry"));
            }
        }
    }

    fn services_by_product(&self) -> HashMap<LegacyId, u64> {
        let mut counts = HashMap::new();
        for services in &self.seen.services {
            *counts.entry(services.product).or_insert(0) += services.count;
        }
        counts
    }

    fn servers(&mut self) {
        for (id, At { line, value }) in &self.mapping.servers {
            if !self.catalogue.servers.contains_key(id) {
                self.wrong(*line, format!("there is no server {id}"));
            } else if *value == ServerUse::Unmapped {
                self.wrong(*line, format!("server {id} is unmapped: name its site, or ignore it"));
            }
        }
        let line = self.mapping.servers.values().map(|entry| entry.line).min().unwrap_or(1);
        let used: BTreeSet<LegacyId> =
            self.seen.services.iter().filter(|s| self.is_carried(s.product)).map(|s| s.server).collect();
        for id in used {
            // A server that is gone is a finding of each of its services.
            if let Some(server) = self.catalogue.servers.get(&id)
                && !self.mapping.servers.contains_key(&id)
            {
                self.wrong(line, format!("server {id} (`{}`) has no entry", shown(&server.name)));
            }
        }
    }

    fn statuses(&mut self) {
        let seen = self.seen.services.iter().filter(|services| self.is_carried(services.product));
        let unknown: BTreeSet<&str> = seen
            .map(|services| services.status.as_str())
            .filter(|status| !self.mapping.statuses.contains_key(&fold(status)))
            .collect();
        for status in unknown {
            self.wrong(1, format!("status `{status}` is unmapped: say under `statuses` what becomes of it"));
        }
    }

    fn options(&mut self) {
        let mut counts: HashMap<(LegacyId, LegacyId), u64> = HashMap::new();
        let mut answered: HashMap<LegacyId, u64> = HashMap::new();
        for answers in &self.seen.answers {
            counts.insert((answers.option, answers.choice), answers.count);
            *answered.entry(answers.option).or_insert(0) += answers.count;
        }
        let mut links: Vec<_> = self.catalogue.links.iter().filter(|(_, product)| self.is_carried(*product)).collect();
        links.sort_unstable();
        for (group, product) in links {
            for definition in self.catalogue.options.values().filter(|option| option.gid == *group) {
                let count = answered.get(&definition.id).copied().unwrap_or(0);
                if definition.hidden && count == 0 {
                    continue;
                }
                let Some(option) = self.compiled.option(*product, definition.id) else { continue };
                self.option(option, definition.id, count, &counts);
            }
        }
    }

    fn option(
        &mut self,
        option: &CompiledOption<'_>,
        id: LegacyId,
        count: u64,
        counts: &HashMap<(LegacyId, LegacyId), u64>,
    ) {
        let name = &option.name.internal;
        let Some(entry) = option.entry else {
            return self.wrong(self.mapping.options.line, format!("option `{name}` ({count} answers) has no entry"));
        };
        if entry.value == Use::Unmapped {
            return self.wrong(entry.line, format!("option `{name}` ({count} answers) is unmapped"));
        }
        let mut unclear: Vec<&Reading> = match option.kind {
            OptionKind::Dropdown | OptionKind::Radio => {
                let in_use = |choice: LegacyId| {
                    counts.contains_key(&(id, choice)) || self.catalogue.choices.get(&choice).is_some_and(|c| !c.hidden)
                };
                option.choices.iter().filter(|(choice, _)| in_use(**choice)).map(|(_, reading)| reading).collect()
            }
            OptionKind::YesNo => option.yes.iter().collect(),
            OptionKind::Quantity => option.quantities.iter().skip(1).take(1).collect(),
            OptionKind::Unknown => {
                self.wrong(entry.line, format!("option `{name}` is of no type that WHMCS has: ignore it"));
                Vec::new()
            }
        };
        unclear.retain(|reading| matches!(reading.meaning, Meaning::Unclear { .. }));
        for reading in unclear {
            self.wrong(entry.line, reading.reason.clone());
        }
    }

    fn fields(&mut self) {
        for values in &self.seen.values {
            let Some(definition) = self.catalogue.fields.get(&values.field) else { continue };
            let is_ours = definition.relid == 0 || self.is_carried(definition.relid);
            if definition.scope != FieldScope::Product || !is_ours || values.value.trim().is_empty() {
                continue;
            }
            let Some(field) = self.compiled.field(definition.relid, definition.id) else { continue };
            let name = &field.name.internal;
            if field.is_password {
                continue;
            }
            let Some(entry) = field.entry else {
                self.wrong(self.mapping.fields.line, format!("field `{name}` has no entry"));
                continue;
            };
            match &entry.value {
                Use::Unmapped => self.wrong(entry.line, format!("field `{name}` is unmapped")),
                Use::Text { role, .. } if !role.needs_table() => {}
                _ => {
                    let reading = field.read(self.mapping, &values.value);
                    // Customers type what they like: a value that no table has is a finding of its row. What a table
                    // leaves `unmapped` waits for an answer.
                    if reading.code == "value-unmapped" {
                        self.wrong(entry.line, format!("{} ({} services)", reading.reason, values.count));
                    }
                }
            }
        }
    }

    /// A locator that asks a field needs the field to say a machine's number.
    fn locators(&mut self) {
        for locator in &self.mapping.locators {
            let Place::Field(key) = &locator.place else { continue };
            match self.mapping.fields.by_key.get(key) {
                Some(At { value: Use::Text { role: TextRole::Vmid, .. }, .. }) => {}
                Some(At { line, .. }) => self.wrong(*line, format!("a locator asks `{key}`, whose role is not `vmid`")),
                None => self.wrong(self.mapping.fields.line, format!("a locator asks `{key}`, which is no field here")),
            }
        }
    }
}
