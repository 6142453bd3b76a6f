//! The official API schema in compact form (`schema/pve.json`, made by `schema/generate.py`): which paths and methods
//! exist, their parameters, their permissions. It is read once and never changes.

mod format;
mod property;
mod router;
mod verify;

use std::{collections::BTreeMap, sync::OnceLock};

pub use format::{is_pool_id, is_vmid, split_list};
pub use property::print_property_string;
use regex::Regex;
use router::Router;
use serde::Deserialize;
use serde_json::Value;
pub use verify::verify;

use crate::request::Method;

/// One parameter, or one key of a property string.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Prop {
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub optional: bool,
    pub format: Option<String>,
    #[serde(rename = "default_key")]
    pub default_key: bool,
    pub alias: Option<String>,
    pub key_alias: Option<String>,
    #[serde(rename = "enum")]
    pub choices: Option<Vec<Value>>,
    pub pattern: Option<String>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub requires: Option<String>,
    pub items: Option<Box<Prop>>,
    #[serde(skip)]
    pattern_compiled: OnceLock<Option<Regex>>,
}

impl Prop {
    /// The pattern anchored at both ends, as `JSONSchema.pm` matches it.
    fn regex(&self) -> Option<&Regex> {
        self.pattern_compiled
            .get_or_init(|| self.pattern.as_ref().and_then(|pattern| Regex::new(&format!("^(?:{pattern})$")).ok()))
            .as_ref()
    }

    pub fn is(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }
}

/// One method of one path.
#[derive(Debug, Deserialize)]
pub struct Endpoint {
    pub params: BTreeMap<String, Prop>,
    /// Runs as root in `pvedaemon`.
    #[serde(default)]
    pub protected: bool,
    /// Not available with an API token.
    #[serde(default)]
    pub ticket_only: bool,
    /// The permission expression.
    pub check: Option<Value>,
    /// `all` (any login) or `world` (none needed), when there is no expression.
    pub user: Option<String>,
    /// What an index lists: the name of its one key, then the names below the path.
    #[serde(default)]
    pub index: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Schema {
    paths: BTreeMap<String, BTreeMap<String, Endpoint>>,
    formats: Vec<BTreeMap<String, Prop>>,
    #[serde(skip)]
    router: Router,
}

/// A path that was found, with the values of its placeholders.
#[derive(Debug)]
pub struct Route<'a> {
    pub template: &'a str,
    pub endpoint: &'a Endpoint,
    pub captured: BTreeMap<String, String>,
}

static SCHEMA: OnceLock<Schema> = OnceLock::new();

impl Schema {
    /// The schema of pve-manager 9.2.11.
    pub fn get() -> &'static Self {
        SCHEMA.get_or_init(|| {
            let mut schema: Self = serde_json::from_str(include_str!("../../schema/pve.json"))
                .unwrap_or_else(|error| unreachable!("the committed schema is tested to parse: {error}"));
            for path in schema.paths.keys() {
                schema.router.add(path);
            }
            schema
        })
    }

    /// All paths.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.paths.keys().map(String::as_str)
    }

    /// Finds the endpoint for a call. A literal segment wins over a placeholder.
    pub fn route(&self, method: Method, path: &str) -> Option<Route<'_>> {
        let path = match path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        let segments: Vec<&str> = path.splitn(parts(path), '/').skip(1).collect();
        let template = self.router.find(&segments)?;
        let endpoint = self.paths.get(template)?.get(method.as_str())?;
        let captured = template
            .split('/')
            .skip(1)
            .zip(&segments)
            .filter_map(|(part, value)| {
                let name = part.strip_prefix('{')?.strip_suffix('}')?;
                Some((name.to_owned(), percent_decode(value)))
            })
            .collect();
        Some(Route { template, endpoint, captured })
    }

    /// The keys of a property string that the schema spells out.
    pub fn shared_format(&self, reference: &str) -> Option<&BTreeMap<String, Prop>> {
        self.formats.get(reference.strip_prefix('#')?.parse::<usize>().ok()?)
    }

    /// The schema of one VM configuration option; `net3` is found under `net[n]`.
    pub fn vm_option(&'static self, name: &str) -> Option<&'static Prop> {
        static PUT: OnceLock<Option<&Endpoint>> = OnceLock::new();
        let put = PUT.get_or_init(|| self.paths.get("/nodes/{node}/qemu/{vmid}/config")?.get("PUT"));
        lookup(&put.as_ref()?.params, name)
    }
}

/// Into how many parts a path falls: the name of a volume and a member of an IP set are the rest of their paths, slashes
/// and all.
fn parts(path: &str) -> usize {
    let mut before = "";
    for (index, segment) in path.split('/').enumerate() {
        match (before, segment) {
            (_, "content") if path.starts_with("/nodes/") => return 7,
            ("firewall", "ipset") => return index + 3,
            _ => before = segment,
        }
    }
    usize::MAX
}

/// A parameter by name, where `scsi7` matches `scsi[n]`.
fn lookup<'a>(params: &'a BTreeMap<String, Prop>, name: &str) -> Option<&'a Prop> {
    if let Some(found) = params.get(name) {
        return Some(found);
    }
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let index = &name[stem.len()..];
    if index.is_empty() || (index.len() > 1 && index.starts_with('0')) {
        return None;
    }
    let index: u32 = index.parse().ok()?;
    (index < slots(stem)).then(|| params.get(&format!("{stem}[n]")))?
}

/// How many numbered devices of a kind exist (qemu-server's `$MAX_*`).
fn slots(stem: &str) -> u32 {
    match stem {
        "ide" | "serial" => 4,
        "sata" => 6,
        "scsi" => 31,
        "virtio" | "hostpci" => 16,
        "net" | "ipconfig" => 32,
        "unused" => 256,
        "usb" => 14,
        "parallel" => 3,
        "numa" => 8,
        "virtiofs" => 10,
        _ => 0,
    }
}

/// Decodes `%XX`; what is not an escape stays.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_segment_wins_over_a_placeholder() {
        let route = Schema::get().route(Method::Get, "/nodes/pve1/qemu/101/config").unwrap();
        assert_eq!(route.template, "/nodes/{node}/qemu/{vmid}/config");
        assert_eq!(route.captured["vmid"], "101");
        assert!(Schema::get().route(Method::Get, "/nosuch/path").is_none());
        assert!(Schema::get().route(Method::Post, "/version").is_none());
    }

    #[test]
    fn a_member_of_an_ip_set_may_have_a_slash_in_its_name() {
        let places = ["/cluster", "/nodes/pve1/qemu/101"];
        for (place, member) in places.into_iter().flat_map(|place| [(place, "10.1.0.0/16"), (place, "10.1.0.0%2F16")]) {
            let route = Schema::get().route(Method::Put, &format!("{place}/firewall/ipset/inside/{member}")).unwrap();
            assert_eq!(
                (&*route.captured["name"], &*route.captured["cidr"]),
                ("inside", "10.1.0.0/16"),
                "{place} {member}"
            );
        }
        let set = Schema::get().route(Method::Post, "/cluster/firewall/ipset/inside").unwrap();
        assert_eq!(set.template, "/cluster/firewall/ipset/{name}");
    }

    #[test]
    fn an_encoded_upid_is_decoded_in_the_path() {
        let route = Schema::get().route(Method::Get, "/nodes/pve1/tasks/UPID%3Apve1%3A/status").unwrap();
        assert_eq!(route.captured["upid"], "UPID:pve1:");
    }

    #[test]
    fn numbered_options_end_where_the_device_slots_end() {
        assert!(Schema::get().vm_option("scsi30").is_some());
        assert!(Schema::get().vm_option("scsi31").is_none());
        assert!(Schema::get().vm_option("net01").is_none());
    }

    #[test]
    fn every_pattern_of_the_schema_compiles() {
        for (path, verbs) in &Schema::get().paths {
            for endpoint in verbs.values() {
                for (name, prop) in &endpoint.params {
                    assert_eq!(prop.pattern.is_some(), prop.regex().is_some(), "{path} {name}: {:?}", prop.pattern);
                }
            }
        }
    }
}
