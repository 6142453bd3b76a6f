//! The rows of `tblhostingconfigoptions`: what each became.

use super::{Transform, compiled::CompiledOption, meaning::Reading, said::Said};
use crate::{
    mapping::shown,
    outcome::Fate,
    whmcs::{AnswerRow, OptionKind, ServiceBundle},
};

pub const TABLE: &str = "tblhostingconfigoptions";

/// Reads all answers of a service.
pub fn read(transform: &Transform<'_>, bundle: &ServiceBundle, said: &mut Said) {
    let product = bundle.row.packageid;
    for (at, answer) in bundle.answers.iter().enumerate() {
        let Some(definition) = transform.catalogue.options.get(&answer.configid) else {
            said.aside(
                TABLE,
                answer.id,
                answer.relid,
                Fate::Finding,
                "option-missing",
                format!("option {} does not exist any more, so nobody can say what it was", answer.configid),
            );
            continue;
        };
        let Some(option) = transform.compiled.option(product, answer.configid) else { continue };
        if !transform.catalogue.offers(product, definition) {
            let reason = format!(
                "{}: the option is not one of product {product}, so it is left from another product and not applied",
                option.name.internal
            );
            said.aside(TABLE, answer.id, answer.relid, Fate::Finding, "option-not-on-product", reason);
            continue;
        }
        match twin(&bundle.answers, at) {
            Twin::None => {}
            Twin::SameBefore => {
                let reason = format!("{}: the same answer stands there twice", option.name.internal);
                said.aside(TABLE, answer.id, answer.relid, Fate::Mapped, "duplicate", reason);
                continue;
            }
            Twin::Other(other) => {
                let reason = format!(
                    "{}: this answer ({}) and row {} ({}) exclude each other, and neither is applied",
                    option.name.internal,
                    answered(transform, answer),
                    other.id,
                    answered(transform, other)
                );
                if let Some(fact) = option.fact {
                    said.unclear(fact);
                }
                said.aside(TABLE, answer.id, answer.relid, Fate::Conflict, "answers-conflict", reason);
                continue;
            }
        }
        let name = (option.name.key(), option.name.label.as_str());
        match reading(transform, option, answer) {
            Found::Worked(reading) => said.row(TABLE, answer.id, answer.relid, reading, name),
            Found::Own(reading) => said.row(TABLE, answer.id, answer.relid, &reading, name),
        }
    }
}

enum Twin<'a> {
    None,
    /// The same answer came before.
    SameBefore,
    /// Another answer to the same option.
    Other(&'a AnswerRow),
}

/// WHMCS keeps no one from storing two answers to one option.
fn twin(answers: &[AnswerRow], at: usize) -> Twin<'_> {
    let own = answers[at];
    let mut found = Twin::None;
    for (other_at, other) in answers.iter().enumerate() {
        if other_at == at || other.configid != own.configid {
            continue;
        }
        if (other.optionid, other.qty) != (own.optionid, own.qty) {
            return Twin::Other(other);
        }
        if other_at < at {
            found = Twin::SameBefore;
        }
    }
    found
}

/// As WHMCS shows it, for people to compare.
fn answered(transform: &Transform<'_>, answer: &AnswerRow) -> String {
    match transform.catalogue.choices.get(&answer.optionid) {
        Some(choice) => format!("`{}`, quantity {}", shown(&transform.mapping.text.lines(&choice.name)), answer.qty),
        None => format!("choice {}, quantity {}", answer.optionid, answer.qty),
    }
}

enum Found<'a> {
    Worked(&'a Reading),
    Own(Box<Reading>),
}

fn reading<'a>(transform: &Transform<'_>, option: &'a CompiledOption<'_>, answer: &AnswerRow) -> Found<'a> {
    let name = &option.name.internal;
    let unclear = |code, reason| {
        let text = format!("choice {}, quantity {}", answer.optionid, answer.qty);
        Found::Own(Box::new(Reading::unclear(option.fact, &text, code, reason)))
    };
    let choice = transform.catalogue.choices.get(&answer.optionid);
    if choice.is_some_and(|choice| choice.configid != answer.configid) {
        return unclear(
            "choice-of-other-option",
            format!("{name}: choice {} is one of another option", answer.optionid),
        );
    }
    match option.kind {
        OptionKind::Dropdown | OptionKind::Radio => match option.choices.get(&answer.optionid) {
            Some(reading) => Found::Worked(reading),
            None if option.is_left_behind() => Found::Own(Box::new(option.reader(transform.mapping).choice(""))),
            None => {
                let reason =
                    format!("{name}: choice {} does not exist any more: see the machine itself", answer.optionid);
                unclear("choice-missing", reason)
            }
        },
        OptionKind::YesNo => match if answer.qty > 0 { &option.yes } else { &option.no } {
            Some(reading) => Found::Worked(reading),
            None => unclear("option-type-unknown", format!("{name}: nobody can say what its answers mean")),
        },
        OptionKind::Quantity => match usize::try_from(answer.qty).ok().and_then(|at| option.quantities.get(at)) {
            Some(reading) => Found::Worked(reading),
            None => Found::Own(Box::new(option.reader(transform.mapping).quantity(answer.qty))),
        },
        OptionKind::Unknown => unclear(
            "option-type-unknown",
            format!("{name}: its type is none that WHMCS has, so its answers mean nothing"),
        ),
    }
}
