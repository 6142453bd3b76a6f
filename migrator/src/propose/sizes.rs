//! Options about a size: which unit, operation and half of a choice make all their choices readable.

use std::collections::BTreeSet;

use super::{Confidence, Proposed, Shop, yaml};
use crate::{
    carried::LegacyId,
    mapping::{ReadWord, SizeUse, Table, Use, shown},
    transform::{Meaning, Reader},
    value::{Name, Operation, Resource, Scale},
    whmcs::OptionKind,
};

/// One way to read an option.
#[derive(Debug, Clone)]
struct Way {
    unit: Option<&'static str>,
    small: Option<(u32, &'static str)>,
    why: &'static str,
    confidence: Confidence,
}

/// What is proposed for an option about `resource`; `None` when none of its choices is an amount of it.
pub fn propose(
    shop: &Shop<'_>,
    option: LegacyId,
    name: &Name,
    kind: OptionKind,
    resource: Resource,
    adds: bool,
    products: &BTreeSet<LegacyId>,
) -> Option<Proposed> {
    let operation = if adds { Operation::Add } else { Operation::Set };
    let choices = shop.choices(option);
    let mut best: Option<(usize, Way, Vec<String>)> = None;
    for way in ways(shop, resource, products) {
        let size = SizeUse {
            resource,
            unit: way.unit.and_then(|unit| unit.parse().ok()),
            small: way.small.and_then(|(below, unit)| Some((below, unit.parse::<Scale>().ok()?))),
            operation,
            read: ReadWord::Both,
            values: Table::default(),
        };
        let unclear = unclear(shop, name, kind, size, &choices);
        let is_better = best.as_ref().is_none_or(|(count, ..)| unclear.len() < *count);
        if is_better {
            let is_done = unclear.is_empty();
            best = Some((unclear.len(), way, unclear));
            if is_done {
                break;
            }
        }
    }
    let (_, way, unclear) = best?;
    let total = if matches!(kind, OptionKind::Dropdown | OptionKind::Radio) { choices.len().max(1) } else { 1 };
    if unclear.len() >= total && resource.needs_unit() && !only_numbers(&choices, kind) {
        return None;
    }
    Some(written(resource, operation, &way, &unclear, total))
}

/// Whether all that is missing is a unit.
fn only_numbers(choices: &[(LegacyId, String)], kind: OptionKind) -> bool {
    match kind {
        OptionKind::Quantity | OptionKind::YesNo => true,
        _ => choices.iter().all(|(_, text)| text.split('|').any(|half| half.trim().parse::<f64>().is_ok())),
    }
}

/// What the choices say themselves comes first; then what is known of a module.
fn ways(shop: &Shop<'_>, resource: Resource, products: &BTreeSet<LegacyId>) -> Vec<Way> {
    let way = |unit, small, why, confidence| Way { unit, small, why, confidence };
    let mut ways = vec![way(None, None, "its names and choices say their unit", Confidence::High)];
    let modules = shop.modules(products);
    let is_all = |word: &str| !modules.is_empty() && modules.iter().all(|module| module.contains(word));
    match resource {
        Resource::Memory if is_all("proxmox_custom") => {
            ways.push(way(Some("GB"), None, "the module proxmox_custom counts RAM options in GB", Confidence::Medium));
        }
        Resource::Memory if is_all("virtfusion") => {
            let why = "the module of VirtFusion counts GB below 1024, and MB from there";
            ways.push(way(Some("MB"), Some((1024, "GB")), why, Confidence::Medium));
        }
        Resource::Cores => {
            let why = "its numbers are percent of a core, as its labels confirm";
            ways.push(way(Some("percent"), None, why, Confidence::High));
        }
        _ => {}
    }
    ways
}

/// The choices that nobody could be sure of.
fn unclear(
    shop: &Shop<'_>,
    name: &Name,
    kind: OptionKind,
    size: SizeUse,
    choices: &[(LegacyId, String)],
) -> Vec<String> {
    let entry = Use::Size(size);
    let one = choices.first().map_or("", |(_, text)| text.as_str());
    let one = crate::value::halves(one).1;
    let reader = Reader { mapping: shop.plain, entry: Some(&entry), name, one: &one };
    let is_unclear = |meaning: &Meaning| matches!(meaning, Meaning::Unclear { .. });
    match kind {
        OptionKind::Quantity => is_unclear(&reader.quantity(1).meaning).then(|| "1".to_owned()).into_iter().collect(),
        OptionKind::YesNo => {
            is_unclear(&reader.yes_no(true, &one).meaning).then(|| "yes".to_owned()).into_iter().collect()
        }
        _ => choices
            .iter()
            .map(|(_, text)| text)
            .filter(|text| is_unclear(&reader.choice(text).meaning))
            .cloned()
            .collect(),
    }
}

fn written(resource: Resource, operation: Operation, way: &Way, unclear: &[String], total: usize) -> Proposed {
    let mut parts = vec![format!("role: {}", resource.name())];
    if let Some(unit) = way.unit {
        parts.push(format!("unit: {unit}"));
    }
    if let Some((below, unit)) = way.small {
        parts.push(format!("small: {{below: {below}, unit: {unit}}}"));
    }
    if operation == Operation::Add {
        parts.push("operation: add".to_owned());
    }
    if unclear.is_empty() {
        let entry = if parts.len() == 1 { resource.name().to_owned() } else { format!("{{{}}}", parts.join(", ")) };
        return Proposed { entry, evidence: way.why.to_owned(), confidence: way.confidence };
    }
    if unclear.len() == total && resource.needs_unit() {
        // Read as no unit: the check tells every choice that waits for one.
        parts.push("unit: unmapped".to_owned());
        let evidence =
            format!("bare numbers, and nothing says their unit: write one (candidates: {})", candidates(resource));
        return Proposed { entry: format!("{{{}}}", parts.join(", ")), evidence, confidence: Confidence::Low };
    }
    let values: Vec<String> = unclear.iter().map(|text| format!("{}: unmapped", yaml::key(text))).collect();
    parts.push(format!("values: {{{}}}", values.join(", ")));
    let list: Vec<String> = unclear.iter().map(|text| format!("`{}`", shown(text))).collect();
    let evidence = format!("{}; but nobody can be sure of {}", way.why, list.join(", "));
    Proposed { entry: format!("{{{}}}", parts.join(", ")), evidence, confidence: Confidence::Medium }
}

fn candidates(resource: Resource) -> &'static str {
    match resource {
        Resource::Memory => "MB, GB, 256 MB, 512 MB",
        Resource::Disk => "GB, 10 GB",
        Resource::Network => "Mbit, Gbit",
        _ => "GB, TB",
    }
}
