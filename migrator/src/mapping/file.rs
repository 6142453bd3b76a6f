//! `mapping.yaml` as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::entry::{Entry, Word};
use crate::value::Operation;

/// What becomes of what a WHMCS holds. Whatever is not mentioned, or says `unmapped`, is an error; whatever is left behind
/// says `ignore` and why.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// The format of this file: 1.
    pub version: u32,
    /// Set to true by the person who has read it. Nothing is run before.
    #[serde(default)]
    pub reviewed: bool,
    /// A name for this WHMCS; records are known by it in every run.
    pub source: String,
    #[serde(default)]
    pub text: TextSection,
    #[serde(default)]
    pub units: UnitsSection,
    /// `tblcurrencies.id` → its code of ISO 4217, where its own is not one.
    #[serde(default)]
    pub currencies: BTreeMap<i64, Entry<CurrencyEntry>>,
    /// `domainstatus` → what becomes of the service. Left out: each what it is called.
    #[serde(default)]
    pub statuses: BTreeMap<String, Entry<StatusWord>>,
    /// `tblservers.id` → the site, and the node where all its machines are.
    #[serde(default)]
    pub servers: BTreeMap<i64, Entry<ServerEntry>>,
    /// `tblproducts.id` → the plan.
    #[serde(default)]
    pub products: BTreeMap<i64, Entry<ProductEntry>>,
    /// Configurable options, by their internal name (before the pipe) in any spelling.
    #[serde(default)]
    pub options: BTreeMap<String, Entry<UseEntry>>,
    /// Custom fields of products, by name in any spelling.
    #[serde(default)]
    pub fields: BTreeMap<String, Entry<UseEntry>>,
    /// Values of whatever has the role `image` → name of the `OSImage`.
    #[serde(default)]
    pub images: BTreeMap<String, Entry<TargetEntry>>,
    /// Values of whatever has the role `region` → the region.
    #[serde(default)]
    pub regions: BTreeMap<String, Entry<TargetEntry>>,
    /// Values of whatever has the role `plan` → name of the `ServerPlan`.
    #[serde(default)]
    pub plans: BTreeMap<String, Entry<TargetEntry>>,
    /// Where a service's machine is found, in order.
    #[serde(default)]
    pub locators: Vec<Entry<LocatorEntry>>,
    /// `tblhosting.id` → what is known of one service, above all else.
    #[serde(default)]
    pub services: BTreeMap<i64, Entry<ServiceEntry>>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TextSection {
    /// Text that was encoded twice (`JÃ¼rgen`): put right, or kept and reported.
    #[serde(default)]
    pub mojibake: MojibakeWord,
    /// `&amp;amp;` is decoded twice.
    #[serde(default)]
    pub decode_twice: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MojibakeWord {
    #[default]
    Keep,
    Fix,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnitsSection {
    /// How many MB a GB is: 1024 or 1000. Units spelled with an `i` are always 1024.
    #[serde(default)]
    pub step: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CurrencyEntry {
    /// As `EUR`.
    pub code: Option<String>,
    /// Left behind, and why.
    pub ignore: Option<String>,
    #[serde(skip)]
    pub unmapped: bool,
}

impl Word for CurrencyEntry {
    const EXPECTED: &'static str = "a code of ISO 4217, as `EUR`, `unmapped`, or a map with `ignore`";

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "unmapped" => Self { unmapped: true, ..Self::default() },
            word => Self { code: Some(word.to_owned()), ..Self::default() },
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusWord {
    Active,
    Suspended,
    Pending,
    Terminated,
    Cancelled,
    Fraud,
    Completed,
    Unmapped,
}

impl Word for StatusWord {
    const EXPECTED: &'static str = "active, suspended, pending, terminated, cancelled, fraud or completed";

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "active" => Self::Active,
            "suspended" => Self::Suspended,
            "pending" => Self::Pending,
            "terminated" => Self::Terminated,
            "cancelled" => Self::Cancelled,
            "fraud" => Self::Fraud,
            "completed" => Self::Completed,
            "unmapped" => Self::Unmapped,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ServerEntry {
    /// For people.
    pub name: Option<String>,
    /// Name of the `ProxmoxSite`.
    pub site: Option<String>,
    /// The node, when all its machines are on one.
    pub node: Option<String>,
    pub region: Option<String>,
    /// Left behind, and why.
    pub ignore: Option<String>,
    #[serde(skip)]
    pub unmapped: bool,
}

impl Word for ServerEntry {
    const EXPECTED: &'static str = "`unmapped`, or a map with `site` (and `node`) or `ignore`";

    fn from_word(word: &str) -> Option<Self> {
        (word == "unmapped").then(|| Self { unmapped: true, ..Self::default() })
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ProductEntry {
    /// For people.
    pub name: Option<String>,
    /// Name of the `ServerPlan`; none when an option says it.
    pub plan: Option<String>,
    /// What the product has before its options, as `{cores: 1, memory: 2 GB, disk: 40 GB}`.
    pub base: BTreeMap<String, Entry<Amounts>>,
    /// The site of services without a server.
    pub site: Option<String>,
    pub region: Option<String>,
    /// The image of services that say none.
    pub image: Option<String>,
    /// Instead of the entries below `options`, for this product only.
    pub options: BTreeMap<String, Entry<UseEntry>>,
    /// Instead of the entries below `fields`, for this product only.
    pub fields: BTreeMap<String, Entry<UseEntry>>,
    /// Instead of `locators`, for this product only.
    pub locators: Option<Vec<Entry<LocatorEntry>>>,
    /// Left behind with all its services, and why.
    pub ignore: Option<String>,
    #[serde(skip)]
    pub unmapped: bool,
}

impl Word for ProductEntry {
    const EXPECTED: &'static str = "`unmapped`, or a map with `plan` or `ignore`";

    fn from_word(word: &str) -> Option<Self> {
        (word == "unmapped").then(|| Self { unmapped: true, ..Self::default() })
    }
}

/// An amount with its unit, as `2 GB`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Amounts {
    #[serde(skip)]
    pub text: String,
}

impl Word for Amounts {
    const EXPECTED: &'static str = "an amount with its unit, as `2 GB`";

    fn from_word(word: &str) -> Option<Self> {
        Some(Self { text: word.to_owned() })
    }
}

/// What an option or a field is about.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct UseEntry {
    pub role: Option<RoleWord>,
    /// What a bare number counts, as `GB` or `256 MB`. Left out: the unit in brackets at the name's end.
    pub unit: Option<String>,
    /// A bare number below `below` counts this instead (a rule of the module of `VirtFusion`).
    pub small: Option<SmallEntry>,
    pub operation: Operation,
    /// Which half of a choice `4096|4 GiB` is read; both must agree where both are.
    pub read: ReadWord,
    /// Value → what it means, where the value does not say it itself.
    pub values: BTreeMap<String, Entry<TargetEntry>>,
    /// Left behind, and why.
    pub ignore: Option<String>,
    #[serde(skip)]
    pub unmapped: bool,
}

impl Word for UseEntry {
    const EXPECTED: &'static str = "`unmapped`, `keep`, a role, or a map with `role` or `ignore`";

    fn from_word(word: &str) -> Option<Self> {
        if word == "unmapped" {
            return Some(Self { unmapped: true, ..Self::default() });
        }
        Some(Self { role: Some(RoleWord::from_word(word)?), ..Self::default() })
    }
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SmallEntry {
    pub below: u32,
    pub unit: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReadWord {
    #[default]
    Both,
    Internal,
    Label,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RoleWord {
    Memory,
    Cores,
    Disk,
    Network,
    Traffic,
    Backups,
    Snapshots,
    AddressCount,
    Plan,
    Image,
    Region,
    Hostname,
    SshKey,
    Vmid,
    Node,
    Address,
    /// A password: it is left behind.
    Secret,
    /// Carried over as text.
    Keep,
}

impl RoleWord {
    pub const ALL: [(&'static str, Self); 18] = [
        ("memory", Self::Memory),
        ("cores", Self::Cores),
        ("disk", Self::Disk),
        ("network", Self::Network),
        ("traffic", Self::Traffic),
        ("backups", Self::Backups),
        ("snapshots", Self::Snapshots),
        ("address-count", Self::AddressCount),
        ("plan", Self::Plan),
        ("image", Self::Image),
        ("region", Self::Region),
        ("hostname", Self::Hostname),
        ("ssh-key", Self::SshKey),
        ("vmid", Self::Vmid),
        ("node", Self::Node),
        ("address", Self::Address),
        ("secret", Self::Secret),
        ("keep", Self::Keep),
    ];

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, role)| *role)
    }

    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, role)| *role == self).map_or("", |(name, _)| name)
    }
}

/// What a value means.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TargetEntry {
    pub to: Option<String>,
    /// Of a region: the site that is there.
    pub site: Option<String>,
    /// Left behind, and why.
    pub ignore: Option<String>,
    #[serde(skip)]
    pub unmapped: bool,
}

impl Word for TargetEntry {
    const EXPECTED: &'static str = "what it means, `unmapped`, or a map with `to` or `ignore`";

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "unmapped" => Self { unmapped: true, ..Self::default() },
            word => Self { to: Some(word.to_owned()), ..Self::default() },
        })
    }
}

/// One place that says which machine a service is: a table of a module, a custom field, or a formula.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LocatorEntry {
    /// Only for products of these modules.
    pub modules: Vec<String>,
    pub table: Option<String>,
    /// Its column with `tblhosting.id`.
    pub service: Option<String>,
    /// Its column with the machine's number.
    pub vmid: Option<String>,
    /// Its column with the node.
    pub node: Option<String>,
    /// Its column with an address.
    pub address: Option<String>,
    /// Its column with the hardware address (MAC) of a network card.
    pub mac: Option<String>,
    /// Where `vmid` is empty: the service's own id is the number.
    pub vmid_is_service: bool,
    /// Believed only when the machine has the service's name, an address or a network card of it.
    pub must_match: bool,
    /// A custom field whose role is `vmid`.
    pub field: Option<String>,
    /// Asked only when nothing else answered, and believed only when the machine's name or address is the service's.
    pub formula: Option<FormulaWord>,
}

impl Word for LocatorEntry {
    const EXPECTED: &'static str = "a map with `table`, `field` or `formula`";

    fn from_word(_: &str) -> Option<Self> {
        None
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FormulaWord {
    /// The service's id.
    ServiceId,
    /// The service's id; below 100, `9` and the id.
    #[serde(rename = "service-id-or-9")]
    ServiceIdOr9,
}

/// What is known of one service, above all that the database says.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ServiceEntry {
    pub site: Option<String>,
    pub node: Option<String>,
    pub vmid: Option<u32>,
    pub plan: Option<String>,
    pub image: Option<String>,
    pub region: Option<String>,
    pub hostname: Option<String>,
    pub cores: Option<u32>,
    pub memory: Option<String>,
    pub disk: Option<String>,
    pub addresses: Option<Vec<std::net::IpAddr>>,
    /// Left behind, and why.
    pub ignore: Option<String>,
}

impl Word for ServiceEntry {
    const EXPECTED: &'static str = "a map, as `{site: fra1, node: pve1, vmid: 101}`";

    fn from_word(_: &str) -> Option<Self> {
        None
    }
}
