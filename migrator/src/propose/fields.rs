//! Proposes what each custom field of products is about.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Confidence, Entries, Proposed, Shop, evidence,
    names::{self, Hint},
    options::{keep, unmapped},
};
use crate::{
    carried::LegacyId,
    mapping::{TextRole, shown},
    value::{Amount, Resource, Step, amount},
    whmcs::{CustomField, FieldScope},
};

#[derive(Debug, Default)]
pub struct Fields {
    pub common: Entries,
    /// Fields about an image or a region.
    pub words: Vec<(LegacyId, TextRole)>,
    /// Folded names of fields with a machine's number: the spelling, and the modules of their products.
    pub vmids: BTreeMap<String, (String, BTreeSet<String>)>,
}

/// The fields of products that are carried over, or of none.
pub fn propose(shop: &Shop<'_>, carried: &BTreeSet<LegacyId>) -> Fields {
    let mut all = Fields::default();
    let mut groups: BTreeMap<String, Vec<&CustomField>> = BTreeMap::new();
    let mut fields: Vec<&CustomField> = shop.catalogue.fields.values().collect();
    fields.sort_by_key(|field| field.id);
    for field in fields {
        let is_ours = field.relid == 0 || carried.contains(&field.relid);
        // Passwords are left behind, whatever they are called.
        if field.scope == FieldScope::Product && is_ours && !field.kind.trim().eq_ignore_ascii_case("password") {
            groups.entry(shop.name(&field.name).key().to_owned()).or_default().push(field);
        }
    }
    for (key, fields) in groups {
        let name = shop.name(&fields[0].name);
        let values: Vec<(String, u64)> = fields
            .iter()
            .flat_map(|field| shop.values.get(&field.id).into_iter().flatten())
            .map(|(value, count)| (shop.text(value), *count))
            .collect();
        let hint = name.keys.iter().find_map(|key| names::hint(key));
        let (mut proposed, role) = one(hint, &fields, &values);
        let count: u64 = values.iter().map(|(_, count)| count).sum();
        proposed.evidence = format!("{count} values; {}", proposed.evidence);
        match role {
            Some(TextRole::Vmid) => {
                let products: BTreeSet<LegacyId> =
                    fields.iter().map(|field| field.relid).filter(|id| *id != 0).collect();
                all.vmids.insert(key.clone(), (name.internal.clone(), shop.modules(&products)));
            }
            Some(role) => all.words.extend(fields.iter().map(|field| (field.id, role))),
            None => {}
        }
        all.common.insert(key, (name.internal.clone(), proposed));
    }
    all
}

fn one(hint: Option<Hint>, fields: &[&CustomField], values: &[(String, u64)]) -> (Proposed, Option<TextRole>) {
    let role = match hint {
        // As a field it says which address, as an option how many.
        Some(Hint::Size(Resource::AddressCount)) => Some(TextRole::Address),
        Some(Hint::Words(role)) => Some(role),
        Some(Hint::Secret) => {
            let evidence = "by its name it is a password, which is left behind".to_owned();
            return (Proposed { entry: "secret".to_owned(), evidence, confidence: Confidence::High }, None);
        }
        Some(Hint::Text) => return (keep("there is no place for it in Slipway"), None),
        Some(Hint::Size(resource)) => return (of_size(resource, values), None),
        Some(Hint::Bandwidth) => return (unmapped("traffic a month, or the speed of a port?"), None),
        None => return by_values(values),
    };
    let Some(role) = role else { return by_values(values) };
    if matches!(role, TextRole::Plan) {
        return (keep("there is no place for it in Slipway"), None);
    }
    let (all, fitting) = counts(role, values);
    let is_list = fields.iter().any(|field| !field.choices.trim().is_empty());
    let share = (fitting * 100).checked_div(all).unwrap_or(100);
    if share < 50 && !is_list {
        let sample = values.first().map_or_else(String::new, |(value, _)| shown(value));
        let evidence = format!(
            "by its name it is {}, but only {fitting} of {all} values can be (the commonest: `{sample}`; candidates: {}, keep)",
            role.name(),
            role.name()
        );
        return (unmapped(&evidence), None);
    }
    let confidence = match share {
        90.. => Confidence::High,
        _ if is_list => Confidence::High,
        _ => Confidence::Medium,
    };
    let evidence = format!("by its name; {fitting} of {all} values can be that");
    (Proposed { entry: role.name().to_owned(), evidence, confidence }, Some(role))
}

fn counts(role: TextRole, values: &[(String, u64)]) -> (u64, u64) {
    let fitting = values.iter().filter(|(value, _)| evidence::fits(role, value));
    (values.iter().map(|(_, count)| count).sum(), fitting.map(|(_, count)| count).sum())
}

fn of_size(resource: Resource, values: &[(String, u64)]) -> Proposed {
    let reads = |text: &str| match amount(text, resource, None, Step::Binary) {
        Some(Amount::Bare(_)) => Some(false),
        Some(_) => Some(true),
        None => None,
    };
    let halves = |text: &str| {
        let (internal, label) = crate::value::halves(text);
        reads(&internal).max(reads(&label))
    };
    let read: Vec<Option<bool>> = values.iter().map(|(value, _)| halves(value)).collect();
    if read.iter().all(|read| *read == Some(true)) {
        let evidence = "by its name; its values are amounts".to_owned();
        return Proposed { entry: resource.name().to_owned(), evidence, confidence: Confidence::Medium };
    }
    if read.iter().all(Option::is_some) {
        let entry = format!("{{role: {}, unit: unmapped}}", resource.name());
        let evidence = "by its name; but its values are bare numbers: write their unit".to_owned();
        return Proposed { entry, evidence, confidence: Confidence::Low };
    }
    unmapped(&format!("by its name it is {}, but not all its values are amounts of it", resource.name()))
}

/// What the values look like, where the name says nothing.
fn by_values(values: &[(String, u64)]) -> (Proposed, Option<TextRole>) {
    for role in [TextRole::Address, TextRole::SshKey, TextRole::Image] {
        let (all, fitting) = counts(role, values);
        if all > 0 && fitting * 10 >= all * 9 {
            let evidence = format!(
                "nothing is known of this name, but {fitting} of {all} values look like it (candidates: {}, keep)",
                role.name()
            );
            return (unmapped(&evidence), None);
        }
    }
    if values.iter().any(|(value, _)| evidence::amount_with_unit(value).is_some()) {
        return (
            unmapped("its values look like amounts, and may be of the size (candidates: memory, disk, cores, keep)"),
            None,
        );
    }
    (keep("nothing is known of this name"), None)
}
