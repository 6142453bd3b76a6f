//! Proposes which image each value of an operating system means.

use std::collections::BTreeMap;

use super::{
    Shop,
    evidence::{System, system},
    fields::Fields,
    options::Options,
};
use crate::{carried::LegacyId, mapping::TextRole, text::fold, value::halves};

/// By folded label: the label, and the system; `None` where nobody can be sure.
pub type Images = BTreeMap<String, (String, Option<System>)>;

pub fn propose(shop: &Shop<'_>, options: &Options, fields: &Fields) -> Images {
    let mut images = Images::new();
    for label in labels(shop, TextRole::Image, options, fields) {
        let (internal, shown) = halves(&label);
        let found = system(&shown).or_else(|| system(&internal));
        images.entry(fold(&shown)).or_insert((shown, found));
    }
    images
}

/// Every value that a role can have: choices of options, entries of lists, and what a field without a list says.
pub fn labels(shop: &Shop<'_>, role: TextRole, options: &Options, fields: &Fields) -> Vec<String> {
    let of = |words: &[(LegacyId, TextRole)]| -> Vec<LegacyId> {
        words.iter().filter(|(_, is)| *is == role).map(|(id, _)| *id).collect()
    };
    let mut labels: Vec<String> = Vec::new();
    for option in of(&options.words) {
        labels.extend(shop.choices(option).into_iter().map(|(_, text)| text));
    }
    for id in of(&fields.words) {
        let Some(field) = shop.catalogue.fields.get(&id) else { continue };
        let list = shop.text(&field.choices);
        // What stands after a comma inside a label is no entry of its own.
        let entries =
            list.split(',').filter(|entry| !entry.starts_with(' ') || list.contains(", ") && is_spaced(&list));
        let entries: Vec<String> = entries.map(|entry| entry.trim().to_owned()).filter(|e| !e.is_empty()).collect();
        if entries.is_empty() {
            let values = shop.values.get(&id).into_iter().flatten();
            labels.extend(
                values
                    .map(|(value, _)| shop.text(value))
                    .filter(|text| role != TextRole::Image || system(&halves(text).1).is_some()),
            );
        }
        labels.extend(entries);
    }
    labels
}

/// Whether somebody wrote a space after every comma of the list.
fn is_spaced(list: &str) -> bool {
    list.matches(',').count() == list.matches(", ").count()
}
