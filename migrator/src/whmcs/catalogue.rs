//! What is sold: products, their options and fields, servers and currencies. All of it is in memory; services are not.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;

use crate::carried::LegacyId;

/// By id, each.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub products: HashMap<LegacyId, Product>,
    /// `tblproductgroups`: name.
    pub groups: HashMap<LegacyId, String>,
    /// `tblproductconfiggroups`: name.
    pub option_groups: HashMap<LegacyId, String>,
    /// `tblproductconfiglinks`: (group, product). Duplicates and dead products occur.
    pub links: HashSet<(LegacyId, LegacyId)>,
    pub options: HashMap<LegacyId, ProductOption>,
    /// `tblproductconfigoptionssub`.
    pub choices: HashMap<LegacyId, Choice>,
    /// Of every type, those of clients too.
    pub fields: HashMap<LegacyId, CustomField>,
    pub servers: HashMap<LegacyId, Server>,
    /// `tblservergroupsrel`: (group, server).
    pub server_groups: Vec<(LegacyId, LegacyId)>,
    pub currencies: HashMap<LegacyId, CurrencyRow>,
    /// `tbladdons`.
    pub addons: HashMap<LegacyId, AddonKind>,
    /// `tblpricing`, of types product, addon and configoptions.
    pub prices: Vec<Price>,
    /// `tblclientgroups`: name.
    pub client_groups: HashMap<LegacyId, String>,
    /// `tblticketdepartments`: name.
    pub departments: HashMap<LegacyId, String>,
    /// Tables of the module `pvewhmcs`, where they are there.
    pub pve_nodes: HashMap<LegacyId, PveNode>,
    pub pve_plans: HashMap<LegacyId, PvePlan>,
    pub pve_templates: Vec<PveTemplate>,
    pub pve_addresses: Vec<PveAddress>,
}

impl Catalogue {
    /// Whether the option's group is linked to the product.
    pub fn offers(&self, product: LegacyId, option: &ProductOption) -> bool {
        self.links.contains(&(option.gid, product))
    }

    /// An option's choices, in their order.
    pub fn choices_of(&self, option: LegacyId) -> Vec<&Choice> {
        let mut choices: Vec<_> = self.choices.values().filter(|choice| choice.configid == option).collect();
        choices.sort_by_key(|choice| (choice.sortorder, choice.id));
        choices
    }
}

/// `tblproducts`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Product {
    pub id: LegacyId,
    pub gid: LegacyId,
    /// `hostingaccount`, `reselleraccount`, `server`, `other`.
    pub kind: String,
    pub name: String,
    pub description: String,
    pub hidden: bool,
    pub retired: bool,
    /// `free`, `onetime`, `recurring`.
    pub paytype: String,
    /// 1: several are separate services; 3: one row stands for several.
    pub allowqty: i64,
    /// The module's directory name, as `pvewhmcs`.
    pub servertype: String,
    pub servergroup: LegacyId,
    /// `configoption1` … `configoption24`: the module's settings, by position.
    pub settings: Vec<String>,
}

/// `tblproductconfigoptions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductOption {
    pub id: LegacyId,
    pub gid: LegacyId,
    pub name: String,
    pub kind: OptionKind,
    pub hidden: bool,
    pub qty_minimum: i64,
    pub qty_maximum: i64,
}

/// `optiontype`: a text column that holds a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OptionKind {
    Dropdown,
    Radio,
    YesNo,
    Quantity,
    /// Something else stood there: its answers are findings.
    Unknown,
}

impl OptionKind {
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "1" => Self::Dropdown,
            "2" => Self::Radio,
            "3" => Self::YesNo,
            "4" => Self::Quantity,
            _ => Self::Unknown,
        }
    }
}

/// `tblproductconfigoptionssub`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    pub id: LegacyId,
    pub configid: LegacyId,
    pub name: String,
    pub sortorder: i64,
    pub hidden: bool,
}

/// `tblcustomfields`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    pub id: LegacyId,
    pub scope: FieldScope,
    /// Of the product (addon, department); 0 where a module made it (trap 25).
    pub relid: LegacyId,
    pub name: String,
    /// `text`, `link`, `password`, `dropdown`, `textarea`, `tickbox`.
    pub kind: String,
    /// A comma list, for a dropdown.
    pub choices: String,
}

/// `tblcustomfields.type`: what the `relid` of a value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldScope {
    Client,
    Product,
    Addon,
    Support,
    Unknown,
}

impl FieldScope {
    pub fn parse(text: &str) -> Self {
        match text.trim() {
            "client" => Self::Client,
            "product" => Self::Product,
            "addon" => Self::Addon,
            "support" => Self::Support,
            _ => Self::Unknown,
        }
    }
}

/// `tblservers`, without its credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Server {
    pub id: LegacyId,
    pub name: String,
    pub hostname: String,
    pub ipaddress: String,
    pub assignedips: String,
    /// The module's directory name.
    pub module: String,
    pub active: bool,
    pub disabled: bool,
}

/// `tblcurrencies`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CurrencyRow {
    pub id: LegacyId,
    pub code: String,
    pub prefix: String,
    pub suffix: String,
    pub rate: Decimal,
    pub is_default: bool,
}

/// `tbladdons`: what an addon is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddonKind {
    pub id: LegacyId,
    pub name: String,
    pub module: String,
}

/// `tblpricing`. −1 means that the cycle is not offered (trap 9).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Price {
    pub id: LegacyId,
    /// `product`, `addon`, `configoptions`.
    pub kind: String,
    pub currency: LegacyId,
    pub relid: LegacyId,
    /// Monthly, quarterly, semi-annually, annually, biennially, triennially.
    pub cycles: [Decimal; 6],
    pub setup: [Decimal; 6],
}

/// `mod_pvewhmcs_nodes`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PveNode {
    pub id: LegacyId,
    pub name: String,
    /// `tblservers.id`.
    pub server: LegacyId,
}

/// `mod_pvewhmcs_plans`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PvePlan {
    pub id: LegacyId,
    pub title: String,
    /// `kvm` or `lxc`.
    pub vmtype: String,
    /// Sockets.
    pub cpus: Option<u32>,
    pub cores: Option<u32>,
    /// MB.
    pub memory: u64,
    /// GB.
    pub disk: Option<u64>,
    /// MB/s; 0 is unlimited.
    pub netrate: Option<u32>,
    /// As `vmbr`; `vmbr` is its number.
    pub bridge: String,
    pub vmbr: Option<u32>,
    pub vlanid: Option<u32>,
}

/// `mod_pvewhmcs_templates`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PveTemplate {
    /// The template's VMID.
    pub tpl_id: Option<LegacyId>,
    pub title: String,
    /// `mod_pvewhmcs_nodes.id`; 0 for every node.
    pub node: LegacyId,
}

/// `mod_pvewhmcs_ip_addresses` with its pool's title and gateway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PveAddress {
    pub pool: LegacyId,
    pub pool_title: String,
    pub gateway: String,
    pub address: String,
    pub mask: String,
}
