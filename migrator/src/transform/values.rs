//! The rows of `tblcustomfieldsvalues` of a service: what each became.

use super::{Transform, compiled::CompiledField, said::Said};
use crate::{
    carried::CustomValue,
    mapping::{TextRole, Use, shown},
    outcome::Fate,
    whmcs::{FieldScope, ServiceBundle, ValueRow},
};

pub const TABLE: &str = "tblcustomfieldsvalues";

/// Reads all values of a service.
pub fn read(transform: &Transform<'_>, bundle: &ServiceBundle, said: &mut Said) {
    let product = bundle.row.packageid;
    for (at, value) in bundle.values.iter().enumerate() {
        let (id, service) = (value.id, value.relid);
        let Some(field) = transform.catalogue.fields.get(&value.fieldid) else {
            let reason = format!("field {} does not exist any more, so nobody can say what it was", value.fieldid);
            said.aside(TABLE, id, service, Fate::Finding, "field-missing", reason);
            continue;
        };
        let Some(compiled) = transform.compiled.field(product, field.id).filter(|_| field.scope == FieldScope::Product)
        else {
            let reason = format!("field {} is no field of products", field.id);
            said.aside(TABLE, id, service, Fate::Finding, "field-of-other-kind", reason);
            continue;
        };
        let name = &compiled.name;
        if value.value.trim().is_empty() && !compiled.is_tickbox {
            said.aside(TABLE, id, service, Fate::Ignored, "empty", format!("{}: empty", name.internal));
            continue;
        }
        if compiled.is_password || matches!(entry(compiled), Some(Use::Secret)) {
            let reason = format!("{}: passwords are left behind", name.internal);
            said.aside(TABLE, id, service, Fate::Ignored, "secret", reason);
            continue;
        }
        // A module makes fields of no product (trap 25), which are read all the same.
        if field.relid != product && field.relid != 0 {
            let text = transform.mapping.text.lines(&value.value);
            let reason = match entry(compiled) {
                Some(Use::Ignore(reason)) => {
                    said.aside(TABLE, id, service, Fate::Ignored, "ignored", format!("{}: {reason}", name.internal));
                    continue;
                }
                _ => format!(
                    "{}: the field is one of product {}, so `{}` is kept as text and not applied",
                    name.internal,
                    field.relid,
                    shown(&text)
                ),
            };
            said.kept.push(CustomValue { name: name.label.clone(), value: text });
            said.aside(TABLE, id, service, Fate::Finding, "field-of-other-product", reason);
            continue;
        }
        let is_vmid = matches!(entry(compiled), Some(Use::Text { role: TextRole::Vmid, .. }));
        match twin(&bundle.values, at) {
            Twin::None => {}
            Twin::SameBefore => {
                let reason = format!("{}: the same value stands there twice", name.internal);
                said.aside(TABLE, id, service, Fate::Mapped, "duplicate", reason);
                continue;
            }
            // Which machine it is can be told by other means (trap 26).
            Twin::Other(_) if is_vmid => {}
            Twin::Other(other) => {
                let text = |value: &str| shown(&transform.mapping.text.lines(value));
                let reason = format!(
                    "{}: this value (`{}`) and row {} (`{}`) exclude each other, and neither is applied",
                    name.internal,
                    text(&value.value),
                    other.id,
                    text(&other.value)
                );
                if let Some(fact) = compiled.fact {
                    said.unclear(fact);
                }
                said.aside(TABLE, id, service, Fate::Conflict, "values-conflict", reason);
                continue;
            }
        }
        let reading = compiled.read(transform.mapping, &value.value);
        said.row(TABLE, id, service, &reading, (name.key(), &name.label));
    }
}

fn entry<'a>(field: &CompiledField<'a>) -> Option<&'a Use> {
    field.entry.map(|entry| &entry.value)
}

enum Twin<'a> {
    None,
    SameBefore,
    Other(&'a ValueRow),
}

fn twin(values: &[ValueRow], at: usize) -> Twin<'_> {
    let own = values[at].value.trim();
    let mut found = Twin::None;
    for (other_at, other) in values.iter().enumerate() {
        if other_at == at || other.fieldid != values[at].fieldid || other.value.trim().is_empty() {
            continue;
        }
        if other.value.trim() != own {
            return Twin::Other(other);
        }
        if other_at < at {
            found = Twin::SameBefore;
        }
    }
    found
}
