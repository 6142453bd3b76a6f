//! Property strings: `virtio=BC:24:11:00:00:01,bridge=vmbr0`. The texts are those of `JSONSchema.pm`.

use std::collections::BTreeMap;

use super::{Prop, Schema, format, verify::check_object};

/// The keys of one property string.
pub type PropertyString = BTreeMap<String, String>;

/// Splits and checks a property string against a named format or a shared one (`#3`).
/// `path` is the parameter's name, used in the error text, which ends in a newline.
pub fn parse_property_string(path: &str, reference: &str, text: &str) -> Result<PropertyString, String> {
    let keys = Schema::get()
        .shared_format(reference)
        .or_else(|| format::named_keys(reference))
        .ok_or_else(|| format!("undefined format '{reference}'\n"))?;
    let values = split(keys, text)?;
    let lists = values.iter().map(|(key, value)| (key.clone(), vec![value.clone()])).collect();
    let errors = check_object(path, keys, &lists);
    if errors.is_empty() {
        return Ok(values);
    }
    let lines: Vec<String> = errors.iter().map(|(key, error)| format!("{key}: {error}\n")).collect();
    Err(format!("format error\n{}", lines.concat()))
}

fn split(keys: &BTreeMap<String, Prop>, text: &str) -> Result<PropertyString, String> {
    let mut values = PropertyString::new();
    let default_key = keys.iter().find(|(_, prop)| prop.default_key).map(|(name, _)| name.as_str());
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((key, value)) = part.split_once('=') else {
            let key = default_key.ok_or("value without key, but schema does not define a default key\n")?;
            if values.insert(key.to_owned(), part.to_owned()).is_some() {
                return Err(format!("duplicate key in comma-separated list property: {key}\n"));
            }
            continue;
        };
        if key.is_empty() || value.is_empty() {
            return Err("missing key in comma-separated list property\n".to_owned());
        }
        let prop = keys.get(key).ok_or_else(|| format!("invalid key in comma-separated list property: {key}\n"))?;
        let name = prop.alias.as_deref().unwrap_or(key);
        if let Some(other) = &prop.key_alias
            && values.insert(other.clone(), key.to_owned()).is_some()
        {
            return Err(format!("key alias '{other}' is already defined\n"));
        }
        let boolean = keys.get(name).is_some_and(|prop| prop.is("boolean"));
        let value = if boolean { lenient_boolean(value) } else { value };
        if values.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(format!("duplicate key in comma-separated list property: {name}\n"));
        }
    }
    Ok(values)
}

/// Inside property strings `on`, `yes` and `true` are fine, other than in form fields.
fn lenient_boolean(value: &str) -> &str {
    match value.to_ascii_lowercase().as_str() {
        "1" | "on" | "yes" | "true" => "1",
        "0" | "off" | "no" | "false" => "0",
        _ => value,
    }
}

/// Writes `first,key=value,…`: the default key bare, the others sorted, as the configuration file holds them.
pub fn print_property_string(first: &str, rest: &[(&str, &str)]) -> String {
    let mut out = first.to_owned();
    for (key, value) in rest {
        out.push(',');
        out.push_str(key);
        out.push('=');
        out.push_str(value);
    }
    out
}
