//! Proposes a mapping from what is there: by rules about names and values, each proposal with its evidence and how sure it
//! is, as comments. What is not sure is `unmapped`, which no run accepts; nothing is applied before somebody has read it.

mod currencies;
mod evidence;
mod fields;
mod images;
mod manifests;
mod names;
mod options;
mod places;
mod products;
mod sizes;
mod yaml;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    carried::LegacyId,
    inventory::Inventory,
    mapping::Mapping,
    value::Name,
    whmcs::{Catalogue, Seen},
};

/// Two files for the owner to read and to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// `mapping.yaml`.
    pub mapping: String,
    /// `catalogue.yaml`: the plans, images, networks and pools that the mapping needs.
    pub catalogue: String,
}

/// `source` is the name that records will be known by.
pub fn propose(source: &str, catalogue: &Catalogue, seen: &Seen, inventory: Option<&Inventory>) -> Proposal {
    let plain = Mapping::default();
    let shop = Shop::new(catalogue, seen, inventory, &plain);
    let products = products::propose(&shop);
    let carried: BTreeSet<LegacyId> = products.iter().filter(|p| p.is_carried()).map(|p| p.id).collect();
    let options = options::propose(&shop, &carried);
    let fields = fields::propose(&shop, &carried);
    let images = images::propose(&shop, &options, &fields);
    let regions = places::regions(&shop, &options, &fields);
    let plans = places::plans(&shop, &options, &products);
    let currencies = currencies::propose(&shop);
    let servers = places::servers(&shop, &carried);
    let locators = places::locators(&shop, &fields);
    let parts = yaml::Parts {
        currencies: &currencies,
        products: &products,
        options: &options,
        fields: &fields,
        images: &images,
    };
    let mapping = yaml::write(source, &parts, &regions, &plans, &servers, &locators);
    let catalogue = manifests::write(&shop, &products, &images, &options);
    Proposal { mapping, catalogue }
}

/// What there is, counted and looked up.
struct Shop<'a> {
    catalogue: &'a Catalogue,
    seen: &'a Seen,
    inventory: Option<&'a Inventory>,
    plain: &'a Mapping,
    /// Services of each product.
    services: HashMap<LegacyId, u64>,
    /// Answers of each option.
    answers: HashMap<LegacyId, u64>,
    /// Answers of each choice.
    chosen: HashMap<(LegacyId, LegacyId), u64>,
    /// Values of each field, commonest first.
    values: HashMap<LegacyId, Vec<(&'a str, u64)>>,
    /// Products of each option, through its group.
    offered: HashMap<LegacyId, BTreeSet<LegacyId>>,
}

impl<'a> Shop<'a> {
    fn new(catalogue: &'a Catalogue, seen: &'a Seen, inventory: Option<&'a Inventory>, plain: &'a Mapping) -> Self {
        let mut services = HashMap::new();
        for row in &seen.services {
            *services.entry(row.product).or_insert(0) += row.count;
        }
        let (mut answers, mut chosen) = (HashMap::new(), HashMap::new());
        for row in &seen.answers {
            *answers.entry(row.option).or_insert(0) += row.count;
            *chosen.entry((row.option, row.choice)).or_insert(0) += row.count;
        }
        let mut values: HashMap<LegacyId, Vec<(&str, u64)>> = HashMap::new();
        for row in seen.values.iter().filter(|row| !row.value.trim().is_empty()) {
            values.entry(row.field).or_default().push((row.value.as_str(), row.count));
        }
        for list in values.values_mut() {
            list.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
        }
        let mut by_group: HashMap<LegacyId, BTreeSet<LegacyId>> = HashMap::new();
        for (group, product) in &catalogue.links {
            by_group.entry(*group).or_default().insert(*product);
        }
        let offered = catalogue
            .options
            .values()
            .map(|option| (option.id, by_group.get(&option.gid).cloned().unwrap_or_default()))
            .collect();
        Self { catalogue, seen, inventory, plain, services, answers, chosen, values, offered }
    }

    fn text(&self, raw: &str) -> String {
        self.plain.text.plain(raw)
    }

    fn name(&self, raw: &str) -> Name {
        Name::new(&self.text(raw))
    }

    fn module(&self, product: LegacyId) -> &str {
        self.catalogue.products.get(&product).map_or("", |product| product.servertype.trim())
    }

    fn modules(&self, products: &BTreeSet<LegacyId>) -> BTreeSet<String> {
        products.iter().map(|product| self.module(*product).to_ascii_lowercase()).collect()
    }

    /// Choices of a list that somebody can have: on offer, or chosen once.
    fn choices(&self, option: LegacyId) -> Vec<(LegacyId, String)> {
        let choices = self.catalogue.choices_of(option);
        let in_use = choices.into_iter().filter(|c| !c.hidden || self.chosen.contains_key(&(option, c.id)));
        in_use.map(|choice| (choice.id, self.text(&choice.name))).collect()
    }
}

/// How sure a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// An entry and what speaks for it.
#[derive(Debug, Clone, PartialEq)]
struct Proposed {
    /// What stands after the key, as YAML.
    entry: String,
    evidence: String,
    confidence: Confidence,
}

/// Entries by folded key, with the spelling that is shown.
type Entries = BTreeMap<String, (String, Proposed)>;
