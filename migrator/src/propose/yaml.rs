//! Writes the proposal as YAML that people read: every entry below its evidence.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    Entries, Proposed,
    fields::Fields,
    images::Images,
    options::Options,
    places::Labels,
    products::{ProposedProduct, Verdict},
};
use crate::{carried::LegacyId, value::Resource};

/// The larger parts of a proposal.
pub struct Parts<'a> {
    pub currencies: &'a BTreeMap<LegacyId, Proposed>,
    pub products: &'a [ProposedProduct],
    pub options: &'a Options,
    pub fields: &'a Fields,
    pub images: &'a Images,
}

pub fn write(
    source: &str,
    parts: &Parts<'_>,
    regions: &Labels,
    plans: &Labels,
    servers: &BTreeMap<LegacyId, (String, Proposed)>,
    locators: &[Proposed],
) -> String {
    let mut out = String::new();
    out.push_str(
        "# What becomes of each product, option, field and value. Proposed by `slipway-migrate map` from what the database\n\
         # says; nothing of it is used before you have read it and set `reviewed: true`. Replace every `unmapped`: say what\n\
         # it means, or write `{ignore: why}` to leave it behind.\n",
    );
    let _ = write!(out, "version: 1\nreviewed: false\nsource: {}\n", text(source));
    out.push_str(
        "\n# Text that was encoded twice (JÃ¼rgen): `fix` puts it right, `keep` leaves and reports it.\ntext: {mojibake: keep}\n",
    );
    if !parts.currencies.is_empty() {
        section(&mut out, "currencies", "tblcurrencies.id: its code of ISO 4217, where its own is not one.");
        for (id, proposed) in parts.currencies {
            entry(&mut out, 2, &id.to_string(), proposed);
        }
    }
    section(&mut out, "servers", "tblservers.id: which site, and which node when all its machines are on one.");
    for (id, (_, proposed)) in servers {
        entry(&mut out, 2, &id.to_string(), proposed);
    }
    section(&mut out, "products", "tblproducts.id: which plan, and what it has before its options.");
    for product in parts.products {
        write_product(&mut out, product, parts.options.own.get(&product.id));
    }
    section(&mut out, "options", "Configurable options, by internal name, whatever the case and spaces.");
    entries(&mut out, 2, &parts.options.common);
    section(&mut out, "fields", "Custom fields of products, by name. Fields of type password are always left behind.");
    entries(&mut out, 2, &parts.fields.common);
    section(&mut out, "images", "Operating systems: which OSImage.");
    for (label, system) in parts.images.values() {
        let to = system.as_ref().map_or("unmapped", |system| system.image.as_str());
        let _ = writeln!(out, "  {}: {to}", key(label));
    }
    section(&mut out, "regions", "Locations: which region. `{to: …, site: …}` names the site that is there, too.");
    write_labels(&mut out, regions);
    section(&mut out, "plans", "Plans that an option chooses: which ServerPlan.");
    write_labels(&mut out, plans);
    section(&mut out, "locators", "Where a service's machine is found. All that answer must agree.");
    for locator in locators {
        let _ = writeln!(out, "  # {}. Confidence: {}.", locator.evidence, locator.confidence.word());
        let _ = writeln!(out, "  - {}", locator.entry);
    }
    // A section without entries is none.
    tidy(&out)
}

fn section(out: &mut String, name: &str, about: &str) {
    let _ = write!(out, "\n# {about}\n{name}:\n");
}

/// An empty section would be null: it says so as an empty map. What comments quote may have any character: those that no
/// YAML file has are told as such.
fn tidy(yaml: &str) -> String {
    let yaml: String = yaml.chars().map(|c| if c == '\n' || is_printable(c) { c } else { '\u{fffd}' }).collect();
    let lines: Vec<&str> = yaml.lines().collect();
    let mut out = String::with_capacity(yaml.len());
    for (at, line) in lines.iter().enumerate() {
        let is_section = line.ends_with(':') && !line.starts_with([' ', '#']);
        let has_entries = lines[at + 1..].iter().find(|next| !next.trim_start().starts_with('#'));
        if is_section && has_entries.is_none_or(|next| !next.starts_with(' ')) {
            let empty = if *line == "locators:" { "[]" } else { "{}" };
            let _ = writeln!(out, "{line} {empty}");
        } else {
            let _ = writeln!(out, "{line}");
        }
    }
    out
}

fn write_labels(out: &mut String, labels: &Labels) {
    for (label, to) in labels.values() {
        let _ = writeln!(out, "  {}: {}", key(label), to.as_deref().unwrap_or("unmapped"));
    }
}

fn entries(out: &mut String, indent: usize, entries: &Entries) {
    for (name, proposed) in entries.values() {
        entry(out, indent, &key(name), proposed);
    }
}

fn entry(out: &mut String, indent: usize, key: &str, proposed: &Proposed) {
    let pad = " ".repeat(indent);
    let evidence = proposed.evidence.replace('\n', " ");
    let _ = writeln!(out, "{pad}# {evidence}. Confidence: {}.", proposed.confidence.word());
    let _ = writeln!(out, "{pad}{key}: {}", proposed.entry);
}

fn write_product(out: &mut String, product: &ProposedProduct, own: Option<&Entries>) {
    let _ = writeln!(
        out,
        "  # {}: {}. Confidence: {}.",
        product.name.replace('\n', " "),
        product.evidence,
        product.confidence.word()
    );
    match &product.verdict {
        Verdict::Unmapped => {
            let _ = writeln!(out, "  {}: unmapped", product.id);
        }
        Verdict::Ignore(reason) => {
            let _ = writeln!(out, "  {}: {{name: {}, ignore: {}}}", product.id, text(&product.name), text(reason));
        }
        Verdict::Plan { plan, base } => {
            let sizes: Vec<String> =
                base.iter().map(|(resource, n)| format!("{}: {}", resource.name(), size(*resource, *n))).collect();
            let _ = writeln!(out, "  {}:\n    name: {}\n    plan: {plan}", product.id, text(&product.name));
            if !sizes.is_empty() {
                let _ = writeln!(out, "    base: {{{}}}", sizes.join(", "));
            }
            if let Some(own) = own {
                out.push_str("    options:\n");
                entries(out, 6, own);
            }
        }
    }
}

/// An amount as the mapping has it.
fn size(resource: Resource, amount: u64) -> String {
    match resource {
        Resource::Memory => format!("{amount} MiB"),
        Resource::Disk | Resource::Traffic => format!("{amount} GiB"),
        Resource::Network => format!("{amount} Mbit"),
        _ => amount.to_string(),
    }
}

/// A text, in quotes where YAML would take it for something else.
pub fn text(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '(' | ')' | '+'))
        && !text.ends_with(' ');
    let lower = text.to_ascii_lowercase();
    let is_word =
        matches!(lower.as_str(), "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "y" | "n" | "nan" | "inf");
    if is_plain && !is_word {
        return text.to_owned();
    }
    // A JSON string is a YAML string, but for characters that YAML has only escaped.
    let json = serde_json::to_string(text).unwrap_or_default();
    let mut quoted = String::with_capacity(json.len());
    for c in json.chars() {
        if is_printable(c) {
            quoted.push(c);
        } else {
            let _ = write!(quoted, "\\u{:04X}", u32::from(c));
        }
    }
    quoted
}

/// What YAML takes as it stands, within one line.
fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The same, as a key.
pub fn key(key: &str) -> String {
    text(key)
}
