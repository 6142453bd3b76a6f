//! What every choice of every option means, worked out once for a catalogue: a row's own work is a look-up.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::meaning::{Fact, Reader, Reading};
use crate::{
    carried::LegacyId,
    mapping::{At, Mapping, PlanUse, ProductUse, TextRole, Use},
    text::{fold, is_on},
    value::{Name, Operation},
    whmcs::{Catalogue, Choice, CustomField, FieldScope, OptionKind, ProductOption},
};

/// A catalogue as the mapping reads it.
pub struct Compiled<'a> {
    /// By option: as the mapping's common entries say.
    options: HashMap<LegacyId, CompiledOption<'a>>,
    /// By product and option: where the product says otherwise.
    own_options: HashMap<(LegacyId, LegacyId), CompiledOption<'a>>,
    fields: HashMap<LegacyId, CompiledField<'a>>,
    own_fields: HashMap<(LegacyId, LegacyId), CompiledField<'a>>,
    /// By product: the options that set a size, and what they are called.
    pub asked: HashMap<LegacyId, Vec<(LegacyId, String)>>,
    /// By product: what its options and fields say in words.
    asks: HashMap<LegacyId, HashSet<TextRole>>,
    pub product_names: HashMap<LegacyId, String>,
    /// Codes of ISO 4217. One that is missing is no currency.
    pub currencies: HashMap<LegacyId, String>,
}

pub struct CompiledOption<'a> {
    pub kind: OptionKind,
    pub name: Name,
    pub entry: Option<&'a At<Use>>,
    pub fact: Option<Fact>,
    one: String,
    /// Of a list.
    pub choices: HashMap<LegacyId, Reading>,
    /// Of a yes/no option.
    pub yes: Option<Reading>,
    pub no: Option<Reading>,
    /// Of a quantity: the first ones, which are nearly all.
    pub quantities: Vec<Reading>,
}

pub struct CompiledField<'a> {
    pub name: Name,
    pub entry: Option<&'a At<Use>>,
    pub fact: Option<Fact>,
    /// The entries of a dropdown, by each of their halves, folded.
    pub listed: HashMap<String, String>,
    pub is_password: bool,
    pub is_tickbox: bool,
    /// What values say that are spelled as a dropdown's entries are, whole or one half of them.
    worked: HashMap<String, Reading>,
}

const QUANTITIES: i64 = 65;

impl<'a> Compiled<'a> {
    pub fn new(mapping: &'a Mapping, catalogue: &Catalogue) -> Self {
        let mut compiled = Self {
            options: HashMap::new(),
            own_options: HashMap::new(),
            fields: HashMap::new(),
            own_fields: HashMap::new(),
            asked: HashMap::new(),
            asks: HashMap::new(),
            product_names: HashMap::new(),
            currencies: HashMap::new(),
        };
        let mut choices: HashMap<LegacyId, Vec<(LegacyId, String)>> = HashMap::new();
        let mut listed: Vec<&Choice> = catalogue.choices.values().collect();
        // Of several where there should be one, the first on offer counts.
        listed.sort_by_key(|choice| (choice.hidden, choice.sortorder, choice.id));
        for choice in listed {
            choices.entry(choice.configid).or_default().push((choice.id, mapping.text.plain(&choice.name)));
        }
        let no_choices = Vec::new();
        for option in catalogue.options.values() {
            let name = Name::new(&mapping.text.plain(&option.name));
            let choices = choices.get(&option.id).unwrap_or(&no_choices);
            for (product, plan) in plans(mapping) {
                if let Some(entry) = plan.options.get(&name.keys) {
                    let own = CompiledOption::new(mapping, Some(entry), name.clone(), option, choices);
                    compiled.own_options.insert((product, option.id), own);
                }
            }
            let entry = mapping.options.get(&name.keys);
            compiled.options.insert(option.id, CompiledOption::new(mapping, entry, name, option, choices));
        }
        for field in catalogue.fields.values().filter(|field| field.scope == FieldScope::Product) {
            let name = Name::new(&mapping.text.plain(&field.name));
            for (product, plan) in plans(mapping) {
                if let Some(entry) = plan.fields.get(&name.keys) {
                    let own = CompiledField::new(mapping, Some(entry), name.clone(), field);
                    compiled.own_fields.insert((product, field.id), own);
                }
            }
            let entry = mapping.fields.get(&name.keys);
            compiled.fields.insert(field.id, CompiledField::new(mapping, entry, name, field));
        }
        let mut by_group: HashMap<LegacyId, Vec<&ProductOption>> = HashMap::new();
        for option in catalogue.options.values() {
            by_group.entry(option.gid).or_default().push(option);
        }
        for (group, product) in &catalogue.links {
            for option in by_group.get(group).into_iter().flatten() {
                match compiled.option(*product, option.id).and_then(|option| option.entry).map(|entry| &entry.value) {
                    // A hidden one is on no order form, so no answer is missing.
                    Some(Use::Size(size)) if size.operation == Operation::Set && !option.hidden => {
                        let name = mapping.text.plain(&option.name);
                        compiled.asked.entry(*product).or_default().push((option.id, name));
                    }
                    Some(Use::Text { role, .. }) => {
                        compiled.asks.entry(*product).or_default().insert(*role);
                    }
                    _ => {}
                }
            }
        }
        for field in catalogue.fields.values().filter(|field| field.scope == FieldScope::Product) {
            let entry = compiled.field(field.relid, field.id).and_then(|field| field.entry);
            if let Some(Use::Text { role, .. }) = entry.map(|entry| &entry.value) {
                compiled.asks.entry(field.relid).or_default().insert(*role);
            }
        }
        let names = catalogue.products.values().map(|product| (product.id, mapping.text.plain(&product.name)));
        compiled.product_names = names.collect();
        let codes =
            catalogue.currencies.values().filter_map(|row| Some((row.id, mapping.currency(row.id, &row.code)?)));
        compiled.currencies = codes.collect();
        compiled
    }

    /// Whether an option or field of the product says it.
    pub fn asks(&self, product: LegacyId, role: TextRole) -> bool {
        self.asks.get(&product).is_some_and(|roles| roles.contains(&role))
    }

    /// As the product sees it.
    pub fn option(&self, product: LegacyId, option: LegacyId) -> Option<&CompiledOption<'a>> {
        if !self.own_options.is_empty()
            && let Some(own) = self.own_options.get(&(product, option))
        {
            return Some(own);
        }
        self.options.get(&option)
    }

    pub fn field(&self, product: LegacyId, field: LegacyId) -> Option<&CompiledField<'a>> {
        if !self.own_fields.is_empty()
            && let Some(own) = self.own_fields.get(&(product, field))
        {
            return Some(own);
        }
        self.fields.get(&field)
    }
}

fn plans(mapping: &Mapping) -> impl Iterator<Item = (LegacyId, &PlanUse)> {
    mapping.products.iter().filter_map(|(id, entry)| match &entry.value {
        ProductUse::Plan(plan) => Some((*id, plan.as_ref())),
        ProductUse::Unmapped | ProductUse::Ignore(_) => None,
    })
}

impl<'a> CompiledOption<'a> {
    fn new(
        mapping: &'a Mapping,
        entry: Option<&'a At<Use>>,
        name: Name,
        option: &ProductOption,
        choices: &[(LegacyId, String)],
    ) -> Self {
        let one = match option.kind {
            OptionKind::Quantity => choices.first().map(|(_, text)| text.clone()).unwrap_or_default(),
            _ => String::new(),
        };
        let reader = Reader { mapping, entry: entry.map(|entry| &entry.value), name: &name, one: &one };
        let (mut listed, mut yes, mut no, mut quantities) = (HashMap::new(), None, None, Vec::new());
        match option.kind {
            OptionKind::Dropdown | OptionKind::Radio => {
                listed = choices.iter().map(|(id, text)| (*id, reader.choice(text))).collect();
            }
            OptionKind::YesNo => {
                let label = choices.first().map_or("", |(_, text)| text.as_str());
                yes = Some(reader.yes_no(true, label));
                no = Some(reader.yes_no(false, label));
            }
            OptionKind::Quantity => quantities = (0..QUANTITIES).map(|quantity| reader.quantity(quantity)).collect(),
            OptionKind::Unknown => {}
        }
        let fact = reader.fact();
        Self { kind: option.kind, name, entry, fact, one, choices: listed, yes, no, quantities }
    }

    /// Whatever its answer, nothing is made of it.
    pub fn is_left_behind(&self) -> bool {
        matches!(self.entry.map(|entry| &entry.value), Some(Use::Ignore(_) | Use::Secret))
    }

    /// As a reader of a quantity that is not among those worked out.
    pub fn reader<'s>(&'s self, mapping: &'s Mapping) -> Reader<'s> {
        Reader { mapping, entry: self.entry.map(|entry| &entry.value), name: &self.name, one: &self.one }
    }
}

impl<'a> CompiledField<'a> {
    fn new(mapping: &'a Mapping, entry: Option<&'a At<Use>>, name: Name, definition: &CustomField) -> Self {
        let reader = Reader { mapping, entry: entry.map(|entry| &entry.value), name: &name, one: "" };
        let fact = reader.fact();
        let mut listed: HashMap<String, String> = HashMap::new();
        let mut twice = Vec::new();
        if definition.kind.trim().eq_ignore_ascii_case("dropdown") {
            let choices = mapping.text.plain(&definition.choices);
            for full in choices.split(',').map(str::trim).filter(|full| full.contains('|')) {
                for half in full.splitn(2, '|').map(fold).filter(|half| !half.is_empty()) {
                    if listed.insert(half.clone(), full.to_owned()).is_some_and(|before| before != full) {
                        twice.push(half);
                    }
                }
            }
            // A half of two entries says neither.
            for half in twice {
                listed.remove(&half);
            }
        }
        let is = |kind: &str| definition.kind.trim().eq_ignore_ascii_case(kind);
        let worked = HashMap::new();
        let mut field =
            Self { is_password: is("password"), is_tickbox: is("tickbox"), name, entry, fact, listed, worked };
        if is("dropdown") {
            let entries = spellings(definition.choices.as_str());
            field.worked = entries.map(|text| (text.to_owned(), field.work_out(mapping, text))).collect();
        }
        field
    }

    /// What a value says, as the column has it.
    pub fn read(&self, mapping: &Mapping, raw: &str) -> Cow<'_, Reading> {
        self.worked.get(raw).map_or_else(|| Cow::Owned(self.work_out(mapping, raw)), Cow::Borrowed)
    }

    fn work_out(&self, mapping: &Mapping, raw: &str) -> Reading {
        let reader = Reader { mapping, entry: self.entry.map(|entry| &entry.value), name: &self.name, one: "" };
        let entry = self.entry.map(|entry| &entry.value);
        if matches!(entry, Some(Use::Text { role: TextRole::SshKey | TextRole::Address, .. } | Use::Keep)) {
            return reader.choice(&mapping.text.lines(raw));
        }
        let text = mapping.text.plain(raw);
        if self.is_tickbox {
            return match is_on(&text) {
                Some(on) => reader.yes_no(on, ""),
                None => reader.choice(&text),
            };
        }
        // Older rows hold one half of what the list says now.
        match self.listed.get(&fold(&text)) {
            Some(full) => reader.choice(full),
            None => reader.choice(&text),
        }
    }
}

/// The entries of a dropdown as its column has them, and each of their halves.
fn spellings(choices: &str) -> impl Iterator<Item = &str> {
    choices.split(',').map(str::trim).flat_map(|full| {
        let halves = full.split_once('|').map(|(before, after)| [before.trim(), after.trim()]);
        std::iter::once(full).chain(halves.into_iter().flatten())
    })
}
