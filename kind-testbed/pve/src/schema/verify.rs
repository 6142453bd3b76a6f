//! Checks parameters against the schema and words every error at once, as `PVE::JSONSchema::validate` does.

use std::collections::BTreeMap;

use super::{Endpoint, Prop, format::check_format, lookup};
use crate::{error::ApiError, request::Params};

const MISSING: &str = "property is missing and it is not optional";
const UNKNOWN: &str = "property is not defined in schema and the schema does not allow additional properties";

/// Checks the parameters of a call.
pub fn verify(endpoint: &Endpoint, params: &Params) -> Result<(), ApiError> {
    let errors = check_object("", &endpoint.params, params);
    if errors.is_empty() { Ok(()) } else { Err(ApiError::Param(errors)) }
}

/// Checks a set of named values; `path` prefixes the names in the result.
pub(super) fn check_object(path: &str, schema: &BTreeMap<String, Prop>, values: &Params) -> BTreeMap<String, String> {
    let full = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let mut errors = BTreeMap::new();
    for (name, prop) in schema {
        if !prop.optional && prop.alias.is_none() && !name.ends_with("[n]") && !values.contains_key(name) {
            errors.insert(full(name), MISSING.to_owned());
        }
    }
    for (name, given) in values {
        let Some(prop) = lookup(schema, name) else {
            errors.insert(full(name), UNKNOWN.to_owned());
            continue;
        };
        if let Some(other) = prop.requires.as_ref().filter(|other| !values.contains_key(*other)) {
            errors.entry(full(other)).or_insert(format!("missing property - '{}' requires this property", full(name)));
        }
        if let Err(text) = check_values(&full(name), prop, given) {
            errors.insert(full(name), text);
        }
    }
    errors
}

fn check_values(path: &str, prop: &Prop, given: &[String]) -> Result<(), String> {
    if prop.is("array") {
        let item = prop.items.as_deref();
        return given.iter().try_for_each(|value| item.map_or(Ok(()), |item| check_value(path, item, value)));
    }
    match given {
        [value] => check_value(path, prop, value),
        _ => Err(format!("type check ('{}') failed - got ARRAY", prop.kind.as_deref().unwrap_or("string"))),
    }
}

fn check_value(path: &str, prop: &Prop, value: &str) -> Result<(), String> {
    let kind = prop.kind.as_deref().unwrap_or("string");
    let fits = match kind {
        "boolean" => value == "0" || value == "1",
        "integer" => is_integer(value),
        "number" => is_integer(value) || (value.parse::<f64>().is_ok_and(f64::is_finite) && value.contains('.')),
        _ => true,
    };
    if !fits {
        return Err(format!("type check ('{kind}') failed - got '{value}'"));
    }
    if let Some(name) = &prop.format {
        check_format(path, name, value).map_err(|text| format!("invalid format - {text}"))?;
    }
    if kind == "string" {
        if let Some(most) = prop.max_length.filter(|most| value.chars().count() > *most) {
            return Err(format!("value may only be {most} characters long"));
        }
        if let Some(least) = prop.min_length.filter(|least| value.chars().count() < *least) {
            return Err(format!("value must be at least {least} characters long"));
        }
        if prop.regex().is_some_and(|pattern| !pattern.is_match(value)) {
            return Err("value does not match the regex pattern".to_owned());
        }
    }
    if let Ok(number) = value.parse::<f64>()
        && matches!(kind, "integer" | "number")
    {
        if let Some(least) = prop.minimum.filter(|least| number < *least) {
            return Err(format!("value must have a minimum value of {least}"));
        }
        if let Some(most) = prop.maximum.filter(|most| number > *most) {
            return Err(format!("value must have a maximum value of {most}"));
        }
    }
    if let Some(choices) = &prop.choices {
        let names: Vec<String> =
            choices.iter().map(|choice| choice.as_str().map_or_else(|| choice.to_string(), str::to_owned)).collect();
        if !names.iter().any(|name| name == value) {
            let list = names.join(", ");
            return Err(format!("value '{value}' does not have a value in the enumeration '{list}'"));
        }
    }
    Ok(())
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{request::Method, schema::Schema};

    fn errors_of(method: Method, path: &str, params: &[(&str, &str)]) -> BTreeMap<String, String> {
        let route = Schema::get().route(method, path).unwrap();
        let mut all: Params = route.captured.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
        for (name, value) in params {
            all.entry((*name).to_owned()).or_default().push((*value).to_owned());
        }
        match verify(route.endpoint, &all) {
            Ok(()) => BTreeMap::new(),
            Err(ApiError::Param(errors)) => errors,
            Err(other) => panic!("{other}"),
        }
    }

    /// Each row is a fact seen on the real API.
    #[rstest]
    #[case("name", "bad_name", "invalid format - value does not look like a valid DNS name\n")]
    #[case("tags", "a b!", "invalid format - invalid characters in tag\n")]
    #[case("memory", "1", "invalid format - format error\nmemory.current: value must have a minimum value of 16\n")]
    #[case("cores", "0", "value must have a minimum value of 1")]
    #[case("cores", "two", "type check ('integer') failed - got 'two'")]
    #[case("onboot", "yes", "type check ('boolean') failed - got 'yes'")]
    #[case(
        "ipconfig0",
        "ip=10.0.0.5",
        "invalid format - format error\nipconfig0.ip: invalid format - value does not look like a valid ipv4 network configuration\n\n"
    )]
    #[case("sshkeys", "ssh-ed25519 AAAA me", "invalid format - invalid urlencoded string: ssh-ed25519 AAAA me\n")]
    #[case(
        "net0",
        "model=foo,bridge=vmbr0",
        "invalid format - format error\nnet0.model: value 'foo' does not have a value in the enumeration 'e1000, e1000-82540em, e1000-82544gc, e1000-82545em, e1000e, i82551, i82557b, i82559er, ne2k_isa, ne2k_pci, pcnet, rtl8139, virtio, vmxnet3'\n"
    )]
    fn a_bad_option_is_worded_as_proxmox_words_it(#[case] name: &str, #[case] value: &str, #[case] text: &str) {
        let errors = errors_of(Method::Put, "/nodes/pve1/qemu/101/config", &[(name, value)]);
        assert_eq!(errors.get(name).map(String::as_str), Some(text));
    }

    #[test]
    fn all_errors_come_at_once() {
        let errors = errors_of(Method::Post, "/nodes/pve1/qemu", &[("vmid", "5"), ("memory", "abc"), ("foo", "bar")]);
        assert_eq!(errors.len(), 3);
        assert_eq!(errors["foo"], UNKNOWN);
        assert_eq!(errors["vmid"], "invalid format - value does not look like a valid VM ID\n");
        assert_eq!(
            errors["memory"],
            "invalid format - format error\nmemory.current: type check ('integer') failed - got 'abc'\n"
        );
    }

    #[test]
    fn a_missing_parameter_and_a_repeated_one_are_told() {
        assert_eq!(errors_of(Method::Post, "/nodes/pve1/qemu/9000/clone", &[])["newid"], MISSING);
        let twice = errors_of(Method::Get, "/cluster/nextid", &[("vmid", "100"), ("vmid", "101")]);
        assert_eq!(twice["vmid"], "type check ('integer') failed - got ARRAY");
    }

    #[test]
    fn a_gateway_needs_an_address() {
        let errors = errors_of(Method::Put, "/nodes/pve1/qemu/101/config", &[("ipconfig0", "gw=10.0.0.1")]);
        assert!(errors["ipconfig0"].contains("ipconfig0.ip: missing property"), "{errors:?}");
    }
}
