//! `mapping.yaml`: what the owner decided about every product, option, field and value. Read once, wrong nowhere after.

mod check;
mod entry;
mod file;
mod read;

use std::collections::HashMap;

pub use check::check;
use schemars::Schema;
use thiserror::Error;

pub use self::file::{FormulaWord, ReadWord};
use crate::{
    carried::{LegacyId, ServiceStatus},
    text::{TextRules, fold, tidy},
    value::{Operation, Resource, Scale, Step},
};

/// A mapping that is consistent in itself. [`check`] compares it with a catalogue.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Somebody has read it and said so.
    pub reviewed: bool,
    pub source: String,
    pub text: TextRules,
    pub step: Step,
    pub currencies: HashMap<LegacyId, At<CurrencyUse>>,
    /// `domainstatus`, folded. A word that is missing is unmapped.
    pub statuses: HashMap<String, ServiceStatus>,
    pub servers: HashMap<LegacyId, At<ServerUse>>,
    pub products: HashMap<LegacyId, At<ProductUse>>,
    pub options: Uses,
    pub fields: Uses,
    pub images: Table,
    pub regions: Table,
    pub plans: Table,
    pub locators: Vec<Locator>,
    pub services: HashMap<LegacyId, At<Override>>,
}

impl Mapping {
    /// Reads YAML; every error has its line.
    pub fn read(yaml: &str) -> Result<Self, Problems> {
        read::read(yaml)
    }

    /// The code of ISO 4217 of a currency that calls itself `code`; `None`: nobody says it.
    pub fn currency(&self, id: LegacyId, code: &str) -> Option<String> {
        match self.currencies.get(&id).map(|entry| &entry.value) {
            Some(CurrencyUse::Code(code)) => Some(code.clone()),
            Some(CurrencyUse::Ignore(_) | CurrencyUse::Unmapped) => None,
            None => currency_code(code),
        }
    }

    /// The JSON Schema of the file, for editors.
    pub fn schema() -> Schema {
        schemars::schema_for!(file::File)
    }
}

/// What is wrong with a mapping, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("line {line}: {text}")]
pub struct Problem {
    pub line: u64,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Problems(pub Vec<Problem>);

/// A value and the line of the file that says it.
#[derive(Debug, Clone, PartialEq)]
pub struct At<T> {
    pub line: u64,
    pub value: T,
}

/// By folded name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Uses {
    /// Of the section, for what is missing in it.
    pub line: u64,
    pub by_key: HashMap<String, At<Use>>,
}

impl Uses {
    /// The entry of the first key that has one.
    pub fn get(&self, keys: &[String]) -> Option<&At<Use>> {
        keys.iter().find_map(|key| self.by_key.get(key))
    }
}

/// What an option or a field is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Use {
    Unmapped,
    Ignore(String),
    /// Carried over as text.
    Keep,
    /// A password: left behind, and never shown.
    Secret,
    Size(SizeUse),
    Text {
        role: TextRole,
        values: Table,
    },
}

/// A number about a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeUse {
    pub resource: Resource,
    /// What a bare number counts.
    pub unit: Option<Scale>,
    /// A bare number below the first counts the second.
    pub small: Option<(u32, Scale)>,
    pub operation: Operation,
    pub read: ReadWord,
    pub values: Table,
}

/// What is said in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextRole {
    Plan,
    Image,
    Region,
    Hostname,
    SshKey,
    Vmid,
    Node,
    Address,
}

impl TextRole {
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Image => "image",
            Self::Region => "region",
            Self::Hostname => "hostname",
            Self::SshKey => "ssh-key",
            Self::Vmid => "vmid",
            Self::Node => "node",
            Self::Address => "address",
        }
    }

    /// Whether its values mean something only by a table.
    pub fn needs_table(self) -> bool {
        matches!(self, Self::Plan | Self::Image | Self::Region)
    }
}

/// Values, folded, and what they mean.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub line: u64,
    pub by_value: HashMap<String, At<Target>>,
}

impl Table {
    /// By the whole value, then by what stands before its pipe, then after it.
    pub fn get(&self, value: &str) -> Option<&Target> {
        if self.by_value.is_empty() {
            return None;
        }
        let whole = self.by_value.get(&fold(value));
        let found = whole.or_else(|| {
            let (before, after) = value.split_once('|')?;
            self.by_value.get(&fold(before)).or_else(|| self.by_value.get(&fold(after)))
        });
        found.map(|entry| &entry.value)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    To {
        text: String,
        /// Of a region: the site that is there.
        site: Option<String>,
    },
    Ignore(String),
    Unmapped,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CurrencyUse {
    Unmapped,
    Ignore(String),
    /// Of ISO 4217.
    Code(String),
}

/// A code of ISO 4217 in any case, with spaces around it.
pub(crate) fn currency_code(text: &str) -> Option<String> {
    let code = text.trim().to_uppercase();
    (code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())).then_some(code)
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerUse {
    Unmapped,
    Ignore(String),
    Site { site: String, node: Option<String>, region: Option<String> },
}

#[derive(Debug, Clone, PartialEq)]
pub enum ProductUse {
    Unmapped,
    Ignore(String),
    Plan(Box<PlanUse>),
}

/// A product that is a virtual server.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanUse {
    pub plan: Option<String>,
    /// What it has before its options, in what each resource is counted in.
    pub base: HashMap<Resource, u64>,
    pub site: Option<String>,
    pub region: Option<String>,
    pub image: Option<String>,
    pub options: Uses,
    pub fields: Uses,
    pub locators: Option<Vec<Locator>>,
}

/// One place that says which machine a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locator {
    /// Only for products of these modules; of any, when empty.
    pub modules: Vec<String>,
    /// Believed only when the machine has the service's name or an address of it.
    pub must_match: bool,
    pub place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Table {
        table: String,
        /// Its column with `tblhosting.id`.
        service: String,
        vmid: Option<String>,
        node: Option<String>,
        address: Option<String>,
        mac: Option<String>,
        vmid_is_service: bool,
    },
    /// Fields of this folded name, whose role is `vmid`.
    Field(String),
    Formula(FormulaWord),
}

/// What is known of one service, above all that the database says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Override {
    pub site: Option<String>,
    pub node: Option<String>,
    pub vmid: Option<u32>,
    pub plan: Option<String>,
    pub image: Option<String>,
    pub region: Option<String>,
    pub hostname: Option<String>,
    pub cores: Option<u32>,
    pub memory_mib: Option<u64>,
    pub disk_gib: Option<u64>,
    pub addresses: Option<Vec<std::net::IpAddr>>,
    pub ignore: Option<String>,
}

/// A value as a key of a table, for people.
pub(crate) fn shown(value: &str) -> String {
    if value.contains("PRIVATE KEY") {
        return "(a private key)".to_owned();
    }
    let value = tidy(value);
    match value.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.into_owned(),
    }
}
