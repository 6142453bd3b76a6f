//! Proposes what each configurable option is about.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Confidence, Entries, Proposed, Shop, evidence,
    names::{self, Hint},
    sizes,
};
use crate::{
    carried::LegacyId,
    mapping::{TextRole, shown},
    value::{Name, Resource},
    whmcs::{OptionKind, ProductOption},
};

/// Entries for all products, and for those where an option of the same name is read otherwise.
#[derive(Debug, Default)]
pub struct Options {
    pub common: Entries,
    pub own: BTreeMap<LegacyId, Entries>,
    /// Options about an image, a region or a plan.
    pub words: Vec<(LegacyId, TextRole)>,
    /// The largest disk that somebody can choose, by product.
    pub sizes: Vec<(LegacyId, Resource)>,
}

/// One way to read the options of a name.
struct Way {
    proposed: Proposed,
    name: String,
    products: BTreeSet<LegacyId>,
    answers: u64,
}

pub fn propose(shop: &Shop<'_>, carried: &BTreeSet<LegacyId>) -> Options {
    let mut all = Options::default();
    // By key: each way to read an option of that name, with the products where it is read so.
    let mut by_key: BTreeMap<String, Vec<Way>> = BTreeMap::new();
    let mut options: Vec<&ProductOption> = shop.catalogue.options.values().collect();
    options.sort_by_key(|option| option.id);
    for option in options {
        let products: BTreeSet<LegacyId> = shop.offered[&option.id].intersection(carried).copied().collect();
        let answers = shop.answers.get(&option.id).copied().unwrap_or(0);
        if products.is_empty() || option.hidden && answers == 0 {
            continue;
        }
        let name = shop.name(&option.name);
        let (proposed, about) = one(shop, option, &name, &products);
        match about {
            Some(Hint::Words(role)) => all.words.push((option.id, role)),
            Some(Hint::Size(resource)) => all.sizes.push((option.id, resource)),
            _ => {}
        }
        let ways = by_key.entry(name.key().to_owned()).or_default();
        match ways.iter_mut().find(|way| way.proposed.entry == proposed.entry) {
            Some(way) => {
                way.products.extend(products);
                way.answers += answers;
                way.proposed.confidence = way.proposed.confidence.min(proposed.confidence);
            }
            None => ways.push(Way { proposed, name: name.internal.clone(), products, answers }),
        }
    }
    for (key, mut ways) in by_key {
        ways.sort_by_key(|way| std::cmp::Reverse((way.answers, way.products.len())));
        for (at, Way { mut proposed, name, products, answers }) in ways.into_iter().enumerate() {
            let ids: Vec<String> = products.iter().map(ToString::to_string).collect();
            proposed.evidence = format!("{answers} answers, products {}; {}", ids.join(", "), proposed.evidence);
            if at == 0 {
                all.common.insert(key.clone(), (name, proposed));
                continue;
            }
            for product in products {
                all.own.entry(product).or_default().insert(key.clone(), (name.clone(), proposed.clone()));
            }
        }
    }
    all
}

/// What one option is about.
fn one(
    shop: &Shop<'_>,
    option: &ProductOption,
    name: &Name,
    products: &BTreeSet<LegacyId>,
) -> (Proposed, Option<Hint>) {
    let hint = name.keys.iter().find_map(|key| names::hint(key));
    let adds = name.keys.iter().any(|key| names::adds(key));
    let choices = shop.choices(option.id);
    let is_list = matches!(option.kind, OptionKind::Dropdown | OptionKind::Radio);
    let size = |resource| sizes::propose(shop, option.id, name, option.kind, resource, adds, products);
    let found = match hint {
        Some(Hint::Size(resource)) => match size(resource) {
            Some(proposed) => Some((proposed, Hint::Size(resource))),
            None => return (keep_or_ask(&choices, option.kind, Some(resource)), None),
        },
        Some(Hint::Bandwidth) => {
            let ways = [Resource::Traffic, Resource::Network];
            let readable = ways.into_iter().filter_map(|resource| Some((size(resource)?, resource)));
            let best = readable.max_by_key(|(proposed, _)| proposed.confidence);
            best.filter(|(proposed, _)| proposed.confidence > Confidence::Low)
                .map(|(proposed, resource)| (proposed, Hint::Size(resource)))
                .or_else(|| {
                    let evidence = "traffic a month, or the speed of a port? (candidates: {role: traffic, unit: TB}, \
                                    {role: traffic, unit: GB}, {role: network, unit: Mbit})";
                    let proposed = unmapped(evidence);
                    Some((proposed, Hint::Bandwidth))
                })
        }
        Some(
            Hint::Words(TextRole::Hostname | TextRole::SshKey | TextRole::Vmid | TextRole::Address) | Hint::Secret,
        ) => Some((keep("options of this name carry no such thing"), Hint::Text)),
        Some(Hint::Words(role)) if is_list => {
            let evidence = "by its name".to_owned();
            Some((
                Proposed { entry: role.name().to_owned(), evidence, confidence: Confidence::High },
                Hint::Words(role),
            ))
        }
        Some(Hint::Text) => Some((keep("there is no place for it in Slipway"), Hint::Text)),
        Some(Hint::Words(_)) | None => None,
    };
    match found {
        Some((proposed, hint)) => (proposed, Some(hint)),
        None => by_values(&choices, option.kind),
    }
}

/// What its choices look like, where the name says nothing.
fn by_values(choices: &[(LegacyId, String)], kind: OptionKind) -> (Proposed, Option<Hint>) {
    let is_list = matches!(kind, OptionKind::Dropdown | OptionKind::Radio);
    let systems = choices.iter().filter(|(_, text)| evidence::fits(TextRole::Image, text)).count();
    if is_list && choices.len() > 1 && systems * 2 > choices.len() {
        let evidence = format!("{systems} of {} choices name operating systems", choices.len());
        let proposed = Proposed { entry: "image".to_owned(), evidence, confidence: Confidence::Medium };
        return (proposed, Some(Hint::Words(TextRole::Image)));
    }
    (keep_or_ask(choices, kind, None), None)
}

/// Text is kept; what looks like an amount has to be explained, for it may be a size.
fn keep_or_ask(choices: &[(LegacyId, String)], kind: OptionKind, hint: Option<Resource>) -> Proposed {
    let mut resources: HashMap<Resource, usize> = HashMap::new();
    for (_, text) in choices {
        let is_unit = kind == OptionKind::Quantity && text.trim().parse::<crate::value::Scale>().is_ok();
        if let Some(resource) = evidence::amount_with_unit(text).or(is_unit.then_some(Resource::Disk)) {
            *resources.entry(resource).or_insert(0) += 1;
        }
    }
    if let Some(hint) = hint.filter(|hint| hint.needs_unit() || *hint == Resource::Cores) {
        let evidence = format!("by its name it is {}, but its choices are no amounts of it", hint.name());
        return unmapped(&evidence);
    }
    match resources.into_iter().max_by_key(|(resource, count)| (*count, std::cmp::Reverse(*resource))) {
        Some(_) => {
            let list: Vec<String> = choices.iter().take(4).map(|(_, text)| format!("`{}`", shown(text))).collect();
            unmapped(&format!(
                "its choices ({}) look like amounts, and may be of the size (candidates: memory, disk, traffic, cores, \
                 network, keep)",
                list.join(", ")
            ))
        }
        None => keep("nothing is known of this name, and its choices are no amounts"),
    }
}

pub fn keep(evidence: &str) -> Proposed {
    Proposed { entry: "keep".to_owned(), evidence: format!("{evidence}: kept as text"), confidence: Confidence::Medium }
}

pub fn unmapped(evidence: &str) -> Proposed {
    Proposed { entry: "unmapped".to_owned(), evidence: evidence.to_owned(), confidence: Confidence::Low }
}
